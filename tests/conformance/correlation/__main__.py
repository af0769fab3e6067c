"""`python -m tests.conformance.correlation [--write]`: judge every vector with the definition and with Khiên's core."""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence

from tests.conformance.correlation.core import Unsupported, by_core
from tests.conformance.correlation.families import write_all
from tests.conformance.correlation.runner import by_definition, difference
from tests.conformance.correlation.vector import Expected, Vector, read


def judge(vectors: Sequence[Vector], implementation: Callable[[Vector], Sequence[Expected]]) -> Counter[str]:
    """Prints what differs; how many held, differed, and were refused or need what is not there."""
    verdicts: Counter[str] = Counter()
    for vector in vectors:
        try:
            problem = difference(vector, implementation(vector))
        except Unsupported:
            verdicts["not there yet" if vector.needs else "refused"] += 1
            continue
        if problem is None:
            verdicts["held"] += 1
        elif vector.needs and implementation is by_core:
            verdicts["not there yet"] += 1
        else:
            verdicts["differed"] += 1
            print(problem)
    return verdicts


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 1 when anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.correlation")
    parser.add_argument("--write", action="store_true", help="write the vectors anew before judging")
    if parser.parse_args(arguments).write:
        write_all()
    vectors = read()
    failed = 0
    for name, implementation in (("definition", by_definition), ("core", by_core)):
        verdicts = judge(vectors, implementation)
        failed += verdicts["differed"]
        told = ", ".join(f"{verdicts[word]} {word}" for word in ("held", "differed", "refused", "not there yet") if verdicts[word])
        print(f"{name}: {len(vectors)} vectors: {told}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
