"""A parsed Sigma rule, lowered to the intermediate representation (docs/concepts/contracts.md, section 9).

Field names become ours here, not in pySigma: its field mapping splits a negated or an `all` item into one item a field, which turns
`neq` into "not in one of them" and `null` into "missing in one of them". What pySigma lets through and must not run is refused
here: selectors that select nothing, empty lists, undefined placeholders, expansions without end (detection design, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

from sigma.conditions import ConditionAND
from sigma.modifiers import SigmaCaseSensitiveModifier
from sigma.rule import SigmaDetection, SigmaDetectionItem
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
from correlator.compiler.condition import All, Any_, Condition, Name, Negation, Selector
from correlator.compiler.fields import Fields, is_url
from correlator.compiler.regex import RegexUnsupportedError, rewrite
from correlator.compiler.rejection import Reason
from khien.text import normalise

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
_PARTS: Mapping[str, ir.Part] = {
    "MINUTE": "minute",
    "HOUR": "hour",
    "DAY": "day",
    "WEEK": "week",
    "MONTH": "month",
    "YEAR": "year",
}
#: pySigma names the condition that a pipeline adds `_cond_<random>`.
_ADDED = re.compile(r"_cond_[a-z]{10}")


class LoweringError(ValueError):
    """The rule cannot be lowered; `reason` is of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(slots=True)
class Lowering:
    """Lowers the selections of one rule. `shown`: how its selections are called in explanations, by name."""

    detections: Mapping[str, SigmaDetection]
    fields: Fields
    placeholders: Mapping[str, Sequence[str]]
    offsets: tuple[tuple[int, int], ...] = ((0, 0),)
    prefix: str = ""
    selections: dict[ir.Leaf, str] = field(default_factory=dict)
    _leaves: int = 0
    _done: dict[str, ir.Node] = field(default_factory=dict)

    def condition(self, condition: Condition) -> ir.Node:
        """The program of a condition. Raises `LoweringError`."""
        match condition:
            case All(nodes):
                return ir.And(tuple(self.condition(node) for node in nodes))
            case Any_(nodes):
                return ir.Or(tuple(self.condition(node) for node in nodes))
            case Negation(node):
                return ir.Not(self.condition(node))
            case Name(name):
                return self._selection(name)
            case Selector(quantifier, pattern):
                chosen = tuple(self._selection(name) for name in condition.names(self.detections))
                if not chosen:
                    raise LoweringError(Reason.EMPTY_SELECTOR, f"`{pattern}` meets no selection")
                return _joined(chosen, ir.And if quantifier == "all" else ir.Or)

    def _selection(self, name: str) -> ir.Node:
        known = self._done.get(name)
        if known is None:
            if name not in self.detections:
                raise LoweringError(Reason.CONDITION_INVALID, f"there is no selection `{name}`")
            known = self._done[name] = self._detection(self.detections[name])
            shown = self.prefix + ("logsource" if _ADDED.fullmatch(name) else name)
            for leaf in ir.leaves_of(known):
                self.selections.setdefault(leaf, shown)
        return known

    def _detection(self, detection: SigmaDetection) -> ir.Node:
        nodes = tuple(
            self._detection(item) if isinstance(item, SigmaDetection) else self._item(item) for item in detection.detection_items
        )
        return _joined(nodes, ir.And if detection.item_linking is ConditionAND else ir.Or)

    def _item(self, item: SigmaDetectionItem) -> ir.Node:
        if not item.value:
            raise LoweringError(Reason.EMPTY_LIST, item.field or "keywords")
        cased = SigmaCaseSensitiveModifier in item.modifiers
        nodes = tuple(self._value(item.field, value, cased=cased) for value in item.value)
        node = _joined(nodes, ir.And if item.value_linking is ConditionAND else ir.Or)
        return ir.Not(node) if item.negated else node

    def _value(self, name: str | None, value: object, *, cased: bool) -> ir.Node:
        if isinstance(value, SigmaExpansion):
            return _joined(tuple(self._value(name, inner, cased=cased) for inner in value.values), ir.Or)
        if isinstance(value, SigmaString | SigmaRegularExpression) and value.contains_placeholder():
            return _joined(tuple(self._value(name, inner, cased=cased) for inner in self._expanded(value)), ir.Or)
        self._leaves += 1
        if self._leaves > MOST_LEAVES:
            raise LoweringError(Reason.EXPANSION_TOO_LARGE, f"more than {MOST_LEAVES} comparisons")
        if name is None:
            return _keyword(value, cased=cased)
        return self._on_fields(name, value, cased=cased)

    def _on_fields(self, name: str, value: object, *, cased: bool) -> ir.Node:
        """The values of a name are those of all its fields: any may match, and none may be there for `null`."""
        own = self.fields.of(name)
        if isinstance(value, SigmaFieldReference):
            pairs = product(own, self.fields.of(value.field))
            return _joined(tuple(ir.FieldRef(one, other, _mode(value)) for one, other in pairs), ir.Or)
        nodes = tuple(self._leaf(one, value, cased=cased) for one in own)
        is_absence = isinstance(value, SigmaNull) or (isinstance(value, SigmaExists) and not value.exists)
        return _joined(nodes, ir.And if is_absence else ir.Or)

    def _leaf(self, name: str, value: object, *, cased: bool) -> ir.Leaf:  # noqa: C901, PLR0911 - one line a kind of value
        match value:
            case SigmaString():
                return ir.Text(name, _parts(value), cased or isinstance(value, SigmaCasedString), is_url(name))
            case SigmaTimestampPart():
                return self._time(name, value, "eq")
            case SigmaNumber():
                return self._number(name, value)
            case SigmaBool():
                return ir.Bool(name, value.boolean)
            case SigmaNull():
                return ir.Null(name)
            case SigmaRegularExpression():
                return _regex(name, value)
            case SigmaCIDRExpression():
                return ir.Cidr(name, str(value.network))
            case SigmaCompareExpression():
                if isinstance(value.number, SigmaTimestampPart):
                    return self._time(name, value.number, _RELATIONS[value.op])
                return ir.Compare(name, _RELATIONS[value.op], str(value.number.number))
            case SigmaExists():
                return ir.Exists(name, value.exists)
            case _:
                raise LoweringError(Reason.FEATURE_UNSUPPORTED, f"a value of kind {type(value).__name__}")

    def _number(self, name: str, value: SigmaNumber) -> ir.Leaf:
        word = self.fields.words.get(name, {}).get(str(value.number))
        return ir.Number(name, str(value.number)) if word is None else ir.Text(name, (word,))

    def _time(self, name: str, value: SigmaTimestampPart, relation: ir.TimeRelation) -> ir.Time:
        return ir.Time(name, _PARTS[value.timestamp_part.name], relation, int(value.number), self.offsets)

    def _expanded(self, value: SigmaString | SigmaRegularExpression) -> Iterator[SigmaString | SigmaRegularExpression]:
        """Every combination of the values that a site gives its placeholders; `*` and `?` in them are wildcards."""
        text = value if isinstance(value, SigmaString) else value.regexp
        names = [part.name for part in text.s if isinstance(part, Placeholder)]
        count = 1
        for name in names:
            if not self.placeholders.get(name):
                raise LoweringError(Reason.PLACEHOLDER_UNDEFINED, f"%{name}%")
            count *= len(self.placeholders[name])
            if count > MOST_LEAVES:
                raise LoweringError(Reason.EXPANSION_TOO_LARGE, f"more than {MOST_LEAVES} comparisons")
        for chosen in product(*(self.placeholders[name] for name in names)):
            yield _filled(value, chosen)


def check_depth(program: ir.Node) -> None:
    """Raises `LoweringError` for a program that the engine would refuse."""
    if _depth(program) > ir.MAX_DEPTH:
        raise LoweringError(Reason.FEATURE_UNSUPPORTED, f"a condition deeper than {ir.MAX_DEPTH}")


def _filled(value: SigmaString | SigmaRegularExpression, chosen: Sequence[str]) -> SigmaString | SigmaRegularExpression:
    rest = iter(chosen)
    if isinstance(value, SigmaRegularExpression):
        pattern = "".join(re.escape(next(rest)) if isinstance(part, Placeholder) else str(part) for part in value.regexp.s)
        return SigmaRegularExpression(pattern, set(value.flags))
    filled = SigmaString()
    parts: list[str | SpecialChars | Placeholder] = []
    for part in value.s:
        parts.extend(SigmaString(next(rest)).s if isinstance(part, Placeholder) else [part])
    filled.s = parts
    return filled


def _joined(nodes: tuple[ir.Node, ...], kind: Callable[[tuple[ir.Node, ...]], ir.Node]) -> ir.Node:
    return nodes[0] if len(nodes) == 1 else kind(nodes)


def _depth(node: ir.Node) -> int:
    match node:
        case ir.And(nodes) | ir.Or(nodes):
            return 1 + max(_depth(inner) for inner in nodes)
        case ir.Not(inner):
            return 1 + _depth(inner)
        case _:
            return 1


def _keyword(value: object, *, cased: bool) -> ir.Leaf:
    match value:
        case SigmaString():
            return ir.Text(None, _parts(value), cased or isinstance(value, SigmaCasedString))
        case SigmaTimestampPart():
            raise LoweringError(Reason.VALUE_TYPE, "a keyword cannot be a part of a time")
        case SigmaNumber():
            # A keyword is looked for inside of texts, and a number by its text (detection design, section 2).
            return ir.Text(None, (str(value.number),))
        case SigmaRegularExpression():
            return _regex(None, value)
        case _:
            raise LoweringError(Reason.VALUE_TYPE, f"a keyword cannot be {type(value).__name__}")


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


def _regex(name: str | None, value: SigmaRegularExpression) -> ir.Regex:
    flags = "".join(sorted(_FLAGS[flag] for flag in value.flags))
    original = value.regexp.original
    try:
        return ir.Regex(name, rewrite(original, flags=flags), flags, name is not None and is_url(name))
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
