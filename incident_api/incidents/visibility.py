"""For whom an incident exists: one condition for lists, counts, single reads and the live stream (response design, section 16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, exists, false, or_, select, true
from sqlalchemy.orm import Session

from incident_api.coordination.case import Severity
from incident_api.incidents.models import Incident, IncidentUnit
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_ALL = frozenset({"irt.analyst", "irt.shift_lead", "irt.leader", "irt.deputy", "irt.liaison", "police.duty"})
_OWN_UNIT = frozenset({"unit.contact", "owner.approver", "owner.dpo"})
_OPERATOR = frozenset({"ops.admin"})
_GRAVE_ONLY = frozenset({"pc_office.head", "pc_office.deputy"})
_CRIME_ONLY = frozenset({"police.investigator"})


def visible(caller: Caller) -> ColumnElement[bool]:
    """The incidents that exist for whoever asks."""
    return visible_to(caller.person)


def visible_to(person: Person) -> ColumnElement[bool]:
    """The incidents that exist for somebody, by any of their roles."""
    roles, home = set(person.roles), person.home
    if roles & _ALL:
        return true()
    ways: list[ColumnElement[bool]] = [false()]
    if roles & _OWN_UNIT:
        ways.append(_labelled("unit", home))
    if roles & _OPERATOR:
        ways.append(_labelled("operator", home))
    if roles & _GRAVE_ONLY:
        ways.append(Incident.severity.in_((Severity.M1.value, Severity.M2.value)))
    if roles & _CRIME_ONLY:
        ways.append(_labelled("flag", "crime"))
    return or_(*ways)


def visible_incident(session: Session, *, caller: Caller, incident_id: str) -> Incident:
    """The one door to an incident: outside what a person may see it does not exist."""
    found = session.scalar(select(Incident).where(Incident.id == incident_id, visible(caller)))
    if found is None:
        raise KhienError("incident.not_found", object=incident_id)
    return found


def exists_for(session: Session, person: Person, incident: Incident) -> bool:
    """Whether somebody may see this incident."""
    if Right.INCIDENTS_READ not in person.rights:
        return False
    return session.scalar(select(Incident.id).where(Incident.id == incident.id, visible_to(person))) is not None


def _labelled(kind: str, value: str) -> ColumnElement[bool]:
    return exists().where(IncidentUnit.incident_id == Incident.id, IncidentUnit.kind == kind, IncidentUnit.value == value)
