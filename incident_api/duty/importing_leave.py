"""Leave out of a calendar file, and a calendar file of holidays beside the signed calendar."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.duty import current, ics_in
from incident_api.duty.changes import whom
from incident_api.duty.ics_in import Entry
from incident_api.duty.machines import Part, execute
from incident_api.duty.models import DutyLeave
from incident_api.duty.schemas import CheckHolidays, HolidayDifference, HolidaysAnswer, ImportLeave
from incident_api.duty.wall import absolute
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime


@dataclass(slots=True)
class LeaveImport:
    """What a file held."""

    read: int
    known: int = 0
    outside: int = 0
    leave: list[DutyLeave] = field(default_factory=list)


def entries_of(runtime: Runtime, request: ImportLeave) -> list[Entry]:
    """Outside the transaction: understanding the file may take seconds. Raises `duty.ics_*`."""
    with runtime.database.read() as session:
        zone = current.roster(runtime, session).plan.zone
    return ics_in.read(request.ics.encode(), zone=zone, from_us=request.from_us, to_us=request.to_us)


def import_leave(session: Session, *, person: Person, request: ImportLeave, entries: list[Entry], now_us: int) -> LeaveImport:
    """Each occurrence asks for leave once, however often the file comes; what is over already is not asked for."""
    whose = whom(session, person, request.person)
    result = LeaveImport(read=len(entries))
    keys = {each.key: hashlib.sha256(f"{whose}\n{each.key}".encode()).hexdigest() for each in entries}
    known = set(session.scalars(select(DutyLeave.imported_uid).where(DutyLeave.person == whose)))
    for each in entries:
        if keys[each.key] in known:
            result.known += 1
            continue
        if each.end_us <= now_us:
            result.outside += 1
            continue
        known.add(keys[each.key])
        row = DutyLeave(
            person=whose,
            kind=request.kind,
            start_us=each.start_us,
            end_us=each.end_us,
            reason=each.name or "–",
            asked_by=person.id,
            asked_us=now_us,
            imported_uid=keys[each.key],
        )
        if request.dry_run:
            row.id, row.state, row.version = 0, "asked", 1
        else:
            execute(session, row, "ask", parts={Part.PERSON}, actor=Actor.of(person), now_us=now_us)
        result.leave.append(row)
    return result


def compare_holidays(runtime: Runtime, request: CheckHolidays) -> HolidaysAnswer:
    """Days on which file and signed calendar differ. Holidays are law by two signatures; a file changes none of them."""
    calendar = runtime.policy.policy.calendar
    zone = calendar.week.zone
    low = absolute(dt.datetime(request.year, 1, 1), zone)  # noqa: DTZ001 - wall time
    high = absolute(dt.datetime(request.year + 1, 1, 1), zone)  # noqa: DTZ001 - wall time
    entries = ics_in.read(request.ics.encode(), zone=zone, from_us=low, to_us=high)
    theirs = ics_in.days_of(entries, request.year)
    off = current.days_off(runtime)
    signed = calendar.years.get(str(request.year))
    ours = {
        dt.date.fromisoformat(day.date): day.text.vi
        for day in (signed.days if signed is not None else ())
        if dt.date.fromisoformat(day.date) in off
    }
    different = sorted(set(theirs) ^ set(ours))
    return HolidaysAnswer(
        year=request.year,
        read=len(entries),
        agree=len(set(theirs) & set(ours)),
        differences=[
            HolidayDifference(
                date=day.isoformat(), name=theirs.get(day) or ours[day], in_file=day in theirs, in_calendar=day in ours
            )
            for day in different
        ],
    )
