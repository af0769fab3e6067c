"""Incidents through the API: duties, acts of two parties, guards, and the golden cases that need a running service."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.audit.service import verify
from incident_api.coordination.golden import GoldenAssessment
from incident_api.notifications.models import NoticeRow
from incident_api.openapi import DOCUMENT
from incident_api.runtime import Runtime
from khien.clock import ManualClock, parse_utc
from tests.incident_api.city import Page, alert, post
from tests.incident_api.coordination.city_rules import policy
from tests.incident_api.incidents.case import CaseFile

HOUR_US = 3_600_000_000
GOLDEN = policy().golden


@pytest.mark.parametrize("case", GOLDEN.assessments, ids=[each.id for each in GOLDEN.assessments])
def test_the_service_owes_what_the_worked_case_says(runtime: Runtime, case: GoldenAssessment) -> None:
    known = set(runtime.organisation.assets)
    where: dict[str, Any] = {"assets": [each for each in case.assets if each in known]}
    if not where["assets"]:
        where["unregistered"] = case.assets[0]
    file = CaseFile(runtime, facts=case.facts, flags=list(case.flags), type=case.type, tags=list(case.tags), **where)
    found = file.confirm(type=case.type)
    assert found["row"]["severity"] == (case.severity.value if case.severity else None)
    assert found["row"]["category"] == case.group
    assert found["severity"]["lead"] + ("+p" if "p" in found["severity"]["joins"] else "") == case.lead
    assert len(found["obligations"]) == case.count
    assert {each["code"] for each in found["obligations"]} == set(case.owes)
    for each in found["obligations"]:
        assert each["basis"]["text"]["vi"].startswith("Căn cứ: ")


def test_an_open_incident_of_m2_owes_at_once_and_one_of_m3_when_it_is_confirmed(runtime: Runtime) -> None:
    grave = CaseFile(runtime, facts={"data_encrypted": True})
    assert {each["code"] for each in grave.obligations()} == {"TL", "IN", "FR", "U2"}
    light = CaseFile(runtime)
    assert light.obligations() == []
    assert {each["code"] for each in light.confirm()["obligations"]} == {"OW", "PC", "FR"}


def test_a_replay_owes_nothing_until_a_person_promotes_it(runtime: Runtime, clock: ManualClock) -> None:
    # Golden case K12.
    post(runtime, alert(1, dataset="import:mau", asset="dvc"))
    group = Page(runtime, "irt.analyst.2").rows(dataset="import:mau")[0]["id"]
    file = CaseFile(runtime, groups=[group], facts={"data_encrypted": True})
    file.confirm()
    assert file.obligations() == []
    clock.us = parse_utc("2026-12-15T10:00:00+07:00")
    file = _again(file)
    promoted = file.act("promote", reason="đúng là sự cố thật")
    assert promoted["row"]["detected_us"] == parse_utc("2026-12-15T10:00:00+07:00")
    assert file.due("IN") == [parse_utc("2026-12-16T10:00:00+07:00")]
    assert file.due("TL") == [parse_utc("2026-12-15T10:30:00+07:00")]
    assert file.try_act("promote", reason="lần nữa").json()["code"] == "incident.nothing_to_promote"


def _again(file: CaseFile) -> CaseFile:
    """After weeks every session is over: log in again."""
    file._pages.clear()
    return file


def test_an_exercise_owes_the_same_at_the_same_times(runtime: Runtime) -> None:
    # Golden case K13; G16 of the table.
    post(runtime, alert(1, dataset="exercise:lab", asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    group = Page(runtime, "irt.analyst.2").rows(dataset="exercise:lab")[0]["id"]
    drill = CaseFile(runtime, groups=[group], assets=["lan-x-vinh-loc"], facts={"data_encrypted": True})
    real = CaseFile(runtime, assets=["lan-x-vinh-loc"], facts={"data_encrypted": True})
    drill.confirm()
    real.confirm()
    planned = [(each["code"], each["recipient"], each["due_us"]) for each in drill.obligations()]
    assert planned == [(each["code"], each["recipient"], each["due_us"]) for each in real.obligations()]
    assert drill.read()["row"]["dataset"] == "exercise:lab"


def test_lowering_m2_takes_two_of_different_homes(runtime: Runtime) -> None:
    # Golden case K20: the leader's home is the police, so the police cannot be the second party.
    file = CaseFile(runtime, facts={"data_encrypted": True})
    file.confirm()
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    assert asked["row"]["severity"] == "M2"
    (approval,) = asked["approvals"]
    assert (approval["act"], approval["state"]) == ("lower", "half")
    police = file.page("police.duty").post(f"/approvals/{approval['id']}/grant", {})
    assert (police.status_code, police.json()["code"]) == (409, "approval.same_home")
    alone = file.page("irt.leader").post(f"/approvals/{approval['id']}/grant", {})
    assert alone.json()["code"] == "approval.same_person"
    granted = file.page("owner.approver").post(f"/approvals/{approval['id']}/grant", {})
    assert granted.status_code == 200, granted.text
    assert granted.json()["row"]["severity"] == "M3"
    states = {each["code"]: each["state"] for each in granted.json()["obligations"]}
    assert states == {"TL": "pending", "IN": "pending", "FR": "pending", "U2": "cancelled"}
    over = file.page("owner.approver").post(f"/approvals/{approval['id']}/grant", {})
    assert over.json()["code"] == "approval.over"


def test_two_parties_cannot_change_an_incident_that_has_ended(runtime: Runtime) -> None:
    file, target = CaseFile(runtime, facts={"data_encrypted": True}), CaseFile(runtime)
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    file.move("merge", fields={"target": target.id, "reason": "cùng một vụ"})
    granted = file.page("owner.approver").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {})
    assert (granted.status_code, granted.json()["code"]) == (409, "incident.wrong_state")
    assert [each["state"] for each in file.read()["approvals"]] == ["half"]
    again = file.try_act("move_clock", account="irt.shift_lead.2", clock="det", to_us=1, reason="sớm hơn")
    assert again.json()["code"] == "incident.wrong_state"


def test_an_analyst_may_not_even_ask_for_lowering(runtime: Runtime) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    refused = file.try_act("revise", account="irt.analyst.2", facts={"data_encrypted": None}, reason="không phải")
    assert (refused.status_code, refused.json()["code"]) == (409, "approval.wrong_roles")


def test_an_approval_that_nobody_answers_ends_after_a_day(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải")
    again = file.try_act("revise", account="irt.deputy", facts={"data_encrypted": None}, reason="không phải")
    assert again.json()["code"] == "approval.already_asked"
    clock.advance(seconds=25 * 3600)
    _again(file)
    late = file.page("owner.approver").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {})
    assert late.json()["code"] == "approval.over"
    anew = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải")
    assert [each["state"] for each in anew["approvals"]] == ["half", "expired"]


def test_closing_m1_with_an_open_duty_is_refused_and_nothing_deletes_one(runtime: Runtime) -> None:
    # Golden case K21.
    file = CaseFile(runtime, facts={"data_encrypted": True}, flags=["natsec"])
    file.confirm()
    for action in ("contain", "eradicate", "recover"):
        file.move(action)
    refused = file.try_move("close", account="irt.leader")
    assert (refused.status_code, refused.json()["code"]) == (409, "incident.open_duty")
    file.fulfil_all()
    half = file.move("close", account="irt.leader")
    assert half["row"]["state"] == "recovered"
    granted = file.page("owner.approver").post(f"/approvals/{half['approvals'][0]['id']}/grant", {})
    assert granted.json()["row"]["state"] == "closed"
    deleting = {name for each in runtime_paths() for name in each if name == "delete"}
    assert deleting == set()


def runtime_paths() -> list[dict[str, Any]]:
    paths = json.loads(DOCUMENT.read_text(encoding="utf-8"))["paths"]
    return [methods for path, methods in paths.items() if "incident" in path or "obligation" in path or "approval" in path]


def test_what_is_told_late_needs_its_reason(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    (told,) = [each for each in file.obligations("TL") if each["recipient"] == "irt.leader"]
    clock.advance(seconds=3600)
    _again(file)
    refused = file.try_act("fulfil", obligation=told["id"], receipt="đã nhận")
    assert (refused.status_code, refused.json()["code"]) == (422, "obligation.late_reason")
    found = file.act("fulfil", obligation=told["id"], receipt="đã nhận", reason="mất điện")
    assert {each["state"] for each in found["obligations"] if each["id"] == told["id"]} == {"late"}


def test_what_was_sent_in_time_and_confirmed_later_is_in_time(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    (told,) = [each for each in file.obligations("TL") if each["recipient"] == "irt.leader"]
    file.act("tell", obligation=told["id"], to="điện thoại 0292…")
    clock.advance(seconds=3600)
    _again(file)
    found = file.act("fulfil", obligation=told["id"], receipt="đã nhận")
    assert {each["state"] for each in found["obligations"] if each["id"] == told["id"]} == {"fulfilled"}


def test_waiving_takes_two_and_keeps_the_obligation(runtime: Runtime) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    first = file.obligations("U2")[0]
    asked = file.act("waive", account="irt.leader", obligation=first["id"], reason="đã thống nhất")
    granted = file.page("owner.approver").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {}).json()
    assert {each["state"] for each in granted["obligations"] if each["id"] == first["id"]} == {"waived"}


def test_the_clock_moves_earlier_by_one_and_later_by_two(runtime: Runtime) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    detected = file.read()["row"]["detected_us"]
    file.act("move_clock", clock="det", to_us=detected - HOUR_US, reason="báo trước đó một giờ")
    assert file.due("IN") == [detected + 23 * HOUR_US]
    asked = file.act("move_clock", clock="det", to_us=detected, reason="nhầm", account="irt.shift_lead.2")
    assert file.due("IN") == [detected + 23 * HOUR_US]
    granted = file.page("owner.approver").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {})
    assert granted.status_code == 200, granted.text
    assert file.due("IN") == [detected + 24 * HOUR_US]
    ahead = file.try_act("move_clock", clock="det", to_us=detected + 2**40, reason="tương lai")
    assert (ahead.status_code, ahead.json()["code"]) == (422, "incident.clock_ahead")


def test_evidence_comes_before_containing_m2(runtime: Runtime) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    file.confirm()
    version = file.read()["row"]["version"]
    body = {"kind": "move", "version": version, "action": "contain", "fields": {"what": "rút dây mạng"}}
    refused = file.page("irt.shift_lead.2").post(f"/incidents/{file.id}/acts", body)
    assert refused.json()["code"] == "incident.evidence_first"
    body["fields"] = {"what": "rút dây mạng", "without_evidence": "máy đã tắt"}
    assert file.page("irt.shift_lead.2").post(f"/incidents/{file.id}/acts", body).status_code == 200


def test_merging_keeps_the_duties_of_both_and_can_be_taken_back(runtime: Runtime) -> None:
    light, grave = CaseFile(runtime), CaseFile(runtime, facts={"data_encrypted": True})
    light.confirm()
    before = grave.read("irt.shift_lead.2")
    merged = grave.move("merge", fields={"target": light.id, "reason": "cùng một vụ"})
    assert (merged["row"]["state"], merged["merged_into"]) == ("merged", light.id)
    assert light.read()["row"]["severity"] == "M2"
    assert [each["state"] for each in grave.obligations()] == [each["state"] for each in before["obligations"]]
    back = grave.move("unmerge")
    assert (back["row"]["state"], back["merged_into"]) == ("open", None)
    assert back["obligations"] == before["obligations"]


def test_a_group_belongs_to_one_incident(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="dvc"))
    page = Page(runtime, "irt.analyst.2")
    group = page.rows()[0]["id"]
    CaseFile(runtime, groups=[group])
    again = page.post("/incidents", {"title": "Lần hai", "groups": [group]})
    assert (again.status_code, again.json()["code"]) == (409, "incident.group_linked")


def test_live_work_and_drills_are_not_mixed(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="dvc"), alert(2, asset="dvc", dataset="exercise:lab", rule="b"))
    page = Page(runtime, "irt.analyst.2")
    groups = [row["id"] for dataset in ("live", "exercise") for row in page.rows(dataset=dataset)]
    assert len(groups) == 2
    mixed = page.post("/incidents", {"title": "Lẫn lộn", "groups": groups})
    assert mixed.json()["code"] == "incident.mixed_datasets"


def test_an_incident_exists_for_those_it_concerns(runtime: Runtime) -> None:
    ward = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    grave = CaseFile(runtime, assets=["dvc"], facts={"data_encrypted": True}, flags=["crime"])

    def seen(account: str) -> set[str]:
        rows = Page(runtime, account).get("/incidents").json()
        assert rows["total"] == len(rows["rows"])
        return {row["id"] for row in rows["rows"]}

    assert seen("irt.analyst.1") == seen("police.duty") == {ward.id, grave.id}
    assert seen("unit.contact.x-vinh-loc") == {ward.id}
    assert seen("unit.contact.p-an-binh") == set()
    assert seen("owner.approver") == {grave.id}
    assert seen("pc_office.head") == {grave.id}
    assert seen("police.investigator.1") == {grave.id}
    foreign = Page(runtime, "unit.contact.p-an-binh").get(f"/incidents/{ward.id}")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "incident.not_found")


def test_a_retried_opening_opens_once(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    body = {"title": "Một lần", "assets": ["dvc"]}
    first, second = (page.post("/incidents", body, key="khoa-mot-lan").json() for _ in range(2))
    assert first == second
    assert page.get("/incidents").json()["total"] == 1


def test_an_incident_keeps_the_policy_it_was_opened_under(runtime: Runtime) -> None:
    # Golden case K22: what happens to the folder later changes nothing for it.
    file = CaseFile(runtime)
    assert runtime.policy.sha256[:16] in file.read()["policy"]
    runtime.pinned.clear()
    file.confirm()
    assert verify(runtime).is_whole


def test_numbers_follow_one_another_in_a_year(runtime: Runtime) -> None:
    assert [CaseFile(runtime).id for _ in range(3)] == ["SC-2026-0001", "SC-2026-0002", "SC-2026-0003"]


def test_an_analyst_drafts_and_whoever_may_send_sends(runtime: Runtime) -> None:
    """Response design, section 16: M1 and M2 the leader, M3 the shift lead; the team itself anybody who handles the case."""
    grave = CaseFile(runtime, facts={"data_encrypted": True})
    outside = next(each for each in grave.obligations("TL") if each["recipient"] == "city_police.duty")["id"]
    inside = next(each for each in grave.obligations("TL") if each["recipient"] == "irt.leader")["id"]
    for kind, fields in (("tell", {"to": "điện thoại"}), ("fulfil", {"receipt": "đã nhận"})):
        for account in ("irt.analyst.2", "irt.shift_lead.2"):
            refused = grave.try_act(kind, account=account, obligation=outside, **fields)
            assert (refused.status_code, refused.json()["code"]) == (403, "obligation.may_not_send")
    grave.act("tell", account="irt.analyst.2", obligation=inside, to="điện thoại")
    grave.act("tell", account="irt.leader", obligation=outside, to="điện thoại")
    # Once it was sent by somebody who may, the receipt is anybody's to write down.
    grave.act("fulfil", account="irt.analyst.2", obligation=outside, receipt="đã nhận")
    light = CaseFile(runtime, facts={})
    light.confirm()
    assert light.read()["row"]["severity"] in {"M3", "M4"}
    owed = next(each for each in light.obligations() if not each["recipient"].startswith("irt."))["id"]
    refused = light.try_act("tell", account="irt.analyst.2", obligation=owed, to="công văn")
    assert (refused.status_code, refused.json()["code"]) == (403, "obligation.may_not_send")
    light.act("tell", account="irt.shift_lead.2", obligation=owed, to="công văn")


def test_the_owner_sends_its_breach_notice_and_nothing_else(runtime: Runtime) -> None:
    file = CaseFile(runtime, flags=["pd"], assets=["dvc"])
    notice = file.obligations("PN")[0]["id"]
    minutes = file.obligations("BM")[0]["id"]
    file.act("tell", account="owner.approver", obligation=notice, to="cổng dịch vụ")
    assert {each["state"] for each in file.obligations("PN") if each["id"] == notice} == {"sent"}
    refused = file.try_act("tell", account="owner.approver", obligation=minutes, to="hồ sơ")
    assert (refused.status_code, refused.json()["code"]) == (403, "session.forbidden")


def test_whoever_gets_an_incident_is_told_and_whoever_took_it_is_not(runtime: Runtime) -> None:
    def told(file: CaseFile) -> list[tuple[str, str]]:
        with runtime.database.read() as session:
            query = select(NoticeRow.recipient, NoticeRow.channel).where(
                NoticeRow.subject == f"incident/{file.id}", NoticeRow.template == "incident_assigned"
            )
            return [(person, channel) for person, channel in session.execute(query.order_by(NoticeRow.id))]

    file = CaseFile(runtime, facts={"data_encrypted": True})
    first = file.read()["row"]["assignee"]["id"]
    expected = [] if first == "irt.shift_lead.2" else [(first, "app"), (first, "first")]
    assert told(file) == expected
    other = next(each for each in ("irt.analyst.2", "irt.analyst.5") if each != first)
    file.act("assign", to=other, reason="đổi ca")
    assert told(file) == [*expected, (other, "app"), (other, "first")]
    file.act("assign", to="irt.shift_lead.2", reason="tự nhận")
    assert told(file) == [*expected, (other, "app"), (other, "first")]
    file.act("assign", to=other, reason="giao lại")
    assert told(file)[len(expected) :] == [(other, "app"), (other, "first")] * 2
