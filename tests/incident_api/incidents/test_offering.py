"""What the API offers is what it then does: acts, orders, what is owed, approvals; and the filters of the list."""

from __future__ import annotations

from incident_api.runtime import Runtime
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile


def offered(case: CaseFile, account: str) -> dict[str, dict[str, object]]:
    return {each["action"]: each for each in case.read(account)["actions"]}


def test_a_grave_case_asks_for_evidence_and_says_which_duty_still_stands_against_closing(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"web_shell": True}, assets=["cong-tt"])
    assert offered(case, "irt.shift_lead.2")["confirm"]["asks"] == ["type"]
    case.confirm()
    assert offered(case, "irt.shift_lead.2")["contain"]["asks"] == ["evidence"]
    case.move("contain")
    case.move("eradicate")
    assert offered(case, "irt.shift_lead.2")["recover"]["asks"] == ["operator"]
    case.move("recover")
    close = offered(case, "irt.leader")["close"]
    owed = next(each for each in case.read()["obligations"] if each["state"] in {"pending", "overdue", "sent"})
    assert close["two"] is True
    assert owed["code"] in str(close["refusal"])
    assert owed["recipient"] in str(close["refusal"])


def test_a_shift_lead_is_told_why_a_grave_case_is_not_theirs_to_reject(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"web_shell": True}, assets=["cong-tt"])
    lead, leader = offered(case, "irt.shift_lead.2")["reject"], offered(case, "irt.leader")["reject"]
    assert (lead["two"], leader["two"], leader["refusal"]) == (True, True, None)
    assert lead["refusal"] is not None


def test_who_only_reads_is_offered_nothing(runtime: Runtime) -> None:
    case = CaseFile(runtime, assets=["dvc"])
    found = case.read("irt.liaison")
    assert (found["actions"], found["orders"]) == ([], [])
    assert {each["kind"] for each in case.read("irt.shift_lead.2")["orders"]} == {"revise", "move_clock", "assign", "mark"}


def test_an_obligation_offers_telling_then_confirming_and_is_named_in_words(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"web_shell": True}, assets=["cong-tt"])
    (first, *_) = case.read("irt.analyst.2")["obligations"]
    assert first["actions"] == ["tell", "fulfil"]
    assert first["recipient_text"]["vi"] != first["recipient"]
    assert "waive" in case.read("irt.leader")["obligations"][0]["actions"]
    case.act("tell", obligation=first["id"], to="đã gọi")
    told = next(each for each in case.read("irt.analyst.2")["obligations"] if each["id"] == first["id"])
    assert told["actions"] == ["fulfil"]


def test_a_grave_notice_outside_is_offered_to_who_may_send_it(runtime: Runtime) -> None:
    case = CaseFile(runtime, facts={"web_shell": True}, assets=["cong-tt"])

    def of(account: str) -> list[str]:
        actions: list[str] = next(each for each in case.read(account)["obligations"] if each["recipient"] == "city_police.duty")[
            "actions"
        ]
        return actions

    number = next(each["id"] for each in case.read()["obligations"] if each["recipient"] == "city_police.duty")
    assert of("irt.shift_lead.2") == []
    assert case.try_act("tell", obligation=number, to="x").json()["code"] == "obligation.may_not_send"
    assert of("irt.leader")[:2] == ["tell", "fulfil"]
    case.act("tell", account="irt.leader", obligation=number, to="đã gọi")
    assert of("irt.shift_lead.2") == ["fulfil"]


def test_every_revision_says_who_and_why(runtime: Runtime) -> None:
    case = CaseFile(runtime, assets=["dvc"])
    case.act("revise", facts={"web_shell": True}, reason="tìm thấy tệp lạ")
    newest, first = case.read()["revisions"]
    assert (newest["number"], first["number"]) == (2, 1)
    assert (newest["reason"], newest["facts"]) == ("tìm thấy tệp lạ", {"web_shell": True})
    assert newest["actor"]["id"] == "irt.shift_lead.2"


def test_linked_groups_are_listed_for_who_reads_alerts_and_only_those_of_their_unit(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-p-an-binh", unit="p-an-binh"), alert(2, asset="lan-x-vinh-loc", unit="x-vinh-loc", rule="b"))
    groups = [row["id"] for row in Page(runtime, "irt.analyst.2").rows()]
    case = CaseFile(runtime, groups=groups, assets=[])
    team = Page(runtime, "irt.analyst.2").get(f"/incidents/{case.id}/groups").json()["groups"]
    assert {each["row"]["id"] for each in team} == set(groups)
    own = Page(runtime, "unit.contact.p-an-binh").get(f"/incidents/{case.id}/groups").json()["groups"]
    assert [each["row"]["unit"] for each in own] == ["p-an-binh"]


def test_the_list_is_filtered_by_class_unit_words_and_what_is_overdue(runtime: Runtime) -> None:
    grave = CaseFile(runtime, title="Mã độc webshell", facts={"web_shell": True}, assets=["cong-tt"])
    light = CaseFile(runtime, title="Hộp thư bị chiếm", assets=["lan-p-an-binh"])
    page = Page(runtime, "irt.leader")

    def ids(**query: str) -> list[str]:
        answer = page.get("/incidents", **query).json()
        assert answer["total"] == len(answer["rows"])
        return [row["id"] for row in answer["rows"]]

    assert ids() == [light.id, grave.id]
    assert ids(severity="M2") == [grave.id]
    assert ids(unit="p-an-binh") == [light.id]
    assert ids(q="ma doc") == [grave.id]
    assert ids(q=light.id.lower()) == [light.id]
    assert ids(q="100%_") == []
    assert ids(only="overdue") == []
    light.move("reject", fields={"reason": "nhầm"})
    assert ids(only="goes_on") == [grave.id]


def test_the_names_of_the_policy_cover_every_question_that_could_raise_a_case(runtime: Runtime) -> None:
    case = CaseFile(runtime, assets=["cong-tt"])
    words = case.page("irt.leader").get(f"/incidents/{case.id}/vocabulary").json()
    questions = {each["id"] for each in words["questions"]}
    rules = {each["id"] for each in words["rules"]}
    could = case.read()["severity"]["could_raise"]
    assert could
    assert {name for each in could for name in each["facts"]} <= questions
    assert {each["rule"] for each in could} <= rules
    assert words == case.page("irt.leader").get("/policy/vocabulary").json()
    assert all(
        each["text"]["vi"] and each["text"]["en"] for part in ("questions", "flags", "types", "roles") for each in words[part]
    )
