"""A mutant is the rule with one thing broken; the truth of each is written here by hand."""

from __future__ import annotations

import pytest

from correlator import reference
from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.rule_tests.mutation import mutants_of_correlation, mutants_of_detection

HEAD = """title: A rule
id: 11111111-1111-4111-8111-111111111111
name: one
logsource: {product: khien, service: host.auth}
level: low
"""
OTHER = HEAD.replace("8111-111111111111", "8111-111111111112").replace("name: one", "name: two")


def mutants(detection: str) -> dict[str, object]:
    (document,) = parse_documents(f"{HEAD}detection: {detection}\n", shown_as="rule.yml")
    (rule,) = compile_documents([document]).plan.detections
    return {mutant.name: mutant.program for mutant in mutants_of_detection(document, [], rule)}


def event(**fields: str) -> dict[str, object]:
    return {"event.dataset": "host.auth", **fields}


@pytest.mark.parametrize(
    ("condition", "dropped", "fields", "hits"),
    [
        ("a", "a", {}, True),  # nothing is left to ask
        ("a and b", "a", {"x.b": "1"}, True),
        ("a and b", "a", {"x.a": "1"}, False),
        ("a or b", "a", {"x.a": "1"}, False),
        ("a or b", "a", {"x.b": "1"}, True),
        ("a and not b", "b", {"x.a": "1", "x.b": "1"}, True),
        ("a and not b", "a", {}, True),
        ("not (a or b)", "a", {"x.a": "1"}, True),
        ("not (a or b)", "a", {"x.b": "1"}, False),
        ("1 of them", "a", {"x.a": "1"}, False),
        ("all of them", "a", {"x.b": "1"}, True),
        ("a and not 1 of b*", "b", {"x.a": "1", "x.b": "1"}, True),
    ],
)
def test_a_dropped_selection_leaves_the_rest_of_the_condition(
    condition: str, dropped: str, fields: dict[str, str], hits: object
) -> None:
    second = "" if condition == "a" else ", b: {x.b: '1'}"
    found = mutants(f"{{a: {{x.a: '1'}}{second}, condition: {condition}}}")
    program = found[f"selection `{dropped}` dropped"]
    assert reference.evaluate(program, event(**fields)) is hits  # type: ignore[arg-type]


def test_every_comparison_is_turned_around_once_wherever_it_stands() -> None:
    found = mutants("{a: {x.a: ['1', '2']}, b: {x.b|contains: z}, condition: a and not b}")
    turned = [name for name in found if name.startswith("comparison")]
    assert len(turned) == 3
    program = found["comparison `x.b` *z* turned around"]
    assert reference.evaluate(program, event(**{"x.a": "1", "x.b": "z"}))  # type: ignore[arg-type]
    assert not reference.evaluate(program, event(**{"x.a": "1"}))  # type: ignore[arg-type]


def test_a_correlation_loses_members_and_its_bounds_turn() -> None:
    text = f"""{HEAD}detection: {{a: {{x.a: '1'}}, condition: a}}
---
{OTHER}detection: {{a: {{x.b: '1'}}, condition: a}}
---
title: Many
id: 22222222-2222-4222-8222-222222222222
level: low
correlation: {{type: event_count, rules: [one, two], group-by: [source.ip], timespan: 5m, condition: {{gt: 3, lte: 9}}}}
"""
    documents = parse_documents(text, shown_as="rules.yml")
    found = dict(mutants_of_correlation(documents[2], documents[:2]))
    assert set(found) == {"`gt: 3` turned around", "`lte: 9` turned around", "member `one` dropped", "member `two` dropped"}
    assert found["`gt: 3` turned around"].plan.correlations[0].threshold.text() == "lte 3"
    assert len(found["member `one` dropped"].plan.correlations[0].members) == 1


TEMPORAL = """title: Both
id: 22222222-2222-4222-8222-222222222222
level: low
correlation:
  type: temporal
  rules: [one, two]
  group-by: [where]
  aliases: {where: {one: source.ip, two: destination.ip}}
  timespan: 5m
"""


def changed_correlation(text: str) -> dict[str, object]:
    whole = (
        f"{HEAD}detection: {{a: {{x.a: '1'}}, condition: a}}\n---\n{OTHER}detection: {{a: {{x.b: '1'}}, condition: a}}\n---\n{text}"
    )
    documents = parse_documents(whole, shown_as="rules.yml")
    return {name: rules.plan.correlations[0] for name, rules in mutants_of_correlation(documents[2], documents[:2])}


def test_a_member_that_an_alias_names_can_be_dropped() -> None:
    assert set(changed_correlation(TEMPORAL)) == {"member `one` dropped", "member `two` dropped"}


def test_an_order_can_be_dropped() -> None:
    found = changed_correlation(TEMPORAL.replace("temporal\n", "temporal_ordered\n"))
    assert found["order dropped"].measure.value == "temporal"  # type: ignore[attr-defined]


def test_every_name_of_an_expression_is_turned_around_and_dropped() -> None:
    found = changed_correlation(TEMPORAL + "  condition: one and not two\n")
    assert {"`one` dropped", "`not two` dropped", "`not two` turned around"} >= set(found) - {"`one` turned around"}
    assert {"`not two` dropped", "`not two` turned around"} <= set(found)
    assert len(found["`not two` dropped"].members) == 1  # type: ignore[attr-defined]


def test_what_is_expected_can_be_dropped() -> None:
    text = TEMPORAL[: TEMPORAL.index("  type")] + "  type: event_count\n  rules: [one]\n  timespan: 1h\n  condition: {lt: 1}\n"
    assert set(changed_correlation(f"{text}khien: {{expect: true}}\n")) == {"`expect` dropped"}
