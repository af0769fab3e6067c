"""The ingest log: every batch, durable before it is acknowledged, until all cursors are past it.

One SQLite file, WAL, `synchronous=FULL`. The batch and the contiguous mark of its stream are one transaction, so an
acknowledged event is on disk and a duplicate is recognised exactly, for ever (reliability design, sections 4 and 5).
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from correlator.database import connect, rows
from khien.delivery import Batch, BatchKind
from khien.errors import KhienError

VERSION = 1
_SCHEMA = """
create table batches (
    position integer primary key autoincrement, sensor text not null, epoch integer not null, first_seq integer not null,
    count integer not null, kind text not null, dataset text not null, ingested_us integer not null, body blob not null
);
create table marks (
    sensor text not null, epoch integer not null, dataset text not null, acked_seq integer not null,
    duplicates integer not null default 0, dropped integer not null default 0, primary key (sensor, epoch)
) without rowid;
"""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One batch in the log. `body` is as it is kept: one zstd frame."""

    position: int
    sensor: str
    epoch: int
    first_seq: int
    count: int
    kind: BatchKind
    dataset: str
    ingested_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a stream stands: all up to `acked_seq` was taken; `dropped` of these the sensor gave up, `duplicates` came again."""

    sensor: str
    epoch: int
    dataset: str
    acked_seq: int
    duplicates: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the log is to keep of one delivery: the new part as a batch (None: all known), and how many events were known."""

    stream: Batch
    packed: bytes | None
    first_seq: int
    count: int
    duplicates: int


class IngestLog:
    """The log's file. `append` is for many threads; reading and cutting is for the pump."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection = connect(path, schema=_SCHEMA, version=VERSION)

    def mark(self, sensor: str, epoch: int) -> int:
        """The highest contiguous seq of this stream that is durable; 0 for an unknown one."""
        with self._lock:
            row = rows(self._connection, "select acked_seq from marks where sensor = ? and epoch = ?", (sensor, epoch))
        return int(row[0][0]) if row else 0

    def append(self, arrivals: Sequence[Arrival], *, ingested_us: int) -> None:
        """Make these durable, all or none. Raises `ingest.out_of_order` if a mark moved meanwhile, `ingest.unavailable`."""
        with self._lock:
            try:
                with self._connection:
                    for arrival in arrivals:
                        self._append(arrival, ingested_us)
            except apsw.Error as error:
                raise KhienError("ingest.unavailable", reason=str(error)) from error

    def read(self, *, after: int, limit_bytes: int = 1 << 20) -> list[LogEntry]:
        """The next entries behind a position, in order: at least one if there is one, else as many as fit the limit."""
        entries: list[LogEntry] = []
        size = 0
        with self._lock:
            for row in rows(
                self._connection,
                "select position, sensor, epoch, first_seq, count, kind, dataset, ingested_us, body from batches"
                " where position > ? order by position limit 256",
                (after,),
            ):
                position, sensor, epoch, first_seq, count, kind, dataset, ingested_us, body = row
                entries.append(LogEntry(position, sensor, epoch, first_seq, count, BatchKind(kind), dataset, ingested_us, body))
                size += len(body)
                if size >= limit_bytes:
                    break
        return entries

    def cut(self, *, through: int) -> None:
        """Forget what every cursor has passed."""
        with self._lock, self._connection:
            self._connection.execute("delete from batches where position <= ?", (through,))

    def last_position(self) -> int:
        """The newest position ever given; 0 for a new log."""
        with self._lock:
            row = rows(self._connection, "select seq from sqlite_sequence where name = 'batches'")
        return int(row[0][0]) if row else 0

    def account(self, *, after: int) -> tuple[list[Mark], dict[tuple[str, int], int]]:
        """All streams, sorted, and the events of each that lie behind a cursor: read as one, so that the ledger adds up."""
        with self._lock:
            marks = [
                Mark(*row)
                for row in rows(
                    self._connection,
                    "select sensor, epoch, dataset, acked_seq, duplicates, dropped from marks order by sensor, epoch",
                )
            ]
            waiting = rows(
                self._connection,
                "select sensor, epoch, sum(count) from batches where position > ? and kind = 'events' group by sensor, epoch",
                (after,),
            )
        return marks, {(str(sensor), int(epoch)): int(count) for sensor, epoch, count in waiting}

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _append(self, arrival: Arrival, ingested_us: int) -> None:
        stream = arrival.stream
        row = rows(self._connection, "select acked_seq from marks where sensor = ? and epoch = ?", (stream.sensor, stream.epoch))
        acked = int(row[0][0]) if row else 0
        # Another thread may have taken the same range between the look and the lock.
        if arrival.packed is not None and arrival.count > 0 and arrival.first_seq != acked + 1:
            raise KhienError("ingest.out_of_order", first_seq=arrival.first_seq, epoch=stream.epoch, expected=acked + 1)
        dropped = arrival.count if stream.kind is BatchKind.GAP else 0
        self._connection.execute(
            "insert into marks (sensor, epoch, dataset, acked_seq, duplicates, dropped) values (?, ?, ?, ?, ?, ?)"
            " on conflict do update set acked_seq = excluded.acked_seq, duplicates = duplicates + excluded.duplicates,"
            " dropped = dropped + excluded.dropped",
            (stream.sensor, stream.epoch, stream.dataset, acked + arrival.count, arrival.duplicates, dropped),
        )
        if arrival.packed is not None:
            self._connection.execute(
                "insert into batches (sensor, epoch, first_seq, count, kind, dataset, ingested_us, body) values (?,?,?,?,?,?,?,?)",
                (
                    stream.sensor,
                    stream.epoch,
                    arrival.first_seq,
                    arrival.count,
                    stream.kind.value,
                    stream.dataset,
                    ingested_us,
                    arrival.packed,
                ),
            )
