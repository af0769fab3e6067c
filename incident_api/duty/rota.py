"""The rota: layers whose members follow one another by shifts; who is on duty at a time is a pure function of it.

Shifts are reckoned on the wall clock of the rota's zone, so that a change of clock makes one shift longer or shorter and moves no
hand-over. Design: response, section 7 (swaps, overrides and holiday layers are not here yet; leave is).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, model_validator

from khien.clock import MICROSECONDS


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Layer(_Part):
    """Who follows whom. `start` and shifts in local time; priority 1 is on duty, 2 stands by."""

    id: str
    role: str
    priority: Annotated[int, Field(ge=1, le=9)]
    start: str
    shift_hours: Annotated[int, Field(ge=1, le=168)]
    members: Annotated[tuple[str, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _start_is_local(self) -> Self:
        if dt.datetime.fromisoformat(self.start).tzinfo is not None:
            raise ValueError("`start` is a local time without a zone")
        return self


class Leave(_Part):
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


class Rota(_Part):
    """All layers and the leave."""

    version: str
    zone: str
    layers: Annotated[tuple[Layer, ...], Field(min_length=1)]
    leave: tuple[Leave, ...] = ()

    @model_validator(mode="after")
    def _zone_exists(self) -> Self:
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            msg = f"`{self.zone}` is not a time zone"
            raise ValueError(msg) from error
        return self

    def shifts_at(self, at_us: int) -> tuple[Shift, ...]:
        """One shift a layer, layers in their order; a member on leave leaves the shift empty of them."""
        zone = ZoneInfo(self.zone)
        local = _local(at_us, zone)
        found = (_shift_of(layer, local=local, zone=zone) for layer in self.layers)
        return tuple(shift for shift in found if shift is not None and not self.is_on_leave(shift.person, at_us=at_us))

    def next_shifts(self, at_us: int) -> tuple[Shift, ...]:
        """What follows the present shift of each layer."""
        zone = ZoneInfo(self.zone)
        local = _local(at_us, zone)
        following = []
        for layer in self.layers:
            current = _shift_of(layer, local=local, zone=zone)
            after = None if current is None else _shift_of(layer, local=_local(current.end_us, zone), zone=zone)
            if after is not None:
                following.append(after)
        return tuple(following)

    def is_on_leave(self, person: str, *, at_us: int) -> bool:
        """Whether somebody is away at this time."""
        local = _local(at_us, ZoneInfo(self.zone))
        return any(
            leave.person == person and dt.datetime.fromisoformat(leave.from_) <= local < dt.datetime.fromisoformat(leave.to)
            for leave in self.leave
        )


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's turn; `end_us` is not part of it."""

    person: str
    role: str
    layer: str
    priority: int
    start_us: int
    end_us: int


def _shift_of(layer: Layer, *, local: dt.datetime, zone: ZoneInfo) -> Shift | None:
    start = dt.datetime.fromisoformat(layer.start)
    length = dt.timedelta(hours=layer.shift_hours)
    if local < start:
        return None
    number = (local - start) // length
    begin = start + number * length
    return Shift(
        person=layer.members[number % len(layer.members)],
        role=layer.role,
        layer=layer.id,
        priority=layer.priority,
        start_us=_absolute(begin, zone),
        end_us=_absolute(begin + length, zone),
    )


def _local(at_us: int, zone: ZoneInfo) -> dt.datetime:
    """The naive wall time of a zone."""
    seconds, fraction = divmod(at_us, MICROSECONDS)
    moment = dt.datetime.fromtimestamp(seconds, tz=zone)
    return moment.replace(tzinfo=None, microsecond=fraction)


def _absolute(local: dt.datetime, zone: ZoneInfo) -> int:
    return round(local.replace(tzinfo=zone).timestamp()) * MICROSECONDS
