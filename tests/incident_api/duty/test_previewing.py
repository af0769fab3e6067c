"""What an edit would do is what it then does, and looking changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from incident_api.duty.service import reach
from incident_api.duty.shift import Shift
from incident_api.runtime import Runtime
from tests.incident_api.city import START_US, Page

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def calendar(page: Page, start_us: int, end_us: int) -> set[tuple[str, str, int, int]]:
    shifts = page.get("/duty/calendar", from_us=start_us, to_us=end_us).json()["shifts"]
    return {(each["seat"], each["person"]["id"], max(each["start_us"], start_us), min(each["end_us"], end_us)) for each in shifts}


def keys(shifts: list[dict[str, Any]]) -> set[tuple[str, str, int, int]]:
    return {(each["seat"], each["person"]["id"], each["start_us"], each["end_us"]) for each in shifts}


def faults(warnings: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(each["kind"], each["role"], each["person"], each["start_us"], each["end_us"]) for each in warnings]


@pytest.mark.parametrize(
    ("looked_at", "done"),
    [
        (
            {"kind": "override", "seat": "analyst-web", "person": "irt.analyst.5"},
            ("/duty/overrides", {"seat": "analyst-web", "person": "irt.analyst.5", "reason": "x"}),
        ),
        (
            {"kind": "override", "seat": "shift-lead", "person": "irt.leader", "mode": "added"},
            ("/duty/overrides", {"seat": "shift-lead", "person": "irt.leader", "mode": "added", "reason": "x"}),
        ),
        ({"kind": "sick", "person": "irt.analyst.2"}, ("/duty/sick", {"person": "irt.analyst.2"})),
    ],
)
def test_what_is_gained_and_lost_is_what_the_act_does(
    runtime: Runtime, looked_at: dict[str, Any], done: tuple[str, dict[str, Any]]
) -> None:
    lead = Page(runtime, "irt.shift_lead.2")
    # From the middle of a shift that runs, over the next two.
    span = {"start_us": START_US, "end_us": START_US + 30 * HOUR_US}
    before = calendar(lead, **span)
    answer = lead.post("/duty/preview", {**span, **looked_at})
    assert answer.status_code == 200, answer.text
    seen = answer.json()
    assert calendar(lead, **span) == before
    path, body = done
    made = lead.post(path, {**span, **body})
    assert made.status_code == 201, made.text
    after = calendar(lead, **span)
    assert keys(seen["gained"]) == after - before != set()
    assert keys(seen["lost"]) == before - after
    assert faults(seen["warnings"]) == faults(made.json()["warnings"])
    called = {each["person"]["id"] for each in seen["called"] if each["person"]}
    assert called == {each["person"]["id"] for each in made.json().get("standing_in", ())}


def test_a_swap_is_looked_at_with_the_checks_of_the_swap(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    mine = next(
        each
        for each in page.get("/duty/calendar", from_us=START_US, to_us=START_US + 4 * DAY_US, person="irt.analyst.2").json()[
            "shifts"
        ]
        if each["start_us"] > START_US and each["seat"] == "analyst-web"
    )
    asked = {"kind": "swap", "seat": "analyst-web", "start_us": mine["start_us"], "end_us": mine["end_us"]}
    seen = page.post("/duty/preview", {**asked, "taker": "irt.analyst.1"}).json()
    assert keys(seen["gained"]) == {("analyst-web", "irt.analyst.1", mine["start_us"], mine["end_us"])}
    assert keys(seen["lost"]) == {("analyst-web", "irt.analyst.2", mine["start_us"], mine["end_us"])}
    assert page.post("/duty/preview", {**asked, "taker": "irt.analyst.2"}).json()["code"] == "duty.with_oneself"
    assert page.post("/duty/preview", {**asked, "taker": "irt.leader"}).json()["code"] == "duty.cannot_take"
    assert (
        page.post("/duty/preview", {**asked, "start_us": START_US - 1, "taker": "irt.analyst.1"}).json()["code"] == "duty.has_begun"
    )


def test_nobody_looks_at_what_the_absence_of_another_would_do(runtime: Runtime) -> None:
    body = {"kind": "leave", "person": "irt.analyst.3", "start_us": START_US, "end_us": START_US + DAY_US}
    assert Page(runtime, "irt.analyst.2").post("/duty/preview", body).json()["code"] == "duty.only_for_oneself"
    assert Page(runtime, "irt.leader").post("/duty/preview", body).json()["lost"] != []


def test_the_calendar_names_the_days_of_tet_and_the_years_it_does_not_know(runtime: Runtime) -> None:
    page = Page(runtime, "irt.analyst.2")
    tet = {each["date"]: each for each in page.get("/duty/calendar", from_us=START_US, to_us=START_US + 90 * DAY_US).json()["days"]}
    # Mùng 1 of the year Đinh Mùi is 6 February 2027.
    assert "Tết" in tet["2027-02-06"]["name"]["vi"] or "Mùng" in tet["2027-02-06"]["name"]["vi"]
    assert tet["2027-02-06"]["works"] is False
    far = page.get("/duty/calendar", from_us=START_US + 3 * 365 * DAY_US, to_us=START_US + 3 * 365 * DAY_US + DAY_US).json()
    assert far["unknown_years"] == [2029]


def test_whoever_is_on_duty_can_be_reached(runtime: Runtime) -> None:
    now = {each["layer"]: each for each in Page(runtime, "irt.analyst.2").get("/duty").json()["now"]}
    # coordination/example/organisation.yaml has an entry of Analyst 2.
    assert now["analyst-web"]["reach"]["channels"][0] == {"kind": "sms", "address": "+84000000035"}
    assert now["analyst-web"]["reach"]["is_desk"] is False
    assert all(each["reach"] is not None for each in now.values())


def test_whoever_has_no_entry_is_reached_through_the_duty_desk_of_their_party(runtime: Runtime) -> None:
    organisation, shift = runtime.organisation, Shift("irt.stranger", "irt.analyst", "x", 1, START_US, START_US + 1)
    found = reach(organisation, shift, day="2026-11-23")
    assert found is not None
    assert found.is_desk
    # `irt.duty`: the duty telephone of the response team, the voice first.
    assert (found.channels[0].kind, found.channels[0].address) == ("voice", "+84000000016")
