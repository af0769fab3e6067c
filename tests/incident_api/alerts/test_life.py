"""What late events do to an alert: its group says so, nobody is called for what was taken back, and what comes back is not lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from incident_api.alerts.models import AlertChange, TransitionRecord, TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation import service as escalation
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Alert, Level
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post


def late(one: Alert, **fields: Any) -> Alert:
    """The alert as a repair tells it again."""
    return one.model_copy(update={"amended": one.amended + 1, **fields})


def group(runtime: Runtime) -> TriageGroup:
    with runtime.database.read() as session:
        return session.scalars(select(TriageGroup)).one()


def notices(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return len(session.scalars(select(NoticeRow)).all())


def changes(runtime: Runtime) -> list[tuple[str, int, int]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(AlertChange).order_by(AlertChange.id))
        return [(row.change, row.hits_before, row.hits_after) for row in rows]


def running(runtime: Runtime) -> int:
    with runtime.database.read() as session:
        return len(session.scalars(select(EscalationRun).where(EscalationRun.state == escalation.RUNNING)).all())


def test_a_withdrawn_alert_stops_the_clock_and_pages_nobody(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1, level=Level.CRITICAL)
    post(runtime, first)
    told = notices(runtime)
    assert told > 0
    assert running(runtime) == 1
    post(runtime, late(first, withdrawn=True))
    found = group(runtime)
    assert (found.withdrawn, found.stands, found.state, found.acknowledge_due_us) == (1, False, "new", None)
    clock.advance(seconds=24 * 3600)
    assert tick(runtime) == 0
    assert (notices(runtime), running(runtime), group(runtime).is_unattended) == (told, 0, False)
    with runtime.database.read() as session:
        assert escalation.without_clock(session) == 0
        record = session.scalars(select(AuditRow).where(AuditRow.act == "alert.withdrawn")).one()
        assert (record.actor, record.reason) == ("component:correlator", "late_events")
    assert changes(runtime) == [("withdrawn", 1, 1)]
    assert verify(runtime).is_whole


def test_one_that_was_unattended_is_no_longer_when_it_is_withdrawn(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1, level=Level.CRITICAL)
    post(runtime, first)
    clock.advance(seconds=1800)
    tick(runtime)
    assert group(runtime).is_unattended
    post(runtime, late(first, withdrawn=True))
    assert not group(runtime).is_unattended


def test_an_alert_that_arrives_withdrawn_pages_nobody(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, late(alert(1, level=Level.CRITICAL), withdrawn=True))
    clock.advance(seconds=24 * 3600)
    tick(runtime)
    assert (notices(runtime), running(runtime), group(runtime).stands) == (0, 0, False)


def test_a_group_with_one_alert_that_stands_keeps_its_clock(runtime: Runtime) -> None:
    first, second = alert(1), alert(2)
    post(runtime, first, second)
    version = group(runtime).version
    post(runtime, late(first, withdrawn=True))
    found = group(runtime)
    assert (found.stands, found.withdrawn, found.alerts, found.version, running(runtime)) == (True, 1, 2, version, 1)


def test_what_is_brought_back_has_its_clock_again(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1)
    post(runtime, first)
    gone = late(first, withdrawn=True)
    post(runtime, gone)
    clock.advance(seconds=60)
    post(runtime, late(gone, withdrawn=False))
    found = group(runtime)
    assert (found.stands, found.withdrawn, running(runtime)) == (True, 0, 1)
    assert found.acknowledge_due_us is not None
    assert found.acknowledge_due_us > clock.now_us()
    assert [change for change, _, _ in changes(runtime)] == ["withdrawn", "restored"]


def test_a_new_alert_in_a_group_where_nothing_stood_starts_the_clock(runtime: Runtime) -> None:
    """Who hides behind a withdrawn alert must not get the silence with it."""
    first = alert(1)
    post(runtime, first)
    post(runtime, late(first, withdrawn=True))
    told = notices(runtime)
    post(runtime, alert(2))
    assert (group(runtime).stands, running(runtime), notices(runtime)) == (True, 1, told + 1)


def test_undo_does_not_bring_the_clock_back_to_what_was_withdrawn(runtime: Runtime) -> None:
    first = alert(1)
    post(runtime, first)
    lead = Page(runtime, "irt.shift_lead.2")
    assert lead.act(group(runtime).id, "take").status_code == 200
    post(runtime, late(first, withdrawn=True))
    undone = lead.act(group(runtime).id, "undo")
    assert (undone.status_code, running(runtime)) == (409, 0)


def test_handing_over_what_was_withdrawn_starts_no_clock(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1)
    post(runtime, first)
    post(runtime, late(first, withdrawn=True))
    told = notices(runtime)
    lead = Page(runtime, "irt.shift_lead.2")
    assert lead.act(group(runtime).id, "hand-over", reason="please read what happened").status_code == 200
    clock.advance(seconds=24 * 3600)
    tick(runtime)
    assert (running(runtime), notices(runtime)) == (0, told)


def close(runtime: Runtime, clock: ManualClock) -> None:
    """As people do, without their rights."""
    with runtime.database.write() as session:
        found = session.scalars(select(TriageGroup)).one()
        found.state, found.is_open, found.collects = "closed", False, False
        found.verdict, found.closed_us = "false_positive", clock.now_us()
        escalation.stop(session, found)


def test_what_was_closed_because_it_was_withdrawn_is_opened_again_when_it_stands(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1)
    post(runtime, first)
    gone = late(first, withdrawn=True)
    post(runtime, gone)
    clock.advance(seconds=60)
    close(runtime, clock)
    post(runtime, late(gone, withdrawn=False))
    found = group(runtime)
    assert (found.state, found.is_open, found.verdict, found.is_returned, running(runtime)) == ("new", True, None, True, 1)
    with runtime.database.read() as session:
        last = session.scalars(select(TransitionRecord).order_by(TransitionRecord.id.desc())).first()
    assert last is not None
    assert (last.action, last.actor, last.reason) == ("reopen", "component:correlator", "late_events")


def test_what_people_judged_while_it_stood_stays_judged(runtime: Runtime, clock: ManualClock) -> None:
    first = alert(1)
    post(runtime, first)
    close(runtime, clock)
    clock.advance(seconds=60)
    gone = late(first, withdrawn=True)
    post(runtime, gone, late(gone, withdrawn=False))
    clock.advance(seconds=60)
    post(runtime, late(late(gone, withdrawn=False), withdrawn=True))
    post(runtime, late(late(late(gone, withdrawn=False), withdrawn=True), withdrawn=False))
    assert (group(runtime).state, group(runtime).verdict) == ("closed", "false_positive")


def test_a_superseded_alert_names_its_successor_and_the_clock_runs_on(runtime: Runtime) -> None:
    first, second = alert(1), alert(2)
    post(runtime, first)
    due = group(runtime).acknowledge_due_us
    post(runtime, late(first, superseded_by=second.id))
    post(runtime, second.model_copy(update={"supersedes": (first.id,)}))
    found = group(runtime)
    assert (found.alerts, found.superseded, found.withdrawn, found.stands) == (2, 1, 0, True)
    assert (found.acknowledge_due_us, running(runtime)) == (due, 1)
    assert changes(runtime) == [("superseded", 1, 1)]


def test_growth_by_new_events_is_no_line_of_the_history(runtime: Runtime) -> None:
    post(runtime, alert(1, hits=2))
    post(runtime, alert(1, hits=9))
    assert changes(runtime) == []
    post(runtime, late(alert(1, hits=9), hits=7))
    assert changes(runtime) == [("amended", 9, 7)]


@pytest.mark.parametrize("life", ["withdrawn", "superseded", "amended", "estimated", "folded"])
def test_the_queue_finds_what_became_of_alerts(runtime: Runtime, life: str) -> None:
    page = Page(runtime, "irt.analyst.2")
    plain, lived = alert(1), alert(2, asset="mail")
    estimate = lived.explanation.model_copy(update={"estimated": True})
    fields: dict[str, dict[str, Any]] = {
        "withdrawn": {"withdrawn": True, "amended": 1},
        "superseded": {"superseded_by": "f" * 32, "amended": 1},
        "amended": {"amended": 1},
        "estimated": {"explanation": estimate},
        "folded": {"folded": 7, "suppressions": ("T0001",)},
    }
    post(runtime, plain, lived.model_copy(update=fields[life]))
    answer = page.get("/alerts", life=life).json()
    assert [row["asset"] for row in answer["rows"]] == ["mail"]
    assert answer["total"] == 1
    assert page.get("/alerts").json()["total"] == 2


def test_what_a_suppression_counted_is_on_the_row_and_whom_it_met_is_found(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    first = alert(1, hits=3)
    post(runtime, first)
    grown = first.model_copy(
        update={"hits": 9, "folded": 4, "suppressions": ("T0001",), "assets": ("cong-tt", "mail"), "units": ("vp-ubnd",)}
    )
    post(runtime, grown)
    (row,) = page.get("/alerts", asset="mail").json()["rows"]
    assert (row["folded"], row["hits"]) == (4, 9)
    (brief,) = page.get(f"/groups/{row['id']}/alerts").json()["alerts"]
    assert brief["folded"] == 4


def test_the_history_of_the_group_tells_it(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    first = alert(1, hits=5)
    post(runtime, first)
    post(runtime, late(first, hits=2, withdrawn=True))
    found = page.detail(group(runtime).id)
    (change,) = found["changes"]
    assert (change["change"], change["alert_id"], change["hits_before"], change["hits_after"]) == ("withdrawn", first.id, 5, 2)
    assert found["row"]["stands"] is False
