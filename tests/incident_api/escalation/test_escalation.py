"""The first deadline: up the ladder while nobody takes it, and silence from the moment somebody does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation import service
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.jobs.table import job_of
from incident_api.notifications.history import step_of
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from khien.errors import KhienError
from tests.incident_api.city import START_US, Page, alert, city, post

MINUTE = 60.0


def told(runtime: Runtime) -> list[tuple[int, str, str, str]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(NoticeRow).order_by(NoticeRow.id)).all()
    return [(step_of(row), row.recipient, row.channel, row.state) for row in rows]


def group(runtime: Runtime) -> TriageGroup:
    with runtime.database.read() as session:
        return session.scalars(select(TriageGroup)).one()


def test_a_critical_alert_that_nobody_takes_goes_up_the_ladder_minute_by_minute(runtime: Runtime, clock: ManualClock) -> None:
    """Response design, section 8: assignee, 5 min next on duty, 10 min shift lead, 15 min leader on the second channel."""
    post(runtime, alert(1, level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    first = group(runtime).assignee
    second = {"irt.analyst.2": "irt.analyst.5", "irt.analyst.5": "irt.analyst.2"}[first]
    expected = [(0, first, "app", "delivered")]
    assert told(runtime) == expected
    for minutes, step, person, channel, state in (
        (5, 1, second, "app", "delivered"),
        (10, 2, "irt.shift_lead.2", "app", "delivered"),
        (15, 3, "irt.leader", "second", "no_endpoint"),
    ):
        clock.us = START_US + round((minutes * MINUTE - 0.001) * 1e6)
        assert tick(runtime) == 0
        clock.us = START_US + round(minutes * MINUTE * 1e6)
        assert tick(runtime) == 1
        expected.append((step, person, channel, state))
        assert told(runtime) == expected
        assert (group(runtime).assignee, group(runtime).is_unattended) == (person, True)
    clock.advance(seconds=3600)
    assert tick(runtime) == 0
    assert told(runtime) == expected


@pytest.mark.parametrize(
    ("level", "minutes"), [(Level.CRITICAL, 5), (Level.HIGH, 15), (Level.MEDIUM, 60), (Level.LOW, 480 + 16 * 60)]
)
def test_the_time_to_acknowledge_is_the_table_of_the_design(runtime: Runtime, level: Level, minutes: int) -> None:
    """Section 9. Low: 8 business hours from Monday 09:00 end on Tuesday 09:00."""
    post(runtime, alert(1, level=level))
    assert group(runtime).acknowledge_due_us == START_US + minutes * 60_000_000


def test_taking_stops_every_further_notice(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    before = told(runtime)
    page = Page(runtime, "irt.analyst.2")
    page.act(group(runtime).id, "take")
    clock.advance(seconds=3600)
    assert tick(runtime) == 0
    assert told(runtime) == before


def test_two_tickers_at_once_fire_each_step_once(runtime: Runtime, clock: ManualClock) -> None:
    for number in range(10):
        post(runtime, alert(number, rule=f"rule-{number}", level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    clock.advance(seconds=5 * MINUTE)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: tick(runtime), range(4))) == 10
    assert len([step for step, *_ in told(runtime) if step == 1]) == 10


def test_a_restart_in_the_middle_loses_no_step(tmp_path: Path, clock: ManualClock) -> None:
    with city(tmp_path, clock=clock) as before:
        post(before, alert(1, level=Level.CRITICAL))
    clock.advance(seconds=5 * MINUTE)
    with city(tmp_path, clock=clock) as after:
        assert tick(after) == 1
        assert [step for step, *_ in told(after) if step == 1] == [1]


def test_after_an_outage_only_the_highest_missed_step_fires_and_the_skipped_are_on_record(
    runtime: Runtime, clock: ManualClock
) -> None:
    post(runtime, alert(1, level=Level.CRITICAL, asset="lan-p-an-binh", unit="p-an-binh"))
    clock.advance(seconds=3 * 3600)
    assert tick(runtime) == 1
    assert [(step, person) for step, person, *_ in told(runtime)][1:] == [(3, "irt.leader")]
    with runtime.database.read() as session:
        record = session.scalars(select(AuditRow).where(AuditRow.act == "alert.escalate")).one()
    assert record.after is not None
    assert record.after["skipped"] == [1, 2]
    assert verify(runtime).is_whole


def test_an_exercise_runs_everything_and_nothing_leaves(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL, dataset="exercise:lab"))
    clock.advance(seconds=3600)
    tick(runtime)
    assert {state for *_, state in told(runtime)} == {"simulated"}


def test_an_import_starts_no_clock_and_tells_nobody(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL, dataset="import:0123456789abcdef"))
    clock.advance(seconds=3600)
    assert tick(runtime) == 0
    assert told(runtime) == []
    assert (group(runtime).acknowledge_due_us, group(runtime).assignee) == (None, "irt.analyst.2")


def test_a_run_that_cannot_fire_does_not_keep_the_others_waiting(
    runtime: Runtime, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        post(runtime, alert(number, rule=f"rule-{number}", level=Level.CRITICAL))
    clock.advance(seconds=5 * MINUTE)
    fire = service.fire
    broken: list[str] = []

    def sometimes(served: Any, session: Any, group: Any, *given: Any, **named: Any) -> None:
        broken[:] = broken or [group.id]
        if group.id == broken[0]:
            raise KhienError("alert.nobody_at_all", policy="vn-2026")
        fire(served, session, group, *given, **named)

    monkeypatch.setattr(service, "fire", sometimes)
    assert tick(runtime) == 2
    monkeypatch.setattr(service, "fire", fire)
    assert tick(runtime) == 1


def test_health_is_red_when_the_ticker_stands_still(runtime: Runtime, clock: ManualClock) -> None:
    page = Page(runtime, None)
    assert page.get("/health").status_code == 503
    tick(runtime)
    assert page.get("/health").status_code == 503
    job_of("auditor").run(runtime, clock.us)
    assert page.get("/health").json()["status"] == "ok"
    clock.advance(seconds=301)
    answer = page.get("/health")
    assert answer.status_code == 503
    lights = {check["name"]: check["light"] for check in answer.json()["checks"]}
    assert (lights["deadlines"], lights["auditor"]) == ("down", "down")
    tick(runtime)
    assert page.get("/health").status_code == 503


def test_of_many_steps_together_a_broken_one_holds_up_no_other(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}", level=Level.CRITICAL) for number in range(5)))
    with runtime.database.write() as session:
        run = session.scalars(select(EscalationRun).order_by(EscalationRun.id)).all()[2]
        number, run.subject = run.id, "nothing/1"
    clock.advance(seconds=60 * 60)
    before = len(told(runtime))
    assert tick(runtime) == 4
    assert len(told(runtime)) > before
    with runtime.database.read() as session:
        broken = session.get_one(EscalationRun, number)
        assert broken.next_due_us is not None
        assert broken.next_due_us <= clock.now_us()
        due = session.scalars(select(EscalationRun.id).where(EscalationRun.next_due_us <= clock.now_us())).all()
    assert due == [number]
    assert tick(runtime) == 0
    assert verify(runtime).is_whole
