"""What a decision depends on besides its object: people, duty, open work, and who already handles the same systems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import GroupLabel, TriageGroup
from incident_api.alerts.states import State
from incident_api.coordination.assignment import CandidateInput, Facts, Inputs
from incident_api.coordination.organisation import Organisation
from incident_api.duty.current import roster
from incident_api.incidents.models import Incident
from incident_api.incidents.states import ENDED
from incident_api.organisation.parts import TLP_ORDER, Asset, Tlp, day_of
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import PolicyInForce, Runtime
from khien.clock import MICROSECONDS
from khien.text import fold

_DAY_US = 86_400 * MICROSECONDS


def inputs_of(
    runtime: Runtime,
    session: Session,
    facts: Facts,
    *,
    policy: PolicyInForce,
    dataset_kind: str,
    dataset: str,
    now_us: int,
    excluded: tuple[str, ...],
) -> Inputs:
    """Everything a decision depends on, in a fixed order; the work on the object itself does not count."""
    work = _work(session, policy, dataset_kind=dataset_kind, object_id=facts.object_id)
    holders = _holders_of_same_asset(session, facts, dataset=dataset, since_us=now_us - policy.policy.same_asset_days * _DAY_US)
    candidates = tuple(
        replace(
            each,
            load=work.get(each.person, 0.0) / each.availability,
            last_assigned_us=row.last_assigned_us,
            holds_same_asset=each.person in holders,
        )
        for each, row in _people(runtime, session, policy=policy, now_us=now_us)
    )
    return Inputs(
        policy_sha256=policy.sha256,
        rota_version=roster(runtime, session).version,
        facts=facts,
        candidates=candidates,
        excluded=excluded,
    )


def asset_facts(organisation: Organisation, assets: Iterable[str], *, at_us: int) -> tuple[int | None, tuple[str, ...]]:
    """The highest level of these assets on the day (in doubt go up; None: nobody registered any) and all their flags."""
    day = day_of(at_us)
    known = list(_registered(organisation, assets))
    levels = [standing.level for asset in known if (standing := asset.on(day)) is not None]
    return max(levels, default=None), tuple(sorted({flag for asset in known for flag in asset.flags}))


def tlp_of(organisation: Organisation, assets: Iterable[str], *, at_least: Iterable[Tlp]) -> Tlp:
    """The most closed of what the policy, the systems and the object itself ask for."""
    asked = [*at_least, *(asset.tlp for asset in _registered(organisation, assets) if asset.tlp is not None)]
    return max(asked, key=TLP_ORDER.index)


def _registered(organisation: Organisation, assets: Iterable[str]) -> Iterator[Asset]:
    return (organisation.assets[each] for each in assets if each in organisation.assets)


def _people(runtime: Runtime, session: Session, *, policy: PolicyInForce, now_us: int) -> list[tuple[CandidateInput, PersonRow]]:
    """Everybody whom a rule or the ladder could reach, as they stand now; read once a transaction."""
    known: dict[tuple[int, str], list[tuple[CandidateInput, PersonRow]]] = session.info.setdefault("candidates", {})
    key = (now_us, policy.sha256)
    if key not in known:
        organisation = runtime.organisation
        rota, rules = roster(runtime, session), policy.policy
        duty: dict[str, set[tuple[str, int]]] = {}
        for shift in rota.shifts_at(now_us):
            duty.setdefault(shift.person, set()).add((shift.role, shift.priority))
        climbing = {role for rung in rules.ladder if rung.who != "rule_role" for role in rung.who}
        reached = climbing | {rule.role for rule in rules.rules}
        rows = [row for row in session.scalars(select(PersonRow).order_by(PersonRow.id)) if reached & set(row.roles)]
        known[key] = [
            (candidate(row, organisation=organisation, duty=duty, on_leave=rota.is_on_leave(row.id, at_us=now_us)), row)
            for row in rows
        ]
    return known[key]


def candidate(
    row: PersonRow, *, organisation: Organisation, duty: dict[str, set[tuple[str, int]]], on_leave: bool
) -> CandidateInput:
    """A person without their work; whom the organisation does not know may handle every unit with their whole time."""
    known = organisation.people.get(row.id)
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
        units=() if known is None else tuple(sorted(known.units)),
        availability=1.0 if known is None else known.availability,
    )


def keep_work(session: Session) -> None:
    """From now on in this transaction the weight of open work is read once a kind of data, and kept by whoever changes it.

    For a batch of new alerts: each adds its own weight (`add_work`), and whatever else changes open work says this again.
    """
    session.info["work"] = {}


def keep_no_work(session: Session) -> None:
    """The batch is over: each question reads it."""
    session.info.pop("work", None)


@contextmanager
def asked_anew(session: Session) -> Iterator[None]:
    """Within, the weight of open work is read for each question, and what was kept is read again after it."""
    is_kept = session.info.pop("work", None) is not None
    yield
    if is_kept:
        session.info["work"] = {}


def add_work(session: Session, policy: PolicyInForce, *, dataset_kind: str, person: str, severity: int) -> None:
    """Somebody was given a new alert; for what was kept."""
    kept = session.info.get("work", {}).get(dataset_kind)
    if kept is not None:
        kept[person] = kept.get(person, 0.0) + policy.policy.load.of(severity)


def _work(session: Session, policy: PolicyInForce, *, dataset_kind: str, object_id: str) -> dict[str, float]:
    """Weight of open alerts and incidents by person; live work, drills and replays are not mixed."""
    kept: dict[str, dict[str, float]] | None = session.info.get("work")
    if kept is None:
        return _work_now(session, policy, dataset_kind=dataset_kind, object_id=object_id)
    if dataset_kind not in kept:
        kept[dataset_kind] = _work_now(session, policy, dataset_kind=dataset_kind, object_id=object_id)
    return kept[dataset_kind]


def _work_now(session: Session, policy: PolicyInForce, *, dataset_kind: str, object_id: str) -> dict[str, float]:
    weights = policy.policy.load
    work: dict[str, float] = {}
    open_groups = TriageGroup.is_open & (TriageGroup.dataset_kind == dataset_kind) & (TriageGroup.id != object_id)
    alerts = session.execute(
        select(TriageGroup.assignee, TriageGroup.severity, func.count())
        # A linked group is part of its incident, which weighs for it.
        .where(open_groups, TriageGroup.state != State.LINKED)
        .group_by(TriageGroup.assignee, TriageGroup.severity)
    )
    for person, severity, count in alerts:
        work[person] = work.get(person, 0.0) + weights.of(severity) * count
    open_incidents = Incident.state.not_in(list(ENDED)) & (Incident.dataset_kind == dataset_kind) & (Incident.id != object_id)
    incidents = session.execute(
        select(Incident.assignee, Incident.severity, func.count())
        .where(open_incidents)
        .group_by(Incident.assignee, Incident.severity)
    )
    for person, of_class, count in incidents:
        work[person] = work.get(person, 0.0) + weights.of_incident(of_class) * count
    return work


def _holders_of_same_asset(session: Session, facts: Facts, *, dataset: str, since_us: int) -> set[str]:
    """Who took open alerts on one of these systems lately, and who handles an open incident on one."""
    if not facts.assets:
        return set()
    query = (
        select(TriageGroup.assignee)
        .join(GroupLabel, GroupLabel.group_id == TriageGroup.id)
        .where(
            GroupLabel.kind == "asset",
            GroupLabel.value.in_(facts.assets),
            TriageGroup.dataset == dataset,
            TriageGroup.state == State.TAKEN,
            TriageGroup.taken_us >= since_us,
            TriageGroup.id != facts.object_id,
        )
    )
    # What is written later in this transaction is no work that somebody took: no need to write it first.
    with session.no_autoflush:
        taken = set(session.scalars(query))
    return taken | {
        person
        for incident, person, assets in _open_incidents(session, dataset=dataset, since_us=since_us)
        if incident != facts.object_id and not assets.isdisjoint(facts.assets)
    }


def _open_incidents(session: Session, *, dataset: str, since_us: int) -> list[tuple[str, str, frozenset[str]]]:
    """Incidents opened lately with handler and systems; read once a transaction."""
    known: dict[tuple[str, int], list[tuple[str, str, frozenset[str]]]] = session.info.setdefault("handled", {})
    key = (dataset, since_us)
    if key not in known:
        query = select(Incident.id, Incident.assignee, Incident.assets).where(
            Incident.dataset == dataset, Incident.state.not_in(list(ENDED)), Incident.opened_us >= since_us
        )
        known[key] = [(found, person, frozenset(each["id"] for each in assets)) for found, person, assets in session.execute(query)]
    return known[key]
