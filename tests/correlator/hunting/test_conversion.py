"""A query finds what the rule hits, and a rule whose query would not is refused with its reason."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlator import ir, reference
from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.hunting.conversion import Target, Unconvertible, _pattern, convert
from correlator.plan import DetectionRule
from correlator.program import Program
from khien.schema import load_schema

HEAD = "title: R\nid: 11111111-1111-4111-8111-111111111111\nname: r\nlogsource: {product: khien, service: host.auth}\n"
KEYWORD = load_schema().fields["process.name"]


def rule(selection: str, condition: str = "s") -> DetectionRule:
    rules = compile_documents(parse_documents(f"{HEAD}detection: {{s: {selection}, condition: {condition}}}\n", shown_as="r.yml"))
    assert rules.rejections == ()
    return rules.plan.detections[0]


@pytest.mark.parametrize(
    ("selection", "condition", "query"),
    [
        ("{event.outcome: FAILURE}", "s", "event.outcome:failure"),
        ("{process.name: sshd}", "s", "process.name:/[Ss][Ss][Hh][Dd]/"),
        ("{process.name|startswith: a/b}", "s", "process.name:/[Aa]\\/[Bb].*/"),
        ("{process.name|cased: sshd}", "s", "process.name:sshd"),
        ("{process.name: a?c}", "s", "process.name:/[Aa].[Cc]/"),
        ("{process.name: '1.5'}", "s", "process.name:1.5"),
        ("{source.ip: 192.0.2.1}", "s", "source.ip:192.0.2.1"),
        ("{source.ip|cidr: 192.0.2.0/24}", "not s", "NOT source.ip:192.0.2.0\\/24"),
        ("{source.port|gte: 1024}", "s", "source.port:>=1024"),
        ("{source.port: 22}", "s", "source.port:22"),
        ("{process.name: null}", "s", "NOT _exists_:process.name"),
    ],
)
def test_a_rule_is_a_lucene_query_behind_its_dataset(selection: str, condition: str, query: str) -> None:
    text = convert(rule(selection, condition), Target.LUCENE, index="i").text
    assert text.startswith("event.dataset:host.auth AND ")
    assert query in text


def test_a_rule_is_an_esql_query_over_the_indices() -> None:
    text = convert(rule("{process.name: sshd, source.port|lt: 1024}"), Target.ESQL, index="khien-events-*").text
    assert text == (
        'from khien-events-* metadata _id, _index | where event.dataset=="host.auth" and '
        'process.name rlike "[Ss][Ss][Hh][Dd]" and source.port<1024'
    )


@pytest.mark.parametrize(
    ("selection", "target", "reason"),
    [
        ("[sshd]", Target.LUCENE, "keyword"),
        ("{process.name|re: 'a.*b'}", Target.LUCENE, "regex"),
        ("{process.name|exists: true}", Target.LUCENE, "exists"),
        ("{process.name|fieldref: user.name}", Target.LUCENE, "fieldref"),
        ("{no.such.field: x}", Target.LUCENE, "not_indexed"),
        ("{process.name: 5}", Target.LUCENE, "type"),
        ("{source.ip|startswith: '10.'}", Target.LUCENE, "type"),
        ("{source.port|contains: '2'}", Target.LUCENE, "type"),
        ("{event.category: authentication}", Target.ESQL, "list"),
        ("{process.name: straße}", Target.LUCENE, "folding"),
    ],
)
def test_a_rule_whose_query_would_mean_something_else_is_refused(selection: str, target: Target, reason: str) -> None:
    with pytest.raises(Unconvertible) as caught:
        convert(rule(selection), target, index="i")
    assert caught.value.reason == reason


TEXT = st.text(alphabet='aAbBkK1.*?+[](){}\\/|^$-#@&<>~" đĐếẾ', max_size=6)


@given(st.lists(st.one_of(TEXT.filter(bool), st.sampled_from([ir.ANY_RUN, ir.ONE_CHARACTER])), min_size=1, max_size=4), TEXT)
def test_the_regular_expression_matches_what_the_comparison_matches(parts: list[str | int], value: str) -> None:
    leaf = ir.Text("process.name", tuple(parts))
    try:
        pattern = "".join(_pattern(leaf, KEYWORD))
    except Unconvertible:
        return
    expected = reference.evaluate(ir.Rule("r", leaf), {"process.name": value})
    assert (re.fullmatch(pattern, value, re.DOTALL) is not None) is expected


def test_a_route_with_an_event_code_asks_for_both() -> None:
    text = """title: R
id: 11111111-1111-4111-8111-111111111111
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: '\\whoami.exe'}, condition: s}
"""
    (found,) = compile_documents(parse_documents(text, shown_as="r.yml")).plan.detections
    query = convert(found, Target.LUCENE, index="i").text
    assert "(event.dataset:windows.sysmon AND event.code:1)" in query
    assert "windows.sysmon:1" not in query


def test_a_route_over_all_datasets_of_a_kind_is_a_prefix() -> None:
    found = rule("{source.ip: 192.0.2.1}")
    wide = replace(found, compiled=Program.of(replace(found.program, datasets=("network.*",)), found.selections))
    text = convert(wide, Target.LUCENE, index="i").text
    assert text == r"event.dataset:/network\..*/ AND source.ip:192.0.2.1"
