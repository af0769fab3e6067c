"""A parsed Sigma rule, lowered to the intermediate representation (docs/concepts/contracts.md, section 9).

What pySigma lets through and must not run is refused here: selectors that select nothing, empty lists, undefined placeholders,
expansions without end (detection design, section 3).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.modifiers import SigmaWideModifier, modifier_mapping
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule
from sigma.types import (
    CompareOperators,
    Placeholder,
    SigmaBool,
    SigmaCasedString,
    SigmaCIDRExpression,
    SigmaCompareExpression,
    SigmaExists,
    SigmaExpansion,
    SigmaFieldReference,
    SigmaNull,
    SigmaNumber,
    SigmaRegularExpression,
    SigmaRegularExpressionFlag,
    SigmaString,
    SigmaTimestampPart,
    SpecialChars,
)

from correlator.compiler.regex import RegexUnsupportedError, rewrite
from correlator.compiler.rejection import Reason
from khien.text import normalise

# The specification's own word for `wide`; pySigma 1.5 does not know it.
modifier_mapping.setdefault("utf16le", SigmaWideModifier)

Node = dict[str, Any]
#: windash alone makes 5**n values; five dashes are 3,125.
MOST_LEAVES = 20_000
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: 0, SpecialChars.WILDCARD_SINGLE: 1}
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_RELATIONS = {
    CompareOperators.LT: "lt",
    CompareOperators.LTE: "lte",
    CompareOperators.GT: "gt",
    CompareOperators.GTE: "gte",
}


class LoweringError(ValueError):
    """The rule cannot be lowered; `reason` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class LeafTable:
    """The deduplicated leaves of a whole rule set, in the order of their first use."""

    def __init__(self) -> None:
        self.leaves: list[Node] = []
        self._numbers: dict[str, int] = {}

    def number(self, leaf: Node) -> int:
        """The number of this leaf, new or known."""
        key = json.dumps(leaf, sort_keys=True, ensure_ascii=False)
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.leaves)
            self.leaves.append(leaf)
        return known


def lower(rule: SigmaRule) -> Node:
    """The rule's program with its leaves written out (`{"leaf": {…}}`); several conditions are OR. Raises `LoweringError`."""
    for detection in rule.detection.detections.values():
        _check_detection(detection)
    counter = _Counter()
    nodes = []
    for condition in rule.detection.parsed_condition:
        if "|" in condition.condition:
            raise LoweringError(Reason.LEGACY_AGGREGATION, condition.condition)
        nodes.append(_node(condition.parsed, counter))
    return nodes[0] if len(nodes) == 1 else {"or": nodes}


def number_leaves(program: Node, table: LeafTable) -> Node:
    """The same program with each leaf as a number of the table."""
    match program:
        case {"leaf": leaf}:
            return {"leaf": table.number(leaf)}
        case {"not": node}:
            return {"not": number_leaves(node, table)}
        case {"and": nodes}:
            return {"and": [number_leaves(node, table) for node in nodes]}
        case _:
            return {"or": [number_leaves(node, table) for node in program["or"]]}


class _Counter:
    def __init__(self) -> None:
        self.leaves = 0

    def add(self) -> None:
        self.leaves += 1
        if self.leaves > MOST_LEAVES:
            raise LoweringError(Reason.EXPANSION_TOO_LARGE, f"more than {MOST_LEAVES} comparisons")


def _check_detection(detection: SigmaDetection) -> None:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            _check_detection(item)
        elif isinstance(item, SigmaDetectionItem) and not item.value:
            raise LoweringError(Reason.EMPTY_LIST, item.field or "keywords")


def _node(condition: object, counter: _Counter) -> Node:
    match condition:
        case ConditionAND():
            return {"and": _nodes(condition.args, counter)}
        case ConditionOR():
            return {"or": _nodes(condition.args, counter)}
        case ConditionNOT():
            return {"not": _nodes(condition.args, counter)[0]}
        case ConditionFieldEqualsValueExpression():
            return _value(condition.field, condition.value, counter)
        case ConditionValueExpression():
            return _value(None, condition.value, counter)
        case _:
            raise LoweringError(Reason.EMPTY_SELECTOR, "a selector meets no selection")


def _nodes(conditions: list[Any], counter: _Counter) -> list[Node]:
    if not conditions:
        raise LoweringError(Reason.EMPTY_SELECTOR, "a selector meets no selection")
    return [_node(condition, counter) for condition in conditions]


def _value(field: str | None, value: object, counter: _Counter) -> Node:
    if isinstance(value, SigmaExpansion):
        nodes = [_value(field, inner, counter) for inner in value.values]
        return nodes[0] if len(nodes) == 1 else {"or": nodes}
    counter.add()
    if isinstance(value, SigmaTimestampPart):
        raise LoweringError(Reason.FEATURE_UNSUPPORTED, "a part of a time (minute … year)")
    if isinstance(value, SigmaString) and field is None:
        return {"leaf": _keyword(value)}
    return {"leaf": _leaf(field, value)}


def _leaf(field: str | None, value: object) -> Node:
    match value:
        case SigmaString():
            return {"op": "text", "field": field, "parts": _parts(value), "cased": isinstance(value, SigmaCasedString)}
        case SigmaNumber():
            return {"op": "number", "field": field, "value": str(value.number)}
        case SigmaBool():
            return {"op": "bool", "field": field, "value": value.boolean}
        case SigmaRegularExpression():
            return _regex(field, value)
    if field is None:
        raise LoweringError(Reason.VALUE_TYPE, f"a keyword cannot be {type(value).__name__}")
    match value:
        case SigmaNull():
            return {"op": "null", "field": field}
        case SigmaCIDRExpression():
            return {"op": "cidr", "field": field, "network": str(value.network)}
        case SigmaCompareExpression():
            return {"op": "compare", "field": field, "relation": _RELATIONS[value.op], "value": str(value.number.number)}
        case SigmaExists():
            return {"op": "exists", "field": field, "value": value.exists}
        case SigmaFieldReference():
            return {"op": "fieldref", "field": field, "other": value.field, "mode": _mode(value)}
        case _:
            raise LoweringError(Reason.FEATURE_UNSUPPORTED, f"a value of kind {type(value).__name__}")


def _keyword(value: SigmaString) -> Node:
    """A keyword is a substring of a value; the IR says so with wildcards at both ends."""
    parts = _parts(value)
    if not parts or parts[0] != 0:
        parts.insert(0, 0)
    if parts[-1] != 0:
        parts.append(0)
    return {"op": "text", "field": None, "parts": parts, "cased": isinstance(value, SigmaCasedString)}


def _parts(value: SigmaString) -> list[str | int]:
    parts: list[str | int] = []
    for part in _merged(value):
        if isinstance(part, Placeholder):
            raise LoweringError(Reason.PLACEHOLDER_UNDEFINED, f"%{part.name}%")
        parts.append(_WILDCARDS[part] if isinstance(part, SpecialChars) else normalise(part))
    return parts


def _merged(value: SigmaString) -> Iterator[str | SpecialChars | Placeholder]:
    """Neighbouring literals as one, doubled `*` as one: the same meaning in one form."""
    literal = ""
    last: object = None
    for part in value.s:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
            literal, last = "", None
        if part is SpecialChars.WILDCARD_MULTI and last is part:
            continue
        yield part
        last = part
    if literal:
        yield literal


def _regex(field: str | None, value: SigmaRegularExpression) -> Node:
    if value.contains_placeholder():
        raise LoweringError(Reason.PLACEHOLDER_UNDEFINED, value.regexp.original)
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    original = value.regexp.original
    try:
        return {"op": "regex", "field": field, "pattern": rewrite(original, flags=flags), "flags": flags}
    except RegexUnsupportedError as error:
        raise LoweringError(Reason.REGEX_UNSUPPORTED, f"{error} in `{original}`") from error


def _mode(value: SigmaFieldReference) -> str:
    match (value.starts_with, value.ends_with):
        case (True, True):
            return "contains"
        case (True, False):
            return "startswith"
        case (False, True):
            return "endswith"
        case _:
            return "equals"
