"""Shifts as a calendar file (RFC 5545): who, which role, from when to when, and nothing else."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone

from incident_api.coordination.explanation import ROLES
from incident_api.duty.shift import Shift
from khien.clock import MICROSECONDS

PRODUCT = "-//Khien//Duty//VI"


def calendar_of(
    shifts: Iterable[Shift],
    *,
    zone: str,
    city: str,
    names: Mapping[str, str],
    name: str,
    revision: int,
    changed_us: int,
    language: str,
) -> bytes:
    """The file. The UID of a shift is its seat's and its start's, so that a calendar shows a change of person as a change."""
    index = 0 if language == "vi" else 1
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("x-wr-timezone", zone)
    info, listed = ZoneInfo(zone), list(shifts)
    events = [_event(each, info, city=city, names=names, revision=revision, changed_us=changed_us, index=index) for each in listed]
    if events:
        first = _moment(min(each.start_us for each in listed), info).date()
        last = _moment(max(each.end_us for each in listed), info).date()
        made.add_component(Timezone.from_tzinfo(info, zone, first_date=first, last_date=last + dt.timedelta(days=1)))
    for each in events:
        made.add_component(each)
    return bytes(made.to_ical())


def uid_of(shift: Shift, *, city: str) -> str:
    """Stable as long as the shift begins at that time at that seat."""
    besides = shift.reference if shift.source == "added" else ""
    digest = hashlib.sha256(f"{shift.seat}\n{shift.start_us}\n{besides}".encode()).hexdigest()[:32]
    return f"{digest}@duty.{city}"


def _event(
    shift: Shift, info: ZoneInfo, *, city: str, names: Mapping[str, str], revision: int, changed_us: int, index: int
) -> Event:
    event = Event()
    event.add("uid", uid_of(shift, city=city))
    event.add("dtstamp", _moment(changed_us, ZoneInfo("UTC")))
    event.add("sequence", revision)
    event.add("dtstart", _moment(shift.start_us, info))
    event.add("dtend", _moment(shift.end_us, info))
    role = ROLES.get(shift.role, (shift.role, shift.role))[index]
    stands_by = ("", "")[index] if shift.priority == 1 else (" (dự bị)", " (standing by)")[index]
    event.add("summary", f"{('Trực ban', 'Duty')[index]}: {role}{stands_by} – {names.get(shift.person, shift.person)}")
    event.add("categories", ["DUTY"])
    event.add("transp", "OPAQUE" if shift.presence == "desk" else "TRANSPARENT")
    event.add("class", "PRIVATE")
    return event


def _moment(at_us: int, info: ZoneInfo) -> dt.datetime:
    return dt.datetime.fromtimestamp(at_us // MICROSECONDS, tz=info)
