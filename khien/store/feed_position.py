"""Where the feed stands in each file, what became of everything it read, and what was rejected: `feed.db`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import apsw

from khien.store.result import PutResult
from khien.store.sqlite.connection import open_writer, translated

_SCHEMA = """
CREATE TABLE IF NOT EXISTS position (
  file TEXT PRIMARY KEY, last INTEGER NOT NULL, stored INTEGER NOT NULL, duplicates INTEGER NOT NULL, rejected INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejected (
  number INTEGER PRIMARY KEY, file TEXT NOT NULL, seq INTEGER NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  raw BLOB NOT NULL, at_us INTEGER NOT NULL) STRICT;
"""
_MOVE = (
    "INSERT INTO position VALUES (?, ?, ?, ?, ?) ON CONFLICT (file) DO UPDATE SET last = excluded.last,"
    " stored = stored + excluded.stored, duplicates = duplicates + excluded.duplicates, rejected = rejected + excluded.rejected"
)
_ALERTS = "alerts.db"


@dataclass(frozen=True, slots=True)
class RejectedItem:
    """An item that was refused for good. `number` is its key in `feed.db`; `seq` its place in the file."""

    file: str
    seq: int
    reason: str
    detail: str
    raw: bytes
    number: int = 0


@dataclass(frozen=True, slots=True)
class FeedLedger:
    """Counts of events: each event that the files hold or held is in exactly one of the parts."""

    held: int
    stored: int
    duplicates: int
    rejected: int
    waiting: int
    dropped: int

    @property
    def is_balanced(self) -> bool:
        """Whether the parts add up."""
        return self.held == self.stored + self.duplicates + self.rejected + self.waiting + self.dropped


class FeedPositions:
    """Positions, counts and rejects, moved together in one durable transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with translated(path):
            self._connection = open_writer(path)
            self._connection.execute(_SCHEMA)

    def last(self, file: str) -> int:
        """The last place of this file that was decided, 0 at its beginning."""
        with translated(self.path):
            rows = self._connection.execute("SELECT last FROM position WHERE file = ?", (file,)).fetchall()
        return int(str(rows[0][0])) if rows else 0

    def move(self, file: str, *, last: int, result: PutResult, rejected: Sequence[RejectedItem], now_us: int) -> None:
        """Everything of this file up to `last` is decided."""
        stored = result.stored + result.updated
        with translated(self.path), self._connection:
            self._connection.execute(_MOVE, (file, last, stored, result.duplicates, result.rejected))
            self._connection.executemany(
                "INSERT INTO rejected(file, seq, reason, detail, raw, at_us) VALUES (?, ?, ?, ?, ?, ?)",
                [(one.file, one.seq, one.reason, one.detail, one.raw, now_us) for one in rejected],
            )

    def mend(self, item: RejectedItem, *, is_duplicate: bool) -> None:
        """A rejected item is stored now."""
        column = "duplicates" if is_duplicate else "stored"
        with translated(self.path), self._connection:
            self._connection.execute("DELETE FROM rejected WHERE number = ?", (item.number,))
            self._connection.execute(
                f"UPDATE position SET rejected = rejected - 1, {column} = {column} + 1 WHERE file = ?",  # noqa: S608 - two literals
                (item.file,),
            )

    def rejected(self) -> list[RejectedItem]:
        """All rejects, oldest first."""
        with translated(self.path):
            rows = self._connection.execute(
                "SELECT file, seq, reason, detail, raw, number FROM rejected ORDER BY number"
            ).fetchall()
        return [_item(row) for row in rows]

    def ledger(self, *, held: int, given_up: Mapping[str, int]) -> FeedLedger:
        """The sums over all event files; `given_up` are files that the store dropped, with what they held."""
        with translated(self.path):
            rows = self._connection.execute(
                "SELECT file, last, stored, duplicates, rejected FROM position WHERE file != ?", (_ALERTS,)
            ).fetchall()
        places = {str(file): int(str(last)) for file, last, *_ in rows}
        stored, duplicates, rejected = (sum(int(str(row[column])) for row in rows) for column in (2, 3, 4))
        total = held + sum(given_up.values())
        dropped = sum(events - places.get(name, 0) for name, events in given_up.items())
        waiting = total - sum(places.values()) - dropped
        return FeedLedger(total, stored, duplicates, rejected, waiting, dropped)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _item(row: tuple[apsw.SQLiteValue, ...]) -> RejectedItem:
    file, seq, reason, detail, raw, number = row
    assert isinstance(raw, bytes), "the column is a STRICT BLOB"
    return RejectedItem(str(file), int(str(seq)), str(reason), str(detail), raw, int(str(number)))
