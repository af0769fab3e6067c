"""What the rules close by themselves, what they give back to people, and what comes back."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from incident_api.alerts.jobs import is_sampled, register, remind
from incident_api.alerts.models import TriageGroup
from incident_api.audit.service import verify
from incident_api.coordination.alert_rules import AlertRules
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import PolicyInForce, Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post

ANALYST, OTHER = "irt.analyst.2", "irt.analyst.5"


def rules(runtime: Runtime, **changes: object) -> None:
    found = runtime.policy
    part = AlertRules.model_validate(found.policy.alerts.model_dump() | changes)
    policy = found.policy.model_copy(update={"alerts": part})
    runtime.put_in_force(PolicyInForce(policy, found.sha256, found.since_us))


def states(runtime: Runtime) -> Counter[tuple[int, str]]:
    with runtime.database.read() as session:
        return Counter((group.severity, group.state) for group in session.scalars(select(TriageGroup)))


def test_the_rules_register_what_is_low_and_leave_the_rest_and_a_sample_to_people(runtime: Runtime) -> None:
    post(runtime, *(alert(number, rule=f"low-{number}", level=Level.LOW) for number in range(60)))
    post(runtime, alert(1, rule="medium", level=Level.MEDIUM), alert(1, rule="blocked", level=Level.MEDIUM, tags=("khien.s401",)))
    post(runtime, alert(1, rule="high", tags=("khien.s402",)), alert(1, rule="replay", level=Level.LOW, dataset="import:1"))
    with runtime.database.read() as session:
        low = session.scalars(select(TriageGroup.id).where(TriageGroup.rule_id.startswith("low-"))).all()
        blocked = session.scalars(select(TriageGroup.id).where(TriageGroup.rule_id == "blocked")).one()
    kept = sum(is_sampled(group, percent=5) for group in low)
    kept_blocked = is_sampled(blocked, percent=5)
    assert register(runtime, runtime.clock.now_us()) == f"{60 - kept + (not kept_blocked)} registered"
    found = states(runtime)
    assert (found[1, "closed"], found[1, "new"]) == (60 - kept, kept + 1)
    assert (found[2, "closed"], found[3, "new"]) == (int(not kept_blocked), 1)
    assert register(runtime, runtime.clock.now_us()) == "0 registered"
    row = Page(runtime, ANALYST).rows(tab="closed")[0]
    assert row["verdict"] == "registered"
    assert verify(runtime).is_whole


def test_of_a_hundred_thousand_groups_five_of_a_hundred_are_drawn_and_always_the_same() -> None:
    drawn = sum(is_sampled(f"{number:016x}", percent=5) for number in range(100_000))
    # A binomial of n = 100,000 and p = 0.05 has a standard deviation of 69.
    assert abs(drawn - 5000) < 5 * 69
    assert [number for number in range(100) if is_sampled(f"{number:016x}", percent=5)] == [
        number for number in range(100) if is_sampled(f"{number:016x}", percent=5)
    ]


def test_a_part_without_a_level_or_with_a_grave_one_is_no_rule() -> None:
    rule = {"id": "x", "basis": "A09", "text": {"vi": "x", "en": "x"}}
    for levels in ([], ["high"], ["low", "critical"]):
        with pytest.raises(ValueError, match=r"levels|looked at by people"):
            AlertRules.model_validate({"registered": [{**rule, "when": {"levels": levels}}]})


def test_whoever_took_something_and_left_it_is_reminded_and_then_it_goes_to_somebody_else(
    runtime: Runtime, clock: ManualClock
) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    page.act(group, "take")
    clock.advance(seconds=30 * 60 - 1)
    assert remind(runtime, clock.now_us()) == "0 reminded, 0 assigned anew"
    clock.advance(seconds=1)
    assert remind(runtime, clock.now_us()) == "1 reminded, 0 assigned anew"
    with runtime.database.read() as session:
        notices = session.scalars(select(NoticeRow).where(NoticeRow.template == "alert_reminder")).all()
    assert [(notice.recipient, notice.subject) for notice in notices] == [(ANALYST, f"group/{group}")]
    clock.advance(seconds=15 * 60 - 1)
    assert remind(runtime, clock.now_us()) == "0 reminded, 0 assigned anew"
    clock.advance(seconds=1)
    assert remind(runtime, clock.now_us()) == "0 reminded, 1 assigned anew"
    found = Page(runtime, OTHER).detail(group)
    assert (found["row"]["state"], found["transitions"][0]["number"], found["transitions"][0]["reason"]) == (
        "new",
        "A3",
        "left_lying",
    )
    assert found["row"]["assignee"]["id"] != ANALYST
    assert found["deadline"]["state"] == "running"
    assert verify(runtime).is_whole


def test_a_note_is_a_sign_of_life(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    page.act(group, "take")
    clock.advance(seconds=30 * 60)
    remind(runtime, clock.now_us())
    noted = Page(runtime, ANALYST).post(f"/groups/{group}/note", {"text": "Đang kiểm tra máy chủ"})
    assert noted.status_code == 200, noted.text
    clock.advance(seconds=29 * 60)
    assert remind(runtime, clock.now_us()) == "0 reminded, 0 assigned anew"
    clock.advance(seconds=60)
    assert remind(runtime, clock.now_us()) == "1 reminded, 0 assigned anew"


@pytest.mark.parametrize(("then", "open_alerts", "closed_alerts"), [("new", [1], [1]), ("attach", [], [2]), ("reopen", [2], [])])
def test_what_comes_back_becomes_what_the_rules_say_and_the_row_shows_it(
    runtime: Runtime, then: str, open_alerts: list[int], closed_alerts: list[int]
) -> None:
    rules(runtime, closed_group_by_verdict={"expected": then})
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    page.act(page.rows()[0]["id"], "close", verdict="expected", note="Máy quét nội bộ")
    post(runtime, alert(2))
    in_queue, closed = page.rows(), page.rows(tab="closed")
    assert [row["alerts"] for row in in_queue] == open_alerts
    assert [row["alerts"] for row in closed] == closed_alerts
    assert [row["came_back"] for row in (in_queue or closed)] == [then]
    assert verify(runtime).is_whole


def test_what_is_graver_than_the_closed_group_is_always_a_new_one(runtime: Runtime) -> None:
    rules(runtime, closed_group="attach")
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    page.act(page.rows()[0]["id"], "close", verdict="expected", note="Máy quét nội bộ")
    post(runtime, alert(2, level=Level.CRITICAL))
    assert [(row["severity"], row["came_back"]) for row in page.rows()] == [(4, "new")]
