"""Bulk acts: the preview's number is what is touched, no more and no less."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from incident_api.alerts import bulk
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.models import EscalationRun
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, post

ANALYST = "irt.analyst.2"
CLOSE = {"action": "close", "verdict": "expected", "reason": "Diễn tập", "selection": {"query": {"q": "tan cong"}}}


def test_what_was_previewed_is_touched_and_newcomers_are_named_not_included(runtime: Runtime) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}") for number in range(120)))
    page = Page(runtime, ANALYST)
    preview = page.post("/alerts/bulk", CLOSE).json()
    assert preview["count"] == 120
    post(runtime, alert(500, rule="newcomer"))
    page.act(page.rows(rule="rule-3")[0]["id"], "take")
    outcome = page.post(f"/alerts/bulk/{preview['token']}", {}).json()
    assert (outcome["done"], outcome["newcomers"]) == (119, 1)
    assert [each["code"] for each in outcome["refused"]] == ["alert.changed"]
    assert page.get("/alerts", tab="closed").json()["total"] == 119
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).where(AuditRow.act == "alert.close")) == 119
    assert verify(runtime).is_whole


def test_applying_twice_gives_the_first_outcome(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    token = page.post("/alerts/bulk", CLOSE).json()["token"]
    first = page.post(f"/alerts/bulk/{token}", {}).json()
    assert first["done"] == 1
    assert page.post(f"/alerts/bulk/{token}", {}).json() == first


def test_a_token_is_its_owners_and_ends_after_ten_minutes(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    token = page.post("/alerts/bulk", CLOSE).json()["token"]
    assert Page(runtime, "irt.analyst.5").post(f"/alerts/bulk/{token}", {}).status_code == 404
    clock.advance(seconds=601)
    assert page.post(f"/alerts/bulk/{token}", {}).json()["code"] == "request.bulk_expired"


def test_a_bulk_act_without_what_it_needs_is_refused_before_anything_is_counted(runtime: Runtime) -> None:
    page = Page(runtime, ANALYST)
    for body in (
        {**CLOSE, "verdict": None},
        {"action": "hand_over", "selection": {"query": {}}},
        {"action": "take", "selection": {}},
        {"action": "take", "selection": {"ids": [], "query": {}}},
    ):
        assert page.post("/alerts/bulk", body).json()["code"] == "request.bulk_incomplete"


def posted(runtime: Runtime, groups: int) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}") for number in range(groups)))


def applied(page: Page, **request: Any) -> tuple[str, dict[str, Any]]:
    token = page.post("/alerts/bulk", {"selection": {"query": {}}, **request}).json()["token"]
    outcome: dict[str, Any] = page.post(f"/alerts/bulk/{token}", {}).json()
    return token, outcome


def as_they_stand(runtime: Runtime) -> dict[str, Any]:
    with runtime.database.read() as session:
        groups = session.scalars(select(TriageGroup)).all()
        runs = session.execute(select(EscalationRun.subject, EscalationRun.state, EscalationRun.step, EscalationRun.next_due_us))
        fields = ("state", "is_open", "collects", "verdict", "assignee", "taken_us", "closed_us", "acknowledge_due_us")
        found: dict[str, Any] = {group.id: tuple(getattr(group, field) for field in fields) for group in groups}
        return found | {subject: tuple(rest) for subject, *rest in runs}


def order(action: str, page: Page) -> dict[str, Any]:
    more: dict[str, dict[str, Any]] = {
        "take": {},
        "close": {"verdict": "expected", "reason": "Diễn tập"},
        "suppress": {"reason": "Bảo trì", "scope": "thing", "until_us": START_US + 3_600_000_000},
        "hand_over": {"reason": "Hết ca", "to": "irt.analyst.5"},
    }
    if action == "link":
        return {"action": action, "incident": page.post("/incidents", {"title": "Sự cố thử"}).json()["row"]["id"]}
    return {"action": action, **more[action]}


@pytest.mark.parametrize("action", ["take", "close", "suppress", "link", "hand_over"])
def test_a_bulk_act_is_what_the_single_acts_are_and_is_taken_back_as_a_whole(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 3)
    posted(runtime, 8)
    page = Page(runtime, "irt.shift_lead.2")
    request = order(action, page)
    before = as_they_stand(runtime)
    token, outcome = applied(page, **request)
    assert (outcome["done"], outcome["refused"]) == (8, [])
    with runtime.database.read() as session:
        records = session.scalars(select(TransitionRecord).where(TransitionRecord.action == action)).all()
        audited = session.scalars(select(AuditRow.object).where(AuditRow.act == f"alert.{action}")).all()
        running = session.scalar(select(func.count()).where(EscalationRun.state == "running"))
    assert sorted(f"group/{record.group_id}" for record in records) == sorted(audited)
    assert len(set(audited)) == 8
    assert running == (8 if action == "hand_over" else 0)
    undone = page.post(f"/alerts/bulk/{token}/undo", {}).json()
    assert (undone["done"], undone["refused"]) == (8, [])
    after = as_they_stand(runtime)
    assert {key: after[key] for key in before if "/" not in key} == {key: before[key] for key in before if "/" not in key}
    if action != "hand_over":
        assert after == before
    assert page.post(f"/alerts/bulk/{token}/undo", {}).json() == undone
    assert verify(runtime).is_whole


def test_reopening_in_bulk_and_taking_that_back(runtime: Runtime) -> None:
    posted(runtime, 4)
    page = Page(runtime, ANALYST)
    applied(page, **order("close", page))
    request = {"action": "reopen", "reason": "Đóng nhầm", "selection": {"query": {"tab": "closed"}}}
    token, outcome = applied(page, **request)
    assert outcome["done"] == 4
    assert page.get("/alerts").json()["total"] == 4
    assert page.post(f"/alerts/bulk/{token}/undo", {}).json()["done"] == 4
    assert page.get("/alerts", tab="closed").json()["total"] == 4


def test_the_undo_leaves_alone_what_changed_since_and_ends_after_sixty_seconds(runtime: Runtime, clock: ManualClock) -> None:
    posted(runtime, 3)
    page = Page(runtime, ANALYST)
    token, _ = applied(page, action="take")
    group = page.rows()[0]["id"]
    clock.advance(seconds=1)
    page.act(group, "close", verdict="true", note="x")
    clock.advance(seconds=59)
    undone = page.post(f"/alerts/bulk/{token}/undo", {}).json()
    assert (undone["done"], [(each["id"], each["code"]) for each in undone["refused"]]) == (
        2,
        [(group, "alert.undo_changed_since")],
    )
    token, _ = applied(page, action="take")
    clock.advance(seconds=60.001)
    assert page.post(f"/alerts/bulk/{token}/undo", {}).json()["code"] == "alert.undo_too_late"
    assert Page(runtime, "irt.analyst.5").post(f"/alerts/bulk/{token}/undo", {}).status_code == 404


def test_a_bulk_act_that_a_process_left_half_done_goes_on_where_it_stood(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk, "CHUNK", 2)
    posted(runtime, 6)
    page = Page(runtime, ANALYST)
    token = page.post("/alerts/bulk", {"action": "take", "selection": {"query": {}}}).json()["token"]
    chunk, calls = bulk._chunk, []

    def killed_at_the_second(*arguments: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("killed")
        return chunk(*arguments, **named)

    with monkeypatch.context() as broken:
        broken.setattr(bulk, "_chunk", killed_at_the_second)
        assert page.post(f"/alerts/bulk/{token}", {}).status_code == 500
    outcome = page.post(f"/alerts/bulk/{token}", {}).json()
    assert (outcome["done"], outcome["refused"]) == (6, [])
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).where(AuditRow.act == "alert.take")) == 6


def test_a_small_act_answers_the_rows_as_they_stand_so_that_a_page_goes_on_with_their_versions(runtime: Runtime) -> None:
    posted(runtime, 3)
    page = Page(runtime, ANALYST)
    _token, outcome = applied(page, action="take")
    assert {row["state"] for row in outcome["rows"]} == {"taken"}
    assert (
        page.act(outcome["rows"][0]["id"], "close", version=outcome["rows"][0]["version"], verdict="duplicate").status_code == 200
    )


def test_how_far_an_act_came_can_be_read_by_its_owner_alone(runtime: Runtime, clock: ManualClock) -> None:
    posted(runtime, 4)
    page = Page(runtime, ANALYST)
    token = page.post("/alerts/bulk", {"action": "take", "selection": {"query": {}}}).json()["token"]
    before = page.get(f"/alerts/bulk/{token}").json()
    assert (before["count"], before["done"], before["is_running"], before["outcome"]) == (4, 0, False, None)
    page.post(f"/alerts/bulk/{token}", {})
    after = page.get(f"/alerts/bulk/{token}").json()
    assert (after["done"], after["refused"], after["undo_until_us"]) == (4, 0, clock.now_us() + 60_000_000)
    assert Page(runtime, "irt.analyst.5").get(f"/alerts/bulk/{token}").status_code == 404
    page.post(f"/alerts/bulk/{token}/undo", {})
    assert page.get(f"/alerts/bulk/{token}").json()["undo_until_us"] is None


def test_an_act_over_a_piece_of_the_strip_touches_only_that_piece(runtime: Runtime) -> None:
    post(runtime, *(alert(number, rule=f"rule-{number}", at_us=START_US - number * 60_000_000) for number in range(10)))
    page = Page(runtime, ANALYST)
    window = {"since_us": START_US - 4 * 60_000_000, "before_us": START_US - 60_000_000}
    preview = page.post("/alerts/bulk", {"action": "take", "selection": {"query": window}}).json()
    assert preview["count"] == page.get("/alerts", **window).json()["total"] == 3
