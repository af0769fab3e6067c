"""Bulk acts: the preview's number is what is touched, no more and no less."""

from __future__ import annotations

from sqlalchemy import func, select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post

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
