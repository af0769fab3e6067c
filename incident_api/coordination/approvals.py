"""Acts that take two persons of different homes (coordination design, section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, model_validator

from incident_api.coordination.organisation import Identifier, Part, Text
from incident_api.people.rights import ROLE_CAPACITY
from khien.errors import KhienError


class TwoPartyAct(Part):
    """The roles of the first and of the second party."""

    first: Annotated[tuple[str, ...], Field(min_length=1)]
    second: Annotated[tuple[str, ...], Field(min_length=1)]
    text: Text


class Expiry(Part):
    """How long one party's word waits for the other's."""

    live_minutes: Annotated[int, Field(ge=1, le=1440)]
    other_hours: Annotated[int, Field(ge=1, le=168)]


class ApprovalRules(Part):
    """The file `approvals.yaml`."""

    basis: str
    acts: dict[Identifier, TwoPartyAct]
    expires: Expiry
    live: tuple[str, ...] = ()
    silence_minutes: Annotated[int, Field(ge=1, le=240)]
    later_approval_hours: Annotated[int, Field(ge=1, le=168)]

    @model_validator(mode="after")
    def _names_point_somewhere(self) -> Self:
        for act_id, act in self.acts.items():
            for role in (*act.first, *act.second):
                if role not in ROLE_CAPACITY:
                    msg = f"act {act_id}: `{role}` is not a role"
                    raise ValueError(msg)
        unknown = [act for act in self.live if act not in self.acts]
        if unknown:
            msg = f"`{unknown[0]}` is no act"
            raise ValueError(msg)
        return self

    def minutes(self, act: str) -> int:
        """How long the first word stands."""
        return self.expires.live_minutes if act in self.live else 60 * self.expires.other_hours


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who approves, with the home organisation that they speak for."""

    person: str
    roles: tuple[str, ...]
    home: str


def refusal(rules: ApprovalRules, act: str, one: Party, other: Party) -> KhienError | None:
    """Why these two do not make the approval of an act; None = they do."""
    row = rules.acts[act]
    if one.person == other.person:
        return KhienError("approval.same_person", act=act, person=one.person)
    if not (_speak(row, one, other) or _speak(row, other, one)):
        return KhienError("approval.wrong_roles", act=act, first=", ".join(row.first), second=", ".join(row.second))
    if one.home == other.home:
        return KhienError("approval.same_home", act=act, home=one.home, second=", ".join(row.second))
    return None


def may_speak(rules: ApprovalRules, act: str, roles: tuple[str, ...]) -> bool:
    """Whether somebody of these roles is a party of an act at all."""
    row = rules.acts[act]
    return bool(set(roles) & {*row.first, *row.second})


def _speak(row: TwoPartyAct, first: Party, second: Party) -> bool:
    return bool(set(first.roles) & set(row.first)) and bool(set(second.roles) & set(row.second))
