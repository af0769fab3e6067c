"""Comparisons of one number that no number satisfies together: `{gt: 200, lte: 100}`, `gt: 5` beside `lt: 6` of a count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from correlator import ir
from correlator.plan import CorrelationRule
from khien.schema.field import FieldType, load_schema

#: A relation by the word of the specification, and the number.
Bound = tuple[str, Fraction]


def contradicting(program: ir.Node) -> Iterator[tuple[str, list[Bound]]]:
    """The fields that a conjunction compares with ranges that do not meet. Depth is bounded by the representation."""
    match program:
        case ir.And():
            leaves: dict[str, list[Bound]] = {}
            for inner in _conjuncts(program):
                if isinstance(inner, ir.Compare):
                    leaves.setdefault(inner.field, []).append((str(inner.relation), Fraction(inner.value)))
                else:
                    yield from contradicting(inner)
            for field, bounds in leaves.items():
                if not _is_list(field) and is_empty(bounds, whole=_is_whole(field)):
                    yield field, bounds
        case ir.Or(nodes):
            for inner in nodes:
                yield from contradicting(inner)
        case ir.Not(inner):
            yield from contradicting(inner)


def never_reached(rule: CorrelationRule) -> bool:
    """Whether no count, or no number that the correlation computes, satisfies its bounds."""
    bounds = [(relation.value, value) for relation, value in rule.threshold.bounds]
    if rule.expression is not None:
        return False
    is_count = not rule.measure.is_numeric
    return is_empty([*bounds, ("gte", Fraction(0))] if is_count else bounds, whole=is_count)


def is_empty(bounds: Iterable[Bound], *, whole: bool) -> bool:
    """Whether no number satisfies them all; `whole`: among the whole numbers."""
    low: tuple[Fraction, bool] | None = None
    high: tuple[Fraction, bool] | None = None
    without: set[Fraction] = set()
    for relation, value in bounds:
        if relation == "neq":
            without.add(value)
        if relation in {"gt", "gte", "eq"}:
            low = max(filter(None, (low, _lower(value, is_open=relation == "gt", whole=whole))))
        if relation in {"lt", "lte", "eq"}:
            # Negated, so that the greater is the narrower here too.
            high = max(filter(None, (high, _lower(-value, is_open=relation == "lt", whole=whole))))
    if low is None or high is None:
        return False
    least, most = low[0], -high[0]
    return least > most or (least == most and (low[1] or high[1] or least in without))


def _lower(value: Fraction, *, is_open: bool, whole: bool) -> tuple[Fraction, bool]:
    """The bound from below, and whether it is itself left out."""
    if not whole:
        return value, is_open
    return (Fraction(value.__floor__() + 1) if is_open else Fraction(value.__ceil__())), False


def _conjuncts(program: ir.And) -> Iterator[ir.Node]:
    stack: list[ir.Node] = [program]
    while stack:
        node = stack.pop()
        if isinstance(node, ir.And):
            stack.extend(reversed(node.nodes))
        else:
            yield node


def in_words(bounds: Sequence[Bound]) -> str:
    """`gt 200 and lte 100`."""
    return " and ".join(f"{relation} {value}" for relation, value in bounds)


def _is_list(name: str) -> bool:
    """Whether an event may have several values, of which each may satisfy another comparison."""
    fields = load_schema().fields
    field = fields.get(name)
    parts = name.split(".")
    above = (fields.get(".".join(parts[:length])) for length in range(1, len(parts)))
    return (field is not None and field.is_list) or any(one is not None and one.type is FieldType.OBJECTS for one in above)


def _is_whole(name: str) -> bool:
    field = load_schema().fields.get(name)
    return field is not None and field.type is FieldType.LONG
