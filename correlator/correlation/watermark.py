"""Who has promised what: the watermark of one dataset is the least promise of the sources that are alive.

A source is `(sensor, epoch, name)`. One that says nothing for ten seconds is absent: the others go on without it, and what they
find is marked incomplete (detection design, section 5). Replays know no absence: nothing there depends on a clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from khien.clock import MICROSECONDS
from khien.delivery import END

#: How long a silent source may hold the others.
ABSENT_AFTER_US = 10 * MICROSECONDS
#: Without any living source, time itself says when nothing more is waited for: the silence plus the largest lateness (syslog, 5 s).
_SILENCE_US = ABSENT_AFTER_US + 5 * MICROSECONDS

SourceKey = tuple[str, int, str]


@dataclass(slots=True)
class Source:
    """One source's latest promise, and when it was heard (wall clock of the correlator; it only decides absence)."""

    promise_us: int
    heard_us: int
    is_absent: bool = False


class Sources:
    """The sources of one dataset."""

    def __init__(self, *, has_absence: bool) -> None:
        self._has_absence = has_absence
        self.by_key: dict[SourceKey, Source] = {}

    def promise(self, key: SourceKey, *, promise_us: int, now_us: int) -> None:
        """A source speaks; a promise never goes back."""
        source = self.by_key.setdefault(key, Source(promise_us=promise_us, heard_us=now_us))
        source.promise_us = max(source.promise_us, promise_us)
        source.heard_us = now_us
        source.is_absent = False
        self._forget_older_epochs(key)

    def hear_all(self, *, now_us: int) -> None:
        """After a restart: who spoke before it gets its ten seconds again."""
        for source in self.by_key.values():
            source.heard_us = now_us

    def look(self, *, now_us: int) -> None:
        """Find who is absent. Only live sources can be; one that promised everything is never missed."""
        if self._has_absence:
            for source in self.by_key.values():
                source.is_absent = source.promise_us < END and now_us - source.heard_us > ABSENT_AFTER_US

    def watermark(self, *, floor_us: int, now_us: int) -> int:
        """The least promise of those alive and caught up. A source behind `floor_us` (the present watermark) holds nobody."""
        alive = [source.promise_us for source in self.by_key.values() if not source.is_absent]
        ahead = [promise for promise in alive if promise >= floor_us]
        if ahead:
            return min(ahead)
        if self._has_absence and self.by_key and not alive:
            return max(floor_us, now_us - _SILENCE_US)
        return floor_us

    def stream_promise(self, sensor: str, epoch: int) -> int | None:
        """The least promise inside one stream; None when it never made one."""
        return min((source.promise_us for key, source in self.by_key.items() if key[:2] == (sensor, epoch)), default=None)

    @property
    def absent(self) -> list[SourceKey]:
        """Who is missing now."""
        return sorted(key for key, source in self.by_key.items() if source.is_absent)

    def are_here(self, watermark_us: int) -> bool:
        """Whether every source has promised this much."""
        return all(source.promise_us >= watermark_us for source in self.by_key.values())

    @property
    def is_ended(self) -> bool:
        """Every source has promised everything."""
        return bool(self.by_key) and all(source.promise_us >= END for source in self.by_key.values())

    def _forget_older_epochs(self, key: SourceKey) -> None:
        """A live sensor with a new epoch has a new spool: the old epoch's sources will never speak again."""
        if self._has_absence:
            for other in [other for other in self.by_key if other[0] == key[0] and other[1] < key[1]]:
                if self.by_key[other].is_absent:
                    del self.by_key[other]


def snapshot(sources: Mapping[SourceKey, Source]) -> list[tuple[str, int, str, int]]:
    """What a checkpoint keeps: key and promise."""
    return [(*key, source.promise_us) for key, source in sorted(sources.items())]
