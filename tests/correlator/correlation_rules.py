"""The rules that the correlation tests run, as Sigma and as the oracle reads them."""

from __future__ import annotations

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import RuleSet, compile_documents
from tests.correlator.oracle_rules import Definition, read

_DETECTION = """
title: {name}
id: 00000000-0000-4000-8000-0000000000{number:02x}
name: {name}
logsource: {{product: khien, service: host.auth}}
detection:
  selection:
    event.action: {name}
  condition: selection
level: low
"""
_CORRELATION = """
title: {name}
id: 00000000-0000-4000-8000-0000000001{number:02x}
name: {name}
correlation:
  type: {kind}
  rules: [{rules}]
  group-by: {group}
  timespan: {seconds}s
  generate: {generate}
  aliases: {aliases}
  condition: {condition}
level: high
"""


def _correlation(number: int, name: str, kind: str, condition: str, *, rules: str = "red", **more: str) -> str:
    values = {"group": "[source.ip]", "seconds": "60", "generate": "false", "aliases": "{}", **more}
    return _CORRELATION.format(number=number, name=name, kind=kind, condition=condition, rules=rules, **values)


DOCUMENTS = [
    *(_DETECTION.format(number=number, name=name) for number, name in enumerate(("red", "blue", "green"))),
    _correlation(0, "three_events", "event_count", "{gte: 3}"),
    _correlation(1, "more_than_one_of_both", "event_count", "{gt: 1}", rules="red, blue"),
    _correlation(2, "two_users", "value_count", "{gte: 2, field: user.name}"),
    _correlation(3, "both_colours", "temporal", "{gte: 2}", rules="red, blue", seconds="30"),
    _correlation(4, "fewer_than_three", "event_count", "{lt: 3}"),
    _correlation(5, "exactly_two_users", "value_count", "{eq: 2, field: user.name}"),
    _correlation(6, "between_two_and_three", "event_count", "{gte: 2, lte: 3}", group="[]"),
    _correlation(7, "not_two", "event_count", "{neq: 2}", rules="blue"),
    _correlation(
        8, "same_host_by_two_names", "temporal", "{gte: 2}", rules="red, blue",
        group="[host]", aliases="{host: {red: source.ip, blue: destination.ip}}",
    ),
    _correlation(9, "green_once", "event_count", "{gte: 1}", rules="green", generate="true"),
    _correlation(10, "a_fraction", "event_count", "{gte: 1.5}", rules="blue"),
    _correlation(11, "two_by_one_person", "event_count", "{gte: 2}", group="[user.name]"),
]  # fmt: skip


def defined() -> list[Definition]:
    """The same rules as the oracle reads them."""
    return read("---".join(DOCUMENTS))


def compiled() -> RuleSet:
    """The rule set of this page; every document must compile."""
    rules = compile_documents([document for text in DOCUMENTS for document in parse_documents(text, shown_as="test.yml")])
    assert rules.rejections == ()
    return rules
