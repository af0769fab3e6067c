"""What a window holds, and what is measured in it (docs/reference/correlation.md, sections 2 and 3), by looking at all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from tests.correlator.oracle_rules import Definition, decimal, is_true

Place = tuple[int, tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Fed:
    """One event of one group: a seen one, or the firing of an inner correlation. `turn`: who comes first at one place."""

    place: Place
    turn: tuple[int, str, tuple[str, ...]]
    name: str
    event_ids: tuple[str, ...]
    weight: int
    shown: tuple[str, ...]
    positions: frozenset[int]
    keys: tuple[str, ...] = ()
    numbers: tuple[Fraction, ...] = ()

    @property
    def time_us(self) -> int:
        return self.place[0]

    @property
    def order(self) -> tuple[Place, tuple[int, str, tuple[str, ...]]]:
        return (self.place, self.turn)


def measure(definition: Definition, window: Sequence[Fed]) -> Fraction | None:  # noqa: PLR0911 - one case a type
    """Section 2; None of no numbers."""
    values = sorted(number for one in window for number in one.numbers)
    match definition.kind:
        case "event" | "event_count":
            return Fraction(len(window))
        case "value_count":
            return Fraction(len({key for one in window for key in one.keys}))
        case "temporal":
            return Fraction(len({position for one in window for position in one.positions}))
        case "temporal_ordered":
            lengths = range(len(definition.rules), 0, -1)
            return Fraction(next((length for length in lengths if chains(definition, window, length)), 0))
        case "value_sum":
            return sum(values, Fraction(0))
        case "value_avg":
            return sum(values, Fraction(0)) / len(values) if values else None
        case _:
            share = definition.percentile if definition.kind == "value_percentile" else Fraction(50)
            return percentile(values, share) if values else None


def percentile(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    """Linear between the two nearest; the median is the one of 50."""
    rank = share / 100 * (len(ordered) - 1)
    below = rank.numerator // rank.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (rank - below) * (ordered[above] - ordered[below])


def chains(definition: Definition, window: Sequence[Fed], length: int) -> list[tuple[Fed, ...]]:
    """All rows of so many events that rules hit in the order of the rules, at strictly growing places."""
    found: list[tuple[Fed, ...]] = []
    for rules in combinations(range(len(definition.rules)), length):
        rows: list[tuple[Fed, ...]] = [()]
        for position in rules:
            fitting = [one for one in window if position in one.positions]
            rows = [(*row, one) for row in rows for one in fitting if not row or row[-1].place < one.place]
        found += rows
    return found


def holds(definition: Definition, window: Sequence[Fed]) -> bool:
    """Whether the condition is true of a window."""
    seen = {position for one in window for position in one.positions}
    if definition.expression:
        return is_true(definition.expression, [definition.rules[position] for position in seen])
    if definition.kind == "temporal" and not definition.bounds:
        return seen == set(range(len(definition.rules)))
    found = measure(definition, window)
    bounds = definition.bounds or (("gte", Fraction(1)),)
    return found is not None and all(_compares(found, relation, value) for relation, value in bounds)


def is_rising(definition: Definition) -> bool:
    """Section 3: one lower bound, or no `not`."""
    if definition.expression:
        return "not" not in definition.expression.split() and "(not" not in definition.expression
    return not definition.bounds or (len(definition.bounds) == 1 and definition.bounds[0][0] in {"gt", "gte"})


def contributing(definition: Definition, window: Sequence[Fed]) -> list[Fed]:
    """Which events an alert is made of when it begins."""
    match definition.kind:
        case "temporal_ordered":
            return list(max(chains(definition, window, _least(definition)), key=lambda row: [one.place for one in row]))
        case "event" | "event_count" | "value_count" | "temporal":
            last: dict[str, tuple[tuple[int, int], Fed]] = {}
            for index, one in enumerate(window):
                for number, key in enumerate(_recent_keys(definition, one)):
                    last[key] = ((index, number), one)
            recent = [one for _, one in sorted(last.values(), key=lambda item: item[0], reverse=True)]
            chosen = recent if definition.kind == "temporal" and not definition.bounds else recent[: _least(definition)]
            return sorted(set(chosen), key=lambda one: one.order)
        case _:
            return list(window)


def observed(definition: Definition, window: Sequence[Fed]) -> str:
    """What the alert says it saw when a rising condition became true."""
    if definition.kind.startswith("value_") and definition.kind != "value_count":
        return decimal(measure(definition, window) or Fraction(0))
    if definition.kind == "temporal" and not definition.bounds:
        return str(len({position for one in window for position in one.positions}))
    return str(_least(definition))


def total(definition: Definition, window: Sequence[Fed]) -> str:
    """What an alert of a whole window says it saw."""
    if definition.expression:
        return str(len({position for one in window for position in one.positions}))
    return decimal(measure(definition, window) or Fraction(0))


def _least(definition: Definition) -> int:
    """The least whole number, at least 1, that satisfies a rising bound."""
    relation, value = definition.bounds[0] if definition.bounds else ("gte", Fraction(1))
    return next(count for count in range(1, 10_002) if _compares(Fraction(count), relation, value))


def _recent_keys(definition: Definition, one: Fed) -> Sequence[str]:
    match definition.kind:
        case "value_count":
            return one.keys
        case "temporal":
            return sorted(definition.members[position].id for position in one.positions)
        case _:
            return [str(one.order)]


def _compares(left: Fraction, relation: str, right: Fraction) -> bool:
    match relation:
        case "gt":
            return left > right
        case "gte":
            return left >= right
        case "lt":
            return left < right
        case "lte":
            return left <= right
        case "eq":
            return left == right
        case _:
            return left != right
