"""Rejected lines, raw, with their reason, until somebody replays or discards them (reliability design, sections 1 and 12)."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path

from correlator.database import connect, rows
from correlator.stamping import Reject

VERSION = 1
_SCHEMA = """
create table rejects (
    sensor text not null, epoch integer not null, seq integer not null, dataset text not null, reason text not null,
    ingested_us integer not null, line blob not null, stamped integer not null, primary key (sensor, epoch, seq)
) without rowid;
"""


class Quarantine:
    """The file of rejects. Adding the same reject twice keeps it once, so a replay after a crash counts nothing double."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._connection = connect(path, schema=_SCHEMA, version=VERSION)

    def add(self, rejects: Iterable[Reject]) -> None:
        """Durable on return."""
        rows = [
            (one.sensor, one.epoch, one.seq, one.dataset, one.reason, one.ingested_us, one.line, one.is_stamped) for one in rejects
        ]
        if rows:
            with self._lock, self._connection:
                self._connection.executemany("insert or ignore into rejects values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def rejects(self, *, limit: int = 1_000) -> list[Reject]:
        """What is kept, in stream order."""
        with self._lock:
            return [
                Reject(sensor, epoch, seq, dataset, reason, ingested_us, line, bool(is_stamped))
                for sensor, epoch, seq, dataset, reason, ingested_us, line, is_stamped in rows(
                    self._connection, "select * from rejects order by sensor, epoch, seq limit ?", (limit,)
                )
            ]

    def remove(self, rejects: Iterable[Reject]) -> None:
        """Those that were replayed or discarded."""
        with self._lock, self._connection:
            self._connection.executemany(
                "delete from rejects where sensor = ? and epoch = ? and seq = ?",
                [(one.sensor, one.epoch, one.seq) for one in rejects],
            )

    def counts(self) -> dict[str, int]:
        """How many, by reason."""
        with self._lock:
            found = rows(self._connection, "select reason, count(*) from rejects group by reason order by reason")
        return {str(reason): int(count) for reason, count in found}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
