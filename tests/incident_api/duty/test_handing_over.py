"""Shift hand-over: collected, hashed, signed by both with the second factor, and nobody signs what they did not read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.coordination.canonical import sha256_of
from incident_api.duty.models import DutyHandOver
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, alert, post


def drafted(runtime: Runtime, account: str = "irt.analyst.2", **body: Any) -> dict[str, Any]:
    answer = Page(runtime, account).post("/duty/hand-overs", {"seat": "analyst-web", "notes": "Theo dõi máy 10.10.10.10", **body})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def sign(page: Page, made: dict[str, Any], **changed: Any) -> Any:
    body = {"version": made["version"], "content_sha256": made["content_sha256"], **changed}
    return page.post(f"/duty/hand-overs/{made['id']}", body)


def test_it_collects_what_is_open_and_goes_to_whoever_follows(runtime: Runtime) -> None:
    post(runtime, alert(1), alert(2, rule="mail-phishing", asset="mail"), alert(3, rule="replayed", dataset="import:x"))
    opened = Page(runtime, "irt.analyst.2").post("/incidents", {"title": "Cổng bị tấn công", "assets": ["cong-tt"]}).json()
    made = drafted(runtime)
    assert (made["giver"]["id"], made["taker"]["id"], made["state"]) == ("irt.analyst.2", "irt.analyst.3", "drafted")
    content = made["content"]
    assert [each["id"] for each in content["incidents"]["rows"]] == [opened["row"]["id"]]
    assert content["open_groups"] == content["alerts"]["count"] == 2
    assert content["notes"] == "Theo dõi máy 10.10.10.10"
    assert sha256_of(content) == made["content_sha256"]


def test_both_sign_the_same_hash_and_the_audit_log_has_it(runtime: Runtime) -> None:
    made = drafted(runtime)
    half = sign(Page(runtime, "irt.analyst.2"), made).json()
    assert half["state"] == "drafted"
    whole = sign(Page(runtime, "irt.analyst.3"), half).json()
    assert whole["state"] == "signed"
    assert [each["person"] for each in whole["signatures"]] == ["irt.analyst.2", "irt.analyst.3"]
    with runtime.database.read() as session:
        (last,) = session.scalars(select(AuditRow).where(AuditRow.act == "duty.hand_over.complete"))
    assert last.after is not None
    assert last.after["content_sha256"] == made["content_sha256"]
    assert verify(runtime).is_whole
    assert sign(Page(runtime, "irt.analyst.3"), whole).json()["code"] in {"duty.signed_already", "duty.wrong_state"}


def test_a_stranger_signs_nothing_and_nobody_twice(runtime: Runtime) -> None:
    made = drafted(runtime)
    assert sign(Page(runtime, "irt.analyst.5"), made).json()["code"] == "duty.not_yours"
    assert sign(Page(runtime, "irt.leader"), made).json()["code"] == "duty.not_yours"
    half = sign(Page(runtime, "irt.analyst.2"), made).json()
    assert sign(Page(runtime, "irt.analyst.2"), half).json()["code"] == "duty.signed_already"


def test_other_content_is_not_signed(runtime: Runtime) -> None:
    made = drafted(runtime)
    assert sign(Page(runtime, "irt.analyst.3"), made, content_sha256="0" * 64).json()["code"] == "duty.other_content"
    with runtime.database.write() as session:
        row = session.get_one(DutyHandOver, made["id"])
        row.content = {**row.content, "notes": "khác"}
    assert sign(Page(runtime, "irt.analyst.3"), made).json()["code"] == "duty.other_content"


def test_a_signature_takes_the_second_factor(runtime: Runtime) -> None:
    made = drafted(runtime)
    refused = sign(Page(runtime, "irt.analyst.3", proven=False), made)
    assert refused.status_code in {401, 403}
    assert refused.json()["code"].startswith("second_factor") or "factor" in refused.json()["code"]


def test_whoever_is_not_at_the_seat_hands_nothing_over(runtime: Runtime) -> None:
    answer = Page(runtime, "irt.analyst.5").post("/duty/hand-overs", {"seat": "analyst-web"})
    assert answer.json()["code"] == "duty.not_yours"
    assert Page(runtime, "irt.analyst.2").post("/duty/hand-overs", {"seat": "tower"}).json()["code"] == "duty.unknown_seat"


def test_a_little_late_it_goes_to_the_one_who_has_come(runtime: Runtime, clock: ManualClock) -> None:
    clock.advance(seconds=11 * 3600)
    made = drafted(runtime)
    assert (made["giver"]["id"], made["taker"]["id"]) == ("irt.analyst.2", "irt.analyst.3")


def test_the_pc_office_hands_over_its_seat_without_alerts(runtime: Runtime) -> None:
    post(runtime, alert(1))
    made = drafted(runtime, "pc_office.head", seat="pc-office-duty", taker="pc_office.deputy")
    assert made["content"]["open_groups"] == made["content"]["alerts"]["count"] == 0
    assert Page(runtime, "pc_office.deputy").get("/duty/hand-overs").json()["hand_overs"][0]["id"] == made["id"]
    drafted(runtime)
    assert len(Page(runtime, "pc_office.deputy").get("/duty/hand-overs").json()["hand_overs"]) == 1
