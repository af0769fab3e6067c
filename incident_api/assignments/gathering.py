"""What a decision depends on besides its object: people, duty, open work, and who already handles the same systems."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.assignments import open_work
from incident_api.coordination.assignment import CandidateInput, Facts, Inputs
from incident_api.coordination.organisation import Organisation
from incident_api.duty.current import roster
from incident_api.organisation.parts import TLP_ORDER, Asset, Tlp, day_of
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import PolicyInForce, Runtime
from khien.clock import MICROSECONDS
from khien.text import fold

_DAY_US = 86_400 * MICROSECONDS


@dataclass(slots=True)
class Known:
    """A person in one transaction; of most the work has not changed since the last question."""

    row: PersonRow
    last: CandidateInput

    def standing(self, *, load: float, holds_same_asset: bool) -> CandidateInput:
        """With their work as it is now; `load` as it weighs on somebody who is always there."""
        known, of_theirs = self.last, load / self.last.availability
        since = self.row.last_assigned_us
        if (known.load, known.last_assigned_us, known.holds_same_asset) != (of_theirs, since, holds_same_asset):
            self.last = replace(known, load=of_theirs, last_assigned_us=since, holds_same_asset=holds_same_asset)
        return self.last


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
    work = open_work.weights(session, policy.policy, dataset_kind=dataset_kind, object_id=facts.object_id)
    since_us = now_us - policy.policy.same_asset_days * _DAY_US
    holders = open_work.holders(session, facts.assets, dataset=dataset, since_us=since_us, object_id=facts.object_id)
    candidates = tuple(
        each.standing(load=work.get(each.last.person, 0.0), holds_same_asset=each.last.person in holders)
        for each in _people(runtime, session, policy=policy, now_us=now_us)
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


def _people(runtime: Runtime, session: Session, *, policy: PolicyInForce, now_us: int) -> list[Known]:
    """Everybody whom a rule or the ladder could reach, as they stand now; read once a transaction."""
    known: dict[tuple[int, str], list[Known]] = session.info.setdefault("candidates", {})
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
            Known(row, candidate(row, organisation=organisation, duty=duty, on_leave=rota.is_on_leave(row.id, at_us=now_us)))
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
