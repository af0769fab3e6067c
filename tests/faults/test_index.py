"""Every fault case of the reliability design (F001 … F105) is implemented once, or listed as pending."""

from __future__ import annotations

import re
from pathlib import Path

FAULTS = Path(__file__).parent
CASES = {f"F{number:03d}" for number in range(1, 106)}
#: 105 cases, 17 of them implemented: the pending list may only shrink.
PENDING_AT_MOST = 88


def implemented() -> list[str]:
    marked = re.compile(r'pytest\.mark\.fault\("(F\d{3})"\)')
    found: list[str] = []
    for path in sorted(FAULTS.glob("test_f*.py")):
        found.extend(sorted(set(marked.findall(path.read_text(encoding="utf-8")))))
    return found


def pending() -> list[str]:
    lines = (FAULTS / "pending.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_no_case_is_implemented_in_two_files_or_listed_twice() -> None:
    both = implemented() + pending()
    assert sorted(set(both)) == sorted(both)


def test_every_case_is_implemented_or_pending() -> None:
    assert set(implemented()) | set(pending()) == CASES


def test_the_pending_list_only_shrinks() -> None:
    assert len(pending()) <= PENDING_AT_MOST
