"""Bodies about people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds


class PersonBrief(Answer):
    """A person where only the name matters."""

    id: str
    name: LocalText
    home: str


class PersonView(Answer):
    """A person of the team or of a party; accounts are roles."""

    id: str
    account: str
    name: LocalText
    roles: list[str]
    capacity: Literal["responder", "investigator", "approver", "observer"]
    home: str
    unit: str | None
    skills: list[str]
    is_active: bool
    log_in: Annotated[Literal["works", "none", "disabled"], Field(description="`none`: was never given a log-in")]
    on_duty: bool
    open_groups: int


class PeopleAnswer(Answer):
    """Whom work can be handed to first, then everybody else."""

    people: list[PersonView]


class LogInGiven(Answer):
    """A fresh log-in. The password is shown once; its owner changes it in the profile."""

    account: str
    password: str


class RightView(Answer):
    """A right, in words."""

    id: str
    name: LocalText


class RoleView(Answer):
    """A role and everything that it gives."""

    id: str
    name: LocalText
    capacity: Literal["responder", "investigator", "approver", "observer"]
    rights: list[str]


class RolesAnswer(Answer):
    """The table that every route decides by; a right is given by a role and by nothing else."""

    roles: list[RoleView]
    rights: list[RightView]


class ReachChannel(Answer):
    """A number or an address."""

    kind: Literal["voice", "sms", "mail"]
    address: str


class Reach(Answer):
    """How somebody on duty is reached: their own entry among the contacts, or that of the desk where they sit."""

    name: LocalText
    is_desk: bool
    channels: list[ReachChannel]


class DutyShift(Answer):
    """One person's shift; the end is not part of it. `reach` null: the contacts know no way but the page."""

    person: PersonBrief
    role: str
    role_name: LocalText
    layer: str
    seat: str
    priority: int
    presence: Literal["desk", "on_call"]
    reach: Reach | None
    start_us: Microseconds
    end_us: Microseconds


class DutyAnswer(Answer):
    """Who is on duty at a time, and who follows."""

    at_us: Microseconds
    rota_version: str
    now: list[DutyShift]
    next: list[DutyShift]
