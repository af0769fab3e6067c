"""What nobody means is named with its line; what is meant is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.compiler.shape import read_written
from correlator.lint.own import lint, lint_meaning, lint_texts

HEAD = "title: A rule\nid: 11111111-1111-4111-8111-111111111111\nlogsource: {product: khien, service: host.auth}\nlevel: low\n"


def found(detection: str) -> list[tuple[str, str, str]]:
    (document,) = parse_documents(f"{HEAD}detection:\n{detection}", shown_as="rule.yml")
    return [(one.code, one.detail, one.location) for one in lint(read_written(document))]


@pytest.mark.parametrize(
    ("detection", "expected"),
    [
        ("  s: {event.action|contains: ''}\n  condition: s\n", ("empty_contains", "event.action", "rule.yml:6")),
        ("  s: {event.action|startswith: [a, '*']}\n  condition: s\n", ("empty_contains", "event.action", "rule.yml:6")),
        ("  s:\n    - {a.b: x}\n    - {a.c|contains: ''}\n  condition: s\n", ("empty_contains", "a.c", "rule.yml:8")),
        ("  s:\n    event.action: [login, null]\n  condition: s\n", ("null_in_list", "event.action", "rule.yml:7")),
        ("  s: {a.b: 1}\n  t: {a.c: 1}\n  condition: s\n", ("unused_selection", "t", "rule.yml:7")),
        ("  note: {a.b: 1}\n  condition: note\n", ("selection_name", "note", "rule.yml:6")),
        ("  not_a: {a.b: 1}\n  t: {a.c: 1}\n  condition: t and not not_a\n", ("selection_name", "not_a", "rule.yml:6")),
        ("  t: {a.c: 1}\n  khoá: {a.b: 1}\n  condition: t or khoá\n", ("selection_name", "khoá", "rule.yml:7")),
        ("  s_a: {a.b: 1}\n  t: {a.c: 1}\n  condition: 1 of s_*\n", ("unused_selection", "t", "rule.yml:7")),
    ],
)
def test_what_nobody_means_is_named_with_its_line(detection: str, expected: tuple[str, str, str]) -> None:
    assert found(detection) == [expected]


@pytest.mark.parametrize(
    "detection",
    [
        "  s: {event.action: '*'}\n  condition: s\n",  # Sigma's way to say that the field is there
        "  s: {event.action|contains: x}\n  condition: s\n",
        "  s: {event.action: null}\n  condition: s\n",
        "  a: {a.b: 1}\n  b: {a.c: 1}\n  condition: 1 of them\n",
        "  a: {a.b: 1}\n  b: {a.c: 1}\n  condition: not (a or not b)\n",
    ],
)
def test_what_is_meant_is_left_alone(detection: str) -> None:
    assert found(detection) == []


@pytest.mark.parametrize(
    ("detection", "hits"),
    [
        ("  s: {event.action: null}\n  condition: s\n", ["host.auth"]),
        ("  s: {event.action: login}\n  condition: not s\n", ["host.auth"]),
        ("  s: {event.action: login}\n  f: {user.name: root}\n  condition: s and not f\n", []),
    ],
)
def test_a_rule_that_hits_an_empty_event_is_named(detection: str, hits: list[str]) -> None:
    (document,) = parse_documents(f"{HEAD}detection:\n{detection}", shown_as="rule.yml")
    (rule,) = compile_documents([document]).plan.detections
    assert [one.detail for one in lint_meaning(read_written(document), rule)] == hits


def test_a_rule_owes_cases_and_both_languages_and_what_the_officer_needs(tmp_path: Path) -> None:
    text = f"{HEAD}detection: {{s: {{a.b: 1}}, condition: s}}\nfalsepositives: [An update, A backup]\n"
    (document,) = parse_documents(text, shown_as="rule.yml")
    codes = {one.code for one in lint_texts(read_written(document), rule_file=tmp_path / "rule.yml")}
    assert codes == {"no_tests", "no_title_vi", "no_description_vi", "no_false_positives_vi", "no_triage"}


def test_a_rule_that_has_all_of_it_owes_nothing(tmp_path: Path) -> None:
    text = (
        f"{HEAD}detection: {{s: {{a.b: 1}}, condition: s}}\nfalsepositives: [An update]\n"
        "khien: {title_vi: T, description_vi: M, false_positives_vi: [C], triage: {en: [Look], vi: [Xem]}}\n"
    )
    (document,) = parse_documents(text, shown_as="rule.yml")
    (tmp_path / "rule.test.yml").touch()
    assert list(lint_texts(read_written(document), rule_file=tmp_path / "rule.yml")) == []
