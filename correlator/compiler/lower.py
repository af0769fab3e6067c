"""A parsed Sigma rule, lowered to the intermediate representation (docs/concepts/contracts.md, section 9).

What pySigma lets through and must not run is refused here: selectors that select nothing, empty lists, undefined placeholders,
expansions without end (detection design, section 3).
"""

from __future__ import annotations

import re
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
from sigma.rule import SigmaDetection, SigmaRule
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

from correlator import ir
from correlator.compiler.regex import RegexUnsupportedError, rewrite
from correlator.compiler.rejection import Reason
from khien.text import normalise

# The specification's own word for `wide`; pySigma 1.5 does not know it.
modifier_mapping.setdefault("utf16le", SigmaWideModifier)

#: windash alone makes 5**n values; five dashes are 3,125.
MOST_LEAVES = 20_000
_WILDCARDS = {SpecialChars.WILDCARD_MULTI: ir.ANY_RUN, SpecialChars.WILDCARD_SINGLE: ir.ONE_CHARACTER}
_FLAGS = {
    SigmaRegularExpressionFlag.IGNORECASE: "i",
    SigmaRegularExpressionFlag.MULTILINE: "m",
    SigmaRegularExpressionFlag.DOTALL: "s",
}
_RELATIONS: dict[CompareOperators, ir.Relation] = {
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


def lower(rule: SigmaRule) -> ir.Node:
    """The rule's program; several conditions are OR. Raises `LoweringError`."""
    for detection in rule.detection.detections.values():
        _check_detection(detection)
    counter = _Counter()
    nodes = []
    for condition in rule.detection.parsed_condition:
        if "|" in condition.condition:
            raise LoweringError(Reason.LEGACY_AGGREGATION, condition.condition)
        nodes.append(_node(condition.parsed, counter))
    program = nodes[0] if len(nodes) == 1 else ir.Or(tuple(nodes))
    if _depth(program) > ir.MAX_DEPTH:
        raise LoweringError(Reason.FEATURE_UNSUPPORTED, f"a condition deeper than {ir.MAX_DEPTH}")
    return program


def selections_of(rule: SigmaRule) -> dict[ir.Leaf, str]:
    """The selection that each leaf was written in, for explanations; the first one when several hold the same."""
    found: dict[ir.Leaf, str] = {}
    for name, detection in rule.detection.detections.items():
        # pySigma names the parts of an applied filter `_filt_<random>_<name>`.
        shown = re.sub(r"^_filt_[a-z]{10}_", "filter ", name)
        for leaf in ir.leaves_of(_node(detection.postprocess(rule.detection), _Counter())):
            found.setdefault(leaf, shown)
    return found


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
        elif not item.value:
            raise LoweringError(Reason.EMPTY_LIST, item.field or "keywords")


def _depth(node: ir.Node) -> int:
    match node:
        case ir.And(nodes) | ir.Or(nodes):
            return 1 + max(_depth(inner) for inner in nodes)
        case ir.Not(inner):
            return 1 + _depth(inner)
        case _:
            return 1


def _node(condition: object, counter: _Counter) -> ir.Node:
    match condition:
        case ConditionAND():
            return ir.And(_nodes(condition.args, counter))
        case ConditionOR():
            return ir.Or(_nodes(condition.args, counter))
        case ConditionNOT():
            return ir.Not(_nodes(condition.args, counter)[0])
        case ConditionFieldEqualsValueExpression():
            return _value(condition.field, condition.value, counter)
        case ConditionValueExpression():
            return _value(None, condition.value, counter)
        case _:
            raise LoweringError(Reason.EMPTY_SELECTOR, "a selector meets no selection")


def _nodes(conditions: list[Any], counter: _Counter) -> tuple[ir.Node, ...]:
    if not conditions:
        raise LoweringError(Reason.EMPTY_SELECTOR, "a selector meets no selection")
    return tuple(_node(condition, counter) for condition in conditions)


def _value(field: str | None, value: object, counter: _Counter) -> ir.Node:
    if isinstance(value, SigmaExpansion):
        nodes = tuple(_value(field, inner, counter) for inner in value.values)
        return nodes[0] if len(nodes) == 1 else ir.Or(nodes)
    counter.add()
    if isinstance(value, SigmaTimestampPart):
        raise LoweringError(Reason.FEATURE_UNSUPPORTED, "a part of a time (minute … year)")
    return _keyword(value) if field is None else _leaf(field, value)


def _keyword(value: object) -> ir.Leaf:
    match value:
        case SigmaString():
            return ir.Text(None, _parts(value), isinstance(value, SigmaCasedString))
        case SigmaNumber():
            # A keyword is looked for inside of texts, and a number by its text (detection design, section 2).
            return ir.Text(None, (str(value.number),))
        case SigmaRegularExpression():
            return _regex(None, value)
        case _:
            raise LoweringError(Reason.VALUE_TYPE, f"a keyword cannot be {type(value).__name__}")


def _leaf(field: str, value: object) -> ir.Leaf:  # noqa: PLR0911 - one line a kind of value
    match value:
        case SigmaString():
            return ir.Text(field, _parts(value), isinstance(value, SigmaCasedString))
        case SigmaNumber():
            return ir.Number(field, str(value.number))
        case SigmaBool():
            return ir.Bool(field, value.boolean)
        case SigmaNull():
            return ir.Null(field)
        case SigmaRegularExpression():
            return _regex(field, value)
        case SigmaCIDRExpression():
            return ir.Cidr(field, str(value.network))
        case SigmaCompareExpression():
            return ir.Compare(field, _RELATIONS[value.op], str(value.number.number))
        case SigmaExists():
            return ir.Exists(field, value.exists)
        case SigmaFieldReference():
            return ir.FieldRef(field, value.field, _mode(value))
        case _:
            raise LoweringError(Reason.FEATURE_UNSUPPORTED, f"a value of kind {type(value).__name__}")


def _parts(value: SigmaString) -> ir.Parts:
    parts: list[str | int] = []
    for part in _merged(value):
        if isinstance(part, Placeholder):
            raise LoweringError(Reason.PLACEHOLDER_UNDEFINED, f"%{part.name}%")
        parts.append(_WILDCARDS[part] if isinstance(part, SpecialChars) else normalise(part))
    return tuple(parts)


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


def _regex(field: str | None, value: SigmaRegularExpression) -> ir.Regex:
    if value.contains_placeholder():
        raise LoweringError(Reason.PLACEHOLDER_UNDEFINED, value.regexp.original)
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    original = value.regexp.original
    try:
        return ir.Regex(field, rewrite(original, flags=flags), flags)
    except RegexUnsupportedError as error:
        raise LoweringError(Reason.REGEX_UNSUPPORTED, f"{error} in `{original}`") from error


def _mode(value: SigmaFieldReference) -> ir.Mode:
    match (value.starts_with, value.ends_with):
        case (True, True):
            return "contains"
        case (True, False):
            return "startswith"
        case (False, True):
            return "endswith"
        case _:
            return "equals"
