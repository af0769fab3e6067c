"""Who is on duty, answered from memory: the frozen past as it was, everything later by the plan, a week at a time."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from incident_api.duty.resolving import Plan, resolve
from incident_api.duty.shift import Shift
from incident_api.duty.wall import DAY_US

_WEEK_US = 7 * DAY_US
#: More than a year of weeks; asked further, the oldest answer is forgotten.
_KEPT_WEEKS = 64
#: How far ahead somebody is looked for who follows on an empty seat.
_AHEAD_US = 15 * DAY_US


@dataclass(frozen=True, slots=True)
class _Week:
    """Who is there between any two moments of a week."""

    moments: list[int]
    present: list[tuple[Shift, ...]]


@dataclass(eq=False)
class Roster:
    """The rota as it stands. `frozen` are the shifts that had begun by `frozen_us`: no later plan rewrites them."""

    version: str
    plan: Plan
    frozen: tuple[Shift, ...] = ()
    frozen_from_us: int = 0
    frozen_us: int = 0
    _weeks: OrderedDict[int, _Week] = field(default_factory=OrderedDict)

    def shifts_at(self, at_us: int) -> tuple[Shift, ...]:
        """One shift a seat that is held, seats in their order, then those who are there besides."""
        number = at_us // _WEEK_US
        week = self._weeks.get(number)
        if week is None:
            week = self._weeks[number] = _week(self.between(number * _WEEK_US, (number + 1) * _WEEK_US), order=self._order)
            while len(self._weeks) > _KEPT_WEEKS:
                self._weeks.popitem(last=False)
        index = bisect_right(week.moments, at_us) - 1
        return week.present[index] if index >= 0 else ()

    def next_shifts(self, at_us: int) -> tuple[Shift, ...]:
        """What follows at each seat, in the order of the seats."""
        coming = self.between(at_us + 1, at_us + _AHEAD_US)
        found = []
        for seat in self.plan.seats:
            now = next((each for each in self.shifts_at(at_us) if each.seat == seat and each.source != "added"), None)
            after = at_us + 1 if now is None else now.end_us
            later = (each for each in coming if each.seat == seat and each.start_us >= after and each.source != "added")
            following = next(later, None)
            if following is not None:
                found.append(following)
        return tuple(found)

    def is_on_leave(self, person: str, *, at_us: int) -> bool:
        """Whether somebody is away at this time."""
        return self.plan.is_away(person, at_us)

    def between(self, start_us: int, end_us: int) -> list[Shift]:
        """Shifts that touch a window, in order of their start."""
        if self.frozen_us <= self.frozen_from_us or start_us >= self.frozen_us:
            later = resolve(self.plan, start_us, end_us)
            return self._joined(later, start_us, end_us)
        found = [each for each in self.frozen if each.start_us < end_us and each.end_us > start_us]
        if start_us < self.frozen_from_us:
            before = resolve(self.plan, start_us, min(end_us, self.frozen_from_us))
            found += [
                replace(each, end_us=min(each.end_us, self.frozen_from_us))
                for each in before
                if each.start_us < self.frozen_from_us
            ]
        if end_us > self.frozen_us:
            running = [each for each in self.frozen if each.end_us > self.frozen_us]
            found += self._after(resolve(self.plan, self.frozen_us, end_us), running)
        return sorted(found, key=lambda each: (each.start_us, self._order.get(each.seat, 0), each.reference))

    def _joined(self, later: list[Shift], start_us: int, end_us: int) -> list[Shift]:
        running = [each for each in self.frozen if each.end_us > self.frozen_us]
        kept = [each for each in running if each.end_us > start_us and each.start_us < end_us]
        found = [*kept, *self._after(later, running)]
        return sorted(found, key=lambda each: (each.start_us, self._order.get(each.seat, 0), each.reference))

    def _after(self, shifts: Iterable[Shift], running: list[Shift]) -> list[Shift]:
        """What begins after the frozen part: of a turn that had begun, the rest as a shift of its own, unless it simply goes on."""
        found = []
        for each in shifts:
            if each.start_us >= self.frozen_us:
                found.append(each)
            elif not any(each.goes_on_as(other) for other in running):
                found.append(replace(each, start_us=self.frozen_us))
        return found

    @property
    def _order(self) -> dict[str, int]:
        return {seat: number for number, seat in enumerate(self.plan.seats)}


def _week(shifts: list[Shift], *, order: dict[str, int]) -> _Week:
    """Small enough to compare everything with everything that has begun: a week has a few hundred shifts."""
    moments = sorted({moment for each in shifts for moment in (each.start_us, each.end_us)})
    present: list[tuple[Shift, ...]] = []
    open_now: list[Shift] = []
    waiting = iter(shifts)
    coming = next(waiting, None)
    for moment in moments:
        open_now = [each for each in open_now if each.end_us > moment]
        while coming is not None and coming.start_us <= moment:
            open_now.append(coming)
            coming = next(waiting, None)
        present.append(tuple(sorted(open_now, key=lambda each: (each.source == "added", order.get(each.seat, 0)))))
    return _Week(moments, present)


def gaps_between(shifts: Iterable[Shift], start_us: int, end_us: int) -> list[tuple[int, int]]:
    """The parts of a window in which none of these is there."""
    found, reached = [], start_us
    for each in sorted(shifts, key=lambda shift: shift.start_us):
        if each.start_us > reached:
            found.append((reached, min(each.start_us, end_us)))
        reached = max(reached, each.end_us)
        if reached >= end_us:
            return found
    return [*found, (reached, end_us)]


def runs_of(shifts: Iterable[Shift]) -> list[tuple[int, int]]:
    """Working spans of one person: shifts that touch or overlap are one."""
    found: list[tuple[int, int]] = []
    for start, end in sorted((each.start_us, each.end_us) for each in shifts):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def rests_of(runs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The spans between them."""
    return [(one[1], other[0]) for one, other in itertools.pairwise(runs)]
