"""From a triage group to a decision and back: what the rules look at, and the answer stored with its reason."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy.orm import Session

from incident_api.alerts.models import AssignmentRecord, TriageGroup
from incident_api.assignments import explaining, gathering
from incident_api.coordination.assignment import Decision, Facts, Inputs, decide
from incident_api.database import put_off
from incident_api.duty.current import roster
from incident_api.organisation.parts import TLP_ORDER, Tlp
from incident_api.people.known import known
from incident_api.runtime import PolicyInForce, Runtime
from khien.alert import Level

Cause = Literal["arrived", "returned", "reopened", "handed_over", "not_acknowledged", "taken", "escalated"]


def assign(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    cause: Cause,
    now_us: int,
    excluded: tuple[str, ...] = (),
) -> Decision:
    """Let the rules choose, and make that person the assignee. The group need not be written yet."""
    policy = runtime.policy
    inputs = gather(runtime, session, group, policy=policy, now_us=now_us, excluded=excluded)
    decision = decide(policy.policy, inputs)
    group.assignee, group.is_unattended = decision.person, decision.is_unattended
    _assigned(session, decision.person, now_us=now_us)
    explanation = explaining.of_decision(policy, decision, rota_version=inputs.rota_version)
    _store(session, group, cause=cause, now_us=now_us, explanation=explanation, inputs=inputs)
    return decision


def name(runtime: Runtime, session: Session, group: TriageGroup, *, person: str, cause: Cause, now_us: int) -> None:
    """Make somebody the assignee because a person or the ladder said so; the record says that and nothing more."""
    group.assignee = person
    # Of whoever takes something themselves, the rules still count when they last gave it.
    if cause != "taken":
        _assigned(session, person, now_us=now_us)
    policy = runtime.policy
    explanation = explaining.of_name(
        policy,
        facts_of(runtime, group, policy=policy),
        decided_by={"taken": "taken", "not_acknowledged": "ladder", "escalated": "escalated"}.get(cause, "handed_over"),
        is_unattended=group.is_unattended,
        rota_version=roster(runtime, session).version,
    )
    _store(session, group, cause=cause, now_us=now_us, explanation=explanation, inputs=None)


def gather(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    policy: PolicyInForce,
    now_us: int,
    excluded: tuple[str, ...] = (),
) -> Inputs:
    """Everything a decision depends on, in a fixed order."""
    return gathering.inputs_of(
        runtime,
        session,
        facts_of(runtime, group, policy=policy),
        policy=policy,
        dataset_kind=group.dataset_kind,
        dataset=group.dataset,
        now_us=now_us,
        excluded=excluded,
    )


def facts_of(runtime: Runtime, group: TriageGroup, *, policy: PolicyInForce) -> Facts:
    """What the rules look at, with the systems as they were when the first alert happened."""
    organisation = runtime.organisation
    level, flags = gathering.asset_facts(organisation, group.assets, at_us=group.first_us)
    return Facts(
        object_id=group.id,
        level=list(Level)[group.severity - 1],
        tags=tuple(group.tags),
        assets=tuple(sorted(group.assets)),
        asset_level=level,
        asset_flags=flags,
        units=tuple(sorted(group.units)),
        skills=tuple(sorted(group.skills)),
        identities=tuple(sorted(group.identities)),
        tlp=tlp_of(runtime, group, policy=policy),
    )


def tlp_of(runtime: Runtime, group: TriageGroup, *, policy: PolicyInForce) -> Tlp:
    """The most closed of what the policy, the systems and the alert itself (Sigma's tags `tlp.…`) ask for."""
    own = [each for each in TLP_ORDER if f"tlp.{each.lower()}" in group.tags]
    return gathering.tlp_of(runtime.organisation, group.assets, at_least=(policy.policy.alert_tlp, *own))


def _assigned(session: Session, person: str, *, now_us: int) -> None:
    row = known(session, person)
    assert row is not None  # whoever is chosen or named is somebody
    row.last_assigned_us = now_us


def _store(
    session: Session,
    group: TriageGroup,
    *,
    cause: Cause,
    now_us: int,
    explanation: dict[str, Any],
    inputs: Inputs | None,
) -> None:
    put_off(
        session,
        AssignmentRecord,
        group_id=group.id,
        person=group.assignee,
        at_us=now_us,
        cause=cause,
        explanation=explanation,
        inputs=None if inputs is None else inputs.document(),
    )
