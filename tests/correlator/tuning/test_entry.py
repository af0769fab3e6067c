"""What may be silenced, by whom and for how long: everything else is refused with its own sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from correlator.tuning.entry import DAY_US, Entry, Kind, check
from khien.errors import KhienError

GOOD = Entry(
    id="T0001", kind=Kind.EXCEPTION, rule_id="r", rule_name="r", owner="lan", reason="the weekly scan", created_us=0,
    expires_us=30 * DAY_US, when={"source.ip": ("10.1.2.3",)},
)  # fmt: skip


def code(entry: Entry, *, is_critical: bool = False) -> str:
    try:
        check(entry, is_critical=is_critical)
    except KhienError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (GOOD, ""),
        (replace(GOOD, owner=" "), "tuning.no_reason"),
        (replace(GOOD, reason="noise"), "tuning.no_reason"),
        (replace(GOOD, expires_us=91 * DAY_US), "tuning.expiry"),
        (replace(GOOD, expires_us=90 * DAY_US), ""),
        (replace(GOOD, expires_us=0), "tuning.expiry"),
        (replace(GOOD, when={}), "tuning.no_condition"),
        (replace(GOOD, when={"source.ip": ("*",)}), "tuning.address_part"),
        (replace(GOOD, when={"user.name": ("*",)}), "tuning.too_wide"),
        (replace(GOOD, when={"user.name": ("1*",)}), "tuning.too_wide"),
        (replace(GOOD, when={"host.name|contains": ("a",)}), "tuning.too_wide"),
        (replace(GOOD, when={"user.name": ("an",)}), ""),
        (replace(GOOD, when={"source.ip|cidr": ("10.0.0.0/8",)}), "tuning.too_wide"),
        (replace(GOOD, when={"source.ip|cidr": ("10.1.0.0/16",)}), ""),
        (replace(GOOD, when={"source.ip|cidr": ("here",)}), "tuning.condition"),
        (replace(GOOD, when={"source.ip|startswith": ("10.",)}), "tuning.address_part"),
        (replace(GOOD, when={"source.ip|contains": ("1.2",)}), "tuning.address_part"),
        (replace(GOOD, when={"source.ip": ("10.1.2.*",)}), "tuning.address_part"),
        (replace(GOOD, when={"source.ip": ("2001:db8::?",)}), "tuning.address_part"),
        (replace(GOOD, when={"host.name|startswith": ("10.",)}), ""),
        (replace(GOOD, when={"source.ip|re": (".*",)}), "tuning.condition"),
        (replace(GOOD, when={"source.ip|exists": ("true",)}), "tuning.condition"),
        (replace(GOOD, when={"user_agent.original": ("sqlmap",)}), "tuning.attacker_chosen"),
        (replace(GOOD, when={"url.path": ("/scan",), "email.subject": ("hello",)}), "tuning.attacker_chosen"),
        (replace(GOOD, when={"url.path": ("/scan",), "source.ip": ("10.1.2.3",)}), ""),
        (replace(GOOD, kind=Kind.SUPPRESSION, when=None), "tuning.suppression"),
        (replace(GOOD, kind=Kind.SUPPRESSION, when=None, by=("source.ip",), window_us=DAY_US), ""),
        (replace(GOOD, kind=Kind.SUPPRESSION, when=None, by=("source.ip",), window_us=8 * DAY_US), "tuning.suppression"),
    ],
)
def test_what_is_refused(changed: Entry, expected: str) -> None:
    assert code(changed) == expected


@pytest.mark.parametrize(
    ("approved_by", "expected"), [(None, "tuning.second_person"), ("Lan ", "tuning.second_person"), ("minh", "")]
)
def test_a_critical_rule_needs_a_second_person(approved_by: str | None, expected: str) -> None:
    assert code(replace(GOOD, approved_by=approved_by), is_critical=True) == expected


def test_an_entry_comes_back_from_its_json() -> None:
    assert Entry.from_json(GOOD.as_json()) == GOOD
