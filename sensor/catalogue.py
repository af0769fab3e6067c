"""Which segments the spool has, and how much of each is durable: what the writing and the delivering thread share."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from sensor.segment import SegmentHeader


@dataclass(frozen=True, slots=True)
class Segment:
    """One file: records stand between `start` and `end` (durable), and the next event after them has `next_seq`."""

    path: Path
    header: SegmentHeader
    start: int
    end: int
    next_seq: int


class Catalogue:
    """The segments in order. Safe to use from several threads; every answer is a snapshot."""

    def __init__(self, segments: list[Segment]) -> None:
        self._lock = threading.Lock()
        self._segments = {segment.header.number: segment for segment in sorted(segments, key=lambda one: one.header.number)}

    def put(self, segment: Segment) -> None:
        """Add a segment, or say that it grew."""
        with self._lock:
            self._segments[segment.header.number] = segment

    def remove(self, number: int) -> None:
        """Forget a segment."""
        with self._lock:
            self._segments.pop(number, None)

    def segments(self) -> list[Segment]:
        """All, oldest first."""
        with self._lock:
            return list(self._segments.values())

    def get(self, number: int) -> Segment | None:
        """The segment with this number, as it is now."""
        with self._lock:
            return self._segments.get(number)

    def after(self, number: int) -> Segment | None:
        """The oldest segment that is newer than this number."""
        return next((segment for segment in self.segments() if segment.header.number > number), None)

    def size_bytes(self) -> int:
        """What all segments take on the disk."""
        return sum(segment.end for segment in self.segments())
