"""What a simulation is made of, read from the store: past alerts as they were dealt with, and who could have had them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import AssignmentRecord, TriageGroup
from incident_api.assignments import gathering
from incident_api.assignments.simulation import MOST, Past, Report, World, simulate
from incident_api.coordination.assignment import CandidateInput
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.duty import current as duty
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.people.models import PersonRow
from incident_api.people.rights import capacity_of
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.text import fold


def replay(
    runtime: Runtime,
    *,
    start_us: int,
    end_us: int,
    dataset_kind: str = "live",
    alerts: Sequence[Past] | None = None,
    policy: tuple[Policy, str] | None = None,
    organisation: Organisation | None = None,
    rota: Rota | None = None,
) -> Report:
    """Alerts of a period (or these) on what is in force, with what is given in its place. Reads only.

    `policy` with its hash; `rota` is taken with its layers alone: swaps, overrides and leave belong to the rota in force.
    """
    with runtime.database.read() as session:
        past, beyond = list(alerts or ()), 0
        if alerts is None:
            past, beyond = past_of(session, start_us=start_us, end_us=end_us, dataset_kind=dataset_kind)
        world = world_of(runtime, session, policy=policy, organisation=organisation, rota=rota)
    report = simulate(past, world)
    return replace(report, left_off=report.left_off + beyond)


def past_of(session: Session, *, start_us: int, end_us: int, dataset_kind: str) -> tuple[list[Past], int]:
    """The first alerts that arrived in a period, with who got them, when they were taken and ended; and how many are beyond."""
    arrived = (
        select(AssignmentRecord, TriageGroup)
        .join(TriageGroup, TriageGroup.id == AssignmentRecord.group_id)
        .where(
            AssignmentRecord.cause == "arrived",
            AssignmentRecord.at_us >= start_us,
            AssignmentRecord.at_us < end_us,
            TriageGroup.dataset_kind == dataset_kind,
        )
    )
    count = session.scalar(select(func.count()).select_from(arrived.with_only_columns(AssignmentRecord.id).subquery())) or 0
    rows = session.execute(arrived.order_by(AssignmentRecord.at_us, AssignmentRecord.id).limit(MOST))
    return [_past(record, group) for record, group in rows], max(0, count - MOST)


def world_of(
    runtime: Runtime,
    session: Session,
    *,
    policy: tuple[Policy, str] | None = None,
    organisation: Organisation | None = None,
    rota: Rota | None = None,
) -> World:
    """What is in force, or what is given in its place."""
    rules, sha256 = policy or (runtime.policy.policy, runtime.policy.sha256)
    city = organisation or runtime.organisation
    if rota is not None:
        roster = Roster(version=rota.version, plan=rota.plan(days_off=duty.days_off(runtime)))
    else:
        roster = duty.roster(runtime, session)
    return World(policy=rules, policy_sha256=sha256, organisation=city, roster=roster, people=_people(session, organisation=city))


def _people(session: Session, *, organisation: Organisation) -> tuple[CandidateInput, ...]:
    """Everybody of the organisation and whoever was made on this machine; who is not in the store yet is taken to have a log-in."""
    rows = {row.id: row for row in session.scalars(select(PersonRow))}
    found = [
        gathering.candidate(row, organisation=organisation, duty={}, on_leave=False)
        for row in rows.values()
        if row.source != "organisation"
    ]
    for name, person in organisation.people.items():
        row = rows.get(name)
        found.append(
            CandidateInput(
                person=name,
                roles=person.roles,
                duty=(),
                capacity=capacity_of(person.roles),
                on_leave=False,
                is_active=row is None or row.is_active,
                has_log_in=row is None or row.password_hash is not None,
                clearance=person.clearance,
                skills=tuple(sorted(person.skills)),
                desk=tuple(sorted(person.desk)),
                identities=tuple(sorted(fold(each) for each in [name, *person.identities])),
                load=0.0,
                last_assigned_us=0,
                holds_same_asset=False,
                units=tuple(sorted(person.units)),
                availability=person.availability,
            )
        )
    return tuple(sorted(found, key=lambda each: each.person))


def _past(record: AssignmentRecord, group: TriageGroup) -> Past:
    """What the alert was when it arrived is what the decision then looked at; the group may have grown since."""
    facts = (record.inputs or {}).get("facts", {})
    plain = Past(
        object_id=group.id,
        at_us=record.at_us,
        first_us=group.first_us,
        level=list(Level)[group.severity - 1],
        tags=tuple(group.tags),
        assets=tuple(sorted(group.assets)),
        units=tuple(sorted(group.units)),
        skills=tuple(sorted(group.skills)),
        identities=tuple(sorted(group.identities)),
        was=record.person,
        was_unattended=bool(record.explanation.get("is_unattended")),
        due_us=group.acknowledge_due_us,
        taken_us=group.taken_us,
        ended_us=group.closed_us,
    )
    if not facts:
        return plain
    return replace(
        plain,
        level=Level(facts["level"]),
        tags=tuple(facts["tags"]),
        assets=tuple(facts["assets"]),
        units=tuple(facts["units"]),
        skills=tuple(facts["skills"]),
        identities=tuple(facts["identities"]),
    )
