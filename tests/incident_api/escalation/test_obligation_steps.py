"""The steps of obligations: who is told when, what is overdue, and that nothing follows what was done."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.incidents.models import Approval, Obligation
from incident_api.jobs.table import job_of
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.clock import ManualClock, parse_utc
from tests.incident_api.city import START_US, alert, post
from tests.incident_api.incidents.case import CaseFile

MINUTE = 60_000_000
HOUR = 60 * MINUTE
LEADS = ["irt.leader", "irt.deputy"]
LAST = ["city_pc_office", "city_police.duty"]


def told(runtime: Runtime, subject: str) -> list[tuple[str, str, str]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.subject == subject).order_by(NoticeRow.id)).all()
    return [(row.recipient, row.channel, row.template) for row in rows]


def steps_on_record(runtime: Runtime, code: str) -> list[dict[str, Any]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(AuditRow).where(AuditRow.act == "obligation.step").order_by(AuditRow.seq)).all()
    return [row.after for row in rows if row.after is not None and row.after["code"] == code]


def until(runtime: Runtime, clock: ManualClock, at_us: int) -> None:
    clock.us = at_us
    while tick(runtime):
        pass


def test_the_initial_notice_of_an_m2_goes_up_at_the_times_of_the_worked_case(runtime: Runtime, clock: ManualClock) -> None:
    """Golden case K10: IN of T0 has its steps after 12 h, 18 h, 21 h 36 min and 24 h."""
    file = CaseFile(runtime, facts={"data_encrypted": True})
    (duty,) = [each for each in file.obligations("IN") if each["recipient"] == "city_police.intake"]
    subject = f"obligation/{duty['id']}"
    assignee = file.read()["row"]["assignee"]["id"]
    seen: list[tuple[str, str, str]] = []
    for hours, people, channel, template in (
        (12.0, [assignee], "app", "obligation_step"),
        (18.0, ["irt.shift_lead.3"], "app", "obligation_step"),
        (21.6, LEADS, "second", "obligation_step"),
        (24.0, LAST, "second", "obligation_overdue"),
    ):
        until(runtime, clock, START_US + round(hours * HOUR) - 1)
        assert told(runtime, subject) == seen
        until(runtime, clock, START_US + round(hours * HOUR))
        seen += [(person, channel, template) for person in people]
        assert told(runtime, subject) == seen
    clock.advance(seconds=1)
    file._pages.clear()
    (late,) = [each for each in file.obligations("IN") if each["id"] == duty["id"]]
    assert late["state"] == "overdue"
    refused = file.try_act("fulfil", account="irt.leader", obligation=duty["id"], receipt="12/BN")
    assert refused.json()["code"] == "obligation.late_reason"
    assert [each["late"] for each in steps_on_record(runtime, "IN") if each["obligation"] == duty["id"]] == [False] * 4
    assert verify(runtime).is_whole


def test_after_an_outage_one_message_is_sent_and_marked_late(runtime: Runtime, clock: ManualClock) -> None:
    """Golden case K11: down from 02:50 to 07:00; the 90 % step (06:36) is sent, late, and the 75 % step is noted as skipped."""
    clock.us = parse_utc("2026-11-10T09:00:00+07:00")
    file = CaseFile(runtime, facts={"data_encrypted": True})
    (duty,) = [each for each in file.obligations("IN") if each["recipient"] == "city_police.intake"]
    subject = f"obligation/{duty['id']}"
    until(runtime, clock, parse_utc("2026-11-11T02:49:00+07:00"))
    before = told(runtime, subject)
    assert len(before) == 1
    until(runtime, clock, parse_utc("2026-11-11T07:00:30+07:00"))
    assert told(runtime, subject)[1:] == [(person, "second", "obligation_step") for person in LEADS]
    last = [each for each in steps_on_record(runtime, "IN") if each["obligation"] == duty["id"]][-1]
    assert (last["percent"], last["skipped"], last["late"]) == (90, [1], True)


def test_what_was_sent_waits_for_its_receipt_with_the_assignee_alone(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    duty = file.obligations("TL")[0]
    file.act("tell", obligation=duty["id"], to="điện thoại 08:05")
    assignee = file.read()["row"]["assignee"]["id"]
    until(runtime, clock, START_US + 2 * HOUR)
    assert {person for person, *_ in told(runtime, f"obligation/{duty['id']}")} == {assignee}
    file._pages.clear()
    (found,) = [each for each in file.obligations("TL") if each["id"] == duty["id"]]
    assert found["state"] == "sent"


@pytest.mark.parametrize("ending", ["fulfil", "cancel"])
def test_nothing_is_told_of_what_is_done(runtime: Runtime, clock: ManualClock, ending: str) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    if ending == "fulfil":
        file.fulfil_all()
    else:
        file.move("reject", account="irt.leader", fields={"reason": "nhầm"})
        (approval,) = file.read()["approvals"]
        assert file.page("owner.approver").post(f"/approvals/{approval['id']}/grant", {}).status_code == 200
    until(runtime, clock, START_US + 100 * HOUR)
    with runtime.database.read() as session:
        notices = session.scalars(select(NoticeRow).where(NoticeRow.subject.startswith("obligation/"))).all()
        running = session.scalars(select(EscalationRun).where(EscalationRun.state == "running")).all()
    assert (list(notices), list(running)) == ([], [])


def test_a_clock_that_is_moved_moves_the_steps(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    (duty,) = [each for each in file.obligations("IN") if each["recipient"] == "city_police.intake"]
    clock.advance(seconds=600)
    file.act("move_clock", clock="det", to_us=START_US - 10 * HOUR, reason="báo qua điện thoại trước đó")
    until(runtime, clock, START_US + 2 * HOUR - 1)
    assert told(runtime, f"obligation/{duty['id']}") == []
    until(runtime, clock, START_US + 2 * HOUR)
    assert len(told(runtime, f"obligation/{duty['id']}")) == 1


def test_the_steps_of_an_exercise_are_simulated(runtime: Runtime, clock: ManualClock) -> None:
    # Golden case K13.
    post(runtime, alert(1, dataset="exercise:lab", asset="lan-x-vinh-loc", unit="x-vinh-loc"))
    with runtime.database.read() as session:
        group = session.scalars(select(EscalationRun.subject)).one().partition("/")[2]
    CaseFile(runtime, groups=[group], assets=["lan-x-vinh-loc"], facts={"data_encrypted": True}).confirm()
    until(runtime, clock, START_US + 24 * HOUR)
    with runtime.database.read() as session:
        states = set(session.scalars(select(NoticeRow.state).where(NoticeRow.subject.startswith("obligation/"))))
    assert states == {"simulated"}


def test_the_next_interim_is_made_when_its_time_comes_although_nobody_touches_the_case(
    runtime: Runtime, clock: ManualClock
) -> None:
    """Golden case K03: U1 each 24 h; the one at the hour of FR is dropped."""
    file = CaseFile(runtime, flags=["natsec"])
    first = START_US + 48 * HOUR
    assert file.due("U1") == [first]
    for each in file.obligations("U1"):
        file.act("fulfil", account="irt.leader", obligation=each["id"], receipt="đã nhận")
    job = job_of("interims")
    clock.us = first - 1
    job.run(runtime, clock.us)
    assert len(_due_times(runtime, "U1")) == 1
    clock.us = first
    job.run(runtime, clock.us)
    assert _due_times(runtime, "U1") == [first, first + 48 * HOUR]
    job.run(runtime, clock.us)
    assert _due_times(runtime, "U1") == [first, first + 48 * HOUR]
    clock.us = first + 96 * HOUR
    job.run(runtime, clock.us)
    assert _due_times(runtime, "U1") == [first + hours * HOUR for hours in (0, 48, 72, 96, 120)]
    assert verify(runtime).is_whole


def _due_times(runtime: Runtime, code: str) -> list[int]:
    with runtime.database.read() as session:
        return sorted(set(session.scalars(select(Obligation.due_us).where(Obligation.code == code))))


def test_the_second_party_is_told_told_again_and_the_approval_expires(runtime: Runtime, clock: ManualClock) -> None:
    """Coordination design, section 6: 15 min of silence, 24 h until it expires."""
    file = CaseFile(runtime, facts={"data_encrypted": True})
    file.confirm()
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    subject = f"approval/{asked['approvals'][0]['id']}"
    until(runtime, clock, START_US)
    # The leader's home is the police, so that their duty officer cannot be the second party; the deputy is of another home.
    first = [("owner.approver", "app", "approval_asked"), ("irt.deputy", "app", "approval_asked")]
    assert told(runtime, subject) == first
    until(runtime, clock, START_US + 15 * MINUTE)
    again = first + [(person, "second", template) for person, _, template in first]
    assert told(runtime, subject) == again
    until(runtime, clock, START_US + 24 * HOUR - 1)
    assert told(runtime, subject) == again
    until(runtime, clock, START_US + 24 * HOUR)
    assert told(runtime, subject)[4:] == [("irt.leader", "app", "approval_ended")]
    with runtime.database.read() as session:
        assert session.scalars(select(Approval.state)).one() == "expired"
        assert session.scalars(select(AuditRow.act).where(AuditRow.act == "approval.expired")).all() == ["approval.expired"]
    file._pages.clear()
    assert file.page("owner.approver").post(f"/approvals/{subject.partition('/')[2]}/grant", {}).json()["code"] == "approval.over"


def test_an_approval_that_is_granted_asks_nobody_again(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    file.confirm()
    asked = file.act("revise", account="irt.leader", facts={"data_encrypted": None}, reason="không phải mã hóa")
    number = asked["approvals"][0]["id"]
    assert file.page("owner.approver").post(f"/approvals/{number}/grant", {}).status_code == 200
    until(runtime, clock, START_US + 30 * HOUR)
    assert told(runtime, f"approval/{number}") == []


def test_without_an_approver_the_duty_officer_sends_and_the_approval_follows(runtime: Runtime, clock: ManualClock) -> None:
    """Coordination design, section 6: 15 min of silence; approved within 24 h."""
    file = CaseFile(runtime, facts={"data_encrypted": True})
    duty = next(each for each in file.obligations("TL") if each["recipient"] == "city_police.duty")
    subject = f"obligation/{duty['id']}"

    def asked(template: str) -> list[tuple[str, str]]:
        return [(person, channel) for person, channel, each in told(runtime, subject) if each == template]

    until(runtime, clock, START_US + 15 * MINUTE - 1)
    assert asked("obligation_immediate") == []
    until(runtime, clock, START_US + 15 * MINUTE)
    assert asked("obligation_immediate") == [
        ("irt.shift_lead.2", "app"), ("irt.analyst.2", "app"), ("irt.analyst.5", "app"),
    ]  # fmt: skip
    # An initial notice leaves a day: there is no hurry without an approver.
    assert all(each["immediate_us"] is None for each in file.obligations("IN"))
    file.act("tell", obligation=duty["id"], to="điện thoại 08:05", account="irt.analyst.2")
    (sent,) = [each for each in file.obligations("TL") if each["id"] == duty["id"]]
    assert (sent["immediate_us"], sent["approve_by_us"]) == (START_US + 15 * MINUTE, clock.us + 24 * HOUR)
    until(runtime, clock, clock.us)
    assert asked("obligation_approve") == [(person, "app") for person in LEADS]
    refused = file.try_act("approve_notice", obligation=duty["id"], account="irt.analyst.2")
    assert refused.json()["code"] == "session.forbidden"
    done = file.act("approve_notice", obligation=duty["id"], account="irt.leader")
    (approved,) = [each for each in done["obligations"] if each["id"] == duty["id"]]
    assert (approved["approved_by"], approved["approved_us"]) == ("irt.leader", clock.us)
    again = file.try_act("approve_notice", obligation=duty["id"], account="irt.leader")
    assert again.json()["code"] == "obligation.nothing_to_approve"
    until(runtime, clock, START_US + 30 * HOUR)
    assert len(asked("obligation_approve")) == 2
    assert verify(runtime).is_whole


def test_an_approval_that_does_not_follow_is_asked_again_when_its_time_is_over(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    duty = file.obligations("TL")[0]
    until(runtime, clock, START_US + 15 * MINUTE)
    file.act("tell", obligation=duty["id"], to="điện thoại 08:05", account="irt.analyst.2")
    file.act("fulfil", obligation=duty["id"], receipt="đã nhận", account="irt.analyst.2")
    sent_us = clock.us
    until(runtime, clock, sent_us + 24 * HOUR)
    found = [
        (person, channel)
        for person, channel, template in told(runtime, f"obligation/{duty['id']}")
        if template == "obligation_approve"
    ]
    assert found == [(person, "second") for person in LEADS]


def test_what_the_leader_sends_needs_no_approval_afterwards(runtime: Runtime, clock: ManualClock) -> None:
    file = CaseFile(runtime, facts={"data_encrypted": True})
    duty = file.obligations("TL")[0]
    until(runtime, clock, START_US + 15 * MINUTE)
    file.act("tell", obligation=duty["id"], to="điện thoại 08:05", account="irt.leader")
    assert file.obligations("TL")[0]["approve_by_us"] is None
