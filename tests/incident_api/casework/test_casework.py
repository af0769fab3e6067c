"""Comments, tasks, countermeasures and observables through the API."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.casework import due, observing
from incident_api.casework.comments import mentions_in
from incident_api.casework.models import Task
from incident_api.incidents import words
from incident_api.jobs.table import job_of
from incident_api.notifications.models import NoticeRow
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post
from tests.incident_api.incidents.case import CaseFile

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def notices(runtime: Runtime, template: str) -> list[tuple[str, str, str]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.template == template).order_by(NoticeRow.id))
        return [(each.recipient, each.channel, each.state) for each in rows]


def acts(runtime: Runtime, prefix: str) -> list[str]:
    with runtime.database.read() as session:
        return [each for each in session.scalars(select(AuditRow.act).order_by(AuditRow.seq)) if each.startswith(prefix)]


def write(file: CaseFile, text: str, *, account: str = "irt.analyst.2", **more: Any) -> httpx.Response:
    return file.page(account).post(f"/incidents/{file.id}/comments", {"text": text, **more})


def test_a_mention_tells_whoever_is_named_once_and_not_the_author(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    answer = write(file, "Nhờ @irt.analyst.1 và @irt.shift_lead.2. @irt.analyst.1, @irt.analyst.2 xem giúp, thư ops@bensen.example")
    assert answer.status_code == 201, answer.text
    assert answer.json()["mentions"] == ["irt.analyst.1", "irt.shift_lead.2"]
    told = notices(runtime, "mention")
    assert {(person, channel) for person, channel, _ in told} == {
        (person, channel) for person in ("irt.analyst.1", "irt.shift_lead.2") for channel in ("app", "first")
    }
    assert len(told) == 4
    assert acts(runtime, "comment.") == ["comment.write"]


def test_nobody_is_mentioned_who_may_not_read_it(runtime: Runtime) -> None:
    file = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    assert write(file, "@unit.contact.x-vinh-loc xin kiểm tra").status_code == 201
    for account in ("unit.contact.p-an-binh", "sysadmin", "pc_office.head"):
        refused = write(file, f"@{account} xin xem")
        assert (refused.status_code, refused.json()["code"]) == (409, "comment.mention_not_for"), account
    above = write(file, "@irt.analyst.1 xem", tlp="RED")
    assert above.json()["code"] == "comment.mention_not_for"
    unknown = write(file, "@irt.analyst.22 xem")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "comment.mention_unknown")
    assert write(file, "@everyone, @Override chỉ là chữ").json()["mentions"] == []
    assert len(file.page("irt.leader").get(f"/incidents/{file.id}/comments").json()["comments"]) == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@irt.analyst.2.", ["irt.analyst.2"]),
        ("(@irt.leader)", ["irt.leader"]),
        ("a@irt.leader @@irt.leader /@irt.leader", []),
        ("@unit.contact.p-an-binh, @irt.leader…", ["unit.contact.p-an-binh", "irt.leader"]),
        ("@", []),
    ],
)
def test_a_mention_is_an_account_behind_an_at_sign_that_begins_a_word(text: str, names: list[str]) -> None:
    assert mentions_in(text) == names


def test_a_comment_is_never_edited_and_withdrawn_with_a_reason_by_its_author_or_a_lead(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    number = write(file, "Nhầm máy rồi").json()["id"]
    other = file.page("irt.analyst.1").post(f"/comments/{number}/withdraw", {"reason": "xóa"})
    assert (other.status_code, other.json()["code"]) == (403, "comment.not_yours")
    gone = file.page("irt.analyst.2").post(f"/comments/{number}/withdraw", {"reason": "ghi nhầm sự cố"})
    assert (gone.json()["text"], gone.json()["withdrawn_reason"]) == (None, "ghi nhầm sự cố")
    again = file.page("irt.shift_lead.2").post(f"/comments/{number}/withdraw", {"reason": "nữa"})
    assert again.json()["code"] == "comment.withdrawn"
    assert file.page("irt.leader").get(f"/incidents/{file.id}/comments").json()["comments"][0]["text"] is None
    assert acts(runtime, "comment.") == ["comment.write", "comment.withdraw"]


def test_comments_are_paged_and_foreign_ones_do_not_exist(runtime: Runtime) -> None:
    file = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    for number in range(5):
        write(file, f"Ghi {number}")
    page = file.page("unit.contact.x-vinh-loc")
    first = page.get(f"/incidents/{file.id}/comments", limit=3).json()
    rest = page.get(f"/incidents/{file.id}/comments", limit=3, before=first["next"]).json()
    assert [each["text"] for each in first["comments"] + rest["comments"]] == [f"Ghi {number}" for number in (4, 3, 2, 1, 0)]
    assert rest["next"] is None
    foreign = Page(runtime, "unit.contact.p-an-binh")
    assert foreign.get(f"/incidents/{file.id}/comments").status_code == 404
    withdrawn = foreign.post(f"/comments/{first['comments'][0]['id']}/withdraw", {"reason": "x"})
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (404, "comment.not_found")


def test_a_comment_above_somebodys_clearance_says_only_that_it_is_there(runtime: Runtime) -> None:
    file = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    for tlp in ("GREEN", "RED"):
        answer = file.page("irt.leader").post(f"/incidents/{file.id}/comments", {"text": f"Điều {tlp}", "tlp": tlp})
        assert answer.status_code == 201, answer.text
    contact = "unit.contact.x-vinh-loc"
    with runtime.database.write() as session:
        session.get_one(PersonRow, contact).clearance = "AMBER"
        session.get_one(PersonRow, "irt.leader").clearance = "RED"

    def seen(account: str) -> list[tuple[str, str | None]]:
        found = file.page(account).get(f"/incidents/{file.id}/comments").json()["comments"]
        return [(each["tlp"], each["text"]) for each in found]

    assert seen("irt.leader") == [("RED", "Điều RED"), ("GREEN", "Điều GREEN")]
    assert seen(contact) == [("RED", None), ("GREEN", "Điều GREEN")]
    entries = file.page(contact).get(f"/incidents/{file.id}/timeline").json()["entries"]
    (withheld,) = [each for each in entries if each["kind"] == "comment" and each["tlp"] == "RED"]
    assert (withheld["body"], withheld["text"]["vi"]) == (None, words.WITHHELD.vi)
    assert "Điều RED" not in json.dumps(entries, ensure_ascii=False)


def test_a_group_has_comments_of_its_own(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    page = Page(runtime, "irt.analyst.2")
    group = page.rows()[0]["id"]
    told = page.post(f"/groups/{group}/comments", {"text": "@unit.contact.x-vinh-loc máy này của ai?"})
    assert (told.status_code, told.json()["mentions"]) == (201, ["unit.contact.x-vinh-loc"])
    refused = page.post(f"/groups/{group}/comments", {"text": "@unit.contact.p-an-binh"})
    assert refused.json()["code"] == "comment.mention_not_for"
    own, other = Page(runtime, "unit.contact.x-vinh-loc"), Page(runtime, "unit.contact.p-an-binh")
    assert len(own.get(f"/groups/{group}/comments").json()["comments"]) == 1
    assert other.get(f"/groups/{group}/comments").status_code == 404
    assert other.post(f"/groups/{group}/comments", {"text": "x"}).status_code == 404


def test_a_retried_comment_is_written_once(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    page = file.page("irt.analyst.2")
    answers = [page.post(f"/incidents/{file.id}/comments", {"text": "Một lần"}, key="khoa-mot-lan").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(page.get(f"/incidents/{file.id}/comments").json()["comments"]) == 1


def add_task(file: CaseFile, clock: ManualClock, *, account: str = "irt.shift_lead.2", **more: Any) -> httpx.Response:
    body = {"title": "Kiểm tra nhật ký máy chủ", "assignee": "irt.analyst.1", "due_us": clock.us + HOUR_US, **more}
    return file.page(account).post(f"/incidents/{file.id}/tasks", body)


def act_on(
    file: CaseFile, kind: str, number: int, action: str, *, account: str = "irt.shift_lead.2", **more: Any
) -> httpx.Response:
    listed = file.page("irt.leader").get(f"/incidents/{file.id}/{kind}").json()[kind]
    version = next(each["version"] for each in listed if each["id"] == number)
    return file.page(account).post(f"/{kind}/{number}/acts", {"action": action, "version": version, **more})


def test_a_task_is_told_when_given_and_once_when_due(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime)
    made = add_task(file, clock)
    assert made.status_code == 201, made.text
    assert {person for person, _, _ in notices(runtime, "task")} == {"irt.analyst.1"}
    assert due.run(runtime, clock.us) == "0"
    clock.advance(seconds=3600)
    file._pages.clear()
    assert [due.run(runtime, clock.us) for _ in range(2)] == ["1", "0"]
    assert {person for person, _, _ in notices(runtime, "task_due")} == {"irt.analyst.1", file.read()["row"]["assignee"]["id"]}
    later = act_on(file, "tasks", made.json()["id"], "postpone", due_us=clock.us + HOUR_US, reason="chờ nhật ký")
    assert later.status_code == 200, later.text
    clock.advance(seconds=3600)
    assert due.run(runtime, clock.us) == "1"


def test_a_task_goes_through_its_table(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime)
    number = add_task(file, clock).json()["id"]
    mine = Page(runtime, "irt.analyst.1").get("/tasks").json()
    assert [(each["id"], each["actions"]) for each in mine["tasks"]] == [(number, ["finish", "drop", "assign", "postpone"])]
    stranger = act_on(file, "tasks", number, "finish", account="ops.admin.1", result="xong")
    assert (stranger.status_code, stranger.json()["code"]) == (403, "task.not_the_doer")
    bare = act_on(file, "tasks", number, "finish", account="irt.analyst.1")
    assert bare.json()["code"] == "incident.field_required"
    done = act_on(file, "tasks", number, "finish", account="irt.analyst.1", result="không có gì lạ").json()
    assert (done["state"], [each["number"] for each in done["history"]]) == ("done", ["T1", "T2"])
    twice = act_on(file, "tasks", number, "drop", reason="thôi")
    assert (twice.status_code, twice.json()["code"]) == (409, "work.wrong_state")
    assert act_on(file, "tasks", number, "reopen", reason="còn sót").json()["state"] == "open"
    given = act_on(file, "tasks", number, "assign", to="ops.admin.1", reason="thuộc vận hành").json()
    assert given["assignee"]["id"] == "ops.admin.1"
    stale = file.page("irt.leader").post(f"/tasks/{number}/acts", {"action": "drop", "version": 1, "reason": "x"})
    assert (stale.status_code, stale.json()["code"]) == (409, "work.changed")
    assert act_on(file, "tasks", number, "drop", reason="không cần nữa").json()["state"] == "dropped"
    assert acts(runtime, "task.") == ["task.add", "task.finish", "task.reopen", "task.assign", "task.drop"]
    assert verify(runtime).is_whole


def test_a_task_is_not_given_to_somebody_who_does_not_see_the_incident(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, assets=["lan-x-vinh-loc"])
    assert add_task(file, clock, assignee="unit.contact.x-vinh-loc").status_code == 201
    for account in ("unit.contact.p-an-binh", "sysadmin", "nobody"):
        assert add_task(file, clock, assignee=account).json()["code"] == "task.receiver_cannot", account
    assert add_task(file, clock, due_us=clock.us).json()["code"] == "task.due_ahead"
    foreign = Page(runtime, "unit.contact.p-an-binh")
    assert foreign.get(f"/incidents/{file.id}/tasks").status_code == 404
    assert foreign.post("/tasks/1/acts", {"action": "finish", "version": 1, "result": "x"}).json()["code"] == "task.not_found"


def test_an_incident_with_an_open_task_is_not_closed(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime)
    number = add_task(file, clock).json()["id"]
    file.confirm()
    for action in ("contain", "eradicate", "recover"):
        file.move(action)
    file.fulfil_all()
    refused = file.try_move("close")
    assert (refused.status_code, refused.json()["code"]) == (409, "incident.open_task")
    act_on(file, "tasks", number, "finish", result="xong")
    assert file.move("close")["row"]["state"] == "closed"
    over = act_on(file, "tasks", number, "reopen", reason="x")
    assert over.json()["code"] == "incident.wrong_state"


def propose(file: CaseFile, *, account: str = "irt.analyst.2", **more: Any) -> int:
    body = {"measure": "block_address", "target": "198.51.100.7", "why": "máy chủ điều khiển", **more}
    answer = file.page(account).post(f"/incidents/{file.id}/countermeasures", body)
    assert answer.status_code == 201, answer.text
    number: int = answer.json()["id"]
    return number


def test_a_countermeasure_goes_through_its_table_and_is_reviewed_within_thirty_days(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime)
    number = propose(file)

    def act(action: str, **more: Any) -> httpx.Response:
        return act_on(file, "countermeasures", number, action, **more)

    analyst = act("approve", account="irt.analyst.2", review_us=clock.us + DAY_US)
    assert (analyst.status_code, analyst.json()["code"]) == (403, "session.forbidden")
    assert act("approve", review_us=clock.us + 31 * DAY_US).json()["code"] == "countermeasure.review"
    assert act("activate").json()["code"] == "work.wrong_state"
    assert act("approve", review_us=clock.us + 30 * DAY_US).json()["state"] == "approved"
    assert act("activate", account="irt.analyst.2").json()["state"] == "activating"
    assert act("activated", account="irt.analyst.2", result="luật số 7").json()["state"] == "active"
    file._pages.clear()
    clock.advance(seconds=30 * 86_400)
    (row,) = file.page("irt.leader").get(f"/incidents/{file.id}/countermeasures").json()["countermeasures"]
    assert row["is_review_due"] is True
    job = job_of("reviews")
    assert [job.run(runtime, clock.us) for _ in range(2)] == ["1", "0"]
    with runtime.database.read() as session:
        reviews = session.scalars(select(NoticeRow).where(NoticeRow.template == "measure_review")).all()
    assert {each.recipient for each in reviews} >= {file.read()["row"]["assignee"]["id"]}
    assert {each.channel for each in reviews} == {"app", "first"}
    assert act("review", review_us=clock.us + DAY_US, reason="còn tấn công").json()["is_review_due"] is False
    assert act("remove", account="irt.analyst.2", reason="hết").json()["state"] == "removing"
    assert act("removed", account="irt.analyst.2", result="đã gỡ").json()["state"] == "removed"
    assert act("fail", reason="x").json()["code"] == "work.wrong_state"
    assert [each["value"] for each in file.page("irt.leader").get(f"/incidents/{file.id}/observables").json()["observables"]] == [
        "198.51.100.7"
    ]


def test_isolating_a_system_of_level_three_takes_its_operator_and_the_leader(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, assets=["dvc"], facts={"data_encrypted": True})
    number = propose(file, measure="isolate", target="máy chủ web", asset="dvc")
    review = {"review_us": clock.us + DAY_US}
    lead = act_on(file, "countermeasures", number, "approve", account="irt.shift_lead.2", **review)
    assert (lead.status_code, lead.json()["code"]) == (409, "approval.wrong_roles")
    asked = act_on(file, "countermeasures", number, "approve", account="ops.admin.1", **review)
    assert asked.status_code == 200, asked.text
    assert (asked.json()["state"], asked.json()["two"]) == ("proposed", True)
    waiting = asked.json()["waiting"]
    same_home = file.page("irt.deputy").post(f"/approvals/{waiting}/grant", {})
    assert same_home.json()["code"] == "approval.same_home"
    granted = file.page("irt.leader").post(f"/approvals/{waiting}/grant", {})
    assert granted.status_code == 200, granted.text
    (row,) = file.page("irt.leader").get(f"/incidents/{file.id}/countermeasures").json()["countermeasures"]
    assert (row["state"], row["history"][-1]["actor"], row["history"][-1]["second"]) == ("approved", "ops.admin.1", "irt.leader")
    assert verify(runtime).is_whole


def test_a_word_for_isolating_stands_thirty_minutes(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, assets=["dvc"], facts={"data_encrypted": True})
    number = propose(file, measure="stop", target="dịch vụ", asset="dvc")
    asked = act_on(file, "countermeasures", number, "approve", account="ops.admin.1", review_us=clock.us + DAY_US).json()
    clock.advance(seconds=31 * 60)
    file._pages.clear()
    late = file.page("irt.leader").post(f"/approvals/{asked['waiting']}/grant", {})
    assert (late.status_code, late.json()["code"]) == (409, "approval.over")


def test_isolating_a_system_of_level_two_takes_one(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, assets=["mail"])
    number = propose(file, measure="isolate", target="máy chủ thư", asset="mail")
    assert act_on(file, "countermeasures", number, "approve", review_us=clock.us + DAY_US).json()["state"] == "approved"


def test_eradicating_lists_the_countermeasures(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    number = propose(file)
    file.confirm()
    file.move("contain")
    found = file.move("eradicate")
    assert found["transitions"][0]["fields"]["countermeasures"] == f"{number} block_address 198.51.100.7 proposed"


def observables(file: CaseFile, account: str = "irt.leader") -> list[dict[str, Any]]:
    answer = file.page(account).get(f"/incidents/{file.id}/observables")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["observables"]
    return found


def test_observables_come_from_titles_comments_and_alerts_each_once_with_its_places(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="dvc", source="198.51.100.99", target="10.10.40.5"))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    file = CaseFile(runtime, title="Máy 198.51.100.99 tấn công", groups=[group])
    write(file, "198[.]51[.]100[.]99 và hxxp://evil[.]example/a, thư a@mail.bensen.example", tlp="GREEN")
    found = {(each["kind"], each["value"]): each for each in observables(file)}
    assert set(found) == {
        ("ipv4", "198.51.100.99"),
        ("ipv4", "10.10.40.5"),
        ("url", "http://evil.example/a"),
        ("domain", "evil.example"),
        ("mail", "a@mail.bensen.example"),
        ("domain", "mail.bensen.example"),
    }
    source = found["ipv4", "198.51.100.99"]
    assert [each["reference"] for each in source["seen"]] == ["title", f"group/{group}", "comment/1"]
    assert (source["tlp"], found["domain", "evil.example"]["tlp"]) == ("AMBER", "GREEN")
    own = {value for (_, value), each in found.items() if each["is_internal"]}
    assert own == {"10.10.40.5", "a@mail.bensen.example", "mail.bensen.example"}


def test_an_observable_is_named_marked_and_dismissed_by_people(runtime: Runtime) -> None:
    file = CaseFile(runtime)
    page = file.page("irt.analyst.2")
    bad = page.post(f"/incidents/{file.id}/observables", {"kind": "ipv4", "value": "evil.example"})
    assert (bad.status_code, bad.json()["code"]) == (422, "observable.unreadable")
    row = page.post(f"/incidents/{file.id}/observables", {"kind": "domain", "value": "evil[.]zzq", "tlp": "RED"}).json()
    assert (row["value"], row["tlp"], row["seen"][0]["reference"]) == ("evil.zzq", "RED", "person/irt.analyst.2")
    gone = page.post(f"/observables/{row['id']}", {"dismiss": True, "reason": "tên nội bộ"}).json()
    assert gone["dismissed_reason"] == "tên nội bộ"
    assert page.post(f"/observables/{row['id']}", {"reason": "x"}).status_code == 422
    assert acts(runtime, "observable.") == ["observable.add", "observable.mark"]


def test_an_incident_keeps_so_many_observables_and_says_how_many_it_left_out(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(observing, "MOST", 3)
    file = CaseFile(runtime)
    write(file, "198.51.100.1 198.51.100.2 198.51.100.3 198.51.100.4 198.51.100.5")
    answer = file.page("irt.leader").get(f"/incidents/{file.id}/observables").json()
    assert (answer["total"], answer["left_out"]) == (3, 2)


def related(file: CaseFile, account: str = "irt.leader") -> dict[str, Any]:
    answer = file.page(account).get(f"/incidents/{file.id}/related")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_two_shared_observables_are_a_hint_and_one_is_a_coincidence(runtime: Runtime) -> None:
    one, two, three = (CaseFile(runtime, assets=[asset]) for asset in ("mail", "qlvb", "kyso"))
    write(one, "198.51.100.1 và evil.example")
    write(two, "evil[.]example, 198.51.100.1")
    write(three, "evil.example")
    assert [(each["id"], each["why"]) for each in related(one)["similar"]] == [(two.id, ["shared_observables"])]
    assert related(three)["similar"] == []
    number = next(each["id"] for each in observables(two) if each["value"] == "evil.example")
    two.page("irt.leader").post(f"/observables/{number}", {"dismiss": True, "reason": "trang nội bộ"})
    assert related(one)["similar"] == []


def test_groups_that_name_two_of_the_observables_and_belong_to_nothing_are_hints(runtime: Runtime) -> None:
    post(runtime, alert(1, asset="mail", source="198.51.100.99", target="10.10.20.5", rule="a"))
    group = Page(runtime, "irt.analyst.2").rows()[0]["id"]
    file = CaseFile(runtime, assets=["kyso"])
    write(file, "198.51.100.99 gọi 10.10.20.5")
    assert related(file)["similar_groups"] == [group]


def test_three_units_hit_within_a_day_propose_s105_and_two_do_not(runtime: Runtime, clock: ManualClock) -> None:
    files = [CaseFile(runtime, assets=[asset], type="infected-system") for asset in ("lan-x-vinh-loc", "lan-x-phu-my")]
    assert related(files[0])["hints"] == []
    clock.advance(seconds=6 * 3600)
    for each in files:
        each._pages.clear()
    third = CaseFile(runtime, assets=["lan-p-tan-hoa"], type="infected-system")
    CaseFile(runtime, assets=["lan-p-sen-hong"], type="phishing")
    (hint,) = related(third)["hints"]
    assert (hint["rule"], hint["fact"], hint["value"]) == ("s105", "units_compromised", 3)
    assert {each["unit"] for each in hint["units"]} == {"x-vinh-loc", "x-phu-my", "p-tan-hoa"}
    assert third.read()["row"]["severity"] != "M1"
    third.act("revise", facts={"units_compromised": 3}, reason="ba đơn vị trong một ngày")
    assert third.read()["row"]["severity"] == "M1"
    assert related(third)["hints"] == []


def test_a_contact_sees_no_hint_of_another_unit(runtime: Runtime) -> None:
    own, other = CaseFile(runtime, assets=["lan-x-vinh-loc"]), CaseFile(runtime, assets=["lan-x-phu-my"])
    for file in (own, other):
        write(file, "198.51.100.1 và evil.example")
    assert related(own)["similar"] != []
    assert related(own, account="unit.contact.x-vinh-loc")["similar"] == []


def test_the_work_is_told_in_the_timeline(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime)
    write(file, "@irt.analyst.1 kiểm tra 198.51.100.7")
    add_task(file, clock)
    propose(file)
    entries = file.page("irt.leader").get(f"/incidents/{file.id}/timeline", order="oldest").json()["entries"]
    told = [(each["kind"], each["text"]["vi"]) for each in entries]
    for expected in (
        ("comment", "Trao đổi"),
        ("work", "Giao nhiệm vụ"),
        ("work", "Đề xuất biện pháp ứng phó"),
        ("observable", "Dấu hiệu mới: ipv4 198.51.100.7"),
        ("notice", "Đã báo: irt.analyst.1"),
    ):
        assert expected in told
    with runtime.database.read() as session:
        assert session.scalar(select(Task.version)) == 1
