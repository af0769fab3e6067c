"""Layers, swaps, overrides and absences against the naive resolver, minute by minute, where clocks change and at Tết."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident_api.duty.layers import Layer
from incident_api.duty.resolving import Plan, resolve
from incident_api.duty.roster import Roster
from incident_api.duty.shift import Absence, Replacement
from tests.incident_api.duty import naive

HANOI, BERLIN, NEW_YORK = "Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York"
#: Tết 2028 by the lunar calendar: 25 January is the eve, 26 January the first day.
DAYS_OFF = {
    dt.date(2028, 1, 1): "tet duong lich",
    **{dt.date(2028, 1, 25) + dt.timedelta(days=day): f"mung {day} tet" for day in range(5)},
    dt.date(2028, 4, 30): "ngay giai phong",
}
#: Everything a layer can say, on three seats: turns with a break at 02:30 (where clocks change), office hours, nights, Tết, a
#: weekend.
LAYERS: list[dict[str, Any]] = [
    {"id": "desk", "start": "2027-12-20T02:30", "shift_hours": 12, "members": ["an", "binh", "chi"]},
    {"id": "night", "seat": "desk", "rank": 2, "start": "2027-12-20T00:00", "shift_hours": 24, "members": ["dung", "em"],
     "hours": [{"from": "22:00", "to": "02:30"}], "weekdays": [5, 6, 7]},
    {"id": "tet", "seat": "desk", "rank": 3, "start": "2027-12-20T07:00", "shift_hours": 8, "members": ["giang", "hoa"],
     "days": "holidays", "holiday_names": ["Tet"]},
    {"id": "office", "start": "2027-12-20T00:00", "shift_hours": 168, "members": ["binh", "khoa"], "weekdays": [1, 2, 3, 4, 5],
     "hours": [{"from": "07:30", "to": "11:30"}, {"from": "13:00", "to": "17:00"}], "days": "not_holidays"},
    {"id": "summer", "start": "2028-03-26T02:15", "end": "2028-10-29T02:45", "shift_hours": 5, "members": ["lan", "minh", "an"]},
]  # fmt: skip


def plan_of(
    zone: str,
    layers: list[dict[str, Any]],
    *,
    days_off: dict[dt.date, str] | None = None,
    swaps: naive.Rows | None = None,
    overrides: naive.Rows | None = None,
    away: naive.Rows | None = None,
) -> Plan:
    replacements = [
        Replacement(
            reference=f"{kind}/{number}",
            kind=kind,  # type: ignore[arg-type]
            seat=each["seat"],
            person=each["person"],
            start_us=each["start"],
            end_us=each["end"],
            of=each.get("of"),
        )
        for kind, rows in (("swap", swaps or []), ("override", overrides or []))
        for number, each in enumerate(rows)
    ]
    return Plan(
        zone=zone,
        layers=tuple(Layer.model_validate({"role": "irt.analyst", "priority": 1, **each}) for each in layers),
        replacements=tuple(replacements),
        absences=tuple(Absence(person=each["person"], start_us=each["start"], end_us=each["end"]) for each in away or []),
        days_off=days_off or {},
    )


def us(zone: str, text: str) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def changes(zone: str) -> dict[str, naive.Rows]:
    """A year's worth of what people change, each kind lying over the others somewhere, some of it at the changes of clock."""
    made: dict[str, naive.Rows] = {"swaps": [], "overrides": [], "away": []}
    names = ["an", "binh", "chi", "dung", "em", "giang", "hoa", "khoa", "lan", "minh"]
    start = dt.datetime(2028, 1, 1, 1, 0, tzinfo=ZoneInfo(zone))
    for number in range(180):
        begin = start + dt.timedelta(hours=49 * number)
        row = {
            "seat": ("desk", "office", "summer")[number % 3],
            "person": names[(number * 7) % 10],
            "start": round(begin.timestamp()) * 1_000_000,
            "end": round((begin + dt.timedelta(hours=3 + number % 30)).timestamp()) * 1_000_000,
        }
        kind = ("swaps", "overrides", "away", "swaps")[number % 4]
        made[kind].append(row | {"of": names[number % 3]} if kind == "swaps" else row)
    for text in ("2028-03-12T01:30", "2028-03-26T01:30", "2028-10-29T01:30", "2028-11-05T01:15", "2028-02-29T05:00"):
        made["overrides"].append({"seat": "desk", "person": "khoa", "start": us(zone, text), "end": us(zone, text) + 5_400_000_000})
        made["away"].append({"person": "an", "start": us(zone, text) + 1_800_000_000, "end": us(zone, text) + 90_000_000_000})
    return made


def equal_to_the_naive(zone: str, start: str, days: int) -> int:
    """Compare minute by minute; gives how many (minute, seat) pairs were compared."""
    changed = changes(zone)
    roster = Roster(version="1", plan=plan_of(zone, LAYERS, days_off=DAYS_OFF, **changed))
    compared = 0
    first = dt.datetime.fromisoformat(start).replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    for at_us, local in naive.minutes(zone, first, days * 1440):
        found = {shift.seat: shift.person for shift in roster.shifts_at(at_us)}
        for seat in ("desk", "office", "summer"):
            expected = naive.holder(seat, LAYERS, local, at_us, days_off=DAYS_OFF, **changed)
            assert found.get(seat) == expected, (local, seat)
            compared += 1
    return compared


@pytest.mark.parametrize(
    ("zone", "start", "days"),
    [
        (HANOI, "2028-01-24T00:00", 6),
        (HANOI, "2028-02-28T00:00", 3),
        (BERLIN, "2028-03-24T12:00", 4),
        (BERLIN, "2028-10-27T12:00", 4),
        (NEW_YORK, "2028-03-11T00:00", 3),
        (NEW_YORK, "2028-11-04T00:00", 3),
    ],
)
def test_every_minute_around_tet_leap_day_and_clock_changes_equals_the_naive_resolver(zone: str, start: str, days: int) -> None:
    assert equal_to_the_naive(zone, start, days) == days * 1440 * 3


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("zone", [HANOI, BERLIN, NEW_YORK])
def test_a_leap_year_minute_by_minute_equals_the_naive_resolver(zone: str) -> None:
    assert equal_to_the_naive(zone, "2028-01-01T00:00", 366) == 366 * 1440 * 3


PEOPLE = ["an", "binh", "chi", "dung", "em"]
HOURS = st.builds(
    lambda a, b: {"from": f"{a:02}:30", "to": f"{b:02}:00"},
    st.integers(min_value=0, max_value=23),
    st.integers(min_value=0, max_value=23),
)


@st.composite
def layers(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(1, 4))):
        layer: dict[str, Any] = {
            "id": f"l{number}",
            "seat": draw(st.sampled_from(["desk", "standby"])),
            "rank": number,
            "start": f"2028-10-{draw(st.integers(1, 29)):02}T{draw(st.integers(0, 23)):02}:{draw(st.sampled_from(['00', '30']))}",
            "shift_hours": draw(st.sampled_from([1, 5, 8, 12, 24, 168])),
            "members": draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4)),
            "weekdays": draw(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True)),
            "hours": draw(st.lists(HOURS, max_size=2)),
            "days": draw(st.sampled_from(["all", "holidays", "not_holidays"])),
        }
        if draw(st.booleans()):
            layer["end"] = f"2028-11-{draw(st.integers(1, 9)):02}T02:30"
        made.append(layer)
    return made


@st.composite
def edits(draw: st.DrawFn, *, kind: str) -> naive.Rows:
    made = []
    for _ in range(draw(st.integers(0, 5))):
        start = us(BERLIN, "2028-10-27T00:00") + draw(st.integers(0, 96)) * 1_800_000_000
        row = {
            "person": draw(st.sampled_from(PEOPLE)),
            "start": start,
            "end": start + draw(st.integers(1, 80)) * 1_800_000_000,
            "seat": draw(st.sampled_from(["desk", "standby"])),
        }
        made.append(row | {"of": draw(st.sampled_from(PEOPLE))} if kind == "swap" else row)
    return made


def agrees(made: list[dict[str, Any]], swaps: naive.Rows, overrides: naive.Rows, away: naive.Rows) -> None:
    off = {dt.date(2028, 10, 29): "ngay doi gio"}
    plan = plan_of(BERLIN, made, days_off=off, swaps=swaps, overrides=overrides, away=away)
    roster = Roster(version="1", plan=plan)
    first = dt.datetime(2028, 10, 27, 22, tzinfo=dt.UTC)
    for at_us, local in naive.minutes(BERLIN, first, 3 * 1440):
        if at_us % 900_000_000:
            continue
        found = {shift.seat: shift.person for shift in roster.shifts_at(at_us)}
        for seat in plan.seats:
            given: dict[str, Any] = {"days_off": off, "swaps": swaps, "overrides": overrides, "away": away}
            assert found.get(seat) == naive.holder(seat, made, local, at_us, **given), (local, seat)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layers(), edits(kind="swap"), edits(kind="override"), edits(kind="leave"))
def test_any_rota_equals_the_naive_resolver(
    made: list[dict[str, Any]], swaps: naive.Rows, overrides: naive.Rows, away: naive.Rows
) -> None:
    agrees(made, swaps, overrides, away)


@pytest.mark.slow
@pytest.mark.timeout(900)
@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layers(), edits(kind="swap"), edits(kind="override"), edits(kind="leave"))
def test_many_rotas_equal_the_naive_resolver(
    made: list[dict[str, Any]], swaps: naive.Rows, overrides: naive.Rows, away: naive.Rows
) -> None:
    agrees(made, swaps, overrides, away)


@settings(max_examples=60, deadline=None)
@given(edits(kind="swap"), edits(kind="leave"))
def test_swaps_never_leave_a_seat_empty_whose_turn_it_is_while_anybody_of_them_could_come(
    swaps: naive.Rows, away: naive.Rows
) -> None:
    """Whoever's turn it is by the layer, and whoever they swapped with: as long as one of them is not away, somebody is there."""
    base = [{"id": "desk", "start": "2028-10-01T07:00", "shift_hours": 12, "members": PEOPLE}]
    swaps = [each for each in swaps if each["seat"] == "desk"]
    plain, swapped = Roster("1", plan_of(BERLIN, base)), Roster("1", plan_of(BERLIN, base, swaps=swaps, away=away))
    for step in range(96 * 2):
        at_us = us(BERLIN, "2028-10-27T00:00") + step * 900_000_000 * 2
        (turn,) = plain.shifts_at(at_us)
        is_away = any(each["person"] == turn.person and each["start"] <= at_us < each["end"] for each in away)
        assert is_away or len(swapped.shifts_at(at_us)) == 1


@settings(max_examples=25, deadline=None)
@given(layers(), edits(kind="swap"), edits(kind="override"), edits(kind="leave"), st.integers(0, 6), st.integers(1, 9))
def test_a_window_shows_the_same_shifts_wherever_it_is_cut(
    made: list[dict[str, Any]], swaps: naive.Rows, overrides: naive.Rows, away: naive.Rows, offset: int, length: int
) -> None:
    plan = plan_of(BERLIN, made, swaps=swaps, overrides=overrides, away=away)
    start, end = us(BERLIN, "2028-10-24T00:00"), us(BERLIN, "2028-11-06T00:00")
    low = start + offset * 43_200_000_000
    high = low + length * 43_200_000_000
    whole = [each for each in resolve(plan, start, end) if each.start_us < high and each.end_us > low]
    assert resolve(plan, low, high) == whole


def test_a_hand_over_in_the_hour_that_is_left_out_happens_as_the_clock_jumps() -> None:
    layer = {"id": "desk", "start": "2028-03-25T02:30", "shift_hours": 24, "members": ["an", "binh"]}
    roster = Roster("1", plan_of(BERLIN, [layer]))
    jump = int(dt.datetime(2028, 3, 26, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000
    assert [each.person for each in roster.shifts_at(jump - 1)] == ["an"]
    assert [each.person for each in roster.shifts_at(jump)] == ["binh"]


def test_a_hand_over_in_the_hour_that_is_repeated_happens_once() -> None:
    layer = {"id": "desk", "start": "2028-10-28T02:30", "shift_hours": 24, "members": ["an", "binh"]}
    roster = Roster("1", plan_of(BERLIN, [layer]))
    first = int(dt.datetime(2028, 10, 29, 0, 30, tzinfo=dt.UTC).timestamp()) * 1_000_000
    assert [each.person for each in roster.shifts_at(first - 1)] == ["an"]
    # 02:00 to 02:29 the second time: still the one who took over.
    assert {roster.shifts_at(first + step * 60_000_000)[0].person for step in range(120)} == {"binh"}
