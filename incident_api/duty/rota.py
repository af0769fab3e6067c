"""The rota as the city writes it: layers, what must be covered, and who is on duty by the layers alone.

What people change from day to day (swaps, overrides, leave) stands in the store: `current.roster` adds it. Shifts are reckoned
on the wall clock of the zone, so that a change of clock makes one shift longer or shorter and moves no hand-over. Design:
response, section 7.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from incident_api.duty.layers import Hours, Layer, Leave, Need, Part, known_zone
from incident_api.duty.resolving import Plan
from incident_api.duty.roster import Roster
from incident_api.duty.shift import Absence, Replacement, Shift
from incident_api.duty.wall import absolute


class Rota(Part):
    """All layers, the leave that is known from the start, and what must be covered."""

    version: Annotated[str, Field(min_length=1, max_length=63)]
    zone: str
    layers: Annotated[tuple[Layer, ...], Field(min_length=1, max_length=100)]
    leave: Annotated[tuple[Leave, ...], Field(max_length=1000)] = ()
    coverage: Annotated[tuple[Need, ...], Field(max_length=50)] = ()

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, value: str) -> str:
        return known_zone(value)

    @model_validator(mode="after")
    def _layers_fit_together(self) -> Self:
        names = [layer.id for layer in self.layers]
        for name in names:
            if names.count(name) > 1:
                msg = f"layer `{name}` stands twice"
                raise ValueError(msg)
        first: dict[str, Layer] = {}
        ranks: set[tuple[str, int]] = set()
        for layer in self.layers:
            other = first.setdefault(layer.place, layer)
            if (layer.role, layer.priority, layer.presence) != (other.role, other.priority, other.presence):
                msg = f"layers `{other.id}` and `{layer.id}` of the seat `{layer.place}` differ in role, priority or presence"
                raise ValueError(msg)
            if (layer.place, layer.rank) in ranks:
                msg = f"two layers of the seat `{layer.place}` have rank {layer.rank}: which one masks the other?"
                raise ValueError(msg)
            ranks.add((layer.place, layer.rank))
        return self

    @property
    def needs(self) -> tuple[Need, ...]:
        """What must be covered; a rota that does not say needs one of each role that has a layer on duty."""
        roles = dict.fromkeys(layer.role for layer in self.layers if layer.priority == 1)
        return self.coverage or tuple(Need(role=role) for role in roles)

    def plan(
        self,
        *,
        days_off: Mapping[dt.date, str] | None = None,
        replacements: Iterable[Replacement] = (),
        absences: Iterable[Absence] = (),
    ) -> Plan:
        """The layers with what people changed."""
        own = (
            Absence(
                person=each.person,
                start_us=absolute(dt.datetime.fromisoformat(each.from_), self.zone),
                end_us=absolute(dt.datetime.fromisoformat(each.to), self.zone),
                reference="rota",
            )
            for each in self.leave
        )
        return Plan(
            zone=self.zone,
            layers=self.layers,
            replacements=tuple(replacements),
            absences=(*own, *absences),
            days_off=days_off or {},
        )

    @cached_property
    def _by_layers(self) -> Roster:
        return Roster(version=self.version, plan=self.plan())

    def shifts_at(self, at_us: int) -> tuple[Shift, ...]:
        """One shift a seat, by the layers alone; a member on leave leaves the seat to the layer below, or empty."""
        return self._by_layers.shifts_at(at_us)

    def next_shifts(self, at_us: int) -> tuple[Shift, ...]:
        """What follows the present shift of each seat, by the layers alone."""
        return self._by_layers.next_shifts(at_us)

    def is_on_leave(self, person: str, *, at_us: int) -> bool:
        """Whether somebody is away at this time, as far as the file says."""
        return self._by_layers.is_on_leave(person, at_us=at_us)


__all__ = ["Hours", "Layer", "Leave", "Need", "Rota", "Shift"]
