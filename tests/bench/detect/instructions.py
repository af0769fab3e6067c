"""Instructions an event for each hot path of matching and correlation, counted by valgrind: the same on a noisy machine.

`python -m tests.bench.detect.instructions [--data FOLDER] [--only PATH]… [--update]` builds the crates' own benchmarks, runs each
path over n and 2n events, and divides the difference: what start, rules and first use cost falls out. `instructions.json` beside
this file is the committed baseline; more than `TOLERANCE` above it is a regression and exit status 1. Without the test data the
paths `match …` are left out, and said to be.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from correlator.compiler.ruleset import compile_folders
from tests.bench.detect.lanes import make_lanes
from tests.gates.corpus import FOLDERS

ROOT = Path(__file__).resolve().parents[3]
BASELINE = Path(__file__).with_name("instructions.json")
COMMAND = "python -m tests.bench.detect.instructions"
TOLERANCE = 0.05
#: The first lines of a lane: enough to be of every kind that the lane has, few enough for valgrind.
_LINES = 1_000
_BUILT_IN_LINES = 1_000
_MATCHES = 20_000
_COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")
_EXECUTABLE = re.compile(r'"executable":"([^"]+)"')
_CORRELATE = ("event_count", "value_count", "temporal", "value_percentile", "firing")


@dataclass(frozen=True, slots=True)
class HotPath:
    """A program with what it does once and twice, and how many events lie between."""

    name: str
    program: Path
    once: tuple[str, ...]
    twice: tuple[str, ...]
    events: int
    environment: Mapping[str, str] = field(default_factory=dict)

    def count(self) -> float:
        """Instructions an event."""
        return (self._instructions(self.twice) - self._instructions(self.once)) / self.events

    def _instructions(self, arguments: tuple[str, ...]) -> int:
        command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(self.program), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ, **self.environment})
        found = _COLLECTED.search(done.stderr)
        if found is None:
            sys.exit(f"valgrind told no count: {done.stderr[-500:]}")
        return int(found[1])


def paths(data: Path, folder: Path) -> Iterator[HotPath]:
    """Every hot path; those of matching need the test data."""
    line, lane = _program("khien-detect", "line"), _program("khien-correlate", "lane")
    for name, what in (("stamp", "stamp"), ("read", "scan")):
        yield HotPath(name, line, (what, "1"), (what, "2"), _BUILT_IN_LINES)
    for kind in _CORRELATE:
        yield HotPath(f"correlate {kind}", lane, (kind, str(_MATCHES), "1"), (kind, str(2 * _MATCHES), "1"), _MATCHES)
    if not data.is_dir():
        print(f"no test data at {data}: the paths `match …` are left out", file=sys.stderr)
        return
    rules = folder / "rules.json"
    rules.write_bytes(compile_folders([data / "sigma" / name for name in FOLDERS]).ir)
    for found in make_lanes(data, ROOT / "lab" / "recording", folder):
        lines = found.ours.read_bytes().splitlines(keepends=True)[:_LINES]
        found.ours.write_bytes(b"".join(lines))
        environment = {"KHIEN_BENCH_LINES": str(found.ours), "KHIEN_BENCH_IR": str(rules)}
        yield HotPath(f"match {found.name}", line, ("scan", "1"), ("scan", "2"), len(lines), environment)


def _program(package: str, bench: str) -> Path:
    command = ["cargo", "bench", "--quiet", "--locked", "--no-run", "--message-format=json", "-p", package, "--bench", bench]
    done = subprocess.run(command, cwd=ROOT / "engine", check=True, stdout=subprocess.PIPE, text=True)
    return Path(_EXECUTABLE.findall(done.stdout)[-1])


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--only", action="append", metavar="PATH", help="only these, by their names' beginnings")
    parser.add_argument("--update", action="store_true", help="make what is measured the new baseline")
    chosen = parser.parse_args()
    known: dict[str, float] = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.is_file() else {}
    found: dict[str, float] = {}
    worse = []
    with tempfile.TemporaryDirectory() as folder:
        for path in paths(chosen.data, Path(folder)):
            if chosen.only and not path.name.startswith(tuple(chosen.only)):
                continue
            found[path.name] = round(path.count(), 1)
            change = found[path.name] / known[path.name] - 1 if path.name in known else 0.0
            print(f"{path.name:28} {found[path.name]:>12,.1f} instructions an event  {change:+.1%}", flush=True)
            if change > TOLERANCE:
                worse.append(path.name)
    if chosen.update:
        BASELINE.write_text(json.dumps(known | found, indent=1) + "\n", encoding="utf-8")
    elif worse:
        print(f"more than {TOLERANCE:.0%} above the baseline: {', '.join(worse)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
