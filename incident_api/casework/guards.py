"""The guards of the tables of a case's work: each answers None, or the refusal that names the rule and what is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from incident_api.casework.models import Countermeasure, Task
from incident_api.casework.states import REVIEW_DAYS, Guard
from incident_api.incidents.models import Incident
from incident_api.incidents.states import ENDED
from incident_api.incidents.visibility import exists_for
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.clock import MICROSECONDS
from khien.errors import KhienError

_DAY_US = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do with a task or a countermeasure of an incident."""

    person: Person
    incident: Incident
    thing: Task | Countermeasure
    fields: Mapping[str, Any]
    now_us: int


def refusal(guard: Guard, session: Session, attempt: Attempt) -> KhienError | None:
    """What a guard says."""
    return _GUARDS[guard](session, attempt)


def _case_goes_on(_session: Session, attempt: Attempt) -> KhienError | None:
    if attempt.incident.state not in ENDED:
        return None
    return KhienError("incident.wrong_state", action="work", state=attempt.incident.state)


def _doer_or_handler(_session: Session, attempt: Attempt) -> KhienError | None:
    person, holder = attempt.person, attempt.thing.assignee if isinstance(attempt.thing, Task) else ""
    if person.id in {holder, attempt.incident.assignee} or Right.INCIDENTS_DECIDE in person.rights:
        return None
    return KhienError("task.not_the_doer", holder=holder)


def _receiver_works_on_it(session: Session, attempt: Attempt) -> KhienError | None:
    """Whoever gets a task can log in, works on tasks, and sees the incident."""
    assert isinstance(attempt.thing, Task), "a row of tasks"
    name = attempt.fields.get("to", attempt.thing.assignee)
    row = session.get(PersonRow, name)
    if row is not None and row.is_active and row.password_hash is not None:
        person = Person.of(row)
        if Right.TASKS_WORK in person.rights and exists_for(session, person, attempt.incident):
            return None
    return KhienError("task.receiver_cannot", person=name)


def _due_ahead(_session: Session, attempt: Attempt) -> KhienError | None:
    assert isinstance(attempt.thing, Task), "a row of tasks"
    due = attempt.fields.get("due_us", attempt.thing.due_us)
    return None if due > attempt.now_us else KhienError("task.due_ahead")


def _review_in_time(_session: Session, attempt: Attempt) -> KhienError | None:
    review = attempt.fields["review_us"]
    is_in_time = attempt.now_us < review <= attempt.now_us + REVIEW_DAYS * _DAY_US
    return None if is_in_time else KhienError("countermeasure.review", days=REVIEW_DAYS)


_GUARDS: dict[Guard, Callable[[Session, Attempt], KhienError | None]] = {
    Guard.CASE_GOES_ON: _case_goes_on,
    Guard.DOER_OR_HANDLER: _doer_or_handler,
    Guard.RECEIVER_WORKS_ON_IT: _receiver_works_on_it,
    Guard.DUE_AHEAD: _due_ahead,
    Guard.REVIEW_IN_TIME: _review_in_time,
}
