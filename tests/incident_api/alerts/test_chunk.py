"""A bulk act against its oracle: the same acts one by one in another city leave the same rows and the same records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.alerts import bulk
from incident_api.alerts.models import AssignmentRecord, BulkToken, Suppression, TransitionRecord, TriageGroup
from incident_api.alerts.schemas import BulkPreviewRequest
from incident_api.alerts.states import Action
from incident_api.alerts.transition import Act, execute
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.incidents.models import IncidentLink
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.settings import NotificationSettings
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from incident_api.stream.models import StreamRow
from khien.alert import Level
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page, alert, city, post
from tests.incident_api.notifications.house import LOCAL

PEOPLE = ("irt.analyst.2", "irt.analyst.5", "irt.shift_lead.2", "irt.shift_lead.2")
#: What a person sees of these tables; numbers that only count rows are left out, but for those of clocks, which notices name.
SEEN: dict[Any, tuple[str, ...]] = {
    TriageGroup: ("stream_seq",),
    TransitionRecord: ("id", "audit_seq"),
    AssignmentRecord: ("id",),
    EscalationRun: (),
    NoticeRow: ("id",),
    Suppression: ("id",),
    IncidentLink: ("id",),
    PersonRow: (),
}
ACTS: dict[str, dict[str, Any]] = {
    "take": {"action": "take"},
    "hand over": {"action": "hand_over", "reason": "Hết ca", "to": "irt.analyst.5"},
    "hand back": {"action": "hand_over", "reason": "Không thuộc phần tôi"},
    "close": {"action": "close", "verdict": "expected", "reason": "Diễn tập"},
    "call false": {"action": "close", "verdict": "false_positive", "reason": "Nhầm"},
    "link": {"action": "link"},
    "suppress": {"action": "suppress", "reason": "Bảo trì", "scope": "sources"},
    "reopen": {"action": "reopen", "reason": "Đóng nhầm"},
}


@contextmanager
def both(folder: Path, *, groups: int, seed: int) -> Iterator[tuple[Runtime, Runtime, ManualClock]]:
    """Two cities with the same past on one clock."""
    clock, drawn = ManualClock(START_US), random.Random(seed)
    past = [
        alert(
            number,
            rule=f"rule-{drawn.randrange(groups)}",
            level=drawn.choice(list(Level)),
            asset=drawn.choice(["cong-tt", "mail", "ad", None]),
            unit=drawn.choice(["vp-ubnd", "p-an-binh"]),
            dataset=drawn.choice(["live", "live", "live", "exercise:lab"]),
            source=f"198.51.100.{drawn.randrange(4)}",
            skills=drawn.choice([(), ("web",)]),
        )
        for number in range(groups)
    ]
    with city(folder / "one", clock=clock) as one, city(folder / "other", clock=clock) as other:
        for runtime in (one, other):
            runtime.notifications = NotificationSettings.model_validate({"channels": {"mail": LOCAL}})
            post(runtime, *past)
            assert Page(runtime, "irt.shift_lead.2").post("/incidents", {"title": "Sự cố thử"}).status_code == 201
        yield one, other, clock


def step(one: Runtime, other: Runtime, clock: ManualClock, drawn: random.Random) -> Counter[str]:
    """One bulk act in the one city, the single acts in the other, and half the time all of it taken back."""
    kind, person = drawn.choice(list(ACTS)), drawn.choice(PEOPLE)
    with one.database.read() as session:
        ids = sorted(session.scalars(select(TriageGroup.id)))
    asked = {**ACTS[kind], "selection": {"ids": drawn.sample(ids, k=drawn.randint(1, len(ids)))}}
    page = Page(one, person)
    if kind == "link":
        asked["incident"] = page.get("/incidents").json()["rows"][0]["id"]
    if kind == "suppress":
        asked["until_us"] = clock.now_us() + 3_600_000_000
    token = page.post("/alerts/bulk", asked).json()["token"]
    with one.database.read() as session:
        targets = session.get_one(BulkToken, token).targets
    outcome = page.post(f"/alerts/bulk/{token}", {}).json()
    act = bulk._act_of(BulkPreviewRequest.model_validate(asked))
    left = singly(other, person, act, targets)
    assert {each["id"]: each["code"] for each in outcome["refused"]} == left, kind
    assert outcome["done"] == len(targets) - len(left)
    done = Counter({kind: outcome["done"], "refused": len(left)})
    if drawn.random() < 0.5:
        clock.advance(seconds=drawn.randrange(60))
        again = page.post(f"/alerts/bulk/{token}/undo", {}).json()
        back = singly(other, person, Act(Action.UNDO, 0), [[each, None] for each, _ in targets if each not in left])
        assert {each["id"]: each["code"] for each in again["refused"]} == back, kind
        done[f"{kind} undone"] += again["done"]
    return done


def singly(runtime: Runtime, account: str, act: Act, targets: list[list[Any]]) -> dict[str, str]:
    """Each group in a transaction of its own; gives what was refused."""
    refused = {}
    for group_id, version in targets:
        try:
            with runtime.database.write() as session:
                group = session.get_one(TriageGroup, group_id)
                person = Person.of(session.get_one(PersonRow, account))
                execute(runtime, session, group, person=person, act=replace(act, version=version or group.version))
        except KhienError as error:
            refused[group_id] = error.code
    return refused


def rows(runtime: Runtime) -> dict[str, list[tuple[Any, ...]]]:
    """Everything of these tables, and the audit records and stream events of groups and people."""
    found = {}
    with runtime.database.read() as session:
        for table, uncompared in SEEN.items():
            columns = [each for each in table.__table__.columns if each.name not in uncompared]
            found[table.__tablename__] = sorted((tuple(row) for row in session.execute(select(*columns))), key=repr)
        audited = select(
            AuditRow.act, AuditRow.object, AuditRow.actor, AuditRow.before, AuditRow.after, AuditRow.reason, AuditRow.at_us
        )
        told = select(StreamRow.kind, StreamRow.object_id, StreamRow.version, StreamRow.units, StreamRow.person, StreamRow.at_us)
        # Of a chunk the incident says once what single acts say each time.
        records = audited.where(AuditRow.object.not_like("incident/%")).order_by(AuditRow.seq)
        found["audit"] = [tuple(row) for row in session.execute(records)]
        found["stream"] = sorted((tuple(row) for row in session.execute(told.where(StreamRow.kind != "incident"))), key=repr)
    return found


def compare(folder: Path, *, seed: int, groups: int, steps: int) -> Counter[str]:
    drawn, done = random.Random(seed), Counter[str]()
    with both(folder, groups=groups, seed=seed) as (one, other, clock):
        for _ in range(steps):
            done += step(one, other, clock, drawn)
            clock.advance(seconds=drawn.choice([0, 1, 200, 900]))
            assert tick(one) == tick(other)
            expected, found = rows(other), rows(one)
            for name, each in expected.items():
                assert found[name] == each, (name, seed)
        assert verify(one).is_whole
    return done


@pytest.mark.parametrize("seed", [1, 2])
def test_a_bulk_act_leaves_what_the_single_acts_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 7)
    done = compare(tmp_path, seed=seed, groups=16, steps=14)
    assert done["refused"] > 0
    assert len(done) > 6


def test_of_two_closed_groups_of_one_thing_one_is_reopened_and_the_other_is_told_why_not(runtime: Runtime) -> None:
    page = Page(runtime, "irt.shift_lead.2")
    for number, level in enumerate((Level.LOW, Level.HIGH)):
        # What is graver than what was closed is a new matter.
        post(runtime, alert(number, level=level))
        assert page.act(page.rows()[0]["id"], "close", verdict="expected", note="x").status_code == 200
    asked = {**ACTS["reopen"], "selection": {"query": {"tab": "closed"}}}
    token = page.post("/alerts/bulk", asked).json()["token"]
    outcome = page.post(f"/alerts/bulk/{token}", {}).json()
    assert (outcome["done"], [each["code"] for each in outcome["refused"]]) == (1, ["alert.open_group_exists"])


@pytest.mark.slow
@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("seed", range(100, 108))
def test_bulk_acts_leave_what_single_acts_leave_in_many_cities(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 20)
    assert sum(compare(tmp_path, seed=seed, groups=60, steps=30).values()) > 100
