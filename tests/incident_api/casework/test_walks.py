"""Random walks over tasks and countermeasures: never outside the table, one record for each act that was taken, none for others."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.casework import guards, transition
from incident_api.casework.models import Countermeasure, Task, WorkTransition
from incident_api.casework.states import MEASURES_ENDED, TABLE, Machine, MeasureState, TaskState
from incident_api.incidents.models import Incident
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from tests.incident_api.incidents.case import CaseFile

ACCOUNTS = ("irt.analyst.1", "irt.analyst.2", "irt.shift_lead.2", "irt.leader", "ops.admin.1", "unit.contact.x-vinh-loc", "auditor")
HOUR_US = 3_600_000_000
STATES: dict[Machine, set[str]] = {Machine.TASK: {*TaskState}, Machine.COUNTERMEASURE: {*MeasureState}}


def new_thing(incident: Incident, machine: Machine, *, now_us: int, level: int) -> Task | Countermeasure:
    if machine is Machine.TASK:
        return Task(
            incident_id=incident.id,
            title="Việc thử",
            state="open",
            assignee="irt.analyst.1",
            due_us=now_us + HOUR_US,
            made_us=now_us,
            made_by="irt.analyst.2",
            version=0,
        )
    return Countermeasure(
        incident_id=incident.id,
        kind="isolate",
        target="máy chủ",
        level=level,
        why="thử",
        state="proposed",
        proposed_us=now_us,
        proposed_by="irt.analyst.2",
        version=0,
    )


def walk(runtime: Runtime, machine: Machine, *, steps: int, seed: int) -> tuple[int, int]:
    """Random acts of random people, with and without what the row asks for; how many were taken and refused."""
    chance, incident_id = random.Random(seed), CaseFile(runtime).id
    rows = [row for row in TABLE if row.machine is machine]
    taken = refused = 0
    with runtime.database.write() as session:
        people = [Person.of(session.get_one(PersonRow, each)) for each in ACCOUNTS]
        incident = session.get_one(Incident, incident_id)
        thing = None
        counted = _rows(session, machine)
        for _ in range(steps):
            now = runtime.clock.now_us()
            if thing is None or thing.state in MEASURES_ENDED:
                thing = new_thing(incident, machine, now_us=now, level=chance.choice((2, 3)))
            row = chance.choice(rows if thing.version else [each for each in rows if not each.sources])
            offered: dict[str, object] = {"reason": "…", "result": "…", "to": chance.choice(ACCOUNTS), "due_us": now + HOUR_US}
            offered["review_us"] = now + HOUR_US
            fields = {name: offered[name] for name in row.required}
            if fields and chance.random() < 0.1:
                fields.pop(chance.choice(sorted(fields)))
            attempt = guards.Attempt(chance.choice(people), incident, thing, fields, now)
            before = (thing.state, thing.version)
            if not row.sources and thing.version:
                # A thing is made once: its state is in no source of the row that makes it.
                assert transition.refusal(session, row.action, attempt, version=thing.version) is not None
            if transition.refusal(session, row.action, attempt, version=thing.version) is not None:
                assert (thing.state, thing.version) == before
                refused += 1
                continue
            if thing.version == 0:
                session.add(thing)
                session.flush()
            runtime.clock.advance(seconds=1)  # type: ignore[attr-defined]  # a clock in the hand
            transition.execute(runtime, session, row.action, attempt)
            taken += 1
            assert before[1] == 0 or before[0] in {str(each) for each in row.sources}
            assert thing.state == row.target.value
            assert thing.state in STATES[machine]
            assert thing.version == before[1] + 1
        assert _rows(session, machine) == counted + taken
        session.flush()
        made = AuditRow.act.startswith(f"{machine.value}.")
        acts = select(func.count()).where(AuditRow.object == f"incident/{incident_id}", made)
        assert session.scalar(acts) == taken
    return taken, refused


def _rows(session: Session, machine: Machine) -> int:
    session.flush()
    return session.scalar(select(func.count()).select_from(WorkTransition).where(WorkTransition.machine == machine.value)) or 0


@pytest.mark.parametrize("machine", list(Machine))
def test_a_walk_stays_in_the_table_and_leaves_one_record_a_step(runtime: Runtime, machine: Machine) -> None:
    taken, refused = walk(runtime, machine, steps=1000, seed=7)
    assert taken > 100
    assert refused > 100
    assert verify(runtime).is_whole


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("machine", list(Machine))
def test_long_walks(runtime: Runtime, machine: Machine) -> None:
    for seed in range(20):
        walk(runtime, machine, steps=5000, seed=100 + seed)
    assert verify(runtime).is_whole
