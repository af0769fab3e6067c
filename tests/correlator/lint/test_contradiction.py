"""Ranges that do not meet are named, in a selection and in a correlation's condition; those that meet are not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from correlator.lint.contradiction import is_empty
from correlator.lint.report import report

HEAD = (
    "title: A rule\nid: 11111111-1111-4111-8111-111111111111\nname: one\n"
    "logsource: {product: khien, service: network.flow}\nlevel: low\n"
)
CORRELATION = "---\ntitle: Many\nid: 11111111-1111-4111-8111-111111111112\nlevel: low\n"


def never(folder: Path, text: str) -> list[tuple[str, str]]:
    (folder / "rule.yml").write_text(text)
    return [(one.location, one.detail) for one in report([folder]).findings if one.code == "never_together"]


@pytest.mark.parametrize(
    ("bounds", "whole", "expected"),
    [
        ([("gt", 200), ("lte", 100)], False, True),
        ([("gt", 100), ("lte", 200)], False, False),
        ([("gte", 100), ("lte", 100)], False, False),
        ([("gt", 100), ("lte", 100)], False, True),
        ([("gte", 100), ("lt", 100)], False, True),
        ([("gt", 5), ("lt", 6)], False, False),  # 5.5
        ([("gt", 5), ("lt", 6)], True, True),
        ([("gt", Fraction(9, 2)), ("lt", Fraction(11, 2))], True, False),  # 5
        ([("eq", 3), ("gt", 3)], True, True),
        ([("eq", 3), ("gte", 3)], True, False),
        ([("eq", Fraction(1, 2))], True, True),
        ([("eq", 3), ("eq", 4)], False, True),
        ([("eq", 3), ("neq", 3)], False, True),
        ([("gte", 3), ("lte", 3), ("neq", 3)], False, True),
        ([("gte", 3), ("lte", 4), ("neq", 3)], True, False),
        ([("lt", -5), ("gt", -7)], True, False),  # -6
        ([("lt", -5), ("gt", -6)], True, True),
        ([("gt", 1)], True, False),
        ([], True, False),
    ],
)
def test_bounds_that_no_number_satisfies_are_empty(bounds: list[tuple[str, Fraction]], *, whole: bool, expected: bool) -> None:
    assert is_empty([(relation, Fraction(value)) for relation, value in bounds], whole=whole) is expected


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("{s: {source.bytes|gt: 200, source.bytes|lte: 100}, condition: s}", ["source.bytes gt 200 and lte 100"]),
        ("{s: {source.bytes|gt: 200}, t: {source.bytes|lte: 100}, condition: s and t}", ["source.bytes gt 200 and lte 100"]),
        ("{s: {source.bytes|gt: 200}, t: {source.bytes|lte: 100}, condition: s or t}", []),
        ("{s: {source.bytes|gt: 200}, t: {source.bytes|lte: 100}, condition: s and not t}", []),
        ("{s: {source.bytes|gt: 200}, t: {destination.bytes|lte: 100}, condition: s and t}", []),
        ("{s: {source.bytes|gt: 5, source.bytes|lt: 6}, condition: s}", ["source.bytes gt 5 and lt 6"]),
        ("{s: {Anything|gt: 5, Anything|lt: 6}, condition: s}", []),  # of which nothing says that it is whole
        ("{s: {user.name: a}, t: {source.bytes|gt: 2, source.bytes|lt: 1}, condition: s or t}", ["source.bytes gt 2 and lt 1"]),
    ],
)
def test_ranges_of_one_field_that_do_not_meet_are_named(tmp_path: Path, detection: str, expected: list[str]) -> None:
    assert [detail for _, detail in never(tmp_path, f"{HEAD}detection: {detection}\n")] == expected


@pytest.mark.parametrize(
    ("correlation", "expected"),
    [
        ("{type: event_count, rules: [one], timespan: 1m, condition: {gt: 200, lte: 100}}", ["gt 200 and lte 100"]),
        ("{type: event_count, rules: [one], timespan: 1m, condition: {gt: 100, lte: 200}}", []),
        ("{type: event_count, rules: [one], timespan: 1m, condition: {gt: 5, lt: 6}}", ["gt 5 and lt 6"]),
        (
            "{type: value_avg, rules: [one], timespan: 1m, condition: {field: source.bytes, gt: 5, lt: 6}}",
            [],
        ),
        (
            "{type: value_count, rules: [one], timespan: 1m, condition: {field: source.port, lt: 0}}",
            ["lt 0"],
        ),
    ],
)
def test_a_correlation_that_can_never_fire_is_named_with_its_line(tmp_path: Path, correlation: str, expected: list[str]) -> None:
    text = f"{HEAD}detection: {{s: {{event.action: a}}, condition: s}}\n{CORRELATION}correlation: {correlation}\n"
    found = never(tmp_path, text)
    assert [detail for _, detail in found] == expected
    assert all(location.endswith("rule.yml:11") for location, _ in found), found
