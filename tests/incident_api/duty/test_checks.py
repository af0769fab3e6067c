"""The checks of 30 days: each fault planted and found where it is, and nothing found where there is none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from incident_api.duty import checks
from incident_api.duty.checks import Finding
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.duty.shift import Absence, Replacement
from incident_api.duty.wall import DAY_US, HOUR_US, absolute

ZONE = "Asia/Ho_Chi_Minh"


def us(text: str) -> int:
    return absolute(dt.datetime.fromisoformat(text), ZONE)


START = us("2027-01-11T00:00")
DAY = {"id": "day", "role": "irt.analyst", "priority": 1, "start": "2027-01-01T07:00", "shift_hours": 12,
       "members": ["an", "binh", "chi"]}  # fmt: skip


def rota(*layers: dict[str, Any], coverage: tuple[dict[str, Any], ...] = ()) -> Rota:
    return Rota.model_validate({"version": "1", "zone": ZONE, "layers": layers, "coverage": coverage})


def faults(made: Rota, **changes: Any) -> list[Finding]:
    return list(checks.check(made, Roster("1", made.plan(**changes)), start_us=START).findings)


def test_a_rota_that_covers_has_no_fault_and_the_best_score() -> None:
    made = rota(DAY)
    found = checks.check(made, Roster("1", made.plan()), start_us=START)
    assert found.findings == ()
    assert found.coverage == found.balance == found.score == 1.0


def test_a_gap_is_named_by_role_layer_and_time() -> None:
    made = rota(DAY | {"weekdays": [1, 2, 3, 4, 5, 6]})
    gaps = [each for each in faults(made) if each.kind == "gap"]
    assert [(each.start_us, each.end_us, each.layers) for each in gaps[:1]] == [
        (us("2027-01-17T00:00"), us("2027-01-18T00:00"), ("day",))
    ]
    assert len(gaps) == 4


def test_leave_in_ones_own_shift_is_found_and_gone_when_somebody_stands_in() -> None:
    made = rota(DAY)
    start = us("2027-01-12T07:00")
    (shift,) = Roster("1", made.plan()).shifts_at(start)
    away = Absence(person=shift.person, start_us=start, end_us=start + 12 * HOUR_US)
    found = {each.kind: each for each in faults(made, absences=[away])}
    assert (found["leave"].person, found["leave"].start_us, found["leave"].end_us) == (shift.person, start, start + 12 * HOUR_US)
    assert found["gap"].start_us == start
    stands_in = Replacement(
        reference="override/1", kind="override", seat="day", person="dung", start_us=start, end_us=start + 12 * HOUR_US
    )
    assert faults(made, absences=[away], replacements=[stands_in]) == []


def test_leave_off_duty_is_no_fault() -> None:
    made = rota(DAY)
    (shift,) = Roster("1", made.plan()).shifts_at(us("2027-01-12T07:00"))
    assert faults(made, absences=[Absence(person=shift.person, start_us=shift.end_us, end_us=shift.end_us + 24 * HOUR_US)]) == []


@pytest.mark.parametrize(("hours", "expected"), [(10, {"rest"}), (12, set()), (6, {"rest"})])
def test_rest_below_eleven_hours_is_found(hours: int, expected: set[str]) -> None:
    # Two people, one after the other: each rests as long as the other works.
    found = faults(rota(DAY | {"shift_hours": hours, "members": ["an", "binh"]}))
    assert {each.kind for each in found} == expected


def test_rest_of_exactly_eleven_hours_is_enough() -> None:
    found = faults(rota(DAY | {"shift_hours": 11, "members": ["an", "binh"]}))
    assert found == []


def test_more_than_twelve_hours_at_the_desk_are_found_and_on_call_they_are_not() -> None:
    assert {each.kind for each in faults(rota(DAY | {"shift_hours": 13}))} == {"long"}
    assert faults(rota(DAY | {"shift_hours": 168, "presence": "on_call"})) == []


def test_two_seats_at_once_are_found() -> None:
    found = faults(rota(DAY, DAY | {"id": "other", "members": ["an", "dung", "em"]}))
    assert {(each.kind, each.person) for each in found} == {("double", "an")}
    assert set(found[0].layers) == {"day", "other"}


def test_a_night_with_one_person_is_thin_until_somebody_stands_by() -> None:
    need = ({"role": "irt.analyst", "night_depth": 2},)
    found = faults(rota(DAY, coverage=need))
    assert {each.kind for each in found} == {"one_deep"}
    assert (found[0].start_us, found[0].end_us) == (us("2027-01-11T00:00"), us("2027-01-11T06:00"))
    assert (found[1].start_us, found[1].end_us) == (us("2027-01-11T22:00"), us("2027-01-12T06:00"))
    standby = DAY | {"id": "standby", "priority": 2, "presence": "on_call", "members": ["binh", "chi", "an"]}
    assert faults(rota(DAY, standby, coverage=need)) == []


def test_tet_must_be_two_deep_and_a_holiday_layer_makes_it_so() -> None:
    tet = {dt.date(2027, 2, 4) + dt.timedelta(days=day): "mung tet" for day in range(3)}
    need = ({"role": "irt.analyst", "holiday_depth": 2, "holiday_names": ["Tết"]},)
    thin = faults(rota(DAY, coverage=need), days_off=tet)
    assert [(each.kind, each.start_us, each.end_us) for each in thin] == [
        ("thin_holiday", us("2027-02-04T00:00"), us("2027-02-07T00:00"))
    ]
    second = DAY | {"id": "tet", "members": ["dung", "em", "giang"], "days": "holidays", "holiday_names": ["Tết"]}
    assert faults(rota(DAY, second, coverage=need), days_off=tet) == []


def test_balance_is_the_mean_of_the_smaller_by_the_larger_of_every_pair() -> None:
    # Of six turns an has three, binh two, chi one: 2/3, 1/3 and 1/2, so the mean is 1/2.
    made = rota(DAY | {"members": ["an", "binh", "an", "binh", "an", "chi"], "presence": "on_call"})
    found = checks.check(
        made, Roster("1", made.plan()), start_us=us("2027-01-10T07:00"), end_us=us("2027-01-10T07:00") + 30 * DAY_US
    )
    assert found.balance == pytest.approx(0.5)
    assert found.score == pytest.approx(0.75)


def test_half_a_day_without_anybody_is_half_the_coverage() -> None:
    made = rota(DAY | {"hours": [{"from": "07:00", "to": "19:00"}], "presence": "on_call"})
    assert checks.check(made, Roster("1", made.plan()), start_us=START).coverage == pytest.approx(0.5)
