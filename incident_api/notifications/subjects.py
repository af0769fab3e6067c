"""What a notice is about, as it stands now: whether it still matters, how it is marked, and whose it is."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.alerts.states import State as AlertState
from incident_api.coordination import service as coordination
from incident_api.coordination.sharing import SharingRules
from incident_api.incidents.models import Approval, Incident, IncidentLink, Obligation
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime

#: Texts that only make sense while somebody has yet to act.
_UNTIL_TAKEN = frozenset({"alert_assigned", "alert_unanswered"})
_UNTIL_DONE = frozenset({"obligation_step", "obligation_overdue"})
_UNTIL_DECIDED = frozenset({"approval_asked"})
_UNDONE = frozenset({"pending", "overdue"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A subject as it is when a message leaves."""

    matters: bool
    tlp: str | None
    is_contact_only: bool
    units: frozenset[str]
    rules: SharingRules


def of(runtime: Runtime, session: Session, row: NoticeRow) -> Subject:
    """The subject of a notice."""
    kind, _, name = row.subject.partition("/")
    matters, units = True, frozenset[str]()
    incident: Incident | None = None
    if kind == "group":
        group = session.get(TriageGroup, name, populate_existing=True)
        if group is not None:
            matters = row.template not in _UNTIL_TAKEN or group.state == AlertState.NEW
            units = frozenset(group.units)
            incident = _linked(session, name)
    elif kind == "incident":
        incident = session.get(Incident, name, populate_existing=True)
    elif kind == "obligation" and name.isascii() and name.isdigit():
        obligation = session.get(Obligation, int(name), populate_existing=True)
        if obligation is not None:
            matters = row.template not in _UNTIL_DONE or obligation.state in _UNDONE
            incident = session.get(Incident, obligation.incident_id, populate_existing=True)
    elif kind == "approval" and name.isascii() and name.isdigit():
        approval = session.get(Approval, int(name), populate_existing=True)
        if approval is not None:
            matters = row.template not in _UNTIL_DECIDED or approval.state == "half"
            incident = session.get(Incident, approval.incident_id, populate_existing=True)
    if incident is None:
        return Subject(matters=matters, tlp=None, is_contact_only=False, units=units, rules=runtime.policy.policy.sharing)
    policy = coordination.pinned(runtime, session, incident.policy_sha256)
    return Subject(
        matters=matters,
        tlp=incident.tlp,
        is_contact_only=policy.obligations.contact_only_flag in incident.flags,
        units=units | frozenset(incident.units) | frozenset(incident.operators),
        rules=policy.sharing,
    )


def _linked(session: Session, group: str) -> Incident | None:
    link = select(IncidentLink.incident_id).where(IncidentLink.group_id == group, IncidentLink.unlinked_us.is_(None))
    found = session.scalar(link)
    return None if found is None else session.get(Incident, found, populate_existing=True)
