"""Notices over the API: one's own, the team's for those who lead, no content for whoever runs the system, and a test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.notifications.settings import NotificationSettings
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import Page, city
from tests.incident_api.notifications.house import LOCAL, Recorder, drain, put


@pytest.fixture
def runtime(tmp_path: Path, clock: ManualClock) -> Iterator[Runtime]:
    with city(tmp_path, clock=clock) as made:
        made.notifications = NotificationSettings.model_validate({"channels": {"mail": LOCAL}})
        yield made


def test_everybody_reads_their_own_and_leads_the_teams(runtime: Runtime) -> None:
    put(runtime)
    put(runtime, recipient="irt.leader", channel="app")
    drain(runtime, mail=Recorder())
    own = Page(runtime, "irt.analyst.2").get("/notifications").json()
    assert [(row["recipient"], row["state"]) for row in own["rows"]] == [("irt.analyst.2", "sent")]
    assert own["states"] == {"sent": 1}
    assert own["rows"][0]["title"]["vi"].startswith("[QUÁ HẠN] SC-2026-0007")
    assert own["rows"][0]["address"].endswith("@bensen.example")
    team = Page(runtime, "irt.shift_lead.2").get("/notifications", scope="team").json()
    assert [row["recipient"] for row in team["rows"]] == ["irt.leader", "irt.analyst.2"]
    assert Page(runtime, "irt.analyst.2").get("/notifications", scope="team").status_code == 403


def test_who_runs_the_system_sees_delivery_and_no_content(runtime: Runtime) -> None:
    put(runtime)
    (row,) = Page(runtime, "sysadmin").get("/notifications", scope="team").json()["rows"]
    assert (row["title"], row["state"]) == (None, "queued")


def test_pages_give_every_notice_once(runtime: Runtime) -> None:
    for number in range(7):
        put(runtime, key=f"step/{number}", channel="app")
    page, seen, after = Page(runtime, "irt.analyst.2"), [], None
    while True:
        answer = page.get("/notifications", limit=3, **({"after": after} if after else {})).json()
        seen += [row["id"] for row in answer["rows"]]
        after = answer["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


def test_confirming_is_for_the_recipient_once_and_on_record(runtime: Runtime) -> None:
    notice = put(runtime, channel="app")
    assert Page(runtime, "irt.leader").post(f"/notifications/{notice}/receipt", {}).status_code == 404
    page = Page(runtime, "irt.analyst.2")
    for _ in range(2):
        answer = page.post(f"/notifications/{notice}/receipt", {})
        assert (answer.status_code, answer.json()["state"]) == (200, "receipted")
    with runtime.database.read() as session:
        records = session.scalars(select(AuditRow).where(AuditRow.act == "notice.receipt")).all()
    assert [record.actor for record in records] == ["irt.analyst.2"]


def test_what_has_not_left_cannot_be_confirmed(runtime: Runtime) -> None:
    notice = put(runtime)
    answer = Page(runtime, "irt.analyst.2").post(f"/notifications/{notice}/receipt", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "notice.not_there_yet")


def test_a_test_goes_the_way_of_every_notice(runtime: Runtime) -> None:
    answer = Page(runtime, "sysadmin").post("/notifications/test", {"to": "irt.leader"})
    assert (answer.status_code, answer.json()["state"]) == (201, "queued")
    mail = Recorder()
    drain(runtime, mail=mail)
    ((address, message),) = mail.sent
    assert message.subject == "[TLP:CLEAR] Tin thử từ Khiên"
    assert address.endswith("@bensen.example")


def test_health_says_what_could_not_leave(runtime: Runtime) -> None:
    runtime.notifications = NotificationSettings()
    put(runtime)
    checks = {each["name"]: each for each in Page(runtime, None).get("/health").json()["checks"]}
    assert checks["channels"]["light"] == "degraded"
    assert "no channel is configured" in checks["channels"]["text"]["en"]


def test_health_is_red_when_nobody_sends(runtime: Runtime, clock: ManualClock) -> None:
    put(runtime)
    clock.advance(seconds=601)
    checks = {each["name"]: each for each in Page(runtime, None).get("/health").json()["checks"]}
    assert checks["channels"]["light"] == "down"
