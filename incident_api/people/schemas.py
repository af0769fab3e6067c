"""Bodies about people."""

from __future__ import annotations

from typing import Literal

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
    on_duty: bool
    open_groups: int


class PeopleAnswer(Answer):
    """Whom work can be handed to first, then everybody else."""

    people: list[PersonView]


class DutyShift(Answer):
    """One person's shift; the end is not part of it."""

    person: PersonBrief
    role: str
    role_name: LocalText
    layer: str
    start_us: Microseconds
    end_us: Microseconds


class DutyAnswer(Answer):
    """Who is on duty at a time, and who follows."""

    at_us: Microseconds
    rota_version: str
    now: list[DutyShift]
    next: list[DutyShift]
