"""`python -m tests.conformance SUITE DIR [--json OUT] [--only NAME] [--show NAME]`: compare with another engine's answers.

SUITE is the form of the answers in DIR. `--only` takes a name or a pattern (`dns/*`) and may be repeated.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import orjson

from tests.conformance.suites import SUITES


def main(arguments: list[str] | None = None) -> int:
    """Run the suite; the table goes to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("suite", choices=sorted(SUITES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, metavar="OUT", help="write the result as JSON")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="run only these tests")
    parser.add_argument("--show", metavar="NAME", help="explain one test: what it asks for, the nearest records")
    chosen = parser.parse_args(arguments)
    if not chosen.folder.is_dir():
        print(f"error: {chosen.folder} is no folder", file=sys.stderr)
        return 2
    suite = SUITES[chosen.suite]
    if chosen.show is not None:
        for line in suite.show(chosen.folder, chosen.show):
            print(line)
        return 0
    report = suite.run(chosen.folder, _selector(chosen.only))
    print(report.table())
    if not report.checks:
        print(
            f"error: nothing in {chosen.folder} could be checked as {chosen.suite}; see docs/guide/conformance.md", file=sys.stderr
        )
        return 2
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_bytes(orjson.dumps(report.document(), option=orjson.OPT_INDENT_2))
    return 0


def _selector(patterns: list[str]) -> Callable[[str], bool]:
    return lambda name: not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


if __name__ == "__main__":
    # Who reads the table may stop early (`| head`).
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
