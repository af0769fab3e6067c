"""Alerts of other tools and warnings of authorities: one a reference, in the same queue as our own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import func, select

from incident_api.alerts import foreign
from incident_api.alerts.jobs import register
from incident_api.alerts.models import AssignmentRecord, ForeignAlert, StoredAlert, TriageGroup
from incident_api.alerts.schemas import PostAlert
from incident_api.audit.service import verify
from incident_api.http.identity import Caller
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from tests.incident_api.city import Page

LIAISON, ANALYST = "irt.liaison", "irt.analyst.2"
ALERT = {
    "source": "edr-ward",
    "source_ref": "A-17",
    "rule": "credential-dumping",
    "title_vi": "Trích xuất thông tin xác thực",
    "level": "high",
    "entities": [{"kind": "ip", "value": "10.10.10.10", "role": "target"}, {"kind": "user", "value": "nv.an", "role": "source"}],
}
WARNING = {
    "source": "van-thu",
    "source_ref": "1234/CB-A05",
    "kind": "warning",
    "authority": "Cục A05",
    "document_number": "1234/CB-A05",
    "title_vi": "Lỗ hổng trên cổng dịch vụ công",
    "level": "medium",
    "tlp": "AMBER+STRICT",
}


def counts(runtime: Runtime) -> tuple[int, int, int]:
    with runtime.database.read() as session:
        tables = (ForeignAlert, StoredAlert, TriageGroup)
        first, second, third = (session.scalar(select(func.count()).select_from(table)) or 0 for table in tables)
        return first, second, third


def test_an_alert_of_another_tool_stands_in_the_queue_with_its_systems_and_an_assignee(runtime: Runtime) -> None:
    answer = Page(runtime, LIAISON).post("/alerts", ALERT)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "created")
    page = Page(runtime, ANALYST)
    (row,) = page.rows()
    assert (row["id"], row["severity"], row["state"], row["asset"]) == (answer.json()["group"], 3, "new", "cong-tt")
    assert row["assignee"] is not None
    detail = page.detail(row["id"])
    (found,) = detail["foreign"]
    assert (found["source"], found["source_ref"], found["kind"], found["posted_by"]) == ("edr-ward", "A-17", "alert", LIAISON)
    assert "tlp.amber" in detail["tags"]
    assert verify(runtime).is_whole


def test_the_same_post_again_changes_nothing_and_more_hits_grow_it(runtime: Runtime) -> None:
    page = Page(runtime, LIAISON)
    first = page.post("/alerts", ALERT).json()
    again = page.post("/alerts", ALERT)
    assert (again.status_code, again.json()) == (200, {**first, "outcome": "known"})
    grown = page.post("/alerts", {**ALERT, "hits": 7})
    assert (grown.status_code, grown.json()["outcome"]) == (200, "updated")
    assert [row["hits"] for row in page.rows()] == [7]
    assert counts(runtime) == (1, 1, 1)


def test_other_content_under_a_used_reference_is_refused(runtime: Runtime) -> None:
    page = Page(runtime, LIAISON)
    page.post("/alerts", ALERT)
    refused = page.post("/alerts", {**ALERT, "level": "low"})
    assert (refused.status_code, refused.json()["code"]) == (409, "alert.reference_used")
    assert page.post("/alerts", {**ALERT, "source": "other"}).status_code == 201


def test_fifty_concurrent_posts_of_one_alert_are_one(runtime: Runtime) -> None:
    body = PostAlert.model_validate(ALERT)
    with runtime.database.read() as session:
        caller = Caller(person=Person.of(session.get_one(PersonRow, LIAISON)), session=None)
    with ThreadPoolExecutor(50) as pool:
        outcomes = list(pool.map(lambda _: foreign.take_in(runtime, caller=caller, body=body).outcome, range(50)))
    assert sorted(outcomes) == ["created", *["known"] * 49]
    assert counts(runtime) == (1, 1, 1)
    assert verify(runtime).is_whole


def test_a_warning_names_its_authority_and_is_a_matter_of_its_own(runtime: Runtime) -> None:
    page = Page(runtime, LIAISON)
    group = page.post("/alerts", WARNING).json()["group"]
    other = page.post("/alerts", {**WARNING, "source_ref": "1235/CB-A05", "document_number": "1235/CB-A05"}).json()["group"]
    assert group != other
    detail = page.detail(group)
    (found,) = detail["foreign"]
    assert (found["kind"], found["authority"], found["tlp"]) == ("warning", "Cục A05", "AMBER+STRICT")
    assert detail["row"]["title"]["vi"] == "Cục A05: Lỗ hổng trên cổng dịch vụ công"
    assert "khien.warning" in detail["tags"]


@pytest.mark.parametrize(
    "changes",
    [
        {"authority": None},
        {"kind": "alert"},
        {"source": "Văn thư"},
        {"last_us": 1},
        {"level": "informational"},
        {"tlp": "WHITE"},
        {"state": "closed"},
        {"dataset": "nonsense"},
    ],
)
def test_what_does_not_fit_is_refused(runtime: Runtime, changes: dict[str, Any]) -> None:
    assert Page(runtime, LIAISON).post("/alerts", {**WARNING, **changes}).status_code == 422


def test_what_is_marked_red_goes_to_somebody_cleared_for_it_and_a_low_warning_stays_with_people(runtime: Runtime) -> None:
    page = Page(runtime, LIAISON)
    page.post("/alerts", {**WARNING, "level": "low"})
    page.post("/alerts", {**ALERT, "tlp": "RED"})
    register(runtime, runtime.clock.now_us())
    with runtime.database.read() as session:
        low, high = session.scalars(select(TriageGroup).order_by(TriageGroup.severity)).all()
        stored = session.scalars(select(AssignmentRecord).where(AssignmentRecord.group_id == high.id)).one()
    assert low.state == "new"
    assert stored.inputs is not None
    assert stored.inputs["facts"]["tlp"] == "RED"


def test_whoever_triages_does_not_import(runtime: Runtime) -> None:
    answer = Page(runtime, ANALYST).post("/alerts", ALERT)
    assert (answer.status_code, answer.json()["params"]["right"]) == (403, "alerts.import")
