"""What could not become an event, or was refused: kept with its raw bytes, its place and the reason.

One JSON object a line: `{"source", "place", "reason", "raw"}`, `raw` in base64 (it may be any bytes). The file has a quota;
what no longer fits is still counted, and so is that it was not kept.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path

import orjson

#: 64 MiB of raw rejects: weeks of a format that somebody should look at. A guess.
DEFAULT_QUOTA_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Reject:
    """One thing that was not taken. `place` is where it stood: `line 77`, `offset 4096`, `seq 12`."""

    source: str
    place: str
    reason: str
    raw: bytes


class RejectFile:
    """The file, with one writer. `size` belongs into a durable state, so that a crash leaves no reject twice."""

    def __init__(self, path: Path, *, size: int | None = None, quota_bytes: int = DEFAULT_QUOTA_BYTES) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        found = os.fstat(self._descriptor).st_size
        self.size = found if size is None else min(size, found)
        # What stands behind the durable state will be read, and rejected, again.
        os.ftruncate(self._descriptor, self.size)
        self._quota_bytes = quota_bytes
        self._is_dirty = False
        self.unkept = 0

    def add(self, reject: Reject) -> None:
        """Keep one, unless the quota is used up or the disk is full."""
        raw = base64.b64encode(reject.raw).decode()
        fields = {"source": reject.source, "place": reject.place, "reason": reject.reason, "raw": raw}
        line = orjson.dumps(fields) + b"\n"
        if self.size + len(line) > self._quota_bytes:
            self.unkept += 1
            return
        try:
            written = os.pwrite(self._descriptor, line, self.size)
        except OSError:
            self.unkept += 1
            return
        if written < len(line):
            # The next one overwrites the half line.
            self.unkept += 1
            return
        self.size += written
        self._is_dirty = True

    def sync(self) -> None:
        """Make them durable; before the state that counts them."""
        if self._is_dirty:
            os.fdatasync(self._descriptor)
            self._is_dirty = False

    def close(self) -> None:
        """Make them durable and give the descriptor back."""
        self.sync()
        os.close(self._descriptor)
