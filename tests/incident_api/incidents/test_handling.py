"""Who handles an incident and why, many at once, its marking, its place in the list, and fifty people at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

from incident_api.audit.service import verify
from incident_api.http.identity import Caller
from incident_api.incidents import acts
from incident_api.incidents.models import Incident, ordinal_of
from incident_api.incidents.orders import Revise
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from khien.errors import KhienError
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile


def assignments(file: CaseFile) -> list[dict[str, Any]]:
    answer = file.page("irt.leader").get(f"/incidents/{file.id}/assignments")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["assignments"]
    return found


def test_the_rules_choose_the_handler_and_say_why(runtime: Runtime) -> None:
    # The liaison's neighbours open it; analyst 2 is on duty and the portal is their desk.
    file = CaseFile(runtime, account="police.duty", assets=["cong-tt"])
    assert file.read()["row"]["assignee"]["id"] == "irt.analyst.2"
    (why,) = assignments(file)
    assert (why["cause"], why["person"]["id"]) == ("opened", "irt.analyst.2")
    assert why["decided_by"]["vi"]
    assert {each["person"] for each in why["explanation"]["weighed"]} >= {"irt.analyst.1", "irt.analyst.2", "irt.analyst.5"}
    assert why["explanation"]["inputs_sha256"]


def test_whoever_took_the_alerts_goes_on_with_the_incident(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="cong-tt"))
    page = Page(runtime, "irt.analyst.5")
    group = page.rows()[0]["id"]
    assert page.act(group, "take").status_code == 200
    file = CaseFile(runtime, account="irt.analyst.5", groups=[group])
    assert file.read()["row"]["assignee"]["id"] == "irt.analyst.5"
    assert assignments(file)[0]["cause"] == "taken"


def test_reassign_history(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    first = file.read()["row"]["assignee"]["id"]
    file.act("assign", account="irt.shift_lead.2", to="irt.analyst.1", reason="quen hệ thống")
    nobody = file.try_act("assign", to="unit.contact.x-vinh-loc", reason="x")
    assert (nobody.status_code, nobody.json()["code"]) == (409, "incident.receiver_cannot_handle")
    stranger = file.try_act("assign", account="irt.analyst.5", to="irt.analyst.5", reason="x")
    assert stranger.json()["code"] == "incident.not_the_handler"
    file.act("assign", account="irt.analyst.1", reason="hết ca")
    newest, second, oldest = assignments(file)
    assert (oldest["person"]["id"], oldest["cause"]) == (first, "opened")
    assert (second["person"]["id"], second["previous"]["id"], second["by"]["id"], second["reason"]) == (
        "irt.analyst.1",
        first,
        "irt.shift_lead.2",
        "quen hệ thống",
    )
    assert newest["cause"] == "returned"
    assert newest["person"]["id"] not in {"irt.analyst.1", ""}
    assert newest["person"]["id"] == file.read()["row"]["assignee"]["id"]


def test_many_incidents_are_given_at_once_by_what_matches(runtime: Runtime) -> None:
    ward = [CaseFile(runtime, assets=["lan-x-vinh-loc"]) for _ in range(3)]
    other = CaseFile(runtime, assets=["mail"])
    page = Page(runtime, "irt.shift_lead.2")
    request = {"to": "irt.analyst.1", "reason": "theo địa bàn", "selection": {"query": {"unit": "x-vinh-loc"}}}
    seen = page.post("/incidents/bulk", request).json()
    assert (seen["count"], {each["id"] for each in seen["sample"]}) == (3, {each.id for each in ward})
    ward[0].act("revise", reason="thêm thông tin")
    late = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    outcome = page.post(f"/incidents/bulk/{seen['token']}", {}).json()
    assert (outcome["done"], outcome["newcomers"]) == (2, 1)
    assert [(each["id"], each["code"]) for each in outcome["refused"]] == [(ward[0].id, "incident.changed")]
    assert page.post(f"/incidents/bulk/{seen['token']}", {}).json() == outcome
    handlers = [each.read()["row"]["assignee"]["id"] for each in (ward[1], ward[2])]
    assert handlers == ["irt.analyst.1", "irt.analyst.1"]
    assert [len(assignments(each)) for each in (ward[0], ward[1], other, late)] == [1, 2, 1, 1]
    stolen = Page(runtime, "irt.leader").post(f"/incidents/bulk/{seen['token']}", {})
    assert (stolen.status_code, stolen.json()["code"]) == (404, "incident.bulk_unknown")


def test_closing_the_marking_takes_one_and_opening_it_two(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    assert file.act("mark", tlp="RED", reason="nguồn tin kín")["tlp"] == "RED"
    alone = file.try_act("mark", tlp="GREEN", reason="chia sẻ")
    assert (alone.status_code, alone.json()["code"]) == (409, "approval.wrong_roles")
    asked = file.act("mark", account="irt.leader", tlp="GREEN", reason="chia sẻ")
    assert (asked["tlp"], asked["approvals"][0]["act"]) == ("RED", "unmask")
    granted = file.page("owner.dpo").post(f"/approvals/{asked['approvals'][0]['id']}/grant", {})
    assert granted.json()["tlp"] == "GREEN"
    assert file.try_act("mark", reason="x").status_code == 422
    told = file.page("irt.leader").get(f"/incidents/{file.id}/timeline").json()["entries"]
    assert sum(each["text"]["en"] == "TLP or PAP changed" for each in told) == 2


def test_the_pap_of_a_crime_is_lifted_by_the_investigator_alone(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    file.act("revise", flags=["crime"], reason="có dấu hiệu tội phạm")
    assert file.read()["pap"] == "RED"
    refused = file.try_act("mark", account="irt.leader", pap="AMBER", reason="cần tra cứu")
    assert (refused.status_code, refused.json()["code"]) == (403, "incident.ceiling")
    lifted = file.act("mark", account="police.investigator.1", pap="AMBER", reason="được phép")
    assert lifted["pap"] == "AMBER"
    beyond = file.try_act("mark", account="police.investigator.1", tlp="RED", reason="x")
    assert (beyond.status_code, beyond.json()["code"]) == (403, "session.forbidden")


def test_the_list_is_in_order_beyond_9999_in_a_year(runtime: Runtime) -> None:
    first = CaseFile(runtime)
    with runtime.database.write() as session:
        row = session.get_one(Incident, first.id)
        row.ordinal = ordinal_of("SC-2026-9998")
    names = [CaseFile(runtime).id for _ in range(3)]
    assert names == ["SC-2026-9999", "SC-2026-10000", "SC-2026-10001"]
    page = Page(runtime, "irt.leader")
    assert [each["id"] for each in page.get("/incidents").json()["rows"]][:3] == names[::-1]
    behind = page.get("/incidents", after="SC-2026-10000", limit=1).json()
    assert [each["id"] for each in behind["rows"]] == ["SC-2026-9999"]


def test_of_fifty_acts_on_one_version_one_is_taken(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    version = file.read()["row"]["version"]
    with runtime.database.read() as session:
        person = Person.of(session.get_one(PersonRow, "irt.shift_lead.2"))
    caller = cast("Caller", SimpleNamespace(person=person, session=None, visible_units=None))

    def act(number: int) -> str:
        order = Revise(version=version, reason=f"lần {number}")
        try:
            with runtime.database.write() as session:
                acts.perform(runtime, session, caller=caller, incident_id=file.id, order=order)
        except KhienError as error:
            return error.code
        return "taken"

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(act, range(50)))
    assert sorted(set(answers)) == ["incident.changed", "taken"]
    assert answers.count("taken") == 1
    assert file.read()["row"]["version"] == version + 1
    assert verify(runtime).is_whole
