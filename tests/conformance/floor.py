"""`python -m tests.conformance.floor DATA`: raise the numbers in `floor.yaml` to what is measured now.

The floor holds, by suite and kind, how many checks pass and how many there are. A kind falls when fewer pass or more fail: a check
that leaves the suite (a row with a reason in `zeek/exceptions.yaml`) is seen here and needs a person who lowers the number. The
floor is what a test holds us to; it is not the aim.
"""

# ruff: noqa: T201 - a command line prints
import sys
from pathlib import Path

import yaml

from tests.conformance.outcome import Report
from tests.conformance.suites import SUITES

_FILE = Path(__file__).with_name("floor.yaml")
_HEADER = """# [passed, checks] by suite and kind, as last measured; test_floor.py fails when fewer pass or more fail.
# Written by `python -m tests.conformance.floor DATA`, which leaves alone what fell.
"""


def folder_of(test_data: Path, suite: str) -> Path:
    """Where a suite's captures and answers are."""
    return test_data / "pcap" / suite


def floor() -> dict[str, dict[str, list[int]]]:
    """The recorded numbers."""
    if not _FILE.exists():
        return {}
    recorded: dict[str, dict[str, list[int]]] = yaml.safe_load(_FILE.read_text(encoding="utf-8")) or {}
    return recorded


def fallen(report: Report, recorded: dict[str, list[int]]) -> dict[str, str]:
    """The kinds that fell, each with a sentence."""
    now = report.by_kind
    sentences = {}
    for kind, (least, count) in recorded.items():
        passed, _, checks = now.get(kind, (0, 0, count))
        if passed < least or checks - passed > count - least:
            sentences[kind] = f"{kind}: {passed} of {checks} pass, {least} of {count} did"
    return sentences


def main(test_data: Path) -> None:
    """Measure all suites and raise the floor."""
    recorded = floor()
    for name, suite in SUITES.items():
        report = suite.run(folder_of(test_data, name), lambda _: True)
        print(report.table())
        kinds = recorded.setdefault(name, {})
        fell = fallen(report, kinds)
        for sentence in fell.values():
            print(f"fell, and is left as it was: {name} {sentence}", file=sys.stderr)
        for kind, (passed, _, checks) in report.by_kind.items():
            if kind not in fell:
                kinds[kind] = [passed, checks]
    _FILE.write_text(_HEADER + yaml.safe_dump(recorded, sort_keys=True, default_flow_style=None), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
