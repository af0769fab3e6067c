"""The plan document: what the correlation core reads, written from rules as people write them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from correlator import plan_document
from correlator.compiler.documents import parse_documents
from correlator.compiler.rejection import Reason
from correlator.compiler.ruleset import RuleSet, compile_documents, compile_folders

_DETECTION = """
title: {name}
id: 00000000-0000-4000-8000-0000000000{number:02x}
name: {name}
logsource: {{product: khien, service: host.auth}}
detection: {{selection: {{event.action: {name}}}, condition: selection}}
level: low
"""
DETECTIONS = [_DETECTION.format(name=name, number=number) for number, name in enumerate(["red", "blue", "green"])]


def correlation(number: int, name: str, **keys: Any) -> str:
    khien = keys.pop("khien", {})
    body = {"type": "event_count", "rules": ["red"], "group-by": ["source.ip"], "timespan": "60s", "condition": {"gte": 3}, **keys}
    content = {
        "title": name,
        "id": f"00000000-0000-4000-8000-0000000001{number:02x}",
        "name": name,
        "correlation": {key: value for key, value in body.items() if value is not None},
        "level": "high",
    }
    return orjson.dumps({**content, "khien": khien} if khien else content).decode()


def compiled(*texts: str) -> RuleSet:
    documents = [document for text in (*DETECTIONS, *texts) for document in parse_documents(text, shown_as="x.yml")]
    return compile_documents(documents)


def watches(*texts: str) -> dict[str, dict[str, Any]]:
    """By title of the rule."""
    rules = compiled(*texts)
    assert rules.rejections == ()
    names = {one.rule.id: one.rule.name for one in rules.plan.detections}
    names |= {one.rule.id: one.rule.name for one in rules.plan.correlations}
    document = orjson.loads(plan_document.dumps(rules.plan))
    assert document["version"] == 1
    return {names[watch["name"].partition("@")[0]]: watch for watch in document["watches"]}


def test_a_count_is_written_with_its_bound_as_text_and_its_member_by_number() -> None:
    watch = watches(correlation(1, "three"))["three"]
    assert watch.pop("name").startswith("00000000-0000-4000-8000-000000000101@")
    assert watch == {
        "kind": "event_count",
        "timespan_us": 60_000_000,
        "fire": "episode",
        "bounds": [["gte", "3"]],
        "expression": None,
        "percentile": None,
        "members": [{"id": "00000000-0000-4000-8000-000000000000", "rule": 0, "group": ["source.ip"]}],
        "group_by": ["source.ip"],
        "fields": [],
        "most_groups": 50_000,
        "expect": None,
        "entities": [
            ["source.ip", "ip", "source"],
            ["destination.ip", "ip", "target"],
            ["host.hostname", "host", "target"],
            ["host.name", "host", "target"],
            ["user.name", "user", "target"],
        ],
        "silent": False,
    }


def test_a_rule_on_single_events_is_a_watch_of_ten_minutes_and_a_silent_one_is_none() -> None:
    found = watches(correlation(1, "three"))
    assert set(found) == {"three", "blue", "green"}  # red is referenced, so it is silent
    assert (found["blue"]["kind"], found["blue"]["timespan_us"], found["blue"]["bounds"]) == ("event", 600_000_000, [["gte", "1"]])


@pytest.mark.parametrize(
    ("condition", "bounds"),
    [
        ({"gt": 100, "lte": 200}, [["gt", "100"], ["lte", "200"]]),
        ({"gte": 0.5}, [["gte", "0.5"]]),
        ({"gte": 0.1}, [["gte", "0.1"]]),
        ({"neq": 2}, [["neq", "2"]]),
    ],
)
def test_ranges_and_fractions_are_written_exactly(condition: dict[str, float], bounds: list[list[str]]) -> None:
    assert watches(correlation(1, "count", condition=condition))["count"]["bounds"] == bounds


@pytest.mark.parametrize("kind", ["value_sum", "value_avg", "value_median"])
def test_a_value_type_may_compare_with_a_negative_fraction(kind: str) -> None:
    watch = watches(correlation(1, "v", type=kind, condition={"lt": -0.25, "field": "network.bytes"}))["v"]
    assert (watch["kind"], watch["bounds"], watch["fields"]) == (kind, [["lt", "-0.25"]], ["network.bytes"])


def test_a_percentile_keeps_its_fraction() -> None:
    condition = {"gte": 1_000_000, "field": "event.duration", "percentile": 99.9}
    watch = watches(correlation(1, "p", type="value_percentile", condition=condition))["p"]
    assert (watch["percentile"], watch["bounds"]) == ("99.9", [["gte", "1000000"]])


def test_temporal_without_condition_asks_for_all_rules_by_position() -> None:
    watch = watches(correlation(1, "t", type="temporal", rules=["blue", "red"], condition=None))["t"]
    assert (watch["bounds"], watch["expression"]) == ([], {"and": [{"member": 0}, {"member": 1}]})
    assert [member["rule"] for member in watch["members"]] == [1, 0]


def test_an_order_keeps_the_rules_in_theirs() -> None:
    watch = watches(correlation(1, "o", type="temporal_ordered", rules=["green", "red", "blue"], condition=None))["o"]
    assert (watch["bounds"], watch["expression"]) == ([["gte", "3"]], None)
    assert [member["rule"] for member in watch["members"]] == [2, 0, 1]


@pytest.mark.parametrize("rules", [["red", "blue", "green"], None])
def test_an_expression_over_names_binds_not_before_and_before_or(rules: list[str] | None) -> None:
    text = correlation(1, "e", type="temporal", rules=rules, condition="red and not blue or green")
    expected = {"or": [{"and": [{"member": 0}, {"not": {"member": 1}}]}, {"member": 2}]}
    assert watches(text)["e"]["expression"] == expected


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("red and blue and not", "the end"),
        ("red blue", "`blue`"),
        ("(red and blue", "parenthesis"),
        ("red and blue)", "`)`"),
        ("red and blue-2", "give the rule a `name`"),
        ("red and 00000000-0000-4000-8000-000000000001", "give the rule a `name`"),
        ("red and green", "`green` is not one"),
        ("red", "nothing of `blue`"),
        ("not " * 40 + "red and blue", "nested deeper"),
        ("(" * 5_000 + "red" + ")" * 5_000 + " and blue", "more than 10000"),
    ],
)
def test_an_expression_that_cannot_be_read_is_refused_with_the_place(condition: str, says: str) -> None:
    found = compiled(correlation(1, "e", type="temporal", rules=["red", "blue"], condition=condition))
    assert [entry.reason for entry in found.rejections] == [Reason.CONDITION_INVALID]
    assert says in found.rejections[0].detail


def test_an_inner_correlation_is_referenced_by_its_watch_and_stands_before_the_outer_one() -> None:
    inner = correlation(1, "inner", **{"group-by": ["source.ip", "user.name"]})
    keys: dict[str, Any] = {"group-by": ["ip"], "aliases": {"ip": {"inner": "source.ip"}}}
    outer = correlation(2, "outer", type="value_count", rules=["inner"], condition={"gte": 2, "field": "user.name"}, **keys)
    rules = compiled(outer, inner)
    document = orjson.loads(plan_document.dumps(rules.plan))
    chain = [watch for watch in document["watches"] if watch["kind"] != "event"]
    assert [watch["silent"] for watch in chain] == [True, False]
    assert chain[1]["members"] == [{"id": chain[0]["name"].partition("@")[0], "watch": chain[0]["name"], "group": ["source.ip"]}]


def test_an_inner_correlation_that_generates_makes_alerts_of_its_own() -> None:
    found = watches(correlation(1, "inner"), correlation(2, "outer", rules=["inner"], generate=True))
    assert (found["inner"]["silent"], found["outer"]["silent"]) == (False, False)


def test_a_silent_correlation_that_feeds_nobody_is_left_out() -> None:
    text = correlation(1, "quiet").replace('"level":"high"', '"level":"informational"')
    assert "quiet" not in watches(text)


def test_a_chain_of_ten_runs_and_one_of_eleven_is_refused() -> None:
    names = ["red", *(f"link{number}" for number in range(1, 12))]
    chain = [correlation(number, names[number], rules=[names[number - 1]]) for number in range(1, 12)]
    found = compiled(*reversed(chain))
    assert [(entry.title, entry.reason) for entry in found.rejections] == [("link11", Reason.FEATURE_UNSUPPORTED)]


def test_a_cycle_is_refused_with_its_path_and_what_leads_into_it_too() -> None:
    loop = [correlation(1, "a", rules=["c"]), correlation(2, "b", rules=["a"]), correlation(3, "c", rules=["b"])]
    found = compiled(*loop, correlation(4, "d", rules=["a", "red"]), correlation(5, "fine"))
    details = {entry.title: entry.detail for entry in found.rejections}
    assert details == {"a": "a → c → b → a", "b": "b → a → c → b", "c": "c → b → a → c", "d": "d → a → c → b → a"}
    assert {entry.reason for entry in found.rejections} == {Reason.REFERENCE_CYCLE}


def test_a_group_that_an_inner_correlation_does_not_have_is_refused() -> None:
    found = compiled(correlation(1, "inner"), correlation(2, "outer", rules=["inner"], **{"group-by": ["user.name"]}))
    assert [(entry.title, entry.reason) for entry in found.rejections] == [("outer", Reason.GROUP_NOT_PARTITIONABLE)]


@pytest.mark.parametrize(
    ("khien", "keys", "expected"),
    [
        ({"expect": ["10.0.0.2", "10.0.0.1", "10.0.0.2"]}, {}, [["10.0.0.1"], ["10.0.0.2"]]),
        ({"expect": [{"source.ip": "10.0.0.1"}]}, {}, [["10.0.0.1"]]),
        ({"expect": True}, {"group-by": None}, [[]]),
        ({"expect": [{"b": "2", "a": 1}]}, {"group-by": ["a", "b"]}, [["1", "2"]]),
    ],
)
def test_expected_groups_are_written_in_the_order_of_group_by(
    khien: dict[str, Any], keys: dict[str, Any], expected: list[list[str]]
) -> None:
    assert watches(correlation(1, "silent", khien=khien, condition={"lt": 1}, **keys))["silent"]["expect"] == expected


@pytest.mark.parametrize(
    ("khien", "keys"),
    [
        ({"expect": ["a"]}, {"condition": {"gte": 1}}),
        ({"expect": ["a"]}, {"group-by": ["a", "b"]}),
        ({"expect": [{"user.name": "a"}]}, {}),
        ({"expect": []}, {}),
        ({"expect": [["a"]]}, {}),
        ({"expect": True}, {}),
        ({"expect": ["a"]}, {"type": "value_sum", "condition": {"lt": 1, "field": "n"}}),
        ({"fire": "reset"}, {}),
        ({"fire": "every"}, {"type": "temporal", "condition": "not red"}),
    ],
)
def test_an_expectation_or_a_fire_that_cannot_be_meant_is_refused(khien: dict[str, Any], keys: dict[str, Any]) -> None:
    found = compiled(correlation(1, "silent", **{"khien": khien, "condition": {"lt": 1}, **keys}))
    assert [entry.reason for entry in found.rejections] == [Reason.ATTRIBUTE_UNKNOWN]


@pytest.mark.parametrize("fire", ["reset", "every"])
def test_fire_is_written_and_makes_another_version(fire: str) -> None:
    plain, other = watches(correlation(1, "x"))["x"], watches(correlation(1, "x", khien={"fire": fire}))["x"]
    assert other["fire"] == fire
    assert plain["name"] != other["name"]


def test_the_order_of_the_rules_decides_the_version_only_where_it_means_something() -> None:
    def version(kind: str, *rules: str) -> str:
        name: str = watches(correlation(1, "x", type=kind, rules=list(rules), condition=None))["x"]["name"]
        return name

    assert version("temporal", "red", "blue") == version("temporal", "blue", "red")
    assert version("temporal_ordered", "red", "blue") != version("temporal_ordered", "blue", "red")


def test_a_reference_from_another_pack_never_silences(tmp_path: Path) -> None:
    for folder, texts in {"city": [DETECTIONS[0]], "bought": [correlation(1, "three")]}.items():
        (tmp_path / folder).mkdir()
        for number, text in enumerate(texts):
            (tmp_path / folder / f"{number}.yml").write_text(text)
    apart = compile_folders([tmp_path / "city", tmp_path / "bought"])
    assert [rule.is_silent for rule in apart.plan.detections] == [False]
    together = compile_folders([tmp_path])
    assert [rule.is_silent for rule in together.plan.detections] == [True]
    assert together.silenced == (together.plan.detections[0].rule.id,)


@pytest.mark.parametrize(
    ("keys", "counts"),
    [
        ({}, True),
        ({"condition": {"gt": 1.5}}, True),
        ({"type": "value_count", "condition": {"gte": 2, "field": "user.name"}}, True),
        ({"type": "temporal", "rules": ["red", "blue"], "condition": None}, True),
        ({"type": "temporal", "rules": ["red", "blue"], "condition": "red and blue"}, True),
        ({"type": "temporal", "rules": ["red", "blue"], "condition": "red or blue"}, False),
        ({"type": "temporal_ordered", "rules": ["red", "blue"], "condition": None}, False),
        ({"type": "value_sum", "condition": {"gte": 2, "field": "n"}}, False),
        ({"condition": {"lt": 3}}, False),
        ({"condition": {"lt": 3}, "khien": {"expect": ["an"]}}, False),
        ({"rules": ["inner"]}, False),
    ],
)
def test_what_rises_with_a_number_of_hits_is_known(keys: dict[str, Any], *, counts: bool) -> None:
    rules = compiled(correlation(1, "inner"), correlation(2, "outer", **keys))
    assert rules.rejections == ()
    assert next(rule for rule in rules.plan.correlations if rule.rule.name == "outer").counts_events is counts
