"""The audit log as the page asks for it: filters, progress of a verification, checkpoints."""

from __future__ import annotations

from typing import Any

from incident_api.audit import anchoring
from incident_api.audit.models import AuditCheckpoint
from incident_api.audit.progress import Walking
from incident_api.runtime import Runtime
from tests.incident_api.city import START_US, Page, alert, post


def records(page: Page, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.get("/audit", **query).json()["records"]
    return found


def test_records_are_found_by_who_by_the_beginning_of_an_act_and_by_time(runtime: Runtime) -> None:
    post(runtime, alert(1))
    analyst, auditor = Page(runtime, "irt.analyst.2"), Page(runtime, "auditor")
    analyst.act(analyst.rows()[0]["id"], "take")
    every = records(auditor, limit=200)
    assert {each["actor"] for each in records(auditor, actor="irt.analyst.2")} == {"irt.analyst.2"}
    named = records(auditor, act="alert", limit=200)
    assert [each["seq"] for each in named] == [each["seq"] for each in every if each["act"].startswith("alert")] != []
    assert records(auditor, act="%") == []
    assert records(auditor, until_us=1) == []
    assert records(auditor, from_us=START_US, limit=200) == [each for each in every if each["at_us"] >= START_US]


def test_a_filter_shows_nobody_more_than_their_own(runtime: Runtime) -> None:
    post(runtime, alert(1))
    analyst = Page(runtime, "irt.analyst.2")
    assert records(analyst, actor="component:correlator") == []


def test_progress_says_nothing_when_nothing_goes_on_and_how_far_it_is_when_it_does(runtime: Runtime) -> None:
    page = Page(runtime, "auditor")
    assert page.get("/audit/verification/progress").json()["is_running"] is False
    runtime.walking = Walking(began_us=START_US, walked=3, records=7)
    assert page.get("/audit/verification/progress").json() == {
        "is_running": True,
        "walked": 3,
        "records": 7,
        "began_us": START_US,
    }
    assert page.get("/audit/verification").json()["whole"] is True
    assert runtime.walking is None


def test_checkpoints_are_listed_newest_first_and_one_that_was_changed_does_not_hold(runtime: Runtime) -> None:
    post(runtime, alert(1))
    anchoring.run(runtime, runtime.clock.now_us())
    Page(runtime, "sysadmin").post("/people/irt.analyst.2/disable", {})
    anchoring.run(runtime, runtime.clock.now_us())
    answer = Page(runtime, "sysadmin").get("/audit/checkpoints").json()
    assert [each["number"] for each in answer["checkpoints"]] == [2, 1]
    assert all(each["holds"] for each in answer["checkpoints"])
    assert answer["checkpoints"][0]["records"] > answer["checkpoints"][1]["records"]
    with runtime.database.write() as session:
        row = session.get_one(AuditCheckpoint, 1)
        row.document = {**row.document, "size": row.document["size"] + 1}
    answer = Page(runtime, "sysadmin").get("/audit/checkpoints").json()
    assert [each["holds"] for each in answer["checkpoints"]] == [True, False]
