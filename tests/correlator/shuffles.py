"""`python -m tests.correlator.shuffles`: random rules of every shape, each stream in many orders and batches: the same is said.

Inside the lateness bound everything may come in any order, some of it twice, in batches of any size, with true promises in between.
What the definition says of the stream is computed once; every arrival must say the same.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from tests.conformance.correlation.core import InBatches
from tests.conformance.correlation.runner import by_definition, difference
from tests.correlator.random_rules import SHAPES, arriving, draw

_SIZES = (1, 2, 3, 5, 8, 1_000)
#: Of a shape that differs again and again, the first say enough.
_MOST_TOLD = 5


@dataclass(slots=True)
class Shuffled:
    """What came of one shape. `alerts`: what the definition expects of all its arrivals together."""

    shape: str
    streams: int = 0
    arrivals: int = 0
    batches: int = 0
    events: int = 0
    alerts: int = 0
    seconds: float = 0.0
    different: list[str] = field(default_factory=list)


def shuffle(shape: str, *, arrivals: int, streams: int, seed: str = "") -> Shuffled:
    """So many arrivals over so many streams of one shape; `different` names those that say anything else."""
    found = Shuffled(shape)
    begin = time.perf_counter()
    for number in range(streams):
        name = f"{seed}{shape} shuffled {number}"
        chance = random.Random(name)
        vector = draw(chance, shape)
        core = InBatches(vector)
        vector = replace(vector, expect=tuple(by_definition(vector)))
        found.streams += 1
        for again in range(arrivals // streams + (number < arrivals % streams)):
            coming = arriving(chance, vector)
            if shape == "absence":
                # It looks at what was watched, so at the first and the last promise too.
                coming = replace(coming, expect=tuple(by_definition(coming)))
            problem = difference(coming, core.judge(coming, size=partial(_size, chance, found)))
            found.arrivals += 1
            found.events += len(coming.events)
            found.alerts += len(coming.expect)
            if problem is not None and len(found.different) < _MOST_TOLD:
                found.different.append(f"{name}, arrival {again}: {problem}")
    found.seconds = round(time.perf_counter() - begin, 1)
    return found


def _size(chance: random.Random, found: Shuffled) -> int:
    found.batches += 1
    return chance.choice(_SIZES)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.correlator.shuffles")
    parser.add_argument("--arrivals", type=int, default=10_000, help="of each shape")
    parser.add_argument("--streams", type=int, default=500, help="of each shape")
    parser.add_argument("--shape", choices=SHAPES, action="append")
    parser.add_argument("--seed", default="")
    parser.add_argument("--out", type=Path, default=Path("build/bench/shuffles.json"))
    given = parser.parse_args(arguments)
    results: list[dict[str, Any]] = []
    for shape in given.shape or SHAPES:
        found = shuffle(shape, arrivals=given.arrivals, streams=given.streams, seed=given.seed)
        results.append(asdict(found))
        print(
            f"{shape}: {found.arrivals} arrivals of {found.streams} streams, {len(found.different)} differ, {found.seconds} s",
            flush=True,
        )
        print("\n".join(found.different), end="")
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps({"shapes": results, "arrivals": sum(one["arrivals"] for one in results)}, indent=1) + "\n")
    return 1 if any(one["different"] for one in results) else 0


if __name__ == "__main__":
    sys.exit(main())
