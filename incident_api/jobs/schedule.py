"""When a job runs again: every so many seconds, or at a time of the city's day.

Pure functions of a time. A late job catches up once: what follows a run is reckoned from now, never from what was missed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from incident_api.coordination.organisation import Text
from khien.clock import CITY_ZONE, MICROSECONDS

if TYPE_CHECKING:
    from incident_api.runtime import Runtime

_LONGEST_SEARCH_DAYS = 62
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Every:
    """Again so many seconds after the last run began."""

    seconds: int

    def next_us(self, now_us: int) -> int:
        """The run after one that began now."""
        return now_us + self.seconds * MICROSECONDS

    def first_us(self, now_us: int) -> int:
        """The run of a job that never ran: at once."""
        return now_us

    @property
    def text(self) -> Text:
        """As people say it."""
        for unit, vi, en in ((_HOUR, "giờ", "h"), (_MINUTE, "phút", "min"), (1, "giây", "s")):
            if self.seconds % unit == 0:
                return Text(vi=f"mỗi {self.seconds // unit} {vi}", en=f"each {self.seconds // unit} {en}")
        raise AssertionError


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A time of the city's day: each day, on a weekday (ISO 8601: 1 = Monday), or on a day of the month (1 to 28)."""

    time: str
    weekday: int | None = None
    day: int | None = None

    def next_us(self, now_us: int) -> int:
        """The first such time after now."""
        today = dt.datetime.fromtimestamp(now_us // MICROSECONDS, tz=CITY_ZONE).date()
        for ahead in range(_LONGEST_SEARCH_DAYS):
            day = today + dt.timedelta(days=ahead)
            if self.weekday not in {None, day.isoweekday()} or self.day not in {None, day.day}:
                continue
            moment = dt.datetime.combine(day, dt.time.fromisoformat(self.time), tzinfo=CITY_ZONE)
            found = round(moment.timestamp()) * MICROSECONDS
            if found > now_us:
                return found
        raise AssertionError

    def first_us(self, now_us: int) -> int:
        """The run of a job that never ran: nothing was missed yet."""
        return self.next_us(now_us)

    @property
    def text(self) -> Text:
        """As people say it."""
        if self.day is not None:
            return Text(vi=f"ngày {self.day} hằng tháng, {self.time}", en=f"on day {self.day} of the month, {self.time}")
        if self.weekday is not None:
            name = "Chủ nhật" if self.weekday == len(_WEEKDAYS) else f"thứ {self.weekday + 1}"
            return Text(vi=f"{name} hằng tuần, {self.time}", en=f"each {_WEEKDAYS[self.weekday - 1]}, {self.time}")
        return Text(vi=f"hằng ngày, {self.time}", en=f"daily, {self.time}")


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table. `run` does its own transactions, may be repeated, and gives one line for people."""

    name: str
    text: Text
    every: Every | At
    run: Callable[[Runtime, int], str]
    #: After so long without an end somebody else may claim it.
    limit_seconds: int = 600
