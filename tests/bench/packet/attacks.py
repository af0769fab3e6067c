"""Twice an attack takes about twice the instructions, counted by valgrind: what is read again and again shows here.

`python -m tests.bench.packet.attacks [NAME...]` runs each attack of engine/packet/tests/attacks at a size and at twice that. What
start and end cost is taken off; more than 2.3 times as many instructions (design, section 10) is exit status 1.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MOST = 2.3
#: Valgrind is fifty times slower: this part of an attack's size is enough to tell a square from a line, unless it is small.
PART, SMALL = 8, 1_000
_COLLECTED = re.compile(r"Collected\s*:\s*(\d+)")


def binary() -> Path:
    """Builds the engine's example."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "engine" / "target"))
    command = ["cargo", "build", "--quiet", "--release", "--locked", "-p", "khien-packet", "--example", "attack"]
    subprocess.run(command, cwd=ROOT / "engine", check=True)
    return target / "release" / "examples" / "attack"


def sizes(program: Path) -> dict[str, int]:
    """Every attack and the size of it that goes beyond all caps."""
    listed = subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout
    return {name: int(size) for name, size in (line.split() for line in listed.splitlines())}


def instructions(program: Path, name: str, size: int) -> int:
    """Instructions of one run."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", str(program), name, str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = _COLLECTED.search(done.stderr)
    if found is None:
        sys.exit(f"valgrind told no count: {done.stderr[-500:]}")
    return int(found[1])


def ratio(program: Path, name: str, size: int) -> float:
    """How many times as much twice the attack takes."""
    least = instructions(program, name, 1)
    once, twice = (instructions(program, name, times * size) - least for times in (1, 2))
    return twice / max(once, 1)


def main() -> None:
    """Prints every ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="attacks (default: all)")
    chosen = parser.parse_args().names
    program = binary()
    known = sizes(program)
    if unknown := [name for name in chosen if name not in known]:
        sys.exit(f"no such attack: {', '.join(unknown)}; there are {', '.join(known)}")
    beyond = []
    for name in chosen or known:
        found = ratio(program, name, known[name] // PART if known[name] > SMALL else known[name])
        print(f"{name:45} {found:.2f}{'' if found <= MOST else '  TOO MUCH'}", flush=True)
        if found > MOST:
            beyond.append(name)
    if beyond:
        sys.exit(f"more than {MOST} times the instructions for twice the input: {', '.join(beyond)}")


if __name__ == "__main__":
    main()
