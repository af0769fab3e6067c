"""Random walks over the incident's table: never outside it, one record for what was accepted, nothing for what was refused."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.incidents import transition
from incident_api.incidents.models import Incident, IncidentTransition, Obligation
from incident_api.incidents.orders import Move
from incident_api.incidents.states import TABLE, Action, State, row_of
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from tests.incident_api.coordination.city_rules import policy
from tests.incident_api.incidents.case import DETAILS, CaseFile

ACTIONS = [row.action for row in TABLE if row.action is not Action.OPEN]
ACCOUNTS = ("irt.analyst.1", "irt.analyst.2", "irt.shift_lead.2", "irt.leader", "unit.contact.x-vinh-loc", "police.duty", "auditor")


def walk(runtime: Runtime, *, steps: int, seed: int) -> tuple[int, int]:
    """Random acts of random people, with and without what the row asks for; how many were taken and refused."""
    chance = random.Random(seed)
    target = CaseFile(runtime).id
    incident_id = CaseFile(runtime, facts={"data_encrypted": True}).id
    taken = refused = 0
    with runtime.database.write() as session:
        people = [Person.of(session.get_one(PersonRow, each)) for each in ACCOUNTS]
        incident = session.get_one(Incident, incident_id)
        for _ in range(steps):
            action = chance.choice(ACTIONS)
            # A rejected case stays so: most walks go on without it.
            if action is Action.REJECT and chance.random() < 0.97:
                continue
            fields = {**DETAILS.get(action.value, {"target": target, "reason": "thử"})}
            if chance.random() < 0.2 and fields:
                fields.pop(chance.choice(sorted(fields)))
            kind = "undetermined" if chance.random() < 0.8 else None
            order = Move(action=action, version=incident.version, type=kind, fields=fields)
            person = chance.choice(people)
            before = (incident.state, incident.version, _rows(session))
            if transition.refusal(session, incident, person=person, order=order, policy=policy()) is not None:
                assert (incident.state, incident.version, _rows(session)) == before
                refused += 1
                continue
            runtime.clock.advance(seconds=1)  # type: ignore[attr-defined]  # a clock in the hand
            transition.execute(
                runtime, session, incident, person=person, order=order, policy=policy(), now_us=runtime.clock.now_us()
            )
            taken += 1
            row = row_of(action)
            assert before[0] in row.sources
            assert incident.state == (row.target or incident.state)
            assert incident.state in set(State)
            assert incident.version == before[1] + 1
            assert _rows(session) == before[2] + 1
    return taken, refused


def _rows(session: Session) -> int:
    session.flush()
    return session.scalar(select(func.count()).select_from(IncidentTransition)) or 0


def _acts(session: Session, incident_id: str) -> int:
    moved = [f"incident.{row.action.value}" for row in TABLE if row.action is not Action.OPEN]
    query = select(func.count()).where(AuditRow.object == f"incident/{incident_id}", AuditRow.act.in_(moved))
    return session.scalar(query) or 0


@pytest.mark.parametrize("seed", range(3))
def test_a_walk_stays_in_the_table_and_leaves_one_record_a_step(runtime: Runtime, seed: int) -> None:
    taken, refused = walk(runtime, steps=1000, seed=seed)
    assert taken > 10
    assert refused > 10
    with runtime.database.read() as session:
        incident = session.scalars(select(Incident).order_by(Incident.id.desc())).first()
        assert incident is not None
        assert _acts(session, incident.id) == taken
        made = session.scalars(select(Obligation).where(Obligation.incident_id == incident.id)).all()
        assert len({(each.code, each.recipient, each.occurrence) for each in made}) == len(made)
    assert verify(runtime).is_whole


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_long_walks(runtime: Runtime) -> None:
    for seed in range(20):
        walk(runtime, steps=5000, seed=100 + seed)
    assert verify(runtime).is_whole
