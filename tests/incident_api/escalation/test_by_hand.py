"""Up the ladder because a person says so: what is shown is what happens, and it can be taken back."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, city, post

MINUTE_US = 60_000_000
WHY = "Vượt khả năng của ca trực"


def came(runtime: Runtime, **fields: Any) -> tuple[str, str, Page]:
    """A critical alert; gives its group, its assignee and their page."""
    post(runtime, alert(1, **{"level": Level.CRITICAL, "asset": "lan-p-an-binh", "unit": "p-an-binh", **fields}))
    with runtime.database.read() as session:
        found = session.scalars(select(TriageGroup)).one()
    return found.id, found.assignee, Page(runtime, found.assignee)


def notices(runtime: Runtime) -> list[tuple[str, str, str, str]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.template.startswith("alert_")).order_by(NoticeRow.id))
        return [(row.template, row.recipient, row.channel, row.state) for row in rows]


def clock_of(runtime: Runtime) -> tuple[str, int, int | None]:
    with runtime.database.read() as session:
        run = session.scalars(select(EscalationRun).order_by(EscalationRun.id.desc())).first()
    assert run is not None
    return run.state, run.step, run.next_due_us


def test_what_the_preview_names_is_what_happens(runtime: Runtime, clock: ManualClock) -> None:
    """Response design, section 8: after the assignee comes the next on duty, ten minutes after arrival the shift lead."""
    group, holder, page = came(runtime)
    clock.advance(seconds=60)
    shown = page.get(f"/groups/{group}/escalation").json()
    other = {"irt.analyst.2": "irt.analyst.5", "irt.analyst.5": "irt.analyst.2"}[holder]
    assert (shown["to"]["id"], shown["step"], shown["rule"]["id"]) == (other, 1, "acknowledge.critical.1")
    assert (shown["rule"]["basis"]["id"], shown["rule"]["basis"]["status"]) == ("A01", "A")
    assert {"p03", "p06", "p99"} & {each["id"] for each in shown["rules"] if each["decides"]}
    assert [(each["recipient"], each["channel"], each["state"]) for each in shown["notices"]] == [(other, "app", "delivered")]
    assert (shown["follows"]["en"], shown["follows_us"]) == ("Shift lead", START_US + 10 * MINUTE_US)
    before = notices(runtime)
    answer = page.post(f"/groups/{group}/escalate", {"version": shown["version"], "reason": WHY, "to": other})
    assert (answer.status_code, answer.json()["row"]["assignee"]["id"]) == (200, other)
    assert answer.json()["transitions"][0]["reason"] == WHY
    assert notices(runtime)[len(before) :] == [("alert_escalated", other, "app", "delivered")]
    clock.us = START_US + 9 * MINUTE_US
    assert tick(runtime) == 0
    clock.us = START_US + 10 * MINUTE_US
    assert tick(runtime) == 1
    assert notices(runtime)[-1] == ("alert_unanswered", "irt.shift_lead.2", "app", "delivered")


def test_it_is_one_record_with_whom_it_told(runtime: Runtime) -> None:
    group, _, page = came(runtime)
    page.act(group, "escalate", reason=WHY)
    with runtime.database.read() as session:
        record = session.scalars(select(AuditRow).where(AuditRow.act == "alert.escalate")).one()
        told = session.scalars(select(NoticeRow.recipient).where(NoticeRow.template == "alert_escalated")).all()
    assert record.after is not None
    assert (record.reason, record.after["step"], record.after["told"]) == (WHY, 1, list(told))
    assert verify(runtime).is_whole


def test_to_the_top_and_then_a_sentence(runtime: Runtime) -> None:
    group, _, page = came(runtime)
    went = [page.act(group, "escalate", reason=WHY).json()["row"]["assignee"]["id"]]
    # It is still new, so that whoever sees it may send it on.
    went += [page.act(group, "escalate", reason=WHY).json()["row"]["assignee"]["id"] for _ in range(2)]
    assert went[1:] == ["irt.shift_lead.2", "irt.leader"]
    refused = page.act(group, "escalate", reason=WHY)
    assert (refused.status_code, refused.json()["code"]) == (409, "alert.ladder_ended")
    assert page.get(f"/groups/{group}/escalation").json()["code"] == "alert.ladder_ended"
    offered = {each["action"]: each for each in page.detail(group)["actions"]}
    assert offered["escalate"]["allowed"] is False
    assert offered["escalate"]["reason"]["vi"].startswith("Không thực hiện được: ")
    assert "Cần: " in offered["escalate"]["reason"]["vi"]


def test_who_took_it_gives_it_up_and_whoever_gets_it_has_the_time_of_its_level(runtime: Runtime, clock: ManualClock) -> None:
    group, holder, page = came(runtime)
    page.act(group, "take")
    clock.advance(seconds=1200)
    stranger = Page(runtime, "irt.analyst.1" if holder != "irt.analyst.1" else "irt.analyst.3")
    assert stranger.act(group, "escalate", reason=WHY).json()["code"] == "alert.not_the_holder"
    answer = page.act(group, "escalate", reason=WHY).json()
    assert (answer["row"]["state"], answer["taken_us"]) == ("new", None)
    assert answer["row"]["acknowledge_due_us"] == clock.us + 5 * MINUTE_US
    assert clock_of(runtime) == ("running", 2, clock.us + 5 * MINUTE_US)
    clock.advance(seconds=300)
    assert tick(runtime) == 1
    assert notices(runtime)[-1][1] == "irt.shift_lead.2"


def test_a_shift_lead_sends_it_up_and_never_down(runtime: Runtime) -> None:
    group, _, _ = came(runtime)
    lead = Page(runtime, "irt.shift_lead.2")
    lead.act(group, "take")
    shown = lead.get(f"/groups/{group}/escalation").json()
    assert (shown["to"]["id"], [each["en"] for each in shown["passed"]]) == ("irt.leader", ["Next person on duty", "Shift lead"])


@pytest.mark.parametrize("is_taken", [False, True])
def test_it_is_taken_back_with_its_clock_and_told_again_when_its_time_comes(
    runtime: Runtime,
    clock: ManualClock,
    is_taken: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    group, holder, page = came(runtime)
    if is_taken:
        page.act(group, "take")
    before, was = clock_of(runtime), page.detail(group)["row"]
    page.act(group, "escalate", reason=WHY)
    answer = page.act(group, "undo").json()["row"]
    same = ("state", "assignee", "acknowledge_due_us", "is_unattended")
    assert {name: answer[name] for name in same} == {name: was[name] for name in same}
    with runtime.database.read() as session:
        running = session.scalars(select(EscalationRun).where(EscalationRun.state == "running")).all()
    assert [(run.state, run.step, run.next_due_us) for run in running] == ([] if is_taken else [before])
    clock.advance(seconds=300)
    assert tick(runtime) == (0 if is_taken else 1)
    if not is_taken:
        assert notices(runtime)[-1][0] == "alert_unanswered"
        assert notices(runtime)[-1][1] != holder


def test_a_change_since_the_preview_is_refused(runtime: Runtime) -> None:
    group, holder, page = came(runtime)
    version = page.detail(group)["row"]["version"]
    refused = page.post(f"/groups/{group}/escalate", {"version": version, "reason": WHY, "to": holder})
    assert (refused.status_code, refused.json()["code"]) == (409, "alert.escalates_to_others")
    assert page.detail(group)["row"]["version"] == version
    assert page.post(f"/groups/{group}/escalate", {"version": version + 1, "reason": WHY}).json()["code"] == "alert.changed"
    assert page.post(f"/groups/{group}/escalate", {"version": version}).status_code == 422


def test_an_import_has_no_ladder_and_an_exercise_tells_nobody_outside(runtime: Runtime, tmp_path: Any) -> None:
    group, _, page = came(runtime, dataset="import:0123456789abcdef")
    assert page.get(f"/groups/{group}/escalation").json()["code"] == "alert.no_ladder"
    assert page.act(group, "escalate", reason=WHY).json()["code"] == "alert.no_ladder"
    with city(tmp_path / "other", clock=ManualClock(START_US)) as other:
        group, _, page = came(other, dataset="exercise:lab")
        page.act(group, "escalate", reason=WHY)
        assert {state for *_, state in notices(other)} == {"simulated"}
