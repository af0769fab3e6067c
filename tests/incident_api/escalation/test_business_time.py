"""Working time: hand-counted cases in the city's calendar (Monday to Friday, 07:30–11:30 and 13:00–17:00)."""

from __future__ import annotations

import pytest

from incident_api.coordination.policy import BusinessCalendar
from incident_api.escalation.business_time import after_business_minutes
from khien.clock import format_city, parse_utc

CALENDAR = BusinessCalendar(
    zone="Asia/Ho_Chi_Minh",
    weekdays=(1, 2, 3, 4, 5),
    hours=(("07:30", "11:30"), ("13:00", "17:00")),
    holidays=("2027-02-04", "2027-02-05", "2027-02-08", "2027-02-09", "2027-02-10"),
)

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
    found = after_business_minutes(CALENDAR, start_us=parse_utc(start), minutes=minutes)
    assert format_city(found) == expected
