"""From layers, swaps, overrides and absences to shifts: a sweep over the moments at which anything changes, seat by seat.

At any moment a seat has a pile of names, lowest first: the members whose turn it is, by the rank of their layers; then for each
swap in its order, where the topmost name is the one who gives, the one who takes; then those of the overrides in their order.
The topmost who is not away has the seat. Nobody in the pile who could come is passed over, so a seat is empty only if all of
its names are away.
"""

from __future__ import annotations

import datetime as dt
import itertools
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from incident_api.duty.layers import Layer
from incident_api.duty.shift import Absence, Replacement, Shift, Source
from incident_api.duty.wall import DAY, DAY_US, absolute, wall
from khien.text import fold

#: The longest turn is a week; a sweep looks so far to both sides that no turn of its window is cut at the sweep's own edge.
_MARGIN_US = 8 * DAY_US


@dataclass(frozen=True)
class Plan:
    """All that decides who is on duty. `days_off`: the calendar's named days off, each with its folded Vietnamese name."""

    zone: str
    layers: tuple[Layer, ...]
    replacements: tuple[Replacement, ...] = ()
    absences: tuple[Absence, ...] = ()
    days_off: Mapping[dt.date, str] = field(default_factory=dict)

    @cached_property
    def seats(self) -> dict[str, tuple[Layer, ...]]:
        """The layers of each seat, the lowest rank first; seats in the order of the file."""
        found: dict[str, list[Layer]] = {}
        for layer in self.layers:
            found.setdefault(layer.place, []).append(layer)
        return {seat: tuple(sorted(layers, key=lambda each: each.rank)) for seat, layers in found.items()}

    @cached_property
    def away(self) -> dict[str, list[tuple[int, int]]]:
        """Absences of each person."""
        found: dict[str, list[tuple[int, int]]] = {}
        for absence in self.absences:
            found.setdefault(absence.person, []).append((absence.start_us, absence.end_us))
        return found

    def is_away(self, person: str, at_us: int) -> bool:
        """Whether somebody is absent at a time."""
        return any(start <= at_us < end for start, end in self.away.get(person, ()))


@dataclass(frozen=True, slots=True)
class Slice:
    """A layer's turn as far as the layer is active."""

    start_us: int
    end_us: int
    person: str
    turn: int


def resolve(plan: Plan, start_us: int, end_us: int) -> list[Shift]:
    """Shifts that touch a window, whole, in order of their start and of the seats."""
    if start_us >= end_us:
        return []
    found: list[Shift] = []
    for seat, layers in plan.seats.items():
        ours = _seat(plan, seat, layers, start_us, end_us)
        found += (each for each in ours if each.start_us < end_us and each.end_us > start_us)
    order = {seat: number for number, seat in enumerate(plan.seats)}
    return sorted(found, key=lambda each: (each.start_us, order[each.seat], each.reference))


def slices_of(plan: Plan, layer: Layer, start_us: int, end_us: int) -> list[Slice]:
    """A layer's turns that touch a window, nobody's absence considered."""
    zone, length = layer.zone or plan.zone, dt.timedelta(hours=layer.shift_hours)
    begin, last = layer.starts_at, wall(end_us, zone) + DAY
    number = max(0, (wall(start_us, zone) - DAY - begin) // length)
    found = []
    while begin + number * length < last:
        turn_begin = begin + number * length
        turn_end = turn_begin + length if layer.ends_at is None else min(turn_begin + length, layer.ends_at)
        if turn_begin >= turn_end:
            break
        for one, other in _active(plan, layer, turn_begin, turn_end):
            at, until = absolute(one, zone), absolute(other, zone)
            if at < until and at < end_us and until > start_us:
                found.append(Slice(at, until, layer.members[number % len(layer.members)], number))
        number += 1
    return found


def _active(plan: Plan, layer: Layer, begin: dt.datetime, end: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """The parts of a local span at which the layer is active, those that touch as one."""
    if not layer.hours and len(set(layer.weekdays)) == 7 and layer.days == "all":  # noqa: PLR2004 - a week
        return [(begin, end)]
    parts: list[tuple[dt.datetime, dt.datetime]] = []
    day = begin.date() - DAY
    while day <= end.date():
        if _is_day_of(plan, layer, day):
            parts += _hours_of(layer, day)
        day += DAY
    merged: list[tuple[dt.datetime, dt.datetime]] = []
    for one, other in sorted((max(one, begin), min(other, end)) for one, other in parts):
        if one >= other:
            continue
        if merged and one <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(other, merged[-1][1]))
        else:
            merged.append((one, other))
    return merged


def _is_day_of(plan: Plan, layer: Layer, day: dt.date) -> bool:
    if day.isoweekday() not in layer.weekdays:
        return False
    if layer.days == "all":
        return True
    return is_day_off(plan.days_off, day, layer.holiday_names) is (layer.days == "holidays")


def is_day_off(days_off: Mapping[dt.date, str], day: dt.date, names: Iterable[str]) -> bool:
    """Whether the calendar names the day as one off, by one of these names if there are any."""
    name = days_off.get(day)
    if name is None:
        return False
    wanted = _folded(tuple(names))
    return not wanted or any(each in name for each in wanted)


@lru_cache(maxsize=256)
def _folded(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(each) for each in names)


def _hours_of(layer: Layer, day: dt.date) -> Iterable[tuple[dt.datetime, dt.datetime]]:
    midnight = dt.datetime.combine(day, dt.time())
    if not layer.hours:
        yield midnight, midnight + DAY
    for hours in layer.hours:
        one = dt.datetime.combine(day, dt.time.fromisoformat(hours.from_))
        other = dt.datetime.combine(day, dt.time.fromisoformat(hours.to))
        yield one, other if other > one else other + DAY


class _Row:
    """The slices of one layer, asked from left to right."""

    def __init__(self, layer: Layer, slices: list[Slice]) -> None:
        self.layer, self._slices = layer, slices
        self._starts = [each.start_us for each in slices]

    def at(self, at_us: int) -> Slice | None:
        index = bisect_right(self._starts, at_us) - 1
        return self._slices[index] if index >= 0 and self._slices[index].end_us > at_us else None


@dataclass(frozen=True, slots=True)
class _Name:
    """One name of the pile, and what put it there; `mark` tells two turns of one person apart."""

    person: str
    layer: str
    source: Source
    reference: str
    mark: int


def _seat(plan: Plan, seat: str, layers: tuple[Layer, ...], start_us: int, end_us: int) -> list[Shift]:
    ours = [each for each in plan.replacements if each.seat == seat and each.start_us < end_us and each.end_us > start_us]
    low = min([start_us, *(each.start_us for each in ours)]) - _MARGIN_US
    high = max([end_us, *(each.end_us for each in ours)]) + _MARGIN_US
    ours = [each for each in plan.replacements if each.seat == seat and each.start_us < high and each.end_us > low]
    rows = [_Row(layer, slices_of(plan, layer, low, high)) for layer in layers]
    moments = _moments(plan, rows, ours)
    found: list[tuple[_Name, int, int]] = []
    for one, other in itertools.pairwise(moments):
        name = _holder(plan, rows, ours, one)
        if name is None:
            continue
        if found and found[-1][2] == one and found[-1][0] == name:
            found[-1] = (name, found[-1][1], other)
        else:
            found.append((name, one, other))
    found += _added(plan, layers[0], ours)
    first = layers[0]
    return [
        Shift(
            person=name.person,
            role=first.role,
            layer=name.layer,
            priority=first.priority,
            start_us=one,
            end_us=other,
            seat=seat,
            presence=first.presence,
            source=name.source,
            reference=name.reference,
        )
        for name, one, other in found
    ]


def _moments(plan: Plan, rows: list[_Row], ours: list[Replacement]) -> list[int]:
    found: set[int] = set()
    people: set[str] = {each.person for each in ours}
    for row in rows:
        for piece in row._slices:  # noqa: SLF001 - its own part
            found |= {piece.start_us, piece.end_us}
            people.add(piece.person)
    for each in ours:
        found |= {each.start_us, each.end_us}
    for person in people:
        for span in plan.away.get(person, ()):
            found |= set(span)
    return sorted(found)


def _holder(plan: Plan, rows: list[_Row], ours: list[Replacement], at_us: int) -> _Name | None:
    pile: list[_Name] = []
    for row in rows:
        piece = row.at(at_us)
        if piece is not None:
            pile.append(_Name(piece.person, row.layer.id, "layer", "", piece.turn))
    layer = pile[-1].layer if pile else rows[0].layer.id
    mark = pile[-1].mark if pile else 0
    for each in ours:
        if not each.start_us <= at_us < each.end_us or each.kind == "added":
            continue
        if each.kind == "swap":
            if pile and pile[-1].person == each.of:
                pile.append(_Name(each.person, layer, "swap", each.reference, mark))
        else:
            pile.append(_Name(each.person, layer, "override", each.reference, 0))
    return next((each for each in reversed(pile) if not plan.is_away(each.person, at_us)), None)


def _added(plan: Plan, layer: Layer, ours: list[Replacement]) -> list[tuple[_Name, int, int]]:
    """People besides the one who has the seat, less their absences."""
    found = []
    for each in ours:
        if each.kind != "added":
            continue
        name = _Name(each.person, layer.id, "added", each.reference, 0)
        at_us = each.start_us
        for start, end in sorted(plan.away.get(each.person, ())):
            if end <= at_us or start >= each.end_us:
                continue
            if start > at_us:
                found.append((name, at_us, start))
            at_us = max(at_us, end)
        if at_us < each.end_us:
            found.append((name, at_us, each.end_us))
    return found


def clipped(shifts: Iterable[Shift], *, from_us: int) -> list[Shift]:
    """What of these lies at or after a time."""
    return [replace(each, start_us=max(each.start_us, from_us)) for each in shifts if each.end_us > from_us]
