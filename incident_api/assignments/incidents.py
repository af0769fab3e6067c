"""Incidents are assigned by the same rules as alerts, by the policy that they pinned at opening (response design, section 6).

The caller records the change (`record.changed`): `assign` sets the handler and stores why.
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.assignments import explaining, gathering
from incident_api.assignments.models import IncidentAssignment
from incident_api.coordination.assignment import Decision, Facts, decide
from incident_api.coordination.case import Severity
from incident_api.coordination.service import pinned
from incident_api.duty.current import roster
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.organisation.parts import TLP_ORDER
from incident_api.people.models import PersonRow
from incident_api.runtime import PolicyInForce, Runtime
from khien.alert import Level

Cause = Literal["opened", "returned", "reopened", "handed_over", "not_acknowledged", "taken", "on_leave"]
#: A class reads as the level of an alert where a rule asks for one.
_LEVELS = {Severity.M1: Level.CRITICAL, Severity.M2: Level.HIGH, Severity.M3: Level.MEDIUM, Severity.M4: Level.LOW}


def assign(
    runtime: Runtime, session: Session, incident: Incident, *, cause: Cause, now_us: int, excluded: tuple[str, ...] = ()
) -> Decision:
    """Let the rules choose the handler; the incident may be new and not yet have one."""
    policy = _pinned(runtime, session, incident)
    inputs = gathering.inputs_of(
        runtime,
        session,
        facts_of(runtime, session, incident, policy=policy),
        policy=policy,
        dataset_kind=incident.dataset_kind,
        dataset=incident.dataset,
        now_us=now_us,
        excluded=excluded,
    )
    decision = decide(policy.policy, inputs)
    incident.assignee = decision.person
    session.get_one(PersonRow, decision.person).last_assigned_us = now_us
    explanation = explaining.of_decision(policy, decision, rota_version=inputs.rota_version)
    _store(session, incident, cause=cause, now_us=now_us, explanation=explanation, inputs=inputs.document())
    return decision


def name(runtime: Runtime, session: Session, incident: Incident, *, person: str, cause: Cause, now_us: int) -> None:
    """Make somebody the handler because a person said so; the record says that and nothing more."""
    incident.assignee = person
    if cause != "taken":
        session.get_one(PersonRow, person).last_assigned_us = now_us
    policy = _pinned(runtime, session, incident)
    explanation = explaining.of_name(
        policy,
        facts_of(runtime, session, incident, policy=policy),
        decided_by="taken" if cause == "taken" else "handed_over",
        is_unattended=False,
        rota_version=roster(runtime, session).version,
    )
    _store(session, incident, cause=cause, now_us=now_us, explanation=explanation, inputs=None)


def of(session: Session, incident_id: str) -> list[IncidentAssignment]:
    """Every assignment of an incident, the newest first."""
    query = select(IncidentAssignment).where(IncidentAssignment.incident_id == incident_id)
    return list(session.scalars(query.order_by(IncidentAssignment.id.desc())))


def facts_of(runtime: Runtime, session: Session, incident: Incident, *, policy: PolicyInForce) -> Facts:
    """What the rules look at: the systems as of the detection, the class as a level, what its alerts name."""
    groups = _groups(session, incident)
    assets = tuple(sorted(each["id"] for each in incident.assets if each["level"] is not None))
    level, flags = gathering.asset_facts(runtime.organisation, assets, at_us=incident.detected_us)
    severity = Severity(incident.severity) if incident.severity else Severity.M3
    asked = (policy.policy.alert_tlp, next((each for each in TLP_ORDER if each == incident.tlp), policy.policy.alert_tlp))
    return Facts(
        object_id=incident.id,
        level=_LEVELS[severity],
        tags=tuple(sorted({*incident.tags, *(tag for group in groups for tag in group.tags)})),
        assets=assets,
        asset_level=level,
        asset_flags=flags,
        units=tuple(sorted(incident.units)),
        skills=tuple(sorted({skill for group in groups for skill in group.skills})),
        identities=tuple(sorted({identity for group in groups for identity in group.identities})),
        tlp=gathering.tlp_of(runtime.organisation, assets, at_least=asked),
    )


def _groups(session: Session, incident: Incident) -> list[TriageGroup]:
    query = (
        select(TriageGroup)
        .join(IncidentLink, IncidentLink.group_id == TriageGroup.id)
        .where(IncidentLink.incident_id == incident.id, IncidentLink.unlinked_us.is_(None))
    )
    return list(session.scalars(query.order_by(TriageGroup.id)))


def _pinned(runtime: Runtime, session: Session, incident: Incident) -> PolicyInForce:
    in_force = runtime.policy
    if incident.policy_sha256 == in_force.sha256:
        return in_force
    policy = pinned(runtime, session, incident.policy_sha256)
    return PolicyInForce(policy=policy, sha256=incident.policy_sha256, since_us=in_force.since_us)


def _store(
    session: Session,
    incident: Incident,
    *,
    cause: Cause,
    now_us: int,
    explanation: dict[str, object],
    inputs: dict[str, object] | None,
) -> None:
    if incident not in session:
        session.add(incident)
    session.flush()
    session.add(
        IncidentAssignment(
            incident_id=incident.id,
            person=incident.assignee,
            at_us=now_us,
            cause=cause,
            explanation=explanation,
            inputs=inputs,
        )
    )
