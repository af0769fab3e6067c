"""Suppressing a group: said why and until when, counted all the same, and never of what is graver or somebody else's doing."""

from __future__ import annotations

from typing import Any

import pytest

from incident_api.alerts.jobs import end_suppressions
from incident_api.audit.service import verify
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, post

ANALYST, LEAD = "irt.analyst.2", "irt.shift_lead.2"
HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def suppressed(page: Page, *, scope: str = "thing", until_us: int = START_US + HOUR_US) -> str:
    group = str(page.rows()[0]["id"])
    answer = page.act(group, "suppress", reason="Máy quét nội bộ", scope=scope, until_us=until_us)
    assert answer.status_code == 200, answer.text
    return group


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_it_leaves_the_queue_calls_nobody_and_counts_what_comes(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = suppressed(page)
    post(runtime, alert(2, hits=5))
    found = page.detail(group)
    assert (found["row"]["state"], found["row"]["hits"], found["deadline"]["state"]) == ("suppressed", 6, "stopped")
    assert (found["suppression"]["alerts"], found["suppression"]["hits"]) == (1, 5)
    assert (page.rows(), [row["id"] for row in page.rows(tab="suppressed")]) == ([], [group])


def test_when_its_time_is_over_it_is_new_with_its_hits_and_a_clock(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = suppressed(page)
    post(runtime, alert(2))
    assert end_suppressions(runtime, clock.now_us() + HOUR_US - 1) == "0 suppressions over"
    clock.advance(seconds=3600)
    assert end_suppressions(runtime, clock.now_us()) == "1 suppressions over"
    found = Page(runtime, ANALYST).detail(group)
    assert (found["row"]["state"], found["row"]["alerts"], found["suppression"]) == ("new", 2, None)
    assert (found["deadline"]["state"], found["transitions"][0]["number"]) == ("running", "A7")
    assert found["transitions"][0]["actor_job"] == "job:suppressions"
    assert verify(runtime).is_whole


@pytest.mark.parametrize(("until_us", "status"), [(0, 422), (30 * DAY_US, 200), (30 * DAY_US + 1, 422)])
def test_it_ends_within_thirty_days(runtime: Runtime, until_us: int, status: int) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    answer = page.act(group, "suppress", reason="x", scope="thing", until_us=START_US + until_us)
    assert (answer.status_code, answer.json().get("code")) == (status, None if status == 200 else "alert.suppressed_too_long")


def test_what_is_critical_is_suppressed_by_a_shift_lead(runtime: Runtime) -> None:
    post(runtime, alert(1, level=Level.CRITICAL))
    group = Page(runtime, ANALYST).rows()[0]["id"]
    order = {"reason": "x", "scope": "thing", "until_us": START_US + HOUR_US}
    assert code(Page(runtime, ANALYST).act(group, "suppress", **order)) == "alert.shift_lead_needed"
    assert Page(runtime, LEAD).act(group, "suppress", **order).status_code == 200


@pytest.mark.parametrize(
    ("scope", "changes", "state", "reason"),
    [
        ("thing", {"level": Level.CRITICAL}, "new", "graver_than_suppressed"),
        ("thing", {"source": "198.51.100.7"}, "suppressed", None),
        ("sources", {"source": "198.51.100.7"}, "new", "other_source_than_suppressed"),
        ("sources", {}, "suppressed", None),
    ],
)
def test_what_was_not_looked_at_brings_it_back(
    runtime: Runtime, scope: str, changes: dict[str, Any], state: str, reason: str | None
) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = suppressed(page, scope=scope)
    post(runtime, alert(2, **changes))
    found = page.detail(group)
    assert (found["row"]["state"], found["row"]["alerts"]) == (state, 2)
    assert (found["transitions"][0]["reason"] if state == "new" else None) == reason


def test_undo_of_both_gives_back_what_was(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = suppressed(page)
    answer = page.act(group, "undo").json()
    assert (answer["row"]["state"], answer["suppression"], answer["deadline"]["state"]) == ("new", None, "running")
    suppressed(page)
    page.act(group, "unsuppress")
    answer = page.act(group, "undo").json()
    assert (answer["row"]["state"], answer["suppression"]["reason"]) == ("suppressed", "Máy quét nội bộ")
    assert answer["suppression"]["until_us"] == START_US + HOUR_US
