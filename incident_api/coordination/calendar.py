"""Working days of the city: one reviewed file a year, signed with the policy; nothing is looked up or computed at run time.

A day stands in the file as `statutory` (by law), `generated` (by a library when the file was made, to be reviewed) or `override` (a
swap or a make-up day, with its source). Days that are not named follow the week. Design: coordination, section 9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, model_validator

from incident_api.coordination.organisation import Part, Text
from khien.clock import MICROSECONDS
from khien.errors import KhienError


class Day(Part):
    """A day that does not follow the week. `works` true: a make-up day."""

    date: str
    kind: Literal["statutory", "generated", "override"]
    works: bool = False
    text: Text
    source: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _date_is_a_date(self) -> Self:
        dt.date.fromisoformat(self.date)
        if self.works and self.kind != "override":
            msg = f"{self.date}: a make-up day is an override"
            raise ValueError(msg)
        return self


class Year(Part):
    """One file of the folder `calendar/`."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    days: tuple[Day, ...]

    @model_validator(mode="after")
    def _days_are_of_the_year_and_once(self) -> Self:
        for day in self.days:
            if not day.date.startswith(f"{self.year:04}-"):
                msg = f"{day.date} is not in {self.year}"
                raise ValueError(msg)
        # An override may change what the law or the library says; two rows of one kind would contradict each other.
        if len({(day.date, day.kind == "override") for day in self.days}) != len(self.days):
            raise ValueError("one day stands twice")
        return self


class Week(Part):
    """Working time of an ordinary week; `hours` are local, `weekdays` as in ISO 8601 (1 = Monday)."""

    zone: str
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1)]
    hours: Annotated[tuple[tuple[str, str], ...], Field(min_length=1)]
    basis: str

    @model_validator(mode="after")
    def _times_are_times(self) -> Self:
        for begin, end in self.hours:
            if dt.time.fromisoformat(begin) >= dt.time.fromisoformat(end):
                msg = f"working hours end before they begin: {begin}-{end}"
                raise ValueError(msg)
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, OSError) as error:
            msg = f"`{self.zone}` is not a time zone"
            raise ValueError(msg) from error
        return self


class Calendar(Part):
    """The week and the years. Times go in and out as microseconds since 1970 (UTC)."""

    week: Week
    years: dict[str, Year]

    @model_validator(mode="after")
    def _years_are_under_their_name(self) -> Self:
        for name, year in self.years.items():
            if name != str(year.year):
                msg = f"the file {name} holds the year {year.year}"
                raise ValueError(msg)
        return self

    @property
    def zone(self) -> ZoneInfo:
        """The zone of all local times."""
        return ZoneInfo(self.week.zone)

    def with_overrides(self, days: tuple[Day, ...]) -> Calendar:
        """The calendar with days added; as an amendment to a policy would do it."""
        years: dict[str, Any] = {name: year.model_dump() for name, year in self.years.items()}
        for day in days:
            years[day.date[:4]]["days"] = (*years[day.date[:4]]["days"], day.model_dump())
        return Calendar.model_validate({"week": self.week.model_dump(), "years": years})

    def missing_years(self, *, at_us: int) -> tuple[int, ...]:
        """Of this year and the next, those that have no file: deadlines that reach into them could not be reckoned."""
        year = self.local(at_us).year
        return tuple(each for each in (year, year + 1) if str(each) not in self.years)

    def works(self, day: dt.date) -> bool:
        """Whether a day is a working day. Raises `calendar.no_year`."""
        year = self.years.get(str(day.year))
        if year is None:
            raise KhienError("calendar.no_year", year=str(day.year))
        named: Mapping[bool, Day] = {each.kind == "override": each for each in year.days if each.date == day.isoformat()}
        found = named.get(True, named.get(False))
        return found.works if found is not None else day.isoweekday() in self.week.weekdays

    def next_working_day(self, day: dt.date) -> dt.date:
        """The first working day after a day."""
        return self.working_day_from(day + dt.timedelta(days=1))

    def working_day_from(self, day: dt.date) -> dt.date:
        """A day, or the first working day after it."""
        while not self.works(day):
            day += dt.timedelta(days=1)
        return day

    def working_day_until(self, day: dt.date) -> dt.date:
        """A day, or the last working day before it."""
        while not self.works(day):
            day -= dt.timedelta(days=1)
        return day

    def after_working_minutes(self, start_us: int, minutes: int) -> int:
        """When so many working minutes have passed; 0 minutes is the time itself. Raises `calendar.no_year`."""
        if minutes == 0:
            return start_us
        left = dt.timedelta(minutes=minutes)
        moment, fraction = self.local(start_us).replace(microsecond=0), start_us % MICROSECONDS
        day = moment.date()
        while True:
            for begin, end in self.hours_of(day):
                began = max(begin, moment)
                if began >= end:
                    continue
                if end - began >= left:
                    return self.absolute(began + left) + fraction
                left -= end - began
            day += dt.timedelta(days=1)

    def hours_of(self, day: dt.date) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
        """The working hours of a day as local times; none on a day off."""
        if not self.works(day):
            return ()
        return tuple(
            (
                dt.datetime.combine(day, dt.time.fromisoformat(begin), tzinfo=self.zone),
                dt.datetime.combine(day, dt.time.fromisoformat(end), tzinfo=self.zone),
            )
            for begin, end in self.week.hours
        )

    def local(self, at_us: int) -> dt.datetime:
        """A time on the city's clock."""
        seconds, fraction = divmod(at_us, MICROSECONDS)
        return dt.datetime.fromtimestamp(seconds, tz=self.zone).replace(microsecond=fraction)

    def absolute(self, local: dt.datetime) -> int:
        """Microseconds of a local time to the second; one without a zone is on the city's clock."""
        aware = local if local.tzinfo else local.replace(tzinfo=self.zone)
        return round(aware.timestamp()) * MICROSECONDS

    def at(self, day: dt.date, time: str) -> int:
        """Microseconds of a time of day, e.g. `17:00`."""
        return self.absolute(dt.datetime.combine(day, dt.time.fromisoformat(time)))
