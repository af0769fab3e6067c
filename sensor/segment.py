"""One file of the spool: a header, records in order of seq, a footer when it was closed in order.

    <epoch>-<n>.seg: magic 8s | version u16 | epoch u32 | n u64 | first seq u64 | lengths u8 u8 | CRC32C u32 | sensor | dataset

Nothing here loads a whole segment: records are read one by one (64 MB of spool cost a few hundred KB of memory). After a
record that is not intact the search for the next one goes on inside the file, so one flipped bit costs one record.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

from sensor.record import FRAME, Frame, is_intact, read_frame

SEGMENT_BYTES = 64 << 20
_MAGIC = b"KHIENSEG"
_VERSION = 1
_HEADER = struct.Struct("<8sHIQQBBI")
_NAME = re.compile(r"(\d{10})-(\d{10})\.seg")
_NOT_ZERO = re.compile(rb"[^\0]")
#: How far the seq of the next intact record may lie ahead of the one expected: more than a 64 MB segment can hold.
_SEARCH_SEQS = 1 << 24
_READ_AHEAD = 1 << 20


@dataclass(frozen=True, slots=True)
class SegmentHeader:
    """Whose events these are, and where they begin."""

    epoch: int
    number: int
    first_seq: int
    sensor: str
    dataset: str

    @property
    def file_name(self) -> str:
        """`<epoch>-<n>.seg`, so that names sort as they were written."""
        return f"{self.epoch:010d}-{self.number:010d}.seg"

    def encode(self) -> bytes:
        """The bytes at the head of the file."""
        sensor, dataset = self.sensor.encode(), self.dataset.encode()
        fixed = (_MAGIC, _VERSION, self.epoch, self.number, self.first_seq, len(sensor), len(dataset))
        return _HEADER.pack(*fixed, google_crc32c.value(_HEADER.pack(*fixed, 0) + sensor + dataset)) + sensor + dataset


@dataclass(frozen=True, slots=True)
class Found:
    """An intact record in a file, not yet inflated."""

    at: int
    frame: Frame
    data: bytes

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.at + self.frame.length


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are no record, up to the next intact one or to the end."""

    at: int
    end: int


def segment_number(path: Path) -> tuple[int, int] | None:
    """(epoch, n) of a segment's file name; None for any other file."""
    found = _NAME.fullmatch(path.name)
    return (int(found[1]), int(found[2])) if found else None


def read_header(path: Path) -> tuple[SegmentHeader, int] | None:
    """The header and the offset of the first record; None when it is torn or not what the name says."""
    with path.open("rb") as file:
        head = file.read(_HEADER.size + 512)
    if len(head) < _HEADER.size:
        return None
    magic, version, epoch, number, first_seq, sensor_length, dataset_length, checksum = _HEADER.unpack_from(head)
    end = _HEADER.size + sensor_length + dataset_length
    names = head[_HEADER.size : end]
    fixed = _HEADER.pack(magic, version, epoch, number, first_seq, sensor_length, dataset_length, 0)
    if magic != _MAGIC or version != _VERSION or google_crc32c.value(fixed + names) != checksum or len(head) < end:
        return None
    header = SegmentHeader(epoch, number, first_seq, names[:sensor_length].decode(), names[sensor_length:].decode())
    return (header, end) if header.file_name == path.name else None


class SegmentReader:
    """Reads the records of one file up to an offset that the caller knows to be written."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    def size(self) -> int:
        """The file's length now."""
        return os.fstat(self._descriptor).st_size

    def next(self, *, at: int, limit: int, expected_seq: int) -> Found | Damage | None:
        """What stands at `at`; None at the limit. `expected_seq` helps to find the way after damage."""
        if at >= limit:
            return None
        return self._record(at, limit) or Damage(at, self._next_intact(at + 1, limit, expected_seq))

    def walk(self, *, start: int, limit: int, first_seq: int) -> Iterator[Found | Damage]:
        """Everything between two offsets."""
        expected_seq = first_seq
        while (item := self.next(at=start, limit=limit, expected_seq=expected_seq)) is not None:
            yield item
            start = item.end
            if isinstance(item, Found):
                expected_seq = item.frame.next_seq

    def _record(self, at: int, limit: int) -> Found | None:
        frame = read_frame(os.pread(self._descriptor, FRAME.size, at))
        if frame is None or not frame.is_plausible or at + frame.length > limit:
            return None
        data = os.pread(self._descriptor, frame.length, at)
        return Found(at, frame, data) if is_intact(data, frame) else None

    def _next_intact(self, start: int, limit: int, expected_seq: int) -> int:
        """The offset of the next intact record, or the limit.

        The five high bytes of the seq hardly change inside a segment, so they are what the search looks for.
        """
        marks = {(expected_seq + ahead).to_bytes(8, "little")[3:] for ahead in (0, _SEARCH_SEQS)}
        pattern = re.compile(b"|".join(re.escape(mark) for mark in sorted(marks)))
        position = start
        while position < limit:
            # Windows overlap by a frame, so that no head is cut in two.
            window = os.pread(self._descriptor, min(_READ_AHEAD + FRAME.size, limit - position), position)
            found = self._search(window, position, limit, pattern)
            if found is not None:
                return found
            position += _READ_AHEAD
        return limit

    def _search(self, window: bytes, base: int, limit: int, pattern: re.Pattern[bytes]) -> int | None:
        offset_in_frame = 11  # where the five high bytes of the seq stand: 4 + 4 + 3
        position = offset_in_frame
        while (match := pattern.search(window, position)) is not None:
            head = match.start() - offset_in_frame
            if self._record(base + head, limit) is not None:
                return base + head
            position = match.start() + 1
            if window[head : head + FRAME.size].count(0) == FRAME.size:
                # A run of zeros (blocks never written) would match at every byte: jump to just before its end.
                content = _NOT_ZERO.search(window, position)
                position = max(position, (content.start() if content else len(window)) - FRAME.size)
        return None
