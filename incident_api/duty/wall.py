"""The clock on the wall of a zone: local times without a zone, and when they happen.

A local time happens at the first moment at which the wall shows it or a later one. So a hand-over in the hour that the clock
repeats happens once, the first time, and one in the hour that the clock leaves out happens as it jumps.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from zoneinfo import ZoneInfo

from khien.clock import MICROSECONDS

DAY = dt.timedelta(days=1)
DAY_US = 86_400 * MICROSECONDS
HOUR_US = 3_600 * MICROSECONDS


def wall(at_us: int, zone: str) -> dt.datetime:
    """What the wall shows, without a zone."""
    seconds, fraction = divmod(at_us, MICROSECONDS)
    return dt.datetime.fromtimestamp(seconds, tz=ZoneInfo(zone)).replace(tzinfo=None, microsecond=fraction)


@lru_cache(maxsize=1 << 16)
def absolute(local: dt.datetime, zone: str) -> int:
    """When a local time happens."""
    info = ZoneInfo(zone)
    aware = local.replace(tzinfo=info, fold=0)
    found = round(aware.timestamp())
    if dt.datetime.fromtimestamp(found, tz=info).replace(tzinfo=None) == local:
        return found * MICROSECONDS
    # Left out by the clock: `found` is after the jump, and by the offset after it before the jump.
    low, high = round(local.replace(tzinfo=info, fold=1).timestamp()), found
    before = dt.datetime.fromtimestamp(low, tz=info).utcoffset()
    while low + 1 < high:
        middle = (low + high) // 2
        if dt.datetime.fromtimestamp(middle, tz=info).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high * MICROSECONDS
