"""The class of an incident as numbered revisions: what the rules propose, what people state, and when each was first so."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.coordination import obligations
from incident_api.coordination.case import Severity
from incident_api.coordination.policy import Policy
from incident_api.coordination.severity import Assessment, lead_of
from incident_api.incidents import judging
from incident_api.incidents.models import Incident, IncidentRevision, IncidentUnit
from incident_api.people.person import Actor


def stated(found: Assessment, wanted: Severity | None) -> Severity | None:
    """What counts: people may state a graver class than the rules propose; a lighter one is lowering and takes its own act."""
    if found.severity is None or wanted is None:
        return found.severity
    return max(found.severity, wanted, key=lambda each: each.rank)


def is_lowering(incident: Incident, severity: Severity | None) -> bool:
    """Whether this class is lighter than the one the incident has."""
    if incident.severity is None or severity is None:
        return False
    return severity.rank < Severity(incident.severity).rank


def put(
    session: Session,
    incident: Incident,
    *,
    policy: Policy,
    found: Assessment,
    severity: Severity | None,
    actor: Actor,
    reason: str | None,
    now_us: int,
) -> None:
    """Write a class with the answers and flags that stand in the row, as the next revision."""
    case, clocks = judging.case_of(incident), judging.clocks_of(incident)
    clocks = obligations.flagged(policy.obligations, clocks, case.flags, at_us=now_us)
    if severity is not None:
        clocks = obligations.raised(clocks, severity, at_us=now_us)
        highest = Severity(incident.highest) if incident.highest else severity
        incident.highest = max(highest, severity, key=lambda each: each.rank).value
    incident.severity = severity.value if severity else None
    incident.assessment = judging.stored(policy, found)
    incident.lead = (
        found.lead
        if severity is None
        else lead_of(policy.severity, case, severity=severity, unknown_level=policy.unknown_asset_level)
    )
    judging.keep_clocks(incident, clocks)
    _label_flags(session, incident)
    number = session.scalar(select(func.count()).where(IncidentRevision.incident_id == incident.id)) or 0
    session.add(
        IncidentRevision(
            incident_id=incident.id,
            number=number + 1,
            at_us=now_us,
            actor=actor.id,
            severity=incident.severity,
            facts=dict(incident.facts),
            flags=list(incident.flags),
            assessment=incident.assessment,
            reason=reason,
        )
    )
    session.flush()


def _label_flags(session: Session, incident: Incident) -> None:
    known = set(
        session.scalars(select(IncidentUnit.value).where(IncidentUnit.incident_id == incident.id, IncidentUnit.kind == "flag"))
    )
    for flag in sorted(set(incident.flags) - known):
        session.add(IncidentUnit(incident_id=incident.id, kind="flag", value=flag))
