"""The histogram strip above the queue: groups by the time they were last seen, in pieces a person can read off.

A group stands in exactly one piece, so that the numbers of some pieces together are the number of rows of that window.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, func, literal, select

from incident_api.alerts import queue
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.schemas import StripAnswer, StripBin
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: As many pieces as a strip has room for.
_MOST_BINS = 96
_MINUTE_US = 60 * MICROSECONDS
#: Widths that people count in: minutes, hours, days, weeks; and beyond those twice as much, and twice again.
_WIDTHS_US = tuple(minutes * _MINUTE_US for minutes in (1, 5, 15, 30, 60, 180, 360, 720, 1_440, 10_080))


def read(runtime: Runtime, *, caller: Caller, filters: queue.Filters) -> StripAnswer:
    """Count under the filter without its window: what a window hides is what the strip is for."""
    where = queue.conditions(replace(filters, since_us=None, until_us=None, before_us=None), caller=caller)
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        first = session.scalar(select(func.min(TriageGroup.last_us)).where(where))
        last = session.scalar(select(func.max(TriageGroup.last_us)).where(where))
        if first is None or last is None:
            return StripAnswer(from_us=None, to_us=None, width_us=_WIDTHS_US[0], total=0, bins=[], now_us=now)
        width = width_of(last - first)
        place = TriageGroup.last_us.op("/")(literal(width, BigInteger))
        counted = session.execute(
            select(place, TriageGroup.severity, func.count()).where(where).group_by(place, TriageGroup.severity)
        ).all()
    bins: dict[int, list[int]] = {}
    for number, severity, count in counted:
        bins.setdefault(int(number), [0, 0, 0, 0])[severity - 1] += count
    return StripAnswer(
        from_us=first // width * width,
        to_us=(last // width + 1) * width,
        width_us=width,
        total=sum(sum(counts) for counts in bins.values()),
        bins=[StripBin(from_us=number * width, counts=bins[number]) for number in sorted(bins)],
        now_us=now,
    )


def width_of(span_us: int) -> int:
    """The narrowest readable piece that covers the span in the room there is."""
    for width in _WIDTHS_US:
        if span_us // width + 2 <= _MOST_BINS:
            return width
    width = _WIDTHS_US[-1]
    while span_us // width + 2 > _MOST_BINS:
        width *= 2
    return width
