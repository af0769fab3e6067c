"""The rules that the correlation tests run, once as Sigma and once in the oracle's words."""

from __future__ import annotations

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import RuleSet, compile_documents
from tests.correlator.oracle import SECOND, Definition

_DETECTION = """
title: {name}
id: 00000000-0000-4000-8000-0000000000{number:02x}
name: {name}
logsource: {{product: khien, service: host.auth}}
detection:
  selection:
    event.action|contains: {name}
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
_SPAN = 60 * SECOND
_RED, _BOTH = ("red",), ("red", "blue")
_IP = ("source.ip",)

DEFINITIONS = [
    Definition("three_events", "event_count", _RED, _SPAN, at_least=3, group=_IP),
    Definition("more_than_one_of_both", "event_count", _BOTH, _SPAN, at_least=2, group=_IP),
    Definition("two_users", "value_count", _RED, _SPAN, at_least=2, group=_IP, value="user.name"),
    Definition("both_colours", "temporal", _BOTH, 30 * SECOND, at_least=2, group=_IP),
    Definition("fewer_than_three", "event_count", _RED, _SPAN, closing=lambda count: count < 3, group=_IP),
    Definition("exactly_two_users", "value_count", _RED, _SPAN, closing=lambda count: count == 2, group=_IP, value="user.name"),
    Definition("between_two_and_three", "event_count", _RED, _SPAN, closing=lambda count: 2 <= count <= 3),
    Definition("not_two", "event_count", ("blue",), _SPAN, closing=lambda count: count != 2, group=_IP),
    Definition(
        "same_host_by_two_names",
        "temporal",
        _BOTH,
        _SPAN,
        at_least=2,
        group=("host",),
        aliases=(("host", "red", "source.ip"), ("host", "blue", "destination.ip")),
    ),
    Definition("green_once", "event_count", ("green",), _SPAN, at_least=1, group=_IP),
    Definition("a_fraction", "event_count", ("blue",), _SPAN, at_least=2, group=_IP),
    Definition("two_by_one_person", "event_count", _RED, _SPAN, at_least=2, group=("user.name",)),
    Definition("green", "event", ("green",), 600 * SECOND, at_least=1, group=("source.ip", "destination.ip", "user.name")),
]


def compiled() -> RuleSet:
    """The rule set of this page; every document must compile."""
    rules = compile_documents([document for text in DOCUMENTS for document in parse_documents(text, shown_as="test.yml")])
    assert rules.rejections == ()
    return rules
