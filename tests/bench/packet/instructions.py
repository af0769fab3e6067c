"""Instructions a packet for each hot path, counted by valgrind: the same on a quiet machine and on a noisy one.

`python -m tests.bench.packet.instructions [--update]` builds the engine's example, runs it on captures of n and 2n conversations of
one kind, and divides the difference by the packets: what start and end cost falls out. `instructions.json` beside this file is
the committed baseline; more than `TOLERANCE` above it is a regression and exit status 1.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tests.bench.packet import frames

ROOT = Path(__file__).resolve().parents[3]
BASELINE = Path(__file__).with_name("instructions.json")
COMMAND = "python -m tests.bench.packet.instructions"
TOLERANCE = 0.05
CONVERSATIONS = 200
_COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")

Talk = Callable[[int], Iterator[bytes]]


def acknowledgements(number: int) -> Iterator[bytes]:
    """Decode, flow and stream without payload."""
    return frames.tcp(frames.ends(number, 9_999), [(False, b"x")] * 20)


def datagrams(number: int) -> Iterator[bytes]:
    """A flow of its own for every packet: begin, end, record."""
    yield frames.udp(frames.ends(number, 9_999), bytes(64))


def dns(number: int) -> Iterator[bytes]:
    """A query and its answer."""
    query = frames.dns_query(f"may{number}.example", number)
    between = frames.ends(number, 53)
    yield frames.udp(between, query)
    yield frames.udp(between, frames.dns_answer(query), answer=True)


def http(number: int) -> Iterator[bytes]:
    """Five requests with small pages on one connection."""
    page = b"<!doctype html><title>x</title>" + b"chao " * 100
    turns = [turn for _ in range(5) for turn in ((False, frames.http_request("/tra-cuu")), (True, frames.http_response(page)))]
    return frames.tcp(frames.ends(number, 80), turns)


def file(number: int) -> Iterator[bytes]:
    """A download of 100,000 bytes, typed and hashed three ways."""
    turns = [(False, frames.http_request("/tai-lieu.pdf")), (True, frames.http_response(b"%PDF-1.7 " + bytes(100_000)))]
    return frames.tcp(frames.ends(number, 80), turns)


def tls(number: int) -> Iterator[bytes]:
    """A hello with its fingerprints."""
    return frames.tcp(frames.ends(number, 443), [(False, frames.tls_client_hello("thu.example"))])


def tls_data(number: int) -> Iterator[bytes]:
    """A hello and 100,000 encrypted bytes, which are only followed."""
    turns = [(False, frames.tls_client_hello("thu.example")), (True, frames.tls_data(100_000))]
    return frames.tcp(frames.ends(number, 443), turns)


def reordered(number: int) -> Iterator[bytes]:
    """The same download with both segments before every acknowledgement swapped."""
    segments = list(file(number))
    for place in range(5, len(segments) - 5, 3):
        segments[place], segments[place + 1] = segments[place + 1], segments[place]
    yield from segments


PATHS: Mapping[str, Talk] = {
    talk.__name__: talk for talk in (acknowledgements, datagrams, dns, http, file, tls, tls_data, reordered)
}


def count(binary: Path, talk: Talk) -> float:
    """Instructions a packet."""
    with tempfile.TemporaryDirectory() as folder:
        small = [frame for number in range(CONVERSATIONS) for frame in talk(number)]
        large = [frame for number in range(2 * CONVERSATIONS) for frame in talk(number)]
        costs = [_instructions(binary, _written(Path(folder) / f"{len(some)}.pcap", some)) for some in (small, large)]
    return (costs[1] - costs[0]) / (len(large) - len(small))


def _written(path: Path, found: list[bytes]) -> Path:
    with path.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, 1))
        for number, frame in enumerate(found):
            seconds, microseconds = divmod(number * 100, 1_000_000)
            file.write(struct.pack("<IIII", 1_700_000_000 + seconds, microseconds, len(frame), len(frame)) + frame)
    return path


def _instructions(binary: Path, path: Path) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(binary), "--quiet", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _COLLECTED.search(done.stderr)
    if found is None:
        sys.exit(f"valgrind told no count: {done.stderr[-500:]}")
    return int(found[1])


def _binary() -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "engine" / "target"))
    subprocess.run(
        ["cargo", "build", "--quiet", "--release", "--locked", "-p", "khien-packet", "--example", "events"],
        cwd=ROOT / "engine",
        env={**os.environ, "CARGO_TARGET_DIR": str(target)},
        check=True,
    )
    return target / "release" / "examples" / "events"


def main() -> int:
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__)
    parser.add_argument("--update", action="store_true", help="make what is measured the new baseline")
    chosen = parser.parse_args()
    binary = _binary()
    known: dict[str, float] = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.is_file() else {}
    found: dict[str, float] = {}
    worse = []
    for name, talk in PATHS.items():
        found[name] = round(count(binary, talk), 1)
        change = found[name] / known[name] - 1 if name in known else 0.0
        print(f"{name:18} {found[name]:>12,.1f} instructions a packet  {change:+.1%}")
        if change > TOLERANCE:
            worse.append(name)
    if chosen.update:
        BASELINE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    elif worse:
        print(f"more than {TOLERANCE:.0%} above the baseline: {', '.join(worse)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
