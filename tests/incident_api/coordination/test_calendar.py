"""Working days and hours: hand-counted cases in the city's signed calendar (Monday to Friday, 07:30-11:30 and 13:00-17:00)."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.coordination.calendar import Calendar
from khien.clock import format_city, parse_utc
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import policy

CALENDAR = policy().calendar

CASES = [
    ("2026-11-23T09:00:00+07:00", 60, "23/11/2026 10:00:00"),
    ("2026-11-23T11:00:00+07:00", 60, "23/11/2026 13:30:00"),  # over lunch
    ("2026-11-23T09:00:00+07:00", 480, "24/11/2026 09:00:00"),  # a working day is eight hours
    ("2026-11-23T02:00:00+07:00", 30, "23/11/2026 08:00:00"),  # before work
    ("2026-11-27T16:30:00+07:00", 60, "30/11/2026 08:00:00"),  # over a weekend
    ("2026-11-28T10:00:00+07:00", 480, "30/11/2026 17:00:00"),  # from a Saturday
    ("2027-02-03T16:30:00+07:00", 60, "11/02/2027 08:00:00"),  # over Tết
    ("2026-11-23T09:00:00+07:00", 0, "23/11/2026 09:00:00"),
]


@pytest.mark.parametrize(("start", "minutes", "expected"), CASES)
def test_minutes_count_inside_working_hours_only(start: str, minutes: int, expected: str) -> None:
    assert format_city(CALENDAR.after_working_minutes(parse_utc(start), minutes)) == expected


@pytest.mark.parametrize(
    ("first", "last"),
    # Coordination design, section 9: the blocks of Tết 2026 and 2027.
    [("2026-02-16", "2026-02-20"), ("2027-02-04", "2027-02-10")],
)
def test_nobody_works_at_tet_and_everybody_around_it(first: str, last: str) -> None:
    day, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    before = day - dt.timedelta(days=1)
    assert CALENDAR.working_day_until(before).isoweekday() <= 5
    while day <= end:
        assert not CALENDAR.works(day)
        day += dt.timedelta(days=1)
    assert CALENDAR.next_working_day(end) == CALENDAR.working_day_from(end)


def test_a_year_without_a_file_is_an_error_and_not_a_guess() -> None:
    with pytest.raises(KhienError) as caught:
        CALENDAR.works(dt.date(2031, 1, 1))
    assert caught.value.code == "calendar.no_year"


def test_this_year_and_the_next_are_wanted() -> None:
    assert CALENDAR.missing_years(at_us=parse_utc("2026-11-23T00:00:00Z")) == ()
    assert CALENDAR.missing_years(at_us=parse_utc("2028-06-01T00:00:00Z")) == (2029,)
    # 31/12 at 18:00 UTC is the new year in the city.
    assert CALENDAR.missing_years(at_us=parse_utc("2027-12-31T18:00:00Z")) == (2029,)


@given(st.integers(0, 60 * 24 * 700), st.integers(1, 4000))
def test_working_minutes_agree_with_counting_them_one_by_one(offset: int, minutes: int) -> None:
    start = parse_utc("2026-01-05T00:00:00Z") + offset * 60_000_000
    found = CALENDAR.after_working_minutes(start, minutes)
    assert _counted(CALENDAR, start, found) == minutes
    assert _counted(CALENDAR, start, found - 60_000_000) == minutes - 1


def _counted(calendar: Calendar, start: int, end: int) -> int:
    """Working minutes between two times, from the definition: the overlap of every day's hours with the stretch."""
    total = 0
    day, last = calendar.local(start).date(), calendar.local(end).date()
    while day <= last:
        for begin, finish in (("07:30", "11:30"), ("13:00", "17:00")):
            if calendar.works(day):
                total += max(0, min(end, calendar.at(day, finish)) - max(start, calendar.at(day, begin)))
        day += dt.timedelta(days=1)
    return total // 60_000_000
