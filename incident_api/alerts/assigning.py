"""From the store to a decision and back: gathers what the rules look at, asks them, and stores the answer with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import AssignmentRecord, GroupLabel, TriageGroup
from incident_api.alerts.states import State
from incident_api.coordination.assignment import CandidateInput, Decision, Facts, Inputs, decide, holds
from incident_api.duty.current import roster
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import PolicyInForce, Runtime
from khien.alert import Level
from khien.clock import MICROSECONDS
from khien.text import fold

Cause = Literal["arrived", "returned", "reopened", "handed_over", "not_acknowledged", "taken"]
_DAY_US = 86_400 * MICROSECONDS


def assign(
    runtime: Runtime, session: Session, group: TriageGroup, *, cause: Cause, now_us: int, excluded: tuple[str, ...] = ()
) -> Decision:
    """Let the rules choose, and make that person the assignee."""
    policy = runtime.policy
    inputs = gather(runtime, session, group, policy=policy, now_us=now_us, excluded=excluded)
    decision = decide(policy.policy, inputs)
    group.assignee, group.is_unattended = decision.person, decision.is_unattended
    session.get_one(PersonRow, decision.person).last_assigned_us = now_us
    _store(
        runtime,
        session,
        group,
        cause=cause,
        now_us=now_us,
        explanation=_explanation(policy, runtime, session, decision),
        inputs=inputs,
    )
    return decision


def name(runtime: Runtime, session: Session, group: TriageGroup, *, person: str, cause: Cause, now_us: int) -> None:
    """Make somebody the assignee because a person or the ladder said so; the record says that and nothing more."""
    group.assignee = person
    # Of whoever takes something themselves, the rules still count when they last gave it.
    if cause != "taken":
        session.get_one(PersonRow, person).last_assigned_us = now_us
    policy = runtime.policy
    facts = _facts(runtime, group)
    matched = [rule for rule in policy.policy.rules if holds(rule, facts, unknown_level=policy.policy.unknown_asset_level)]
    explanation = {
        **_head(policy, runtime, session),
        "matched": [rule.id for rule in matched],
        "deciding_rule": matched[0].id,
        "lead": matched[0].lead,
        "rungs": [],
        "weighed": [],
        "decided_by": {"taken": "taken", "not_acknowledged": "ladder"}.get(cause, "handed_over"),
        "is_unattended": group.is_unattended,
        "inputs_sha256": "",
    }
    _store(runtime, session, group, cause=cause, now_us=now_us, explanation=explanation, inputs=None)


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
    people = _people(runtime, session, now_us=now_us)
    loads = _loads(session, policy, group=group)
    holders = _holders_of_same_asset(session, group, policy=policy, now_us=now_us)
    candidates = tuple(
        replace(
            each,
            load=loads.get(each.person, 0.0),
            last_assigned_us=row.last_assigned_us,
            holds_same_asset=each.person in holders,
        )
        for each, row in people
    )
    return Inputs(
        policy_sha256=policy.sha256,
        rota_version=roster(runtime, session).version,
        facts=_facts(runtime, group),
        candidates=candidates,
        excluded=excluded,
    )


def _facts(runtime: Runtime, group: TriageGroup) -> Facts:
    assets = [runtime.organisation.assets[asset] for asset in group.assets if asset in runtime.organisation.assets]
    return Facts(
        object_id=group.id,
        level=list(Level)[group.severity - 1],
        tags=tuple(group.tags),
        assets=tuple(sorted(group.assets)),
        # The highest level of the assets touched: in doubt go up.
        asset_level=max((asset.level for asset in assets), default=None),
        asset_flags=tuple(sorted({flag for asset in assets for flag in asset.flags})),
        units=tuple(sorted(group.units)),
        skills=tuple(sorted(group.skills)),
        identities=tuple(sorted(group.identities)),
    )


def _people(runtime: Runtime, session: Session, *, now_us: int) -> list[tuple[CandidateInput, PersonRow]]:
    """Everybody whom a rule or the ladder could reach, as they stand now; read once a transaction."""
    known: dict[int, list[tuple[CandidateInput, PersonRow]]] = session.info.setdefault("candidates", {})
    if now_us not in known:
        rota, policy = roster(runtime, session), runtime.policy.policy
        duty: dict[str, set[tuple[str, int]]] = {}
        for shift in rota.shifts_at(now_us):
            duty.setdefault(shift.person, set()).add((shift.role, shift.priority))
        climbing = {role for rung in policy.ladder if rung.who != "rule_role" for role in rung.who}
        reached = climbing | {rule.role for rule in policy.rules}
        rows = [row for row in session.scalars(select(PersonRow).order_by(PersonRow.id)) if reached & set(row.roles)]
        known[now_us] = [(_candidate(row, duty=duty, on_leave=rota.is_on_leave(row.id, at_us=now_us)), row) for row in rows]
    return known[now_us]


def _candidate(row: PersonRow, *, duty: dict[str, set[tuple[str, int]]], on_leave: bool) -> CandidateInput:
    return CandidateInput(
        person=row.id,
        roles=tuple(row.roles),
        duty=tuple(sorted(duty.get(row.id, ()))),
        capacity=Person.of(row).capacity,
        on_leave=on_leave,
        is_active=row.is_active,
        has_log_in=row.password_hash is not None,
        clearance=row.clearance,
        skills=tuple(sorted(row.skills)),
        desk=tuple(sorted(row.desk)),
        identities=tuple(sorted(fold(each) for each in [row.id, *row.identities])),
        load=0.0,
        last_assigned_us=0,
        holds_same_asset=False,
    )


def _loads(session: Session, policy: PolicyInForce, *, group: TriageGroup) -> dict[str, float]:
    """Weight of open work by person without this group; live work, drills and replays are not mixed."""
    open_work = TriageGroup.is_open & (TriageGroup.dataset_kind == group.dataset_kind) & (TriageGroup.id != group.id)
    counted = session.execute(
        select(TriageGroup.assignee, TriageGroup.severity, func.count())
        .where(open_work)
        .group_by(TriageGroup.assignee, TriageGroup.severity)
    )
    loads: dict[str, float] = {}
    for person, severity, count in counted:
        loads[person] = loads.get(person, 0.0) + policy.policy.load.of(severity) * count
    return loads


def _holders_of_same_asset(session: Session, group: TriageGroup, *, policy: PolicyInForce, now_us: int) -> set[str]:
    """Who has taken open work on one of these assets lately."""
    if not group.assets:
        return set()
    since = now_us - policy.policy.same_asset_days * _DAY_US
    query = (
        select(TriageGroup.assignee)
        .join(GroupLabel, GroupLabel.group_id == TriageGroup.id)
        .where(
            GroupLabel.kind == "asset",
            GroupLabel.value.in_(group.assets),
            TriageGroup.dataset == group.dataset,
            TriageGroup.state == State.TAKEN,
            TriageGroup.taken_us >= since,
            TriageGroup.id != group.id,
        )
    )
    return set(session.scalars(query))


def _head(policy: PolicyInForce, runtime: Runtime, session: Session) -> dict[str, Any]:
    return {
        "policy_id": policy.policy.id,
        "policy_version": policy.policy.version,
        "policy_sha256": policy.sha256,
        "rota_version": roster(runtime, session).version,
    }


def _explanation(policy: PolicyInForce, runtime: Runtime, session: Session, decision: Decision) -> dict[str, Any]:
    stored = {
        "matched": list(decision.matched),
        "deciding_rule": decision.deciding_rule,
        "lead": decision.lead,
        "rungs": [{"id": each.id, "eligible": each.eligible} for each in decision.rungs],
        "weighed": [{"person": each.person, "exclusion": each.exclusion, "scores": dict(each.scores)} for each in decision.weighed],
        "decided_by": decision.decided_by,
        "is_unattended": decision.is_unattended,
        "inputs_sha256": decision.inputs_sha256,
    }
    return {**_head(policy, runtime, session), **stored}


def _store(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    cause: Cause,
    now_us: int,
    explanation: dict[str, Any],
    inputs: Inputs | None,
) -> None:
    """Texts of rules are copied in: a later policy must not change why an old decision was made."""
    policy = runtime.policy.policy
    rules = {rule.id: rule for rule in policy.rules}
    explanation["rules"] = [
        {
            "id": rule_id,
            "text": rules[rule_id].text.model_dump(),
            "basis": {"id": rules[rule_id].basis, **policy.bases[rules[rule_id].basis].model_dump()},
        }
        for rule_id in explanation["matched"]
    ]
    explanation["lead_text"] = policy.leads[explanation["lead"]].model_dump()
    explanation["rung_texts"] = {rung.id: rung.text.model_dump() for rung in policy.ladder}
    if group not in session:
        # A new group is stored as soon as it has its assignee; its assignment refers to it.
        session.add(group)
        session.flush()
    session.add(
        AssignmentRecord(
            group_id=group.id,
            person=group.assignee,
            at_us=now_us,
            cause=cause,
            explanation=explanation,
            inputs=None if inputs is None else inputs.document(),
        )
    )
