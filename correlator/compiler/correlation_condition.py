"""The condition of a correlation: comparisons, read exactly, or an expression over names (docs/reference/correlation.md).

pySigma truncates thresholds (`gte: 0.5` becomes 0 and fires on everything), refuses ranges, and reads `field` only where it knows
the type (detection design, section 3), so nothing of it is used here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from correlator.compiler.bounds import DEEPEST_CONDITION, LONGEST_CONDITION
from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import AllOf, AnyOf, Expression, Measure, MemberHit, NotHit, Relation, Threshold

#: A larger count would let one group hold more than a megabyte; what must be counted so far is not an alert's business.
LARGEST_COUNT = 10_000
#: What values are computed with: magnitudes below 10^18, rounded to 12 decimals, so that a hundred million of them add up exactly.
LARGEST_VALUE = 10**18
MOST_DECIMALS = 12

_RELATIONS = frozenset(Relation)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TOKEN = re.compile(r"[()]|[^\s()]+")
_WORDS = frozenset({"and", "or", "not"})


@dataclass(frozen=True, slots=True)
class Condition:
    """What a correlation asks for. `names`: the rules that an expression speaks of, in its order."""

    threshold: Threshold
    fields: tuple[str, ...] = ()
    percentile: Fraction | None = None
    expression: Expression | None = None
    names: tuple[str, ...] = ()


def read_condition(document: Document, measure: Measure, body: dict[str, Any], references: Sequence[str]) -> Condition:
    """The condition of a correlation block. Raises `RejectedDocumentError`."""
    written = body.get("condition")
    if written is None and measure.is_temporal:
        return _all_of_them(measure, references)
    if isinstance(written, str):
        return _of_names(document, measure, written, references)
    if not isinstance(written, dict) or not written:
        raise _error(document, Reason.SCHEMA, "the correlation has no condition")
    unknown = set(written) - _RELATIONS - {"field", "percentile"}
    if unknown:
        raise _error(document, Reason.CONDITION_INVALID, f"`{min(map(str, unknown))}`")
    percentile = _percentile(document, measure, written)
    fields = _fields(document, measure, written)
    bounds = tuple((Relation(key), _bound(document, measure, key, value)) for key, value in written.items() if key in _RELATIONS)
    if not bounds:
        raise _error(document, Reason.CONDITION_INVALID, "no comparison")
    threshold = Threshold(bounds)
    if measure.is_temporal:
        _check_reachable(document, threshold, len(references))
    return Condition(threshold, fields=fields, percentile=percentile)


def names_in(written: object) -> tuple[str, ...]:
    """The names in an expression, each once, in its order; none in anything else."""
    tokens = _TOKEN.findall(written[:LONGEST_CONDITION]) if isinstance(written, str) else []
    return tuple(dict.fromkeys(token for token in tokens if token not in _WORDS and token not in {"(", ")"}))


def _all_of_them(measure: Measure, references: Sequence[str]) -> Condition:
    threshold = Threshold(((Relation.GTE, Fraction(len(references))),))
    if measure is Measure.TEMPORAL_ORDERED:
        return Condition(threshold)
    return Condition(threshold, expression=AllOf(tuple(MemberHit(position) for position in range(len(references)))))


def _of_names(document: Document, measure: Measure, written: str, references: Sequence[str]) -> Condition:
    if measure is Measure.TEMPORAL_ORDERED:
        detail = "an expression over an order: let a `temporal` correlation look at a `temporal_ordered` one"
        raise _error(document, Reason.FEATURE_UNSUPPORTED, detail)
    if measure is not Measure.TEMPORAL:
        raise _error(document, Reason.CONDITION_INVALID, f"{measure.value} compares with a number")
    if len(written) > LONGEST_CONDITION:
        raise _error(document, Reason.CONDITION_INVALID, f"a condition of more than {LONGEST_CONDITION} characters")
    names = names_in(written)
    foreign = next((name for name in names if _NAME.fullmatch(name) is None), None)
    if foreign is not None:
        detail = f"`{foreign}` is no name of letters, digits and `_`: give the rule a `name`"
        raise _error(document, Reason.CONDITION_INVALID, detail)
    missing = next((name for name in names if name not in references), None)
    if missing is not None:
        raise _error(document, Reason.CONDITION_INVALID, f"`{missing}` is not one of the rules")
    unused = next((reference for reference in references if reference not in names), None)
    if unused is not None:
        raise _error(document, Reason.CONDITION_INVALID, f"the condition says nothing of `{unused}`")
    expression = _Parser(document, written, references).parse()
    return Condition(Threshold(((Relation.GTE, Fraction(len(references))),)), expression=expression, names=names)


def _bound(document: Document, measure: Measure, key: str, value: object) -> Fraction:
    exact = _exact(document, key, value)
    if measure.is_numeric:
        if abs(exact) >= LARGEST_VALUE or (exact * 10**MOST_DECIMALS).denominator != 1:
            detail = f"`{key}: {value}` has more than 18 digits before or {MOST_DECIMALS} behind the point"
            raise _error(document, Reason.FEATURE_UNSUPPORTED, detail, key)
    elif not 0 <= exact <= LARGEST_COUNT:
        raise _error(document, Reason.FEATURE_UNSUPPORTED, f"`{key}: {value}` is outside 0 … {LARGEST_COUNT}", key)
    return exact


def _exact(document: Document, key: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124
        raise _error(document, Reason.VALUE_TYPE, f"`{key}: {value}` is not a number", key)
    # A YAML float is read as its shortest decimal: `0.1` means one tenth.
    return Fraction(value) if isinstance(value, int) else Fraction(Decimal(repr(value)))


def _check_reachable(document: Document, threshold: Threshold, rules: int) -> None:
    if not any(threshold.holds(count) for count in range(rules + 1)):
        detail = f"`{threshold.text()}` can never hold over {rules} rules"
        raise _error(document, Reason.CONDITION_INVALID, detail)


def _fields(document: Document, measure: Measure, written: dict[str, Any]) -> tuple[str, ...]:
    field = written.get("field")
    fields = [field] if isinstance(field, str) else field
    if measure is not Measure.VALUE_COUNT and not measure.is_numeric:
        if fields is not None:
            raise _error(document, Reason.CONDITION_INVALID, f"`field` has no meaning for {measure.value}", "field")
        return ()
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) and name for name in fields):
        raise _error(document, Reason.CONDITION_INVALID, f"{measure.value} names a `field`")
    if measure.is_numeric and len(fields) > 1:
        raise _error(document, Reason.CONDITION_INVALID, f"{measure.value} computes with one `field`", "field")
    return tuple(fields)


def _percentile(document: Document, measure: Measure, written: dict[str, Any]) -> Fraction | None:
    if "percentile" not in written:
        if measure is Measure.VALUE_PERCENTILE:
            raise _error(document, Reason.PERCENTILE_MISSING, measure.value)
        return None
    if measure is not Measure.VALUE_PERCENTILE:
        raise _error(document, Reason.CONDITION_INVALID, f"`percentile` has no meaning for {measure.value}", "percentile")
    exact = _exact(document, "percentile", written["percentile"])
    if not 0 <= exact <= 100 or (exact * 1_000).denominator != 1:  # noqa: PLR2004 - a percentage
        detail = f"`percentile: {written['percentile']}` is outside 0 … 100, or has more than three decimals"
        raise _error(document, Reason.CONDITION_INVALID, detail, "percentile")
    return exact


class _Parser:
    """`not` binds before `and`, `and` before `or`. Every call goes one level down, and the levels are counted."""

    def __init__(self, document: Document, written: str, references: Sequence[str]) -> None:
        self._document = document
        self._tokens = _TOKEN.findall(written)
        self._place = 0
        self._positions = {name: position for position, name in enumerate(references)}

    def parse(self) -> Expression:
        """The whole text. Raises `RejectedDocumentError`."""
        found = self._either(1)
        if self._place < len(self._tokens):
            detail = f"`{self._tokens[self._place]}` stands where `and`, `or` or the end was expected"
            raise self._refused(detail)
        return found

    def _either(self, depth: int) -> Expression:
        nodes = [self._both(depth)]
        while self._take("or"):
            nodes.append(self._both(depth))
        return nodes[0] if len(nodes) == 1 else AnyOf(tuple(nodes))

    def _both(self, depth: int) -> Expression:
        nodes = [self._single(depth)]
        while self._take("and"):
            nodes.append(self._single(depth))
        return nodes[0] if len(nodes) == 1 else AllOf(tuple(nodes))

    def _single(self, depth: int) -> Expression:
        if depth > DEEPEST_CONDITION:
            detail = f"nested deeper than {DEEPEST_CONDITION}"
            raise self._refused(detail)
        if self._take("not"):
            return NotHit(self._single(depth + 1))
        if self._take("("):
            inner = self._either(depth + 1)
            if not self._take(")"):
                raise self._refused("a parenthesis is not closed")
            return inner
        token = self._tokens[self._place] if self._place < len(self._tokens) else "the end"
        if token not in self._positions or token in _WORDS:
            detail = f"`{token}` stands where a name was expected"
            raise self._refused(detail)
        self._place += 1
        return MemberHit(self._positions[token])

    def _take(self, token: str) -> bool:
        found = self._place < len(self._tokens) and self._tokens[self._place] == token
        self._place += found
        return found

    def _refused(self, detail: str) -> RejectedDocumentError:
        return _error(self._document, Reason.CONDITION_INVALID, detail)


def _error(document: Document, reason: Reason, detail: str, *keys: str) -> RejectedDocumentError:
    return RejectedDocumentError(reason, detail, location=document.at("correlation", "condition", *keys))
