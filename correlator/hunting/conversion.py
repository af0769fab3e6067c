"""A compiled rule as a Lucene or ES|QL query, through pySigma's Elasticsearch backend; refused where the meaning would change.

The program is converted, not the YAML: field names are the events' own, filters are applied, and the logsource is `event.dataset`
(with `event.code` where a route has one). The indices fold no case, so a text with letters becomes a regular expression of both
cases. What has no equal is refused with its reason.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sigma.backends.elasticsearch.elasticsearch_esql import ESQLBackend
from sigma.backends.elasticsearch.elasticsearch_lucene import LuceneBackend
from sigma.conditions import ConditionAND, ConditionFieldEqualsValueExpression, ConditionNOT, ConditionOR
from sigma.conversion.state import ConversionState
from sigma.types import (
    CompareOperators,
    SigmaBool,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaString,
)

from correlator import ir
from correlator.plan import DetectionRule
from khien.schema import Field, FieldType, load_schema

_NUMERIC = frozenset({FieldType.LONG, FieldType.DOUBLE})
_TERMS = frozenset({FieldType.KEYWORD, FieldType.WILDCARD})
#: Special in Lucene's regular expressions. The slash is the query's business: the backend escapes it where it must be.
_SPECIAL = re.compile(r"[.?+*|{}\[\]()\"\\#@&<>~^$-]")
_RELATIONS = {
    "lt": CompareOperators.LT,
    "lte": CompareOperators.LTE,
    "gt": CompareOperators.GT,
    "gte": CompareOperators.GTE,
}


class Target(StrEnum):
    """The query languages."""

    LUCENE = "lucene"
    ESQL = "esql"


class Unconvertible(Exception):  # noqa: N818 - an answer about a rule, not a failure
    """The query would mean something else; `reason` is a word of the catalogue, `detail` the field."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Query:
    """A rule's query."""

    rule: str
    target: Target
    text: str


def convert(rule: DetectionRule, target: Target, *, index: str) -> Query:
    """The query that finds exactly what the rule hits. Raises `Unconvertible`."""
    program = rule.program
    node: ir.Node = program.program
    if program.datasets is not None:
        if not program.datasets:
            raise Unconvertible("no_source", rule.rule.name)
        routes = tuple(_route(name) for name in program.datasets)
        node = ir.And((routes[0] if len(routes) == 1 else ir.Or(routes), node))
    backend: Any = LuceneBackend() if target is Target.LUCENE else ESQLBackend()
    condition = backend.convert_condition(_node(node, target), ConversionState())
    text = str(condition) if target is Target.LUCENE else f"from {index} metadata _id, _index | where {condition}"
    return Query(rule.rule.name, target, text)


def _route(name: str) -> ir.Node:
    """`windows.sysmon:1` is a dataset and an event code."""
    dataset, _, code = name.partition(":")
    parts: ir.Parts = (dataset.removesuffix("*"), ir.ANY_RUN) if dataset.endswith("*") else (dataset,)
    own = ir.Text("event.dataset", parts, cased=True)
    return ir.And((own, ir.Text("event.code", (code,), cased=True))) if code else own


def _node(node: ir.Node, target: Target) -> Any:
    """Depth is bounded by the representation (`ir.MAX_DEPTH`)."""
    match node:
        case ir.And(nodes):
            return ConditionAND([_node(inner, target) for inner in nodes])
        case ir.Or(nodes):
            return ConditionOR([_node(inner, target) for inner in nodes])
        case ir.Not(inner):
            return ConditionNOT([_node(inner, target)])
        case leaf:
            return _leaf(leaf, target)


def _leaf(leaf: ir.Leaf, target: Target) -> Any:
    if leaf.field is None:
        raise Unconvertible("keyword", "*")
    field = load_schema().find(leaf.field)
    if field is None:
        raise Unconvertible("not_indexed", leaf.field)
    if field.type is FieldType.FLATTENED or field.type is FieldType.TEXT:
        raise Unconvertible("analysed", leaf.field)
    if target is Target.ESQL and (field.is_list or field.type is FieldType.OBJECTS):
        raise Unconvertible("list", leaf.field)
    return ConditionFieldEqualsValueExpression(leaf.field, _value(leaf, field))


_REFUSED: Mapping[type[ir.Leaf], str] = {
    ir.Regex: "regex",
    ir.Exists: "exists",
    ir.FieldRef: "fieldref",
    ir.Time: "time",
}


def _value(leaf: ir.Leaf, field: Field) -> Any:
    if type(leaf) in _REFUSED:
        raise Unconvertible(_REFUSED[type(leaf)], field.name)
    match leaf:
        case ir.Text():
            return _text(leaf, field)
        case ir.Number(_, value) if field.type in _NUMERIC:
            return _number(value)
        case ir.Bool(_, value) if field.type is FieldType.BOOLEAN:
            return SigmaBool(value)
        case ir.Null():
            return SigmaNull()
        case ir.Cidr(_, network) if field.type is FieldType.IP:
            return SigmaCIDRExpression(network)
        case ir.Compare(_, relation, value) if field.type in _NUMERIC:
            return SigmaCompareExpression(_number(value), _RELATIONS[relation])
        case _:
            raise Unconvertible("type", f"{field.name} ({field.type.value})")


def _number(value: str) -> SigmaNumber:
    return SigmaNumber(int(value)) if re.fullmatch(r"-?\d+", value) else SigmaNumber(float(value))


def _text(leaf: ir.Text, field: Field) -> Any:
    if leaf.decoded:
        raise Unconvertible("decoded", field.name)
    literal = "".join(part for part in leaf.parts if isinstance(part, str))
    is_plain = len(leaf.parts) == 1 and bool(literal)
    if field.type is FieldType.IP and is_plain and _is_address(literal):
        return SigmaString(literal)
    if field.type not in _TERMS or not leaf.parts:
        raise Unconvertible("type", f"{field.name} ({field.type.value})")
    known = next((value for value in field.values if value.casefold() == literal.casefold()), None)
    if is_plain and known is not None and not leaf.cased:
        return _exact(known)  # the schema knows every spelling of this field
    if is_plain and (leaf.cased or literal.lower() == literal.upper()):
        return _exact(literal)
    return SigmaRegularExpression("".join(_pattern(leaf, field)))


def _pattern(leaf: ir.Text, field: Field) -> Iterator[str]:
    """As Lucene's regular expressions write it: the whole value, both cases of every letter."""
    for part in leaf.parts:
        if not isinstance(part, str):
            yield ".*" if part == ir.ANY_RUN else "."
            continue
        for character in part:
            cases = sorted({character, character.lower(), character.upper()}) if not leaf.cased else [character]
            if any(len(one) != 1 for one in cases) or character.casefold() not in {*cases}:
                raise Unconvertible("folding", field.name)
            escaped = [_SPECIAL.sub(lambda found: f"\\{found.group()}", one) for one in cases]
            yield escaped[0] if len(escaped) == 1 else f"[{''.join(escaped)}]"


def _exact(text: str) -> SigmaString:
    """A Sigma string in which nothing is a wildcard."""
    return SigmaString(re.sub(r"([\\*?])", r"\\\1", text))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
