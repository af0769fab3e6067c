"""The layers of a rota as people write them: whose turn it is at a seat, on which days and hours.

At a local time t a layer is active from `start` to before `end`, inside one of its `hours` (none: the whole day) of a day that
is one of its `weekdays` and `days`; hours that end at or before they begin go over midnight and belong to the day on which they
begin. Turns are counted from `start` in steps of `shift_hours` on the wall clock, whether the layer is active or not; turn n is
the member n modulo their number. Of the layers of one seat the one of the highest rank that is active has it. Design: response,
section 7.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from incident_api.duty.shift import Presence

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")]
Days = Literal["all", "holidays", "not_holidays"]


class Part(BaseModel):
    """A piece of the file; what is misspelt is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Hours(Part):
    """From a time of day to before another; over midnight when `to` is not later."""

    from_: Annotated[Clock, Field(alias="from")]
    to: Clock


class Layer(Part):
    """Who follows whom at a seat. `priority` 1 is on duty, 2 stands by; `presence`: at the desk, or on call from home."""

    id: Name
    role: str
    priority: Annotated[int, Field(ge=1, le=9)]
    start: str
    shift_hours: Annotated[int, Field(ge=1, le=168)]
    members: Annotated[tuple[str, ...], Field(min_length=1, max_length=100)]
    end: str | None = None
    seat: Name | None = None
    rank: Annotated[int, Field(ge=0, le=9)] = 0
    presence: Presence = "desk"
    weekdays: Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(min_length=1, max_length=7)] = (1, 2, 3, 4, 5, 6, 7)
    hours: Annotated[tuple[Hours, ...], Field(max_length=8)] = ()
    days: Days = "all"
    #: Of the days off of the signed calendar those whose Vietnamese name holds one of these; none = all.
    holiday_names: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    zone: str | None = None

    @field_validator("start", "end")
    @classmethod
    def _is_local_and_whole_minutes(cls, value: str | None) -> str | None:
        moment = None if value is None else dt.datetime.fromisoformat(value)
        if moment is not None and (moment.tzinfo is not None or moment.second or moment.microsecond):
            raise ValueError("`start` and `end` are local times without a zone, to the minute")
        return value

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str | None) -> str | None:
        return value if value is None else known_zone(value)

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError("`end` is not after `start`")
        return self

    @property
    def starts_at(self) -> dt.datetime:
        """Local time of the first turn."""
        return dt.datetime.fromisoformat(self.start)

    @property
    def ends_at(self) -> dt.datetime | None:
        """Local time from which the layer is no more."""
        return None if self.end is None else dt.datetime.fromisoformat(self.end)

    @property
    def place(self) -> str:
        """The seat that it fills: its own unless it names one."""
        return self.seat or self.id


class Leave(Part):
    """Somebody is away; local times, the end is not part of it."""

    person: str
    from_: Annotated[str, Field(alias="from")]
    to: str
    reason: str

    @model_validator(mode="after")
    def _times_are_in_order(self) -> Self:
        if dt.datetime.fromisoformat(self.from_) >= dt.datetime.fromisoformat(self.to):
            raise ValueError("`from` is not before `to`")
        return self


class Need(Part):
    """How many must be there: on duty (priority 1) at any time, by night with those who stand by, on named days off."""

    role: str
    at_least: Annotated[int, Field(ge=0, le=20)] = 1
    night_depth: Annotated[int, Field(ge=0, le=20)] = 0
    holiday_depth: Annotated[int, Field(ge=0, le=20)] = 0
    holiday_names: Annotated[tuple[str, ...], Field(max_length=20)] = ()


def known_zone(name: str) -> str:
    """The name, or ValueError when no such zone exists."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"`{name}` is not a time zone"
        raise ValueError(msg) from error
    return name
