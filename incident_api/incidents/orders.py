"""What people ask of an incident. The same document is the request, what an approval keeps, and what is carried out."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from incident_api.coordination.case import FactValue, Severity
from incident_api.coordination.organisation import Tlp
from incident_api.http.schemas import MOST, Request
from incident_api.incidents.states import Action

Reason = Annotated[str, Field(min_length=1, max_length=4000)]
_Version = Annotated[int, Field(ge=1, le=MOST)]
_Time = Annotated[int, Field(ge=0, le=MOST)]


class Move(Request):
    """A transition of the table; `fields` are what its row asks for."""

    kind: Literal["move"] = "move"
    action: Action
    version: _Version
    severity: Severity | None = None
    type: Annotated[str | None, Field(max_length=63)] = None
    fields: Annotated[dict[Annotated[str, Field(max_length=32)], Reason], Field(max_length=12)] = Field(default_factory=dict)


class Revise(Request):
    """New answers, flags, tags or a stated class. What is not given stays as it is."""

    kind: Literal["revise"] = "revise"
    version: _Version
    facts: Annotated[dict[Annotated[str, Field(max_length=63)], FactValue | None] | None, Field(max_length=60)] = None
    flags: Annotated[tuple[Annotated[str, Field(max_length=63)], ...] | None, Field(max_length=30)] = None
    severity: Severity | None = None
    type: Annotated[str | None, Field(max_length=63)] = None
    tags: Annotated[tuple[Annotated[str, Field(max_length=63)], ...] | None, Field(max_length=30)] = None
    reason: Reason


class MoveClock(Request):
    """A clock of the law: `det` or `pd`, earlier by one person, later by two."""

    kind: Literal["move_clock"] = "move_clock"
    version: _Version
    clock: Literal["det", "pd"]
    to_us: _Time
    reason: Reason


class Waive(Request):
    """An obligation that both parties let go."""

    kind: Literal["waive"] = "waive"
    version: _Version
    obligation: Annotated[int, Field(ge=1, le=MOST)]
    reason: Reason


class Tell(Request):
    """An obligation was sent: to whom, by which channel."""

    kind: Literal["tell"] = "tell"
    version: _Version
    obligation: Annotated[int, Field(ge=1, le=MOST)]
    to: Annotated[str, Field(min_length=1, max_length=400)]


class Fulfil(Request):
    """The recipient confirmed; `receipt` is the number or the name under which they did."""

    kind: Literal["fulfil"] = "fulfil"
    version: _Version
    obligation: Annotated[int, Field(ge=1, le=MOST)]
    receipt: Annotated[str, Field(min_length=1, max_length=400)]
    reason: Annotated[str | None, Field(min_length=1, max_length=4000)] = None


class ApproveNotice(Request):
    """An approver stands by the immediate notice that the duty officer sent while nobody answered."""

    kind: Literal["approve_notice"] = "approve_notice"
    version: _Version
    obligation: Annotated[int, Field(ge=1, le=MOST)]


class Assign(Request):
    """Another handler."""

    kind: Literal["assign"] = "assign"
    version: _Version
    to: Annotated[str | None, Field(min_length=1, max_length=128, description="Without it the rules choose anew")] = None
    reason: Reason


class Promote(Request):
    """A replayed case becomes a real one: from when it counts as detected is what the person states."""

    kind: Literal["promote"] = "promote"
    version: _Version
    detected_us: _Time | None = None
    reason: Reason


class Mark(Request):
    """Another marking: TLP for whom it may reach, PAP for what may be done with it."""

    kind: Literal["mark"] = "mark"
    version: _Version
    tlp: Tlp | None = None
    pap: Literal["CLEAR", "GREEN", "AMBER", "RED"] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.tlp is None) == (self.pap is None):
            raise ValueError("either `tlp` or `pap`")
        return self


Order = Annotated[
    Move | Revise | MoveClock | Waive | Tell | Fulfil | ApproveNotice | Assign | Promote | Mark, Field(discriminator="kind")
]
