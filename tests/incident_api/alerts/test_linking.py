"""A group in an incident: linked and taken out again, by the table and without a copy."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from incident_api.alerts.models import TriageGroup
from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.incidents.models import Incident, IncidentLink, IncidentRevision
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post

ANALYST, OTHER, LEAD = "irt.analyst.2", "irt.analyst.5", "irt.shift_lead.2"


def opened(page: Page, *groups: str, **fields: Any) -> str:
    answer = page.post("/incidents", {"title": "Sự cố thử", "groups": list(groups), **fields})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["row"]["id"])


def code(answer: Any) -> str:
    return str(answer.json()["code"])


def test_opening_an_incident_links_its_group_and_stops_the_clock(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    incident = opened(page, group)
    found = page.detail(group)
    assert (found["row"]["state"], found["incident"], found["deadline"]["state"]) == ("linked", incident, "stopped")
    assert [each["number"] for each in found["transitions"]] == ["A4", "A1"]
    assert page.rows() == []
    assert [row["id"] for row in page.rows(tab="linked")] == [group]
    assert page.get("/alerts").json()["tabs"]["linked"] == 1


def test_a_group_is_linked_to_an_open_incident_with_a_record_on_both_sides(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    incident = opened(page)
    page.act(group, "take")
    answer = page.act(group, "link", incident=incident)
    assert (answer.status_code, answer.json()["row"]["state"]) == (200, "linked")
    assert page.get(f"/incidents/{incident}").json()["groups"] == [group]
    with runtime.database.read() as session:
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.seq)).all()
    assert acts[-2:] == ["incident.linked", "alert.link"]
    assert verify(runtime).is_whole
    again = page.act(group, "link", incident=incident)
    assert (again.status_code, code(again)) == (409, "incident.group_linked")


def test_taking_it_out_makes_whoever_did_so_its_holder_and_leaves_the_row_of_the_link(runtime: Runtime, clock: ManualClock) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    incident = opened(page, group)
    clock.advance(seconds=5)
    answer = Page(runtime, LEAD).act(group, "unlink", reason="Không liên quan").json()
    assert (answer["row"]["state"], answer["row"]["assignee"]["id"], answer["incident"]) == ("taken", LEAD, None)
    assert answer["deadline"]["state"] == "stopped"
    with runtime.database.read() as session:
        link = session.scalars(select(IncidentLink)).one()
    assert (link.incident_id, link.unlinked_us) == (incident, clock.now_us())


def test_out_of_a_grave_incident_only_a_shift_lead_takes_it(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    incident = opened(page, group)
    with runtime.database.write() as session:
        session.get_one(Incident, incident).severity = "M2"
    refused = page.act(group, "unlink", reason="Không liên quan")
    assert (refused.status_code, code(refused)) == (403, "alert.shift_lead_needed")
    assert Page(runtime, LEAD).act(group, "unlink", reason="Không liên quan").status_code == 200


def test_an_incident_that_has_ended_takes_nothing_in_and_gives_nothing_back(runtime: Runtime) -> None:
    post(runtime, alert(1), alert(2, rule="other"))
    page = Page(runtime, LEAD)
    first, second = (row["id"] for row in page.rows())
    incident = opened(page, first)
    with runtime.database.write() as session:
        session.get_one(Incident, incident).state = "rejected"
    for answer in (page.act(second, "link", incident=incident), page.act(first, "unlink", reason="x"), page.act(first, "undo")):
        assert (answer.status_code, code(answer)) == (409, "alert.incident_ended")


def test_live_work_and_a_replay_are_not_mixed(runtime: Runtime) -> None:
    post(runtime, alert(1, dataset="import:1"))
    page = Page(runtime, ANALYST)
    group = page.rows(dataset="import")[0]["id"]
    assert code(page.act(group, "link", incident=opened(page))) == "incident.mixed_datasets"
    missing = page.act(group, "link", incident="SC-2026-9999")
    assert (missing.status_code, code(missing)) == (404, "incident.not_found")


def test_undo_of_linking_and_of_unlinking_gives_back_what_was(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, OTHER)
    group = page.rows()[0]["id"]
    before = page.detail(group)
    incident = opened(page)
    page.act(group, "link", incident=incident)
    answer = page.act(group, "undo").json()
    assert (answer["row"]["state"], answer["incident"], answer["deadline"]["state"]) == ("new", None, "running")
    assert answer["row"]["assignee"] == before["row"]["assignee"]
    page.act(group, "link", incident=incident)
    page.act(group, "unlink", reason="Nhầm")
    answer = page.act(group, "undo").json()
    assert (answer["row"]["state"], answer["incident"]) == ("linked", incident)
    assert answer["row"]["assignee"] == before["row"]["assignee"]
    with runtime.database.read() as session:
        assert [link.unlinked_us is None for link in session.scalars(select(IncidentLink).order_by(IncidentLink.id))] == [
            False,
            True,
        ]
    assert verify(runtime).is_whole


def test_new_hits_join_a_linked_group_until_its_incident_has_ended(runtime: Runtime) -> None:
    post(runtime, alert(1))
    page = Page(runtime, ANALYST)
    group = page.rows()[0]["id"]
    incident = opened(page, group)
    post(runtime, alert(2))
    assert page.detail(group)["row"]["alerts"] == 2
    with runtime.database.write() as session:
        session.get_one(Incident, incident).state = "closed"
    post(runtime, alert(3))
    (row,) = page.rows()
    assert (row["alerts"], row["is_returned"], row["state"]) == (1, True, "new")
    with runtime.database.read() as session:
        assert session.get_one(TriageGroup, group).alerts == 2


def test_a_group_that_is_linked_later_brings_its_systems_and_units_its_class_and_duties(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, rule="other", asset="quoc-phong", unit="vp-ubnd"))
    page, contact = Page(runtime, ANALYST), Page(runtime, "unit.contact.p-an-binh")
    ward, military = sorted(page.rows(), key=lambda row: "cổng: other" in str(row))
    assert contact.detail(ward["id"])["row"]["state"] == "new"
    incident = opened(page, assets=["lan-so-nv"], facts={"data_encrypted": True})
    assert contact.get(f"/incidents/{incident}").status_code == 404

    def stands() -> Incident:
        with runtime.database.read() as session:
            return session.get_one(Incident, incident)

    def revisions() -> list[IncidentRevision]:
        with runtime.database.read() as session:
            query = select(IncidentRevision).where(IncidentRevision.incident_id == incident)
            return list(session.scalars(query.order_by(IncidentRevision.number)))

    before = stands()
    page.act(ward["id"], "link", incident=incident)
    after = stands()
    assert [each["id"] for each in after.assets] == ["lan-so-nv", "lan-p-an-binh"]
    assert (after.units, after.operators) == (["p-an-binh", "so-nv"], ["p-an-binh", "so-nv"])
    assert (after.severity, after.facts, after.version) == (before.severity, before.facts, before.version + 1)
    # It is theirs from now on.
    assert contact.detail(ward["id"])["incident"] == incident
    page.act(military["id"], "link", incident=incident)
    graver = stands()
    assert "military" in graver.flags
    # By the rules a case of the defence ministry's has no class of ours: it is handed over (golden cases, MH).
    assert (before.severity, graver.severity) == ("M2", None)
    assert "MH" in {each["code"] for each in page.get(f"/incidents/{incident}").json()["obligations"]}
    assert [each.reason for each in revisions()] == [None, f"group/{ward['id']}", f"group/{military['id']}"]
    # What somebody may have acted on stays.
    assert Page(runtime, LEAD).act(military["id"], "unlink", reason="Không liên quan").status_code == 200
    assert stands().assets == graver.assets
    assert verify(runtime).is_whole
