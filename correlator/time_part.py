"""A part of a time that an event's text writes: the plain meaning of `minute … year` (Sigma 2.1; detection design, section 2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from correlator import ir

_WRITTEN = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?"
    r"(?:[Zz]|([+-])([0-9]{2}):?([0-9]{2}))?"
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def part_of_time(text: str, part: ir.Part, offsets: Sequence[tuple[int, int]]) -> int | None:
    """The part in the zone of `offsets`; None when the text is no time. Without a zone it is UTC, as Sysmon writes it."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute = (int(group) for group in found.groups()[:5])
    second, sign, hours, minutes = int(found[6] or 0), found[7], int(found[8] or 0), int(found[9] or 0)
    if second > 60 or hours > 23 or minutes > 59:  # noqa: PLR2004 - a clock; 60 is a leap second
        return None
    away = timedelta(hours=hours, minutes=minutes) * (1 if sign == "-" else -1)
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
        seconds = round((moment - _EPOCH + away).total_seconds())
        offset = next((east for since, east in reversed(offsets) if since <= seconds), offsets[0][1])
        local = moment + (away + timedelta(seconds=offset))
    except (ValueError, OverflowError):
        return None
    return local.isocalendar().week if part == "week" else int(getattr(local, part))
