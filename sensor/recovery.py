"""What a spool's folder holds after whatever happened to it: read at start, in at most 2 s, whatever its size.

Only the newest segment is scanned (and older ones while they are empty); the others are believed until somebody reads them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from khien.errors import KhienError
from sensor.catalogue import Segment
from sensor.record import Decoder, RecordKind
from sensor.segment import Found, SegmentReader, read_header, segment_number

#: Says something once on the way: (event, fields).
Notice = Callable[[str, dict[str, str | int]], None]


@dataclass(frozen=True, slots=True)
class Recovered:
    """The segments that can be read, the sources' state after the last durable record, and the next free segment number."""

    segments: list[Segment]
    state: bytes
    next_number: int


def recover(folder: Path, *, sensor: str, notice: Notice) -> Recovered:
    """Read the folder; cuts a torn tail with one notice. Raises `spool.other_sensor`."""
    found = sorted((place[1], path) for path in folder.iterdir() if (place := segment_number(path)) is not None)
    segments: list[Segment] = []
    state = b"{}"
    is_newest = True
    for _, path in reversed(found):
        segment = _open(path, newer=segments[0] if segments else None)
        if segment is None:
            _set_aside(path, notice=notice)
            continue
        if segment.header.sensor != sensor:
            raise KhienError("spool.other_sensor", path=str(folder), found=segment.header.sensor, sensor=sensor)
        if is_newest:
            segment, last_state = _scan(segment, notice=notice)
            if last_state is None:
                path.unlink()
                continue
            state, is_newest = last_state, False
        segments.insert(0, segment)
    return Recovered(segments, state, found[-1][0] + 1 if found else 1)


def _open(path: Path, *, newer: Segment | None) -> Segment | None:
    head = read_header(path)
    if head is None:
        return None
    header, start = head
    is_same_epoch = newer is not None and newer.header.epoch == header.epoch
    segment = Segment(path, header, start, path.stat().st_size, header.first_seq)
    if is_same_epoch and newer is not None:
        return Segment(path, header, start, segment.end, newer.header.first_seq)
    return segment if newer is None else _walked(segment)[0]


def _scan(segment: Segment, *, notice: Notice) -> tuple[Segment, bytes | None]:
    """The newest segment without its torn tail, and the state of its last record (None: no record at all)."""
    walked, state = _walked(segment)
    torn = segment.end - walked.end
    if torn:
        notice("spool_torn_tail", {"segment": segment.path.name, "kept_bytes": walked.end, "cut_bytes": torn})
        descriptor = os.open(segment.path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            os.ftruncate(descriptor, walked.end)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    return walked, state


def _walked(segment: Segment) -> tuple[Segment, bytes | None]:
    """The segment up to its last intact record, and that record's state."""
    reader, last = SegmentReader(segment.path), None
    end, next_seq = segment.start, segment.header.first_seq
    try:
        for item in reader.walk(start=segment.start, limit=segment.end, first_seq=next_seq):
            if isinstance(item, Found):
                end, next_seq = item.end, item.frame.next_seq
                last = last if item.frame.kind == RecordKind.FOOTER else item
    finally:
        reader.close()
    return Segment(segment.path, segment.header, segment.start, end, next_seq), _state(last, segment.path)


def _state(last: Found | None, path: Path) -> bytes | None:
    try:
        return Decoder().decode(last.data, last.frame).state if last else None
    except ValueError as error:
        # Its CRC is right, so this is no accident: somebody wrote it.
        raise KhienError("spool.unusable", path=str(path), reason=str(error)) from error


def _set_aside(path: Path, *, notice: Notice) -> None:
    """A file whose head is not intact: empty ones (a crash while they were made) go, others are kept for people."""
    if path.stat().st_size < 1 << 10:
        path.unlink()
        return
    aside = path.with_suffix(".bad")
    path.rename(aside)
    notice("spool_segment_unreadable", {"segment": path.name, "kept_as": aside.name})
