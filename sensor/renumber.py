"""A new epoch for events whose numbers are already taken.

When the correlator knows more of an epoch than this sensor can ever have sent (a restored disk, a folder made anew), the
numbers given since the start collide with others' events. The segments written since then are copied into a new epoch with
seq from 1 on, and the old ones go. A manifest makes the exchange one step: a crash before it changes nothing, a crash after
it is finished at the next start.
"""

from __future__ import annotations

import os
from pathlib import Path

import orjson

from sensor.catalogue import Segment
from sensor.record import FRAME, Frame, checksum
from sensor.segment import Found, SegmentHeader, SegmentReader

_MANIFEST = "renumber.json"
_SUFFIX = ".new"


def copy_segments(segments: list[Segment], *, epoch: int, first_number: int) -> list[Segment]:
    """Copies under a new epoch, seq from 1, as `<name>.new`; durable on return, not yet in force."""
    copies: list[Segment] = []
    shift = segments[0].header.first_seq - 1
    for number, segment in enumerate(segments, start=first_number):
        old = segment.header
        header = SegmentHeader(epoch, number, old.first_seq - shift, old.sensor, old.dataset)
        copies.append(_copy(segment, header, shift=shift))
    return copies


def exchange(folder: Path, *, old: list[Segment], new: list[Segment]) -> None:
    """Put the copies in the place of the old segments, all or none."""
    manifest = {"remove": [segment.path.name for segment in old], "add": [segment.path.name for segment in new]}
    fresh = folder / (_MANIFEST + _SUFFIX)
    with fresh.open("wb") as file:
        file.write(orjson.dumps(manifest))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / _MANIFEST)
    sync_folder(folder)
    finish_exchange(folder)


def finish_exchange(folder: Path) -> None:
    """Finish an exchange that was decided; clear away one that was not."""
    manifest = folder / _MANIFEST
    if manifest.exists():
        plan = orjson.loads(manifest.read_bytes())
        for name in plan["add"]:
            source = folder / (name + _SUFFIX)
            if source.exists():
                source.replace(folder / name)
        for name in plan["remove"]:
            (folder / name).unlink(missing_ok=True)
        sync_folder(folder)
        manifest.unlink()
        sync_folder(folder)
    for leftover in folder.glob(f"*{_SUFFIX}"):
        leftover.unlink()


def sync_folder(folder: Path) -> None:
    """Make names durable: created, renamed and unlinked files."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy(segment: Segment, header: SegmentHeader, *, shift: int) -> Segment:
    path = segment.path.with_name(header.file_name)
    reader = SegmentReader(segment.path)
    head = header.encode()
    end = len(head)
    try:
        with path.with_name(path.name + _SUFFIX).open("wb") as file:
            file.write(head)
            for item in reader.walk(start=segment.start, limit=segment.end, first_seq=segment.header.first_seq):
                if isinstance(item, Found):
                    end += file.write(_shifted(item.data, item.frame, shift))
            file.flush()
            os.fsync(file.fileno())
    finally:
        reader.close()
    return Segment(path, header, len(head), end, segment.next_seq - shift)


def _shifted(data: bytes, frame: Frame, shift: int) -> bytes:
    """The same record, `shift` numbers earlier."""
    fields = (frame.first_seq - shift, frame.count, frame.priority, frame.kind)
    block = data[FRAME.size :]
    return FRAME.pack(frame.length, checksum(FRAME.pack(frame.length, 0, *fields), block), *fields) + block
