"""`python -m tests.conformance SUITE DIR [--json OUT] [--only NAME] [--show NAME]`: compare with another engine's answers.

SUITE is the form of the answers in DIR. `--only` takes a name or a pattern (`dns/*`) and may be repeated.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import orjson

from tests.conformance import arkime, ndpi, tcpdump
from tests.conformance.outcome import Report
from tests.conformance.suricata import show as suricata_show
from tests.conformance.suricata import suite as suricata
from tests.conformance.zeek import show as zeek_show
from tests.conformance.zeek import suite as zeek


@dataclass(frozen=True, slots=True)
class Suite:
    """How one form of answers is run, and how one of its tests is explained."""

    run: Callable[[Path, Callable[[str], bool]], Report]
    show: Callable[[Path, str], Iterator[str]]


SUITES = {
    "arkime": Suite(run=arkime.run, show=arkime.show),
    "ndpi": Suite(run=ndpi.run, show=ndpi.show),
    "suricata-verify": Suite(run=suricata.run, show=suricata_show.show),
    "tcpdump": Suite(run=tcpdump.run, show=tcpdump.show),
    "zeek": Suite(run=zeek.run, show=zeek_show.show),
}


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
    if chosen.json is not None:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_bytes(orjson.dumps(report.document(), option=orjson.OPT_INDENT_2))
    return 0


def _selector(patterns: list[str]) -> Callable[[str], bool]:
    return lambda name: not patterns or any(fnmatchcase(name, pattern) for pattern in patterns)


if __name__ == "__main__":
    sys.exit(main())
