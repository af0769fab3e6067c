"""Calendar files that somebody else wrote (RFC 5545): leave and holidays, read with suspicion.

Bounded before anything is understood: bytes, lines, events, and what a rule may say. A rule is expanded inside the asked window
only, by a child with limits of processor time and memory, because `FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31` ends for nobody.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from incident_api.duty.wall import absolute
from khien.clock import MICROSECONDS
from khien.errors import KhienError

BYTES = 512 << 10
LINES = 20_000
EVENTS = 1_000
OCCURRENCES = 2_000
WINDOW = dt.timedelta(days=800)
#: Processor time for understanding the file, and the time on the wall in which a busy machine must find it.
SECONDS = 5
_WALL_SECONDS = 60
_MEMORY = 1 << 30
_RULE = re.compile(rb"^(RRULE|EXRULE)[^:\r\n]*:(.*)$", re.IGNORECASE | re.MULTILINE)
_LONGEST_RULE = 500
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence. `key` names it, whatever else the file says: its UID and its start."""

    uid: str
    name: str
    start_us: int
    end_us: int
    is_whole_days: bool
    first_day: dt.date

    @property
    def key(self) -> str:
        """Names this occurrence."""
        return f"{self.uid}\n{self.start_us}"


def read(raw: bytes, *, zone: str, from_us: int, to_us: int, seconds: int = SECONDS) -> list[Entry]:
    """Occurrences that touch the window, in order. Raises `duty.ics_*` with what is too much, or what is wrong."""
    _is_bounded(raw, from_us=from_us, to_us=to_us)
    command = [sys.executable, "-m", "incident_api.duty.ics_in", zone, str(from_us), str(to_us), str(seconds)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(each for each in sys.path if each)}
    try:
        # Our own interpreter with arguments of ours; the file goes in as bytes and comes out as JSON.
        done = subprocess.run(command, input=raw, capture_output=True, timeout=_WALL_SECONDS, check=False, env=environment)
    except subprocess.TimeoutExpired as error:
        raise KhienError("duty.ics_too_long", seconds=_WALL_SECONDS) from error
    if done.returncode in {-signal.SIGXCPU, -signal.SIGKILL}:
        raise KhienError("duty.ics_too_long", seconds=seconds)
    if done.returncode != 0:
        raise KhienError("duty.ics_unreadable", reason="–")
    answer = json.loads(done.stdout)
    if "error" in answer:
        raise KhienError(answer["error"], **answer["params"])
    return [Entry(**{**each, "first_day": dt.date.fromisoformat(each["first_day"])}) for each in answer["entries"]]


def main(arguments: list[str]) -> int:
    """In the child: limits of processor time and memory, then everything that understands the file."""
    zone, from_us, to_us, seconds = arguments[0], int(arguments[1]), int(arguments[2]), int(arguments[3])
    used = round(time.process_time())
    resource.setrlimit(resource.RLIMIT_CPU, (used + seconds, used + seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    answer: dict[str, Any]
    try:
        found = expand(sys.stdin.buffer.read(BYTES + 1), zone=zone, from_us=from_us, to_us=to_us)
        answer = {"entries": [{**asdict(each), "first_day": each.first_day.isoformat()} for each in found]}
    except KhienError as error:
        answer = {"error": error.code, "params": dict(error.params)}
    except Exception as error:  # noqa: BLE001 - a foreign file may break its reader in any way; people get one sentence
        answer = {"error": "duty.ics_unreadable", "params": {"reason": f"{type(error).__name__}: {error}"[:200]}}
    sys.stdout.write(json.dumps(answer))
    return 0


def _is_bounded(raw: bytes, *, from_us: int, to_us: int) -> None:
    """What can be counted without understanding it."""
    if len(raw) > BYTES:
        raise KhienError("duty.ics_too_large", what="bytes", limit=BYTES)
    if raw.count(b"\n") > LINES:
        raise KhienError("duty.ics_too_large", what="lines", limit=LINES)
    if raw.upper().count(b"BEGIN:VEVENT") > EVENTS:
        raise KhienError("duty.ics_too_large", what="events", limit=EVENTS)
    if not from_us < to_us <= from_us + round(WINDOW.total_seconds()) * MICROSECONDS:
        raise KhienError("duty.ics_window", days=WINDOW.days)
    for found in _RULE.finditer(raw.replace(b"\r\n ", b"").replace(b"\n ", b"").replace(b"\r\n\t", b"").replace(b"\n\t", b"")):
        rule = found[2].decode("ascii", "replace").upper()
        if found[1].upper() == b"EXRULE":
            raise KhienError("duty.ics_rule", rule=rule[:80], reason="EXRULE")
        if len(rule) > _LONGEST_RULE:
            raise KhienError("duty.ics_rule", rule=rule[:80], reason=f"> {_LONGEST_RULE}")
        frequency = re.search(r"FREQ=(\w+)", rule)
        if frequency is None or frequency[1] not in {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}:
            raise KhienError("duty.ics_rule", rule=rule[:80], reason="FREQ")
        if re.search(r"BY(HOUR|MINUTE|SECOND)=", rule):
            raise KhienError("duty.ics_rule", rule=rule[:80], reason="BYHOUR, BYMINUTE, BYSECOND")


def expand(raw: bytes, *, zone: str, from_us: int, to_us: int) -> list[Entry]:
    """The occurrences; takes as long as the file wants."""
    calendar = Calendar.from_ical(raw)
    for event in calendar.walk("VEVENT"):
        _is_forward(event)
    info = ZoneInfo(zone)
    low, high = (dt.datetime.fromtimestamp(at // MICROSECONDS, tz=info) for at in (from_us, to_us))
    found: list[Entry] = []
    for event in recurring_ical_events.of(calendar, components=["VEVENT"], skip_bad_series=False).between(low, high):
        if str(event.get("STATUS", "")).upper() == "CANCELLED":
            continue
        found.append(_entry(event, zone))
        if len(found) > OCCURRENCES:
            raise KhienError("duty.ics_too_large", what="occurrences", limit=OCCURRENCES)
    return sorted(found, key=lambda each: (each.start_us, each.uid))


def _is_forward(event: Any) -> None:
    """The library swaps an end that lies before its start; somebody's leave is not guessed."""
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        raise KhienError("duty.ics_unreadable", reason="VEVENT, DTSTART?")
    if end is not None and type(start.dt) is type(end.dt) and end.dt <= start.dt:
        raise KhienError("duty.ics_unreadable", reason=f"DTEND {end.dt} ≤ DTSTART {start.dt}")


def _entry(event: Any, zone: str) -> Entry:
    start, end = event.start, event.end
    begin, until = _at(start, zone), _at(end, zone)
    if begin >= until:
        raise KhienError("duty.ics_unreadable", reason=f"DTEND {end} ≤ DTSTART {start}")
    return Entry(
        uid=str(event.get("UID", ""))[:_LONGEST_NAME],
        name=str(event.get("SUMMARY", ""))[:_LONGEST_NAME],
        start_us=begin,
        end_us=until,
        is_whole_days=not isinstance(start, dt.datetime),
        first_day=start.date() if isinstance(start, dt.datetime) else start,
    )


def _at(moment: dt.date, zone: str) -> int:
    """A day begins at midnight of the rota's zone; a time without a zone is of it too."""
    if not isinstance(moment, dt.datetime):
        return absolute(dt.datetime.combine(moment, dt.time()), zone)
    if moment.tzinfo is None:
        return absolute(moment.replace(microsecond=0), zone)
    return round(moment.timestamp()) * MICROSECONDS


def days_of(entries: Iterable[Entry], year: int) -> dict[dt.date, str]:
    """Days of a year that entries of whole days name."""
    found: dict[dt.date, str] = {}
    for each in entries:
        if not each.is_whole_days:
            continue
        count = round((each.end_us - each.start_us) / (86_400 * MICROSECONDS))
        for number in range(min(count, 366)):
            day = each.first_day + dt.timedelta(days=number)
            if day.year == year:
                found.setdefault(day, each.name)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
