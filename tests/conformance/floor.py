"""`python -m tests.conformance.floor DATA`: raise the numbers in `floor.yaml` to what is measured now.

The floor holds, by suite and kind, how many checks pass. It is what a test holds us to; it is not the aim.
"""

# ruff: noqa: T201 - a command line prints
import sys
from pathlib import Path

import yaml

from tests.conformance.outcome import Report
from tests.conformance.suites import SUITES

_FILE = Path(__file__).with_name("floor.yaml")
_HEADER = """# How many checks pass, by suite and kind, as last measured: tests/conformance/test_floor.py fails when one falls.
# Written by `python -m tests.conformance.floor DATA`, which only raises.
"""


def folder_of(test_data: Path, suite: str) -> Path:
    """Where a suite's captures and answers are."""
    return test_data / "pcap" / suite


def floor() -> dict[str, dict[str, int]]:
    """The recorded numbers."""
    if not _FILE.exists():
        return {}
    recorded: dict[str, dict[str, int]] = yaml.safe_load(_FILE.read_text(encoding="utf-8")) or {}
    return recorded


def fallen(report: Report, recorded: dict[str, int]) -> list[str]:
    """The kinds that pass less than recorded, each as a sentence."""
    passed = {kind: counts[0] for kind, counts in report.by_kind.items()}
    return [f"{kind}: {passed.get(kind, 0)} pass, {least} did" for kind, least in recorded.items() if passed.get(kind, 0) < least]


def main(test_data: Path) -> None:
    """Measure all suites and raise the floor."""
    recorded = floor()
    for name, suite in SUITES.items():
        report = suite.run(folder_of(test_data, name), lambda _: True)
        print(report.table())
        for sentence in fallen(report, recorded.get(name, {})):
            print(f"fell, and is left as it was: {name} {sentence}", file=sys.stderr)
        kinds = recorded.setdefault(name, {})
        for kind, (passed, _, _) in report.by_kind.items():
            kinds[kind] = max(passed, kinds.get(kind, 0))
    _FILE.write_text(_HEADER + yaml.safe_dump(recorded, sort_keys=True), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
