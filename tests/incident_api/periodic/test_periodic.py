"""Periodic duties: made with the deadlines of the worked cases, told, overdue, fulfilled, moved by a corrected calendar."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from incident_api.audit.service import verify
from incident_api.coordination.calendar import Day
from incident_api.escalation.ticker import tick
from incident_api.notifications.models import NoticeRow
from incident_api.periodic import service
from incident_api.runtime import Runtime
from khien.clock import ManualClock, parse_utc
from khien.errors import KhienError
from tests.incident_api.city import Page


def listed(runtime: Runtime, account: str = "irt.liaison") -> dict[tuple[str, str], dict[str, Any]]:
    answer = Page(runtime, account).get("/duties/periodic")
    assert answer.status_code == 200, answer.text
    return {(each["code"], each["period"]): each for each in answer.json()["duties"]}


def city_time(text: str) -> int:
    return parse_utc(f"{text}+07:00")


def told(runtime: Runtime) -> list[tuple[str, str, str]]:
    with runtime.database.read() as session:
        rows = session.scalars(select(NoticeRow).where(NoticeRow.subject.startswith("duty/")).order_by(NoticeRow.id)).all()
    return [(row.template, row.recipient, row.channel) for row in rows]


def test_the_deadlines_are_those_of_the_worked_cases(runtime: Runtime, clock: ManualClock) -> None:
    """Golden cases K14 and K15."""
    assert service.run(runtime, clock.us) == "7 made, 0 moved"
    assert service.run(runtime, clock.us) == "0 made, 0 moved"
    found = listed(runtime)
    assert found["DG", "2026-11"]["due_us"] == city_time("2026-12-07T17:00:00")
    assert found["A1", "2026"]["due_us"] == city_time("2026-12-19T23:59:59")
    assert found["A1", "2026"]["target_us"] == city_time("2026-12-18T17:00:00")
    assert found["A2", "2026"]["due_us"] == city_time("2026-12-24T23:59:59")
    assert set(found) == {
        ("DG", "2026-11"), ("A1", "2026"), ("A2", "2026"), ("LR", "2026-H2"), ("CK", "2026"), ("DR", "2026"), ("JM", "2026-H2"),
    }  # fmt: skip
    clock.us = city_time("2027-01-15T09:00:00")
    service.run(runtime, clock.us)
    assert listed(runtime)["DG", "2027-01"]["due_us"] == city_time("2027-02-11T17:00:00")
    # What was due before anything of it was made is nobody's debt: nothing ran in December.
    assert ("DG", "2026-12") not in listed(runtime)
    assert verify(runtime).is_whole


def test_it_is_told_becomes_overdue_and_asks_why(runtime: Runtime, clock: ManualClock) -> None:
    service.run(runtime, clock.us)
    assert (tick(runtime), told(runtime)) == (0, [])
    # The digest's target is two weeks ahead: the liaison is told.
    clock.us = city_time("2026-11-23T17:00:00")
    tick(runtime)
    assert told(runtime) == [("periodic_due", "irt.liaison", "app")]
    clock.us = city_time("2026-12-04T17:00:00")
    tick(runtime)
    assert ("periodic_due", "irt.shift_lead.3", "app") in told(runtime)
    clock.us = city_time("2026-12-07T17:00:00")
    tick(runtime)
    clock.advance(seconds=1)
    tick(runtime)
    assert [each for each in told(runtime) if each[0] == "periodic_overdue"] == [
        ("periodic_overdue", "irt.leader", "second"),
        ("periodic_overdue", "irt.deputy", "second"),
    ]
    row = listed(runtime)["DG", "2026-11"]
    assert row["state"] == "overdue"
    page = Page(runtime, "irt.liaison")
    path = f"/duties/periodic/{row['id']}/fulfil"
    assert page.post(path, {"receipt": "45/BC"}).json()["code"] == "periodic.late_reason"
    done = page.post(path, {"receipt": "45/BC", "reason": "chờ số liệu"})
    assert (done.json()["state"], done.json()["fulfilled_by"]) == ("late", "irt.liaison")
    assert page.post(path, {"receipt": "46/BC", "reason": "x"}).json()["code"] == "periodic.done"
    before = told(runtime)
    clock.us = city_time("2026-12-09T09:00:00")
    while tick(runtime):
        pass
    assert [each for each in told(runtime) if each not in before and "overdue" in each[0]] == []


def test_what_is_done_in_time_is_not_told_again(runtime: Runtime, clock: ManualClock) -> None:
    service.run(runtime, clock.us)
    page = Page(runtime, "irt.leader")
    for row in listed(runtime).values():
        assert page.post(f"/duties/periodic/{row['id']}/fulfil", {"receipt": "01/BC"}).json()["state"] == "fulfilled"
    clock.us = city_time("2027-01-15T09:00:00")
    assert tick(runtime) == 0
    assert told(runtime) == []


def test_a_corrected_calendar_moves_what_is_owed(runtime: Runtime, clock: ManualClock) -> None:
    service.run(runtime, clock.us)
    in_force = runtime.policy
    off = Day.model_validate(
        {"date": "2026-12-07", "kind": "override", "text": {"vi": "Nghỉ bù", "en": "Off"}, "source": "quyết định"}
    )
    calendar = in_force.policy.calendar.with_overrides((off,))
    runtime.put_in_force(replace(in_force, policy=in_force.policy.model_copy(update={"calendar": calendar})))
    assert service.run(runtime, clock.us) == "0 made, 1 moved"
    assert listed(runtime)["DG", "2026-11"]["due_us"] == city_time("2026-12-08T17:00:00")


def test_a_year_that_the_calendar_has_not_is_named_and_the_rest_is_made(runtime: Runtime, clock: ManualClock) -> None:
    clock.us = city_time("2028-12-15T09:00:00")
    with pytest.raises(KhienError) as raised:
        service.run(runtime, clock.us)
    assert raised.value.code == "calendar.no_year"
    assert ("A2", "2028") in listed(runtime)
