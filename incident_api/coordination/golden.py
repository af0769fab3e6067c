"""Worked cases that stand beside the rules and are signed with them: the file `golden.yaml`.

Both parties can read them; `golden_run.py` asks the rules for their answers. Times are on the city's clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.calendar import Calendar
from incident_api.coordination.case import FactValue, Severity
from incident_api.coordination.organisation import Part, Text


class GoldenAsset(Part):
    """A system of the cases; nothing said: nobody registered it."""

    level: int | None = None
    owner: str | None = None
    flags: tuple[str, ...] = ()


class Worked(Part):
    """What every case has."""

    id: Annotated[str, Field(pattern=r"^[A-Z][0-9]{2}[a-z]?$")]
    text: Text


class GoldenAssessment(Worked):
    """Class, lead and obligations of an incident. `lead`: `irt+p` when the police lead evidence."""

    type: str
    tags: tuple[str, ...] = ()
    group: str
    assets: tuple[str, ...]
    facts: dict[str, FactValue] = Field(default_factory=dict)
    flags: tuple[str, ...] = ()
    severity: Annotated[Severity | None, Field(alias="class")]
    rule: str | None
    lead: str
    owes: tuple[str, ...]
    count: int


class GoldenAct(Part):
    """What happens at a time; nothing said: time passes."""

    at: str
    severity: Annotated[Severity | None, Field(alias="class")] = None
    flags: tuple[str, ...] = ()
    recovered: bool = False
    move: Literal["det", "pd"] | None = None
    to: str | None = None


class GoldenTimeline(Worked):
    """Acts in their order, and the due times of each code afterwards."""

    assets: tuple[str, ...]
    detected: str | None = None
    acts: Annotated[tuple[GoldenAct, ...], Field(min_length=1)]
    due: dict[str, tuple[str, ...]]
    told: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    overdue_at_birth: tuple[str, ...] = ()
    cancelled: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    then: tuple[GoldenAct, ...] = ()
    due_then: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class GoldenSteps(Worked):
    """When the steps of an obligation are; with `back`: what a server does that was away until then."""

    code: str
    start: str
    due: str
    at: tuple[str, ...]
    taken: int = 0
    back: str | None = None
    fires: int | None = None
    skips: tuple[int, ...] = ()


class GoldenPeriodic(Worked):
    """When a periodic duty is due; `number`: month or half year."""

    duty: str
    year: int
    number: int = 1
    due: str
    target: str | None = None


class GoldenOverride(Part):
    """A day off or a make-up day that both parties would sign."""

    date: str
    works: bool


class GoldenWorkingDay(Worked):
    """The working day after a day."""

    after: str
    next: str
    override: GoldenOverride | None = None


class GoldenRequest(Worked):
    """Until when a written request is answered."""

    kind: str
    urgent: bool = False
    received: str
    due: str


class GoldenParty(Part):
    """Somebody who approves."""

    roles: tuple[str, ...]
    home: str


class GoldenApproval(Worked):
    """Whether two people make an approval; `refused`: the code of the refusal."""

    act: str
    first: GoldenParty
    second: GoldenParty
    refused: str | None = None


class GoldenItem(Part):
    """Something that may leave."""

    id: str
    tlp: str
    text: str


class GoldenSharing(Worked):
    """What a recipient gets; no text of `hidden` may be in it."""

    recipient: str
    items: tuple[GoldenItem, ...]
    withheld: tuple[str, ...]
    masked: dict[str, dict[str, int]]
    hidden: tuple[str, ...]


class Golden(Part):
    """The whole file. `service`: cases that need a running service; its tests name them."""

    assets: dict[str, GoldenAsset] = Field(default_factory=dict)
    assessments: tuple[GoldenAssessment, ...] = ()
    timelines: tuple[GoldenTimeline, ...] = ()
    steps: tuple[GoldenSteps, ...] = ()
    periodic: tuple[GoldenPeriodic, ...] = ()
    working_days: tuple[GoldenWorkingDay, ...] = ()
    requests: tuple[GoldenRequest, ...] = ()
    approvals: tuple[GoldenApproval, ...] = ()
    sharing: tuple[GoldenSharing, ...] = ()
    service: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        ids = [each.id for each in self.cases()]
        if len(set(ids)) != len(ids):
            raise ValueError("two cases have one id")
        used = [(each.id, asset) for each in self.assessments for asset in each.assets]
        used += [(each.id, asset) for each in self.timelines for asset in each.assets]
        for case, asset in used:
            if asset not in self.assets:
                msg = f"case {case}: `{asset}` is not among the assets"
                raise ValueError(msg)
        return self

    def cases(self) -> Iterator[Worked]:
        """Every case that the rules alone can answer."""
        for part in (self.assessments, self.timelines, self.steps, self.periodic):
            yield from part
        for rest in (self.working_days, self.requests, self.approvals, self.sharing):
            yield from rest


def local_us(calendar: Calendar, text: str) -> int:
    """Microseconds of a time as the file writes it."""
    return calendar.absolute(dt.datetime.fromisoformat(text))
