"""The one door to the wall clock, so that a test can hold the time in its hand.

Event time never comes from here: what an event means depends on its own time only.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Protocol
from zoneinfo import ZoneInfo

#: Where the city lives; the only zone a person sees on screen.
CITY_ZONE = ZoneInfo("Asia/Ho_Chi_Minh")

MICROSECONDS = 1_000_000


class Clock(Protocol):
    """What the product asks the time of: integer microseconds since the epoch, and a monotonic one for waiting."""

    def now_us(self) -> int:
        """Wall time in microseconds since 1970 UTC."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean something."""


class SystemClock:
    """The machine's own clock."""

    def now_us(self) -> int:
        """Wall time in microseconds since 1970 UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()


@dataclass(slots=True)
class ManualClock:
    """A clock that moves only when it is told to, for tests and simulations."""

    us: int = 0
    _start_us: int = field(init=False)

    def __post_init__(self) -> None:
        self._start_us = self.us

    def now_us(self) -> int:
        """The time it was set to."""
        return self.us

    def monotonic(self) -> float:
        """Seconds since it was made."""
        return (self.us - self._start_us) / MICROSECONDS

    def advance(self, *, seconds: float) -> None:
        """Move forward."""
        self.us += round(seconds * MICROSECONDS)


def format_utc(us: int) -> str:
    """RFC 3339 in UTC with six decimals: `2026-11-10T02:00:00.123456Z` (27 characters)."""
    seconds, fraction = divmod(us, MICROSECONDS)
    moment = dt.datetime.fromtimestamp(seconds, tz=dt.UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{fraction:06d}Z"


def parse_utc(text: str) -> int:
    """Microseconds of an RFC 3339 time with a zone; raises ValueError otherwise."""
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"`{text}` has no time zone"
        raise ValueError(message)
    delta = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    return (delta.days * 86_400 + delta.seconds) * MICROSECONDS + delta.microseconds


def format_city(us: int) -> str:
    """What a person reads: `23/11/2026 14:05:00`, Asia/Ho_Chi_Minh; seconds since 1970 for what no calendar here reaches."""
    try:
        moment = dt.datetime.fromtimestamp(us / MICROSECONDS, tz=dt.UTC).astimezone(CITY_ZONE)
    except (ValueError, OverflowError, OSError):
        return f"1970 + {us // MICROSECONDS} s"
    return f"{moment:%d/%m/%Y %H:%M:%S}"
