"""Clocks measured from a log: cycles, pauses, working time, percentiles."""

from __future__ import annotations

import pytest

from incident_api.clocks import measure
from incident_api.clocks.measure import Change, Cycle
from incident_api.clocks.table import GROUP, INCIDENT, Clock, ClockRow, Limit
from incident_api.coordination.calendar import Day
from khien.clock import parse_utc
from tests.incident_api.coordination.city_rules import policy

MINUTE = 60_000_000
CALENDAR = policy().calendar
ROWS: dict[Clock, ClockRow] = {row.clock: row for row in (*GROUP, *INCIDENT)}


def at(text: str) -> int:
    return parse_utc(f"2026-11-{text}:00+07:00")


@pytest.mark.parametrize(
    ("clock", "limits"),
    [
        (Clock.TRIAGE, [(30, "wall"), (60, "wall"), (240, "wall"), (960, "business")]),
        (Clock.CONFIRM, [(30, "wall"), (60, "wall"), (240, "wall"), None]),
        (Clock.CONTAIN, [(240, "wall"), (480, "wall"), (1440, "business"), None]),
    ],
)
def test_the_limits_are_the_table_of_the_design(clock: Clock, limits: list[tuple[int, str] | None]) -> None:
    assert [each and (each.minutes, each.time) for each in ROWS[clock].limits] == limits


def test_giving_back_starts_the_clock_anew_and_ends_the_other_without_a_result() -> None:
    log = [Change("create", "new", 0), Change("take", "taken", 5), Change("hand_over", "new", 9), Change("take", "taken", 12)]
    assert measure.cycles(ROWS[Clock.ACKNOWLEDGE], log) == [Cycle(0, 5), Cycle(9, 12)]
    assert measure.cycles(ROWS[Clock.TRIAGE], log) == [Cycle(5, 9, is_dropped=True), Cycle(12, None)]


def test_what_was_undone_did_not_happen() -> None:
    log = [Change("create", "new", 0), Change("take", "taken", 5), Change("undo", "new", 6), Change("take", "taken", 8)]
    assert measure.cycles(ROWS[Clock.ACKNOWLEDGE], log) == [Cycle(0, 8)]


def test_waiting_for_the_owner_is_left_out_and_moves_the_limit() -> None:
    limit = Limit(30)
    start = at("23T09:00")
    pauses = [(start + 10 * MINUTE, start + 50 * MINUTE), (start + 20 * MINUTE, start + 60 * MINUTE)]
    assert measure.elapsed_us(CALENDAR, limit, start, start + 70 * MINUTE, pauses) == 20 * MINUTE
    assert measure.due_us(CALENDAR, limit, start, start + 70 * MINUTE, pauses) == start + 80 * MINUTE
    assert measure.due_us(CALENDAR, limit, start, start + 5 * MINUTE, ()) == start + 30 * MINUTE
    # A pause that goes on: its end is not known, now is taken.
    assert (
        measure.due_us(CALENDAR, limit, start, start + 40 * MINUTE, [(start + 10 * MINUTE, start + 40 * MINUTE)])
        == start + 60 * MINUTE
    )


def test_business_time_knows_nights_weekends_and_pauses() -> None:
    limit = Limit(960, "business")
    friday = at("20T16:00")
    # Friday 16:00–17:00, Monday whole (8 h), Tuesday 7 h: 07:30–11:30 and 13:00–16:00.
    assert measure.due_us(CALENDAR, limit, friday, friday, ()) == at("24T16:00")
    assert measure.elapsed_us(CALENDAR, limit, friday, at("23T08:00"), ()) == 90 * MINUTE
    paused = [(at("23T07:30"), at("23T17:00"))]
    assert measure.due_us(CALENDAR, limit, friday, at("23T18:00"), paused) == at("25T16:00")


def test_a_corrected_calendar_corrects_history() -> None:
    limit = Limit(960, "business")
    off = Day.model_validate(
        {"date": "2026-11-23", "kind": "override", "text": {"vi": "Nghỉ", "en": "Off"}, "source": "quyết định"}
    )
    friday = at("20T16:00")
    assert measure.due_us(CALENDAR.with_overrides((off,)), limit, friday, at("30T00:00"), ()) == at("25T16:00")
    assert measure.elapsed_us(CALENDAR.with_overrides((off,)), limit, friday, at("23T17:00"), ()) == 60 * MINUTE


@pytest.mark.parametrize(
    ("values", "p50", "p90"), [([], None, None), ([7], 7, 7), ([4, 1, 3, 2], 2, 4), (list(range(1, 101)), 50, 90)]
)
def test_percentiles_are_values_that_occurred(values: list[int], p50: int | None, p90: int | None) -> None:
    assert (measure.percentile(values, 50), measure.percentile(values, 90)) == (p50, p90)
