"""The timeline tells everything once and in order, in pages of any size."""

from __future__ import annotations

from typing import Any

import pytest

from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, alert, post
from tests.incident_api.incidents.case import CaseFile


def told(file: CaseFile, *, limit: int = 200, order: str = "oldest") -> list[dict[str, Any]]:
    """All of it, page by page."""
    found: list[dict[str, Any]] = []
    after: dict[str, Any] = {}
    while True:
        answer = file.page("irt.leader").get(f"/incidents/{file.id}/timeline", limit=limit, order=order, **after)
        assert answer.status_code == 200, answer.text
        found += answer.json()["entries"]
        if answer.json()["next"] is None:
            return found
        after = {"after": answer.json()["next"]}


def busy(runtime: Runtime, clock: ManualClock) -> CaseFile:
    """An incident to which much happened, partly in one moment."""
    post(runtime, alert(1, asset="dvc"))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    file = CaseFile(runtime, groups=[group], facts={"data_encrypted": True})
    clock.advance(seconds=60)
    file.confirm()
    first = file.obligations("TL")[0]["id"]
    file.act("tell", obligation=first, to="điện thoại")
    clock.advance(seconds=60)
    file.act("fulfil", obligation=first, receipt="đã nhận")
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    file.page("owner.approver").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {})
    file.act("move_clock", clock="det", to_us=clock.us - 3_600_000_000, reason="báo sớm hơn")
    return file


def test_what_happened_is_told_in_order_with_who_and_why(runtime: Runtime, clock: ManualClock) -> None:
    file = busy(runtime, clock)
    found = told(file)
    assert [each["at_us"] for each in found] == sorted(each["at_us"] for each in found)
    kinds = [each["kind"] for each in found]
    # Who is told by the clocks and the outbox is their business, and told besides.
    assert {kind: kinds.count(kind) for kind in set(kinds) - {"notice", "assignment"}} == {
        "transition": 2,
        "revision": 3,
        "link": 1,
        "obligation": 8,
        "obligation_sent": 1,
        "obligation_ended": 2 + 1,
        "approval": 1,
        "approval_ended": 1,
        "change": 1,
        "observable": 2,
    }
    opened = found[0]
    assert (opened["kind"], opened["text"]["vi"], opened["actor_brief"]["id"]) == ("transition", "Mở sự cố", "irt.shift_lead.2")
    (granted,) = [each for each in found if each["kind"] == "approval_ended"]
    assert (granted["text"]["vi"], granted["actor"]) == ("Phê duyệt: Hạ mức độ sự cố M1, M2", "owner.approver")
    (moved,) = [each for each in found if each["kind"] == "change"]
    assert (moved["text"]["en"], moved["body"]) == ("A clock was moved", "báo sớm hơn")
    assert all(each["text"]["vi"] and each["text"]["en"] and each["reference"] and each["tlp"] for each in found)


@pytest.mark.parametrize("order", ["newest", "oldest"])
@pytest.mark.parametrize("limit", [1, 3, 7])
def test_pages_give_every_entry_once(runtime: Runtime, clock: ManualClock, order: str, limit: int) -> None:
    file = busy(runtime, clock)
    whole = told(file)
    assert told(file, limit=limit, order=order) == (whole if order == "oldest" else whole[::-1])


@pytest.mark.parametrize("cursor", ["x", "1.2", "1.2.3.4", "9999999999999999.1.1", "1.1.-1", "١.1.1"])
def test_a_cursor_that_is_none_is_refused(runtime: Runtime, cursor: str) -> None:
    answer = CaseFile(runtime).page("irt.leader").get("/incidents/SC-2026-0001/timeline", after=cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "request.bad_cursor")


def test_the_timeline_of_a_foreign_incident_does_not_exist(runtime: Runtime) -> None:
    file = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    foreign = Page(runtime, "unit.contact.p-an-binh").get(f"/incidents/{file.id}/timeline")
    own = Page(runtime, "unit.contact.x-vinh-loc").get(f"/incidents/{file.id}/timeline")
    assert (foreign.status_code, own.status_code) == (404, 200)


def test_alerts_are_told_by_host_and_source_and_what_was_taken_back_is_counted(runtime: Runtime) -> None:
    late = alert(2, asset=None, source="198.51.100.7", target="203.0.113.80", at_us=START_US + 60_000_000)
    gone = alert(3, asset="dvc", at_us=START_US + 120_000_000)
    post(runtime, alert(1, asset="dvc"), late, gone)
    post(runtime, gone.model_copy(update={"withdrawn": True, "amended": 1}))
    groups = [row["id"] for row in Page(runtime, "irt.analyst.2").rows()]
    file = CaseFile(runtime, groups=groups)
    placed = file.page("irt.analyst.2").get(f"/alerts/{late.id}").json()["alert"]["assets"]
    answer = file.page("irt.analyst.2").get(f"/incidents/{file.id}/timeline/alerts").json()
    assert [(each["hosts"], each["sources"]) for each in answer["alerts"]] == [
        (["dvc"], ["198.51.100.99"]),
        (placed, ["198.51.100.7"]),
    ]
    assert (answer["total"], answer["taken_back"]) == (2, 1)
    first = answer["alerts"][0]
    assert (first["first_us"], first["severity"], first["is_complete"]) == (START_US, 3, True)
    assert file.page("irt.analyst.2").get(f"/incidents/{file.id}/timeline/alerts", limit=1).json()["total"] == 2


def test_a_contact_is_told_no_alert_of_another_unit(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, asset="lan-x-vinh-loc", unit="x-vinh-loc", rule="b"))
    groups = [row["id"] for row in Page(runtime, "irt.analyst.2").rows()]
    file = CaseFile(runtime, groups=groups, assets=["lan-p-an-binh"])
    (own,) = file.page("unit.contact.p-an-binh").get(f"/incidents/{file.id}/timeline/alerts").json()["alerts"]
    assert own["hosts"] == ["lan-p-an-binh"]
