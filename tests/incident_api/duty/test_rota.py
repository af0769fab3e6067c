"""The rota against a naive resolver, minute by minute, also where clocks change."""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from incident_api.coordination.organisation import Organisation
from incident_api.duty.rota import Layer, Leave, Rota
from khien.clock import MICROSECONDS, parse_utc

EXAMPLE = Organisation.load(Path(__file__).resolve().parents[3] / "coordination" / "example").rota
MEMBERS = ("an", "binh", "chi")


def rota(zone: str, *, hours: int = 12, leave: tuple[Leave, ...] = ()) -> Rota:
    layer = Layer(id="desk", role="irt.analyst", priority=1, start="2028-01-01T07:00", shift_hours=hours, members=MEMBERS)
    return Rota(version="1", zone=zone, layers=(layer,), leave=leave)


def on_wall(moment: dt.datetime) -> str:
    """The naive way: count twelve-hour steps of the wall clock from the start."""
    steps = int((moment - dt.datetime(2028, 1, 1, 7)).total_seconds() // (12 * 3600))  # noqa: DTZ001 - wall time
    return MEMBERS[steps % 3]


@pytest.mark.parametrize("zone", ["Asia/Ho_Chi_Minh", "Europe/Berlin"])
def test_a_year_equals_the_naive_resolver(zone: str) -> None:
    """Every 7 minutes of the leap year 2028, 29 February and both changes of clock included."""
    plan = rota(zone)
    info = ZoneInfo(zone)
    at_us = parse_utc("2028-01-01T12:00:00Z")
    end_us = parse_utc("2029-01-01T00:00:00Z")
    while at_us < end_us:
        local = dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=info).replace(tzinfo=None)
        assert [shift.person for shift in plan.shifts_at(at_us)] == [on_wall(local)], local
        at_us += 7 * 60 * MICROSECONDS


def test_a_shift_ends_where_the_next_begins() -> None:
    plan = rota("Asia/Ho_Chi_Minh")
    (now,) = plan.shifts_at(parse_utc("2028-02-29T05:00:00Z"))
    (following,) = plan.next_shifts(parse_utc("2028-02-29T05:00:00Z"))
    assert now.end_us == following.start_us == parse_utc("2028-02-29T12:00:00Z")
    assert plan.shifts_at(now.end_us - 1)[0].person == now.person
    assert plan.shifts_at(now.end_us)[0].person == following.person


def test_a_person_on_leave_is_not_on_duty() -> None:
    away = Leave.model_validate({"person": "an", "from": "2028-01-01T08:00", "to": "2028-01-01T10:00", "reason": "khám bệnh"})
    plan = rota("Asia/Ho_Chi_Minh", leave=(away,))
    assert [shift.person for shift in plan.shifts_at(parse_utc("2028-01-01T00:59:59Z"))] == ["an"]
    assert plan.shifts_at(parse_utc("2028-01-01T01:00:00Z")) == ()
    assert [shift.person for shift in plan.shifts_at(parse_utc("2028-01-01T03:00:00Z"))] == ["an"]


def test_the_example_city_is_covered_two_deep_at_every_hour_and_nobody_works_without_rest() -> None:
    at_us = parse_utc("2026-11-01T00:30:00Z")
    worked: dict[str, list[int]] = {}
    for hour in range(24 * 60):
        shifts = [shift for shift in EXAMPLE.shifts_at(at_us + hour * 3600 * MICROSECONDS) if shift.priority == 1]
        analysts = {shift.person for shift in shifts if shift.role == "irt.analyst"}
        assert len(analysts) == 2
        assert {"irt.shift_lead", "irt.leader", "police.duty"} <= {shift.role for shift in shifts}
        for name in analysts:
            worked.setdefault(name, []).append(hour)
    assert len(worked) == 6
    for hours in worked.values():
        rests = [later - earlier for earlier, later in itertools.pairwise(hours) if later - earlier > 1]
        assert min(rests) > 11
