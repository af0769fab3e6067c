"""How far the correlator's acknowledgement has come, in two slots that are written in turn.

A crash in the middle of a write leaves the other slot. Losing both costs a rewind to the server's own mark, nothing else:
the cursor only says which segments are no longer needed and where to go on reading while the server does not answer.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

import google_crc32c

_SLOT = struct.Struct("<8sQIQ")
_CHECKSUM = struct.Struct("<I")
_MAGIC = b"KHIENCUR"
#: One slot a sector: a torn write cannot touch both.
_SLOT_BYTES = 4096


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Everything up to `seq` of `epoch` is durable at the correlator."""

    epoch: int
    seq: int


class Cursor:
    """The file with the two slots."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        slots = [self._read(number) for number in range(2)]
        valid = [slot for slot in slots if slot is not None]
        newest = max(valid, key=lambda slot: slot[0], default=None)
        self._generation = newest[0] if newest else 0
        self.mark: Mark | None = newest[1] if newest else None
        #: The file held something, and none of it could be believed.
        self.is_lost = not valid

    def write(self, mark: Mark) -> None:
        """Durable on return."""
        generation = self._generation + 1
        content = _SLOT.pack(_MAGIC, generation, mark.epoch, mark.seq)
        os.pwrite(self._descriptor, content + _CHECKSUM.pack(google_crc32c.value(content)), generation % 2 * _SLOT_BYTES)
        os.fdatasync(self._descriptor)
        self._generation, self.mark = generation, mark

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    def _read(self, number: int) -> tuple[int, Mark] | None:
        data = os.pread(self._descriptor, _SLOT.size + _CHECKSUM.size, number * _SLOT_BYTES)
        if len(data) < _SLOT.size + _CHECKSUM.size:
            return None
        magic, generation, epoch, seq = _SLOT.unpack_from(data)
        (checksum,) = _CHECKSUM.unpack_from(data, _SLOT.size)
        intact = magic == _MAGIC and google_crc32c.value(data[: _SLOT.size]) == checksum
        return (generation, Mark(epoch, seq)) if intact else None
