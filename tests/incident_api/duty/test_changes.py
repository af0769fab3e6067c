"""Overrides, swaps, leave and sick notes through the API, with the people who may and may not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from incident_api.audit.models import AuditRow
from incident_api.audit.service import verify
from incident_api.duty import current, jobs, machines
from incident_api.duty.machines import TABLE
from incident_api.duty.models import DutyOverride
from incident_api.duty.wall import DAY_US, HOUR_US
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page

#: Tomorrow's day shift at the web desk, 07:00 to 19:00; by the file it is analyst 1's.
TOMORROW = START_US - 2 * HOUR_US + DAY_US
SHIFT = {"seat": "analyst-web", "start_us": TOMORROW, "end_us": TOMORROW + 12 * HOUR_US}


@pytest.fixture
def world(runtime: Runtime) -> Runtime:
    with runtime.database.read() as session:
        assert [each.person for each in current.roster(runtime, session).shifts_at(TOMORROW) if each.seat == "analyst-web"] == [
            "irt.analyst.1"
        ]
    return runtime


def holder(runtime: Runtime, at_us: int, seat: str = "analyst-web") -> str | None:
    with runtime.database.read() as session:
        return next((each.person for each in current.roster(runtime, session).shifts_at(at_us) if each.seat == seat), None)


def records(runtime: Runtime) -> list[str]:
    with runtime.database.read() as session:
        return [row.act for row in session.scalars(select(AuditRow).order_by(AuditRow.seq)) if row.act.startswith("duty.")]


def told(runtime: Runtime) -> list[tuple[str, str]]:
    with runtime.database.read() as session:
        return sorted({(row.recipient, row.key.split("/")[1]) for row in session.scalars(select(NoticeRow))})


def offer(page: Page, taker: str = "irt.analyst.3", **more: Any) -> dict[str, Any]:
    answer = page.post("/duty/swaps", {**SHIFT, "taker": taker, "reason": "đám cưới", **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()["swap"]
    return made


def act(page: Page, kind: str, matter: dict[str, Any], action: str) -> Any:
    return page.post(f"/duty/{kind}/{matter['id']}", {"action": action, "version": matter["version"]})


def test_a_swap_takes_the_other_and_the_shift_lead_and_only_then_changes_the_rota(world: Runtime) -> None:
    giver, taker, lead = (Page(world, name) for name in ("irt.analyst.1", "irt.analyst.3", "irt.shift_lead.2"))
    made = offer(giver)
    assert act(lead, "swaps", made, "approve").json()["code"] == "duty.wrong_state"
    accepted = act(taker, "swaps", made, "accept").json()["swap"]
    assert holder(world, TOMORROW) == "irt.analyst.1"
    approved = act(lead, "swaps", accepted, "approve")
    assert approved.json()["swap"]["state"] == "approved", approved.text
    assert holder(world, TOMORROW) == "irt.analyst.3"
    assert holder(world, TOMORROW + 12 * HOUR_US) == holder_by_file(world, TOMORROW + 12 * HOUR_US)
    assert records(world)[1:] == ["duty.swap.offer", "duty.swap.accept", "duty.swap.approve"]
    assert verify(world).is_whole


def holder_by_file(runtime: Runtime, at_us: int) -> str:
    return next(each.person for each in runtime.organisation.rota.shifts_at(at_us) if each.seat == "analyst-web")


def test_nobody_approves_their_own_swap_and_a_stranger_accepts_none(world: Runtime) -> None:
    made = offer(Page(world, "irt.analyst.1"))
    assert act(Page(world, "irt.analyst.2"), "swaps", made, "accept").json()["code"] == "duty.not_yours"
    lead = Page(world, "irt.shift_lead.3")
    start = next(each for each in world.organisation.rota.next_shifts(START_US) if each.person == "irt.shift_lead.3")
    own = lead.post(
        "/duty/swaps",
        {"seat": "shift-lead", "taker": "irt.shift_lead.1", "start_us": start.start_us, "end_us": start.end_us, "reason": "x"},
    ).json()["swap"]
    accepted = act(Page(world, "irt.shift_lead.1"), "swaps", own, "accept").json()["swap"]
    for both in (lead, Page(world, "irt.shift_lead.1")):
        assert act(both, "swaps", accepted, "approve").json()["code"] == "duty.not_yours"
    assert act(Page(world, "irt.leader"), "swaps", accepted, "approve").status_code == 200


@pytest.mark.parametrize(
    ("account", "body", "code"),
    [
        ("irt.analyst.2", {}, "duty.not_the_holder"),
        ("irt.analyst.1", {"taker": "irt.analyst.1"}, "duty.with_oneself"),
        ("irt.analyst.1", {"taker": "irt.shift_lead.1"}, "duty.cannot_take"),
        ("irt.analyst.1", {"taker": "nobody"}, "people.unknown"),
        ("irt.analyst.1", {"seat": "tower"}, "duty.not_the_holder"),
        ("irt.analyst.1", {"end_us": TOMORROW + 13 * HOUR_US}, "duty.not_the_holder"),
        ("irt.analyst.2", {"start_us": START_US - HOUR_US, "end_us": START_US + HOUR_US}, "duty.has_begun"),
        ("irt.analyst.1", {"start_us": TOMORROW + 1, "end_us": TOMORROW}, "request.invalid"),
    ],
)
def test_an_offer_that_cannot_be_is_refused_by_name(world: Runtime, account: str, body: dict[str, Any], code: str) -> None:
    answer = Page(world, account).post("/duty/swaps", {**SHIFT, "taker": "irt.analyst.3", "reason": "x", **body})
    assert answer.json()["code"] == code, answer.text
    assert records(world) == ["duty.put_rota_in_force"]


def test_a_swap_with_a_shift_in_return_moves_both(world: Runtime) -> None:
    back = next(
        each
        for each in between(world, TOMORROW + DAY_US, TOMORROW + 5 * DAY_US)
        if (each.seat, each.person) == ("analyst-web", "irt.analyst.3")
    )
    made = offer(Page(world, "irt.analyst.1"), return_seat="analyst-web", return_start_us=back.start_us, return_end_us=back.end_us)
    accepted = act(Page(world, "irt.analyst.3"), "swaps", made, "accept").json()["swap"]
    act(Page(world, "irt.leader"), "swaps", accepted, "approve")
    assert (holder(world, TOMORROW), holder(world, back.start_us)) == ("irt.analyst.3", "irt.analyst.1")


def between(runtime: Runtime, start_us: int, end_us: int) -> list[Any]:
    with runtime.database.read() as session:
        return current.between(runtime, session, start_us, end_us)


def test_what_became_impossible_meanwhile_is_not_approved(world: Runtime) -> None:
    made = offer(Page(world, "irt.analyst.1"))
    accepted = act(Page(world, "irt.analyst.3"), "swaps", made, "accept").json()["swap"]
    lead = Page(world, "irt.shift_lead.2")
    lead.post("/duty/overrides", {**SHIFT, "person": "irt.analyst.2", "reason": "x"})
    assert act(lead, "swaps", accepted, "approve").json()["code"] == "duty.not_the_holder"
    assert holder(world, TOMORROW) == "irt.analyst.2"


def test_a_swap_nobody_approved_in_time_ends_by_the_job(world: Runtime, clock: ManualClock) -> None:
    made = offer(Page(world, "irt.analyst.1"))
    clock.us = TOMORROW + 1
    jobs.call(world, clock.now_us())
    assert Page(world, "irt.leader").get("/duty/swaps").json()["swaps"][0]["state"] == "withdrawn"
    assert act(Page(world, "irt.analyst.3"), "swaps", made, "accept").json()["code"] == "duty.changed_meanwhile"
    assert records(world)[-1] == "duty.swap.withdraw"


def test_leave_counts_when_somebody_else_approves_it_and_the_hole_is_told(world: Runtime) -> None:
    analyst, lead = Page(world, "irt.analyst.1"), Page(world, "irt.shift_lead.2")
    asked = analyst.post("/duty/leave", {"start_us": TOMORROW, "end_us": TOMORROW + DAY_US, "reason": "việc nhà"}).json()["leave"]
    assert (asked["state"], holder(world, TOMORROW)) == ("asked", "irt.analyst.1")
    assert act(analyst, "leave", asked, "approve").json()["code"] == "duty.not_yours"
    answer = act(lead, "leave", asked, "approve").json()
    assert holder(world, TOMORROW) is None
    assert {each["kind"] for each in answer["warnings"]} == {"leave"}
    assert ("irt.shift_lead.2", "holes") in told(world)
    assert ("irt.analyst.1", "leave") in told(world)
    withdrawn = act(analyst, "leave", answer["leave"], "withdraw").json()
    assert (withdrawn["leave"]["state"], holder(world, TOMORROW)) == ("withdrawn", "irt.analyst.1")


def test_leave_of_others_does_not_exist_except_for_those_who_edit_the_rota(world: Runtime) -> None:
    analyst, other, lead = (Page(world, name) for name in ("irt.analyst.1", "irt.analyst.2", "irt.shift_lead.2"))
    asked = analyst.post("/duty/leave", {"start_us": TOMORROW, "end_us": TOMORROW + DAY_US, "reason": "bệnh"}).json()["leave"]
    assert other.get("/duty/leave").json()["leave"] == []
    assert act(other, "leave", asked, "withdraw").status_code == 404
    assert [each["reason"] for each in lead.get("/duty/leave").json()["leave"]] == ["bệnh"]
    refused = other.post("/duty/leave", {"person": "irt.analyst.1", "start_us": TOMORROW, "end_us": TOMORROW + 1, "reason": "x"})
    assert refused.json()["code"] == "duty.only_for_oneself"


def test_a_sick_note_puts_somebody_in_at_once_who_has_fifteen_minutes(world: Runtime, clock: ManualClock) -> None:
    answer = Page(world, "irt.analyst.2").post("/duty/sick", {"start_us": START_US, "end_us": START_US + 6 * HOUR_US}).json()
    (called,) = answer["standing_in"]
    assert called["state"] == "asked"
    assert called["answer_due_us"] == START_US + 15 * 60_000_000
    assert holder(world, START_US) == called["person"]["id"] != "irt.analyst.2"
    # Analyst 3 stands by for the web desk and knows it.
    assert (called["person"]["id"], called["explanation"]["rung"]) in {
        ("irt.analyst.3", "stands_by"),
        ("irt.analyst.1", "same_role"),
    } | {("irt.analyst.3", "short_rest")}
    clock.advance(seconds=901)
    jobs.call(world, clock.now_us())
    second = holder(world, clock.now_us())
    assert second not in {"irt.analyst.2", called["person"]["id"], None}
    page = Page(world, str(second))
    row = next(each for each in page.get("/duty/overrides").json()["overrides"] if each["state"] == "asked")
    assert act(page, "overrides", row, "accept").json()["override"]["state"] == "active"
    clock.advance(seconds=3600)
    jobs.call(world, clock.now_us())
    assert holder(world, clock.now_us()) == second
    assert verify(world).is_whole


def test_whoever_declines_is_followed_by_the_next_until_the_leader(world: Runtime, clock: ManualClock) -> None:
    Page(world, "irt.analyst.2").post("/duty/sick", {"start_us": START_US, "end_us": START_US + 6 * HOUR_US})
    seen = []
    for _ in range(20):
        person = holder(world, clock.now_us() + 1)
        assert person is not None
        if person in seen:
            break
        seen.append(person)
        with world.database.read() as session:
            row = session.scalars(select(DutyOverride).where(DutyOverride.state == "asked")).one_or_none()
        if row is None:
            break
        answer = Page(world, person).post(f"/duty/overrides/{row.id}", {"action": "decline", "version": row.version})
        assert answer.status_code == 200, answer.text
        if holder(world, clock.now_us() + 1) is None:
            break
        clock.advance(seconds=1)
    assert {"irt.analyst.1", "irt.analyst.3"} < set(seen)
    assert {"irt.leader", "irt.deputy"} <= set(seen[-2:])


def test_only_the_one_called_answers(world: Runtime) -> None:
    answer = Page(world, "irt.analyst.2").post("/duty/sick", {"start_us": START_US, "end_us": START_US + 6 * HOUR_US}).json()
    (called,) = answer["standing_in"]
    assert act(Page(world, "irt.leader"), "overrides", called, "accept").json()["code"] == "duty.not_yours"


def test_an_override_begins_now_at_the_earliest_and_is_taken_back_from_now(world: Runtime, clock: ManualClock) -> None:
    lead = Page(world, "irt.shift_lead.2")
    body = {"seat": "analyst-web", "person": "irt.analyst.6", "start_us": START_US - HOUR_US, "end_us": START_US + 5 * HOUR_US}
    made = lead.post("/duty/overrides", {**body, "reason": "đào tạo"}).json()["override"]
    assert made["start_us"] == START_US
    assert holder(world, START_US) == "irt.analyst.6"
    clock.advance(seconds=1200)
    assert act(lead, "overrides", made, "withdraw").status_code == 200
    assert holder(world, START_US + 1) == "irt.analyst.6"
    assert holder(world, clock.now_us()) == "irt.analyst.2"
    assert (
        lead.post("/duty/overrides", {**body, "end_us": START_US, "start_us": START_US - 1, "reason": "x"}).json()["code"]
        == "duty.over"
    )


def test_somebody_besides_does_not_take_the_seat(world: Runtime) -> None:
    Page(world, "irt.leader").post("/duty/overrides", {**SHIFT, "person": "irt.analyst.6", "mode": "added", "reason": "Tết"})
    with world.database.read() as session:
        there = [each for each in current.roster(world, session).shifts_at(TOMORROW) if each.seat == "analyst-web"]
    assert [(each.person, each.source) for each in there] == [("irt.analyst.1", "layer"), ("irt.analyst.6", "added")]


def test_the_person_whose_shifts_change_is_told_once(world: Runtime) -> None:
    Page(world, "irt.leader").post("/duty/overrides", {**SHIFT, "person": "irt.analyst.6", "reason": "x"})
    assert {each for each in told(world) if each[1] == "shifts"} == {("irt.analyst.1", "shifts"), ("irt.analyst.6", "shifts")}


def test_a_retried_request_puts_one_override(world: Runtime) -> None:
    page, body = Page(world, "irt.leader"), {**SHIFT, "person": "irt.analyst.6", "reason": "x"}
    first, again = (page.post("/duty/overrides", body, key="k" * 12) for _ in range(2))
    assert first.json() == again.json()
    assert records(world).count("duty.override.put") == 1


STEPS = st.tuples(
    st.sampled_from(["swap", "leave", "override", "hand_over"]),
    st.lists(st.tuples(st.sampled_from(sorted({row.action for row in TABLE})), st.sampled_from(list(machines.Part))), max_size=12),
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_walk_leaves_the_table(walk: tuple[str, list[tuple[str, machines.Part]]]) -> None:
    """The machines as a graph: every accepted step is a row, and an end has no way out."""
    name, steps = walk
    rows = [row for row in TABLE if row.machine == name]
    state = next(row.target for row in rows if not row.sources)
    states = {row.target for row in rows}
    for action, part in steps:
        fitting = [row for row in rows if row.action == action and state in row.sources and part in row.parts]
        if fitting:
            state = fitting[0].target
        assert state in states
    ends = states - {source for row in rows for source in row.sources}
    assert ends, name
