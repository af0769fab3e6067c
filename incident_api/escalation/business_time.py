"""Working time: minutes that count only inside the business calendar of the policy."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from incident_api.coordination.policy import BusinessCalendar
from khien.clock import MICROSECONDS

#: Further ahead than any deadline; a calendar without working days in it is refused by the policy's schema.
_DAYS_AHEAD = 400


def after_business_minutes(calendar: BusinessCalendar, *, start_us: int, minutes: int) -> int:
    """When so many working minutes have passed since a time; 0 minutes is the time itself."""
    if minutes == 0:
        return start_us
    zone = ZoneInfo(calendar.zone)
    left = dt.timedelta(minutes=minutes)
    moment = dt.datetime.fromtimestamp(start_us // MICROSECONDS, tz=zone)
    fraction = start_us % MICROSECONDS
    for number in range(_DAYS_AHEAD):
        day = (moment + dt.timedelta(days=number)).date()
        if day.isoweekday() not in calendar.weekdays or day.isoformat() in calendar.holidays:
            continue
        for begin_text, end_text in calendar.hours:
            begin = dt.datetime.combine(day, dt.time.fromisoformat(begin_text), tzinfo=zone)
            end = dt.datetime.combine(day, dt.time.fromisoformat(end_text), tzinfo=zone)
            begin = max(begin, moment)
            if begin >= end:
                continue
            if end - begin >= left:
                return round((begin + left).timestamp()) * MICROSECONDS + fraction
            left -= end - begin
    message = "the business calendar has no working time"
    raise ValueError(message)
