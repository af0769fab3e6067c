"""A comparison that no value decides is named, and so is a rule that nothing else decides."""

from __future__ import annotations

import pytest

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.compiler.shape import read_written
from correlator.lint.own import lint, lint_meaning

HEAD = "title: A rule\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: khien, service: network.flow}\nlevel: low\n"


def codes(detection: str) -> set[str]:
    (document,) = parse_documents(f"{HEAD}detection: {detection}\n", shown_as="rule.yml")
    (rule,) = compile_documents([document]).plan.detections
    written = read_written(document)
    return {one.code for one in [*lint(written), *lint_meaning(written, rule)]}


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        ("event.action|re: '.*'", {"always_true", "matches_everything"}),
        ("event.action|re: '^'", {"always_true", "matches_everything"}),
        ("event.action|re: '(a)*'", {"always_true", "matches_everything"}),
        ("event.action|re: ['^x$', '.+']", {"always_true", "matches_everything"}),
        ("event.action|re: '^.$'", set()),
        ("event.action|re: '[a-z]'", set()),
        ("event.action|contains: ''", {"empty_contains", "matches_everything"}),
        ("event.action: '*'", {"matches_everything"}),
        ("event.action|exists: true", {"matches_everything"}),
        ("event.action: 'a*'", set()),
        ("event.action: ''", set()),  # an empty text is one value
        ("event.action: '?'", set()),
        ("source.port|lt: 0", {"never_true"}),
        ("source.port|lt: 1", set()),
        ("source.port|lte: 65535", {"always_true", "matches_everything"}),
        ("source.port|lte: 65534", set()),
        ("source.port|gt: 65535", {"never_true"}),
        ("source.port|gt: 65534", set()),
        ("source.bytes|gte: 0", {"always_true", "matches_everything"}),
        ("source.bytes|gt: -1", {"always_true", "matches_everything"}),
        ("source.bytes|gt: 0", set()),
        ("source.bytes|lte: 0", set()),
        ("ntp.precision|lt: 0", set()),  # signed (RFC 5905, section 7.3)
        ("nobody.knows|lt: 0", set()),
        ("source.ip|cidr: 0.0.0.0/0", {"always_true", "matches_everything"}),
        ("source.ip|cidr: 0.0.0.0/1", set()),
        ("'@timestamp|hour|gte': 0", {"always_true", "matches_everything"}),
        ("'@timestamp|hour|gte': 22", set()),
        ("'@timestamp|hour': 24", {"never_true"}),
        ("'@timestamp|hour': 23", set()),
        ("'@timestamp|month': 0", {"never_true"}),
    ],
)
def test_a_comparison_that_no_value_decides_is_named(comparison: str, expected: set[str]) -> None:
    assert codes(f"{{s: {{{comparison}}}, condition: s}}") == expected


@pytest.mark.parametrize(
    ("detection", "everything"),
    [
        ("{s: {event.action: '*', user.name: root}, condition: s}", False),
        ("{s: {event.action: '*'}, t: {user.name: root}, condition: s or t}", True),
        ("{s: {event.action: '*'}, t: {user.name: root}, condition: s and not t}", False),
        ("{s: {event.action: '*'}, t: {user.name: '*'}, condition: s and t}", True),
        ("{s: {event.action: '*'}, condition: not s}", False),
    ],
)
def test_a_rule_that_nothing_else_decides_is_named(detection: str, *, everything: bool) -> None:
    assert ("matches_everything" in codes(detection)) is everything
