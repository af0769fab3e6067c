"""Who handles an incident: by the rules when it is opened, by name or by the rules when it is handed over, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.assignments import incidents as assignments
from incident_api.casework import telling
from incident_api.incidents.models import Incident
from incident_api.incidents.orders import Assign
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from collections.abc import Sequence


def held_by(groups: Sequence[TriageGroup], person: Person) -> bool:
    """Whether somebody took one of these groups: whoever began the work goes on with it."""
    return any(group.assignee == person.id and group.taken_us is not None for group in groups)


def begin(runtime: Runtime, session: Session, incident: Incident, *, opener: Person, is_holder: bool, now_us: int) -> None:
    """The first handler: the opener when they took its alerts, else whom the rules choose."""
    if is_holder:
        assignments.name(runtime, session, incident, person=opener.id, cause="taken", now_us=now_us)
    else:
        assignments.assign(runtime, session, incident, cause="opened", now_us=now_us)
    session.flush()
    _tell(runtime, session, incident, by=opener.id, now_us=now_us)


def again(runtime: Runtime, session: Session, incident: Incident, *, now_us: int) -> None:
    """A case that goes on needs somebody who can handle it; whoever had it keeps it if they still can."""
    if not can_handle(session.get(PersonRow, incident.assignee)):
        assignments.assign(runtime, session, incident, cause="reopened", now_us=now_us)
        session.flush()
        _tell(runtime, session, incident, by=None, now_us=now_us)


def hand_over(runtime: Runtime, session: Session, incident: Incident, *, order: Assign, person: Person, now_us: int) -> None:
    """Somebody else, by name or by the rules; who gave it, from whom and why is kept. Raises `incident.receiver_cannot_handle`."""
    previous = incident.assignee
    if order.to is None:
        assignments.assign(runtime, session, incident, cause="returned", now_us=now_us, excluded=(previous,))
    else:
        row = session.get(PersonRow, order.to)
        if row is None or not can_handle(row):
            raise KhienError("incident.receiver_cannot_handle", person=order.to)
        cause: assignments.Cause = "taken" if row.id == person.id else "handed_over"
        assignments.name(runtime, session, incident, person=row.id, cause=cause, now_us=now_us)
    session.flush()
    newest = assignments.of(session, incident.id)[0]
    newest.explanation = {**newest.explanation, "by": person.id, "previous": previous, "reason": order.reason}
    _tell(runtime, session, incident, by=person.id, now_us=now_us)


def can_handle(row: PersonRow | None) -> bool:
    """Active, with a log-in, and with the right."""
    return row is not None and row.is_active and row.password_hash is not None and Right.INCIDENTS_HANDLE in Person.of(row).rights


def _tell(runtime: Runtime, session: Session, incident: Incident, *, by: str | None, now_us: int) -> None:
    """Nobody is told of what they took themselves."""
    if incident.assignee != by:
        telling.handler(runtime, session, incident, number=assignments.of(session, incident.id)[0].id, now_us=now_us)
