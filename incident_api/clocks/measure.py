"""Measures clocks from a log of transitions: pure functions, so that a corrected calendar or log corrects history.

A clock runs from entering its state to the first state that stops it. Leaving for another state ends it without a result (an alert
that is given back), and entering again starts it anew. An undone transition did not happen.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from incident_api.clocks.table import ClockRow, Limit
from incident_api.coordination.calendar import Calendar
from khien.clock import MICROSECONDS

_MINUTE_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Change:
    """One transition of the log."""

    action: str
    to_state: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Cycle:
    """One time that a clock ran; `stop_us` None: it runs. `is_dropped`: it ended without a result."""

    start_us: int
    stop_us: int | None
    is_dropped: bool = False


def cycles(row: ClockRow, log: Iterable[Change]) -> list[Cycle]:
    """Every time that this clock ran, in order."""
    found: list[Cycle] = []
    began: int | None = None
    for change in happened(log):
        if began is not None and change.to_state != row.start:
            found.append(Cycle(began, change.at_us, is_dropped=change.to_state not in row.stops))
            began = None
        elif change.to_state == row.start and began is None:
            began = change.at_us
    if began is not None:
        found.append(Cycle(began, None))
    return found


def happened(log: Iterable[Change]) -> list[Change]:
    """The log without what was undone."""
    kept: list[Change] = []
    for change in log:
        if change.action == "undo":
            if kept:
                kept.pop()
        else:
            kept.append(change)
    return kept


def elapsed_us(calendar: Calendar, limit: Limit, start_us: int, stop_us: int, pauses: Sequence[tuple[int, int]]) -> int:
    """Counted time between two moments, pauses left out."""
    return sum(_counted(calendar, limit, begin, end) for begin, end in _active(start_us, stop_us, pauses))


def due_us(calendar: Calendar, limit: Limit, start_us: int, now_us: int, pauses: Sequence[tuple[int, int]]) -> int:
    """When the limit is reached; a pause that still goes on is taken to end now."""
    left = limit.minutes * _MINUTE_US
    ends = max([now_us, start_us, *(end for _, end in pauses)])
    for begin, end in _active(start_us, ends, pauses):
        counted = _counted(calendar, limit, begin, end)
        if counted >= left:
            return _after(calendar, limit, begin, left)
        left -= counted
    return _after(calendar, limit, ends, left)


def _active(start_us: int, stop_us: int, pauses: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = start_us
    for begin, end in sorted(pauses):
        if end <= at:
            continue
        if begin >= stop_us:
            break
        if begin > at:
            yield at, begin
        at = max(at, end)
    if at < stop_us:
        yield at, stop_us


def _counted(calendar: Calendar, limit: Limit, begin: int, end: int) -> int:
    if limit.time == "wall":
        return end - begin
    total = 0
    day, last = calendar.local(begin).date(), calendar.local(end).date()
    while day <= last:
        for opens, closes in calendar.hours_of(day):
            total += max(0, min(end, calendar.absolute(closes)) - max(begin, calendar.absolute(opens)))
        day += dt.timedelta(days=1)
    return total


def _after(calendar: Calendar, limit: Limit, begin: int, left_us: int) -> int:
    if limit.time == "wall":
        return begin + left_us
    minutes, rest = divmod(left_us, _MINUTE_US)
    return calendar.after_working_minutes(begin, minutes) + rest


def percentile(values: Sequence[int], share: int) -> int | None:
    """The smallest value that so many percent do not exceed (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]
