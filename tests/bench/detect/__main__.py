"""The benchmark of detection: matching beside rsigma, candidates, compiling, correlation → build/bench/detect.json.

`python -m tests.bench.detect [--data FOLDER] [--rsigma PROGRAM] [--only PART]… [--rounds N] [--core N] [--write-docs]`. Parts
that are not run stay in the file as they are. rsigma is `cargo install --locked rsigma --version 0.23.0`; without it matching is
left out, and said to be. Exit status 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from khien_engine.detect import Ruleset

from correlator.compiler.ruleset import RuleSet, compile_folders
from tests.bench.detect import correlation, report
from tests.bench.detect.candidates import candidates
from tests.bench.detect.compiling import compiled
from tests.bench.detect.lanes import Lane, make_lanes
from tests.bench.detect.matching import Difference, differences, speed
from tests.bench.detect.report import Figure, figure
from tests.bench.detect.sides import Ours, Rsigma
from tests.bench.packet.report import processor
from tests.gates.corpus import FOLDERS

ROOT = Path(__file__).parents[3]
OUT = ROOT / "build" / "bench" / "detect.json"


@dataclass(frozen=True)
class Bench:
    """What the parts share."""

    data: Path
    rsigma: Path | None
    rounds: int
    core: int
    folder: Path

    @property
    def sigma(self) -> list[Path]:
        """SigmaHQ's folders."""
        return [self.data / "sigma" / name for name in FOLDERS]

    @cached_property
    def rules(self) -> RuleSet:
        """All of them, compiled."""
        return compile_folders(self.sigma)

    @cached_property
    def lanes(self) -> list[Lane]:
        """Written once for all parts."""
        return list(make_lanes(self.data, ROOT / "lab" / "recording", self.folder))


def match(bench: Bench) -> dict[str, Any]:
    """Sets first, then speed. Without rsigma there is nothing to compare with."""
    if bench.rsigma is None:
        return {"left_out": "rsigma is not installed"}
    # rsigma takes one folder.
    whole = bench.folder / "rules"
    whole.mkdir()
    for path in bench.sigma:
        (whole / path.name).symlink_to(path.resolve())
    ours, peer = Ours(bench.rules, bench.folder), Rsigma(bench.rsigma, whole)
    speeds, found = [], list[Difference]()
    for lane in bench.lanes:
        matches, different = differences(lane, ours, peer)
        found += different
        speeds.append(asdict(speed(lane, (ours, peer), rounds=bench.rounds, core=bench.core, matches=matches)))
        # Some minutes each: a run that is broken off leaves the lanes that are done.
        report.keep(OUT, "match", _matched(bench, peer, speeds, found))
    return _matched(bench, peer, speeds, found)


def _matched(bench: Bench, peer: Rsigma, speeds: list[dict[str, Any]], found: list[Difference]) -> dict[str, Any]:
    figures = [figure(f"match: {one['lane']}, times rsigma routed", one["ratio"]) for one in speeds]
    figures.append(figure("differences without an explanation", sum(not one.why for one in found)))
    return {"peer": peer.version(), "rules": len(bench.rules.plan.detections), "lanes": speeds} | {
        "differences": [asdict(one) for one in found],
        "figures": [one.document() for one in figures],
    }


def candidate(bench: Bench) -> dict[str, Any]:
    """By lane."""
    ruleset = Ruleset(bench.rules.ir)
    found = [candidates(ruleset, lane) for lane in bench.lanes]
    figures = [figure(f"candidates p95: {one.lane}, % of {one.rules:,} rules", one.p95_percent) for one in found]
    return {"lanes": [asdict(one) for one in found], "figures": [one.document() for one in figures]}


def compiling(bench: Bench) -> dict[str, Any]:
    """Without a cache, then from it; medians of the rounds."""
    cache = bench.folder / "rules.cache"
    runs: dict[str, list[dict[str, float]]] = {"cold": [], "cached": []}
    for _ in range(bench.rounds):
        for path in bench.folder.glob("rules.cache*"):
            path.unlink()
        runs["cold"].append(compiled(cache, bench.sigma))
        runs["cached"].append(compiled(cache, bench.sigma))
    middles = {name: sorted(found, key=lambda one: one["compile_seconds"])[len(found) // 2] for name, found in runs.items()}
    figures = [figure(f"compile {name}, CPU seconds", one["compile_seconds"]) for name, one in middles.items()]
    return {**middles, "figures": [one.document() for one in figures]}


def correlate(_: Bench) -> dict[str, Any]:
    """The core's own benchmark."""
    found = correlation.lanes(ROOT)
    figures = [figure(name, value) for name, value in correlation.measures(found).items()]
    return {"lanes": found, "figures": [one.document() for one in figures]}


PARTS: Mapping[str, Callable[[Bench], dict[str, Any]]] = {
    "match": match,
    "candidates": candidate,
    "compile": compiling,
    "correlate": correlate,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.detect", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")))
    parser.add_argument("--rsigma", type=Path, default=shutil.which("rsigma"), help="the program; default: the one on the path")
    parser.add_argument("--only", action="append", choices=PARTS, help="run only these parts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--write-docs", action="store_true", help="write the tables into docs/benchmarks.md")
    chosen = parser.parse_args()
    OUT.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(chosen.data, chosen.rsigma, chosen.rounds, chosen.core, Path(folder))
        for name in chosen.only or PARTS:
            sys.stderr.write(f"{name} …\n")
            # After each: a run that is broken off leaves what it found.
            known = report.keep(OUT, name, {**PARTS[name](bench), "load": round(os.getloadavg()[0], 1)})
    figures = list(_figures(known))
    sys.stdout.write(report.figures_table(figures) + "\n")
    if chosen.write_docs:
        _write_docs(known, figures)
    return 1 if any(one.word == "missed" for one in figures) else 0


def _figures(known: Mapping[str, Any]) -> Iterator[Figure]:
    for name in (*PARTS, "end_to_end"):
        for one in known.get(name, {}).get("figures", ()):
            yield figure(one["name"], one["value"])


def _write_docs(known: Mapping[str, Any], figures: list[Figure]) -> None:
    matched = known.get("match", {})
    said = f"{processor()}, {os.cpu_count()} cores. "
    tables = [report.figures_table(figures)]
    if "lanes" in matched:
        said += (
            f"{matched['peer']}, {matched['rules']:,} rules of SigmaHQ on both sides; every process alone on one core, in turn; "
            f"medians of CPU seconds, net of the start, the rules and each event's first use; load {matched['load']} when it ended."
        )
        tables.insert(0, report.lanes_table(matched["lanes"]))
    report.write_docs(ROOT / "docs" / "benchmarks.md", said, tables)


if __name__ == "__main__":
    raise SystemExit(main())
