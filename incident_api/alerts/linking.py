"""A group and the incident it belongs to: one row a time, never a copy (response design, sections 2 and 5).

The group's own transition is `transition`'s; here its incident is found, joined and left. An incident that is being opened records
its groups with itself; one that is open already gets a record of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.casework import observing
from incident_api.incidents import record, scope
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.incidents.states import ENDED
from incident_api.incidents.states import State as IncidentState
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: Merges of merges that are followed; the table of incidents allows no circle.
_MERGES = 10


def is_open(incident: Incident) -> bool:
    """Whether an incident is still somebody's work."""
    return IncidentState(incident.state) not in ENDED


def incident_of(session: Session, group_id: str) -> Incident | None:
    """The incident that the group belongs to now."""
    link = _link_of(session, group_id)
    return None if link is None else session.get_one(Incident, link.incident_id)


def last_incident_of(session: Session, group_id: str) -> Incident | None:
    """The incident that it belongs to, or belonged to last."""
    link = _last_link_of(session, group_id)
    return None if link is None else session.get_one(Incident, link.incident_id)


def is_over(session: Session, group: TriageGroup) -> bool:
    """Whether the case of a linked group has ended: what comes now is a new matter. A merged case goes on in its target."""
    incident = incident_of(session, group.id)
    for _ in range(_MERGES):
        if incident is None or incident.merged_into is None:
            break
        incident = session.get_one(Incident, incident.merged_into)
    return incident is None or not is_open(incident)


def add(session: Session, group: TriageGroup, *, incident_id: str, actor: Actor, now: int) -> None:
    """The row alone, of a group that belongs to none: the database refuses a second."""
    session.add(IncidentLink(incident_id=incident_id, group_id=group.id, linked_us=now, linked_by=actor.id))


def join(runtime: Runtime, session: Session, group: TriageGroup, *, incident_id: str, actor: Actor, now: int) -> None:
    """The group belongs to the incident from now on. Raises `incident.group_linked`."""
    known = _link_of(session, group.id)
    if known is not None:
        raise KhienError("incident.group_linked", group=group.id, object=known.incident_id)
    incident = session.get_one(Incident, incident_id)
    add(session, group, incident_id=incident.id, actor=actor, now=now)
    session.flush()
    observing.take_group(runtime, session, incident, group, now_us=now)
    _joined(runtime, session, incident, [group], reason=f"group/{group.id}", actor=actor, now=now)


def part(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, reason: str | None, now: int) -> None:
    """It belongs to it no more; the row of the link stays."""
    link = _link_of(session, group.id)
    if link is None:
        return
    link.unlinked_us = now
    session.flush()
    incident = session.get_one(Incident, link.incident_id)
    _say(runtime, session, incident, group, act="unlinked", actor=actor, now=now, reason=reason)


def join_again(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, now: int) -> None:
    """Undo of `part`: the same link as before."""
    link = _last_link_of(session, group.id)
    if link is None:
        return
    link.unlinked_us = None
    session.flush()
    incident = session.get_one(Incident, link.incident_id)
    _joined(runtime, session, incident, [group], reason=f"group/{group.id}", actor=actor, now=now)


def joined_many(
    runtime: Runtime, session: Session, incident_id: str, groups: Sequence[TriageGroup], *, actor: Actor, now: int
) -> None:
    """One record of the incident for the groups of a chunk; each group has its own."""
    incident = session.get_one(Incident, incident_id)
    _joined(runtime, session, incident, groups, reason=f"{len(groups)} groups", actor=actor, now=now)


def parted_many(
    runtime: Runtime, session: Session, incident_id: str, groups: Sequence[TriageGroup], *, actor: Actor, now: int
) -> None:
    """One record of the incident for the groups of a chunk that left it; each group has its own."""
    session.flush()
    incident = session.get_one(Incident, incident_id)
    before = record.summary(incident)
    record.changed(
        runtime, session, incident, act="unlinked", actor=actor, before=before, now_us=now, reason=f"{len(groups)} groups"
    )


def last_links(session: Session, group_ids: Sequence[str]) -> dict[str, IncidentLink]:
    """The newest link of each group that ever had one."""
    newest = select(func.max(IncidentLink.id)).where(IncidentLink.group_id.in_(group_ids)).group_by(IncidentLink.group_id)
    return {each.group_id: each for each in session.scalars(select(IncidentLink).where(IncidentLink.id.in_(newest)))}


def _link_of(session: Session, group_id: str) -> IncidentLink | None:
    return session.scalar(select(IncidentLink).where(IncidentLink.group_id == group_id, IncidentLink.unlinked_us.is_(None)))


def _last_link_of(session: Session, group_id: str) -> IncidentLink | None:
    query = select(IncidentLink).where(IncidentLink.group_id == group_id)
    return session.scalar(query.order_by(IncidentLink.id.desc()).limit(1))


def _joined(
    runtime: Runtime, session: Session, incident: Incident, groups: Sequence[TriageGroup], *, reason: str, actor: Actor, now: int
) -> None:
    """What the groups touch belongs to the case from now on. One that is being opened has taken it over itself."""
    if incident.version == 0:
        return
    before = record.summary(incident)
    scope.widen(runtime, session, incident, groups, reason=reason, actor=actor, now_us=now)
    record.changed(runtime, session, incident, act="linked", actor=actor, before=before, now_us=now, reason=reason)


def _say(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    group: TriageGroup,
    *,
    act: str,
    actor: Actor,
    now: int,
    reason: str | None = None,
) -> None:
    if incident.version == 0:
        return
    before = record.summary(incident)
    why = f"group/{group.id}" if reason is None else f"group/{group.id}: {reason}"
    record.changed(runtime, session, incident, act=act, actor=actor, before=before, now_us=now, reason=why)
