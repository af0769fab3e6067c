"""Random walks over the table of a group: whatever people and jobs do, it stays inside and leaves one record each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.jobs import register, remind
from incident_api.alerts.models import Suppression, TransitionRecord, TriageGroup
from incident_api.alerts.states import QUEUED, TABLE, Action, State, row_of
from incident_api.alerts.transition import Act, by_job, execute
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.models import EscalationRun
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page, alert, city, post

PEOPLE = ("irt.analyst.2", "irt.analyst.5", "irt.shift_lead.2", "auditor")
ASKED = [action for action in Action if action is not Action.CREATE]
ALLOWED = {(row.action.value, source.value, row.target.value) for row in TABLE if row.target for source in row.sources}
GROUPS, ROUND = 40, 200


@pytest.fixture
def walked(tmp_path: Path) -> Iterator[tuple[Runtime, ManualClock]]:
    clock = ManualClock(START_US)
    with city(tmp_path, clock=clock) as runtime:
        levels = list(Level)
        post(runtime, *(alert(each, rule=f"walk-{each}", level=levels[each % 4]) for each in range(GROUPS)))
        yield runtime, clock


def asked(drawn: random.Random, group: TriageGroup, *, incident: str, now: int) -> Act:
    fitting = [action for action in ASKED if group.state in row_of(action).sources]
    return Act(
        drawn.choice(fitting if drawn.random() < 0.7 else ASKED),
        version=group.version - (drawn.random() < 0.1),
        verdict=drawn.choice(["true", "expected", "false_positive", "duplicate"]),
        reason=drawn.choice([None, "vì lý do", "vì lý do khác"]),
        receiver=drawn.choice([None, "irt.analyst.5", "auditor"]),
        incident=incident,
        scope=drawn.choice(["thing", "sources"]),
        until_us=now + drawn.choice([-1, 60_000_000, 86_400_000_000, 31 * 86_400_000_000]),
    )


def step(runtime: Runtime, session: Session, drawn: random.Random, people: list[Person], incident: str) -> Counter[str]:
    """One wish of somebody, or one act of a job, and sometimes the wish to take it back; gives what it should have left."""
    group = session.get_one(TriageGroup, drawn.choice(session.info["walked"]))
    now, person = runtime.clock.now_us(), drawn.choice(people)
    act = asked(drawn, group, incident=incident, now=now)
    was = group.state
    try:
        if drawn.random() < 0.2:
            by_job(runtime, session, group, actor=Actor.job("walk"), act=act, now=now)
        else:
            execute(runtime, session, group, person=person, act=act)
    except KhienError as error:
        return Counter({"refused": 1, f"status {error.entry.http_status}": 1})
    done = Counter({"made": 2 if act.action is Action.CLOSE and was == State.NEW else 1, act.action.value: 1})
    return done + (taken_back(runtime, session, group, person) if drawn.random() < 0.2 else Counter())


def taken_back(runtime: Runtime, session: Session, group: TriageGroup, person: Person) -> Counter[str]:
    try:
        execute(runtime, session, group, person=person, act=Act(Action.UNDO, group.version))
    except KhienError:
        return Counter({"refused": 1})
    return Counter({"made": 1, "undo": 1})


def walk(runtime: Runtime, clock: ManualClock, *, walks: int, seed: int) -> Counter[str]:
    drawn, done = random.Random(seed), Counter[str]()
    incident = Page(runtime, "irt.shift_lead.2").post("/incidents", {"title": "Sự cố thử"}).json()["row"]["id"]
    with runtime.database.read() as session:
        groups = sorted(session.scalars(select(TriageGroup.id)))
        people = [Person.of(session.get_one(PersonRow, name)) for name in PEOPLE]
    for begin in range(0, walks, ROUND):
        with runtime.database.write() as session:
            session.info["walked"] = groups
            for _ in range(min(ROUND, walks - begin)):
                for _step in range(drawn.randint(1, 3)):
                    done += step(runtime, session, drawn, people, incident)
                clock.advance(seconds=drawn.choice([0, 0, 1, 59, 61]))
            if drawn.random() < 0.2:
                session.get_one(Incident, incident).state = drawn.choice(["open", "confirmed", "closed"])
            if drawn.random() < 0.2:
                session.get_one(Incident, incident).severity = drawn.choice([None, "M1", "M3"])
    return done


def check(runtime: Runtime, done: Counter[str]) -> None:
    with runtime.database.read() as session:
        records = session.scalars(select(TransitionRecord).order_by(TransitionRecord.id)).all()
        audited = session.scalars(
            select(AuditRow.seq)
            .where(AuditRow.object.startswith("group/"), (AuditRow.act != "alert.escalate") | AuditRow.capacity.is_not(None))
            .order_by(AuditRow.seq)
        ).all()
        assert [record.audit_seq for record in records] == list(audited)
        assert len(records) == GROUPS + done["made"]
        at: dict[str, str | None] = {}
        for record in records:
            assert record.from_state == at.get(record.group_id)
            if record.action not in {Action.CREATE, Action.UNDO}:
                assert (record.action, record.from_state, record.to_state) in ALLOWED
            at[record.group_id] = record.to_state
        people = set(session.scalars(select(PersonRow.id)))
        linked = Counter(session.scalars(select(IncidentLink.group_id).where(IncidentLink.unlinked_us.is_(None))))
        silent = Counter(session.scalars(select(Suppression.group_id).where(Suppression.ended_us.is_(None))))
        ticking = Counter(session.scalars(select(EscalationRun.subject).where(EscalationRun.state == "running")))
        for group in session.scalars(select(TriageGroup)):
            assert group.state == at[group.id]
            assert group.assignee in people
            assert (group.is_open, group.collects) == (group.state in QUEUED, group.state != State.CLOSED)
            assert linked[group.id] == (group.state == State.LINKED)
            assert silent[group.id] == (group.state == State.SUPPRESSED)
            assert (group.suppressed_until_us is not None) == (group.state == State.SUPPRESSED)
            assert ticking[f"group/{group.id}"] <= (group.state == State.NEW)
        assert session.scalar(select(func.count()).select_from(TriageGroup)) == GROUPS
    assert verify(runtime).is_whole
    assert {int(name[7:]) for name in done if name.startswith("status ")} <= {403, 404, 409, 422}
    # A walk that only bumped into guards would show nothing.
    assert {action for action in ASKED if done[action.value] == 0} == set()


@pytest.mark.timeout(300)
def test_two_thousand_walks_stay_inside_the_table(walked: tuple[Runtime, ManualClock]) -> None:
    runtime, clock = walked
    check(runtime, walk(runtime, clock, walks=2_000, seed=6))


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_a_hundred_thousand_walks_stay_inside_the_table(walked: tuple[Runtime, ManualClock]) -> None:
    runtime, clock = walked
    check(runtime, walk(runtime, clock, walks=100_000, seed=2026))


def test_a_job_makes_only_what_the_table_lets_it(walked: tuple[Runtime, ManualClock]) -> None:
    runtime, _ = walked
    with runtime.database.write() as session:
        for action in Action:
            group = session.scalars(select(TriageGroup).where(TriageGroup.state == State.NEW)).first()
            assert group is not None
            if not row_of(action).by_job:
                with pytest.raises(KhienError, match=r"Not possible"):
                    by_job(runtime, session, group, actor=Actor.job("walk"), act=Act(action, group.version), now=START_US)
    register(runtime, START_US)
    remind(runtime, START_US)
