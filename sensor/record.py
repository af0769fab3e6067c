"""One record of the spool: a frame with a CRC around one zstd block (reliability design, section 3).

    len u32 | CRC32C u32 | first seq u64 | count u16 | class u8 | kind u8 | zstd block         little endian

`len` is the whole record; the CRC covers everything but itself. The block's first line is the sources' state after this
record (opaque JSON to the spool), so that events and the place they were read from become durable together or not at all;
the rest is the body: event lines, a promise's JSON or a gap's JSON. A footer ends a segment that was closed in order.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

import google_crc32c
import zstandard

from khien.delivery import INFLATED_BYTES

FRAME = struct.Struct("<IIQHBB")
#: A block that inflates to the largest batch, incompressible, with its frame and zstd's own; longer is a broken length.
LARGEST_RECORD = INFLATED_BYTES + (1 << 20)
#: The widest count of the u16 in the frame.
LARGEST_COUNT = 65_535
#: Level 1: on ECS lines it is 9 times smaller at 300 MB/s a core; level 3 is 10 % smaller at half the speed (bench-spool).
_LEVEL = 1


class Priority(IntEnum):
    """Who goes first when the disk is full: the lowest."""

    DEBUG = 0
    FLOW = 1
    LOG = 2
    ALERT = 3


class RecordKind(IntEnum):
    """What the body is."""

    EVENTS = 0
    PROMISE = 1
    GAP = 2
    FOOTER = 3


@dataclass(frozen=True, slots=True)
class Record:
    """A record in memory. A promise and a footer have count 0, and `first_seq` is the seq of the next event."""

    kind: RecordKind
    priority: Priority
    first_seq: int
    count: int
    state: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Frame:
    """The fixed part of a record, believed only after `is_plausible`."""

    length: int
    checksum: int
    first_seq: int
    count: int
    priority: int
    kind: int

    @property
    def next_seq(self) -> int:
        """The seq after this record."""
        return self.first_seq + self.count

    @property
    def is_plausible(self) -> bool:
        """Whether it can be the head of a record at all, before its bytes are read."""
        return (
            FRAME.size <= self.length <= LARGEST_RECORD
            and self.kind <= max(RecordKind)
            and self.priority <= max(Priority)
            and self.first_seq > 0
        )


class Encoder:
    """Writes records; one compressor for all of them, so it belongs to one thread."""

    def __init__(self) -> None:
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)

    def encode(self, record: Record) -> bytes:
        """The bytes of a record."""
        block = self._compressor.compress(record.state + b"\n" + record.body)
        length = FRAME.size + len(block)
        frame = FRAME.pack(length, 0, record.first_seq, record.count, record.priority, record.kind)
        value = checksum(frame, block)
        return FRAME.pack(length, value, record.first_seq, record.count, record.priority, record.kind) + block


def read_frame(head: bytes) -> Frame | None:
    """The frame at the start of these bytes; None when they are too few."""
    return Frame(*FRAME.unpack_from(head)) if len(head) >= FRAME.size else None


def is_intact(data: bytes, frame: Frame) -> bool:
    """Whether these bytes of a record are what was written."""
    return len(data) == frame.length and checksum(data[: FRAME.size], data[FRAME.size :]) == frame.checksum


class Decoder:
    """Reads records that are intact; belongs to one thread."""

    def __init__(self) -> None:
        self._decompressor = zstandard.ZstdDecompressor()

    def decode(self, data: bytes, frame: Frame) -> Record:
        """The record in these bytes. Raises ValueError for a block that lies about itself in spite of its CRC."""
        block = data[FRAME.size :]
        try:
            if zstandard.frame_content_size(block) > LARGEST_RECORD:
                message = "the block is larger than any that is written"
                raise ValueError(message)
            content = self._decompressor.decompress(block)
        except zstandard.ZstdError as error:
            message = f"the block cannot be inflated: {error}"
            raise ValueError(message) from error
        state, _, body = content.partition(b"\n")
        return Record(RecordKind(frame.kind), Priority(frame.priority), frame.first_seq, frame.count, state, body)


def checksum(frame: bytes, block: bytes) -> int:
    """CRC32C (RFC 3720, appendix B.4) over a whole record but the checksum's own four bytes."""
    return int(google_crc32c.extend(google_crc32c.value(frame[:4] + frame[8:]), block))
