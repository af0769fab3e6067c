"""The names in the folder of event files, and the lock that keeps one writing process in it."""

from __future__ import annotations

import fcntl
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from khien.clock import MICROSECONDS, format_utc
from khien.errors import KhienError
from khien.store.stamped_line import StampedLine

_DAY_US = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class EventFolder:
    """`$KHIEN_HOME/events` (docs/concepts/contracts.md, section 8)."""

    root: Path

    @property
    def catalogue(self) -> Path:
        """Which event files there are."""
        return self.root / "catalogue.db"

    @property
    def alerts(self) -> Path:
        """All alerts."""
        return self.root / "alerts.db"

    @property
    def feed(self) -> Path:
        """Where the Elasticsearch writer stands."""
        return self.root / "feed.db"

    def bytes_used(self) -> int:
        """What the files and their logs take on the disk."""
        used = 0
        for entry in os.scandir(self.root):
            if entry.name.endswith((".db", ".db-wal")):
                used += entry.stat().st_size
        return used

    def remove(self, name: str) -> None:
        """Unlink an event file and what SQLite keeps beside it."""
        for suffix in ("", "-wal", "-shm"):
            (self.root / f"{name}{suffix}").unlink(missing_ok=True)


def file_name(line: StampedLine, *, now_us: int) -> str:
    """The event file of a line.

    The day is that of the line's own `event.ingested`, not of the clock: the same line put again after midnight must meet itself.
    """
    if line.dataset == "live":
        return _day_file((line.ingested_us if line.ingested_us is not None else now_us) // _DAY_US)
    return f"{line.dataset.kind}-{line.dataset.partition(':')[2]}.db"


@lru_cache(maxsize=16)
def _day_file(day: int) -> str:
    return f"{format_utc(day * _DAY_US)[:10]}.db"


class WriterLock:
    """Held while this process writes the folder; KhienError `store.already_open` when another does."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._descriptor = os.open(root / "writer.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o640)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise KhienError("store.already_open", path=str(root)) from error

    def release(self) -> None:
        """Let another process write."""
        os.close(self._descriptor)
