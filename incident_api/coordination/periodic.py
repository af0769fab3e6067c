"""Duties that come again with the calendar, written requests of the police, and how long things are kept.

Design: coordination, sections 7 and 10. Pure functions of the policy and its calendar.
"""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.calendar import Calendar
from incident_api.coordination.organisation import Identifier, Part, Text
from khien.clock import MICROSECONDS

_HOUR_US = 3600 * MICROSECONDS
_LAST_SECOND = "23:59:59"
_TARGET = "17:00"


class OnDay(Part):
    """A day of the month after the period, or the first working day from then."""

    day: Annotated[int, Field(ge=1, le=28)]
    time: str


class PeriodicDuty(Part):
    """A report, review or meeting. One of `after`, `before` and `end` says when in or after the period."""

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{1,3}$")]
    every: Literal["month", "half_year", "year"]
    after: OnDay | None = None
    before: str | None = None
    end: bool = False
    to: Annotated[tuple[str, ...], Field(min_length=1)]
    basis: str
    text: Text

    @model_validator(mode="after")
    def _one_way_to_say_when(self) -> Self:
        if (self.after is not None) + (self.before is not None) + self.end != 1:
            msg = f"{self.code} needs one of `after`, `before` and `end: true`"
            raise ValueError(msg)
        if self.before is not None:
            dt.date.fromisoformat(f"2000-{self.before}")
        return self


class Retention(Part):
    """How long something is kept."""

    months: Annotated[int, Field(ge=1, le=600)]
    basis: str


class PeriodicRules(Part):
    """The file `periodic.yaml`."""

    duties: tuple[PeriodicDuty, ...]
    retention: dict[Identifier, Retention]
    logs_by_level: dict[str, Annotated[int, Field(ge=0, le=600)]]
    logs_basis: str

    @model_validator(mode="after")
    def _codes_stand_once(self) -> Self:
        codes = [duty.code for duty in self.duties]
        if len(set(codes)) != len(codes):
            raise ValueError("two periodic duties have one code")
        if set(self.logs_by_level) != {"L1", "L2", "L3", "L4", "L5"}:
            raise ValueError("`logs_by_level` names L1 to L5")
        return self

    def duty(self, code: str) -> PeriodicDuty:
        """The duty of a code."""
        return next(duty for duty in self.duties if duty.code == code)


class RequestKind(Part):
    """How long an answer may take."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    hours: Annotated[int, Field(ge=1)]
    urgent_hours: Annotated[int, Field(ge=1)]
    basis: str
    text: Text


class RequestRules(Part):
    """The file `requests.yaml`."""

    kinds: dict[Identifier, RequestKind]
    resume: Text

    def due_us(self, kind: str, *, received_us: int, urgent: bool) -> int:
        """Until when a request must be answered: wall clock, so Tết does not move it."""
        row = self.kinds[kind]
        return received_us + (row.urgent_hours if urgent else row.hours) * _HOUR_US


@dataclass(frozen=True, slots=True)
class Deadline:
    """By when, and by when inside the house."""

    due_us: int
    target_us: int


def deadline(duty: PeriodicDuty, calendar: Calendar, *, year: int, number: int = 1) -> Deadline:
    """When the duty of a period is due; `number` is the month, the half year, or 1. Raises `calendar.no_year`."""
    last = _last_day(duty, year, number)
    if duty.after is not None:
        after = last + dt.timedelta(days=1)
        day = calendar.working_day_from(after.replace(day=duty.after.day))
        due = calendar.at(day, duty.after.time)
        return Deadline(due, due)
    if duty.before is not None:
        last = dt.date.fromisoformat(f"{year:04}-{duty.before}") - dt.timedelta(days=1)
    return Deadline(calendar.at(last, _LAST_SECOND), calendar.at(calendar.working_day_until(last), _TARGET))


def _last_day(duty: PeriodicDuty, year: int, number: int) -> dt.date:
    month = {"month": number, "half_year": 6 * number, "year": 12}[duty.every]
    return dt.date(year, month, gregorian.monthrange(year, month)[1])
