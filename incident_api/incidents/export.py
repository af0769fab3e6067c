"""The whole case as canonical JSON (RFC 8785): the same case gives the same bytes.

What a merge did and its end took back is no part of the case any more; it stays in the store, in the timeline and in the audit log.
Numbers that only count changes (`version`, the stream, the audit log) are not in it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, inspect, or_, select
from sqlalchemy.orm import Session

from incident_api.assignments.models import IncidentAssignment
from incident_api.casework import record
from incident_api.casework.models import Comment, Countermeasure, Observable, Sighting, Task, WorkTransition
from incident_api.coordination.canonical import canonical_bytes
from incident_api.coordination.service import pinned
from incident_api.database import Base
from incident_api.incidents.models import (
    Approval,
    Incident,
    IncidentLink,
    IncidentMerge,
    IncidentRevision,
    IncidentTransition,
    IncidentUnit,
    Obligation,
)
from incident_api.incidents.states import Action
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

FORMAT = "khien-case/1"
_COUNTERS = frozenset({"version", "stream_seq", "audit_seq", "search_text", "ordinal", "told_due_us"})
_MERGING = (Action.MERGE.value, Action.UNMERGE.value)


def taken(runtime: Runtime, session: Session, *, caller: Caller, incident_id: str, reason: str) -> bytes:
    """For somebody who takes it away: on record like a change. Raises `incident.secret` where nothing may leave."""
    incident = visible_incident(session, caller=caller, incident_id=incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    if policy.obligations.contact_only_flag in incident.flags:
        raise KhienError("incident.secret", object=incident.id)
    content = canonical(session, incident)
    record.noted(
        runtime,
        session,
        incident,
        act="incident.export",
        actor=Actor.of(caller.person),
        before=None,
        after={"format": FORMAT, "sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)},
        now_us=runtime.clock.now_us(),
        reason=normalise(reason),
    )
    return content


def canonical(session: Session, incident: Incident) -> bytes:
    """The bytes."""
    return canonical_bytes(document(session, incident))


def document(session: Session, incident: Incident) -> dict[str, Any]:
    """Everything that belongs to the case."""
    own = incident.id
    merges = or_(IncidentMerge.source_id == own, IncidentMerge.target_id == own)
    taken_back = session.scalars(select(IncidentMerge).where(merges, IncidentMerge.unlinked_us.is_not(None))).all()
    into_it = [each for each in taken_back if each.target_id == own]
    revisions = {number for each in into_it for number in each.revisions}
    cancelled = {number for each in into_it for number in each.before.get("cancelled", ())}
    observables = select(Observable.id).where(Observable.incident_id == own)
    return {
        "format": FORMAT,
        "incident": _row(incident),
        "units": _rows(session, IncidentUnit, IncidentUnit.incident_id == own),
        "links": _rows(session, IncidentLink, IncidentLink.incident_id == own),
        "merges": _rows(session, IncidentMerge, merges & IncidentMerge.unlinked_us.is_(None)),
        "revisions": _rows(
            session, IncidentRevision, (IncidentRevision.incident_id == own) & IncidentRevision.number.not_in(revisions)
        ),
        "transitions": _transitions(session, incident, taken_back=len(taken_back) - len(into_it)),
        "obligations": [
            each
            for each in _rows(session, Obligation, Obligation.incident_id == own)
            if not (each["id"] in cancelled and each["state"] == "cancelled")
        ],
        "approvals": _rows(session, Approval, Approval.incident_id == own),
        "assignments": _rows(session, IncidentAssignment, IncidentAssignment.incident_id == own),
        "comments": _rows(session, Comment, Comment.incident_id == own),
        "tasks": _rows(session, Task, Task.incident_id == own),
        "countermeasures": _rows(session, Countermeasure, Countermeasure.incident_id == own),
        "work": _rows(session, WorkTransition, WorkTransition.incident_id == own),
        "observables": _rows(session, Observable, Observable.incident_id == own),
        "sightings": _rows(session, Sighting, Sighting.observable_id.in_(observables)),
    }


def _transitions(session: Session, incident: Incident, *, taken_back: int) -> list[dict[str, Any]]:
    """Without each merge that was taken back and its end: the first so many pairs."""
    rows = _rows(session, IncidentTransition, IncidentTransition.incident_id == incident.id)
    merging = [each["id"] for each in rows if each["action"] in _MERGING]
    left_out = set(merging[: 2 * taken_back])
    return [each for each in rows if each["id"] not in left_out]


def _rows(session: Session, table: type[Base], where: ColumnElement[bool]) -> list[dict[str, Any]]:
    query = select(table).where(where).order_by(*inspect(table).primary_key)
    return [_row(each) for each in session.scalars(query)]


def _row(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns if column.key not in _COUNTERS}
