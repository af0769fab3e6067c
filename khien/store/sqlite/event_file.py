"""One event file: the events of a UTC day of ingest, or of one import, with their indexes and their words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw

from khien.store.result import Outcome
from khien.store.sqlite.connection import open_writer, translated
from khien.store.stamped_line import StampedLine

# `seq` grows by one with each event and nothing is ever deleted, so it is also the place of a reader's cursor.
# The words stand in the row, so that the feed need not decode the line again; the index over them keeps no copy. unicode61 only
# splits, the folding is ours.
_SCHEMA = """
CREATE TABLE IF NOT EXISTS event (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, time_us INTEGER NOT NULL, dataset TEXT NOT NULL,
  source_ip TEXT, destination_ip TEXT, words TEXT NOT NULL, line BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS event_time ON event(time_us, id);
CREATE INDEX IF NOT EXISTS event_dataset ON event(dataset, time_us, id);
CREATE INDEX IF NOT EXISTS event_source ON event(source_ip, time_us, id) WHERE source_ip IS NOT NULL;
CREATE INDEX IF NOT EXISTS event_destination ON event(destination_ip, time_us, id) WHERE destination_ip IS NOT NULL;
CREATE VIRTUAL TABLE IF NOT EXISTS searched USING fts5(
  words, content = 'event', content_rowid = 'seq', columnsize = 0, tokenize = "unicode61 remove_diacritics 0");
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO meta VALUES ('events', 0), ('layout', 1);
"""
_INSERT = (
    "INSERT INTO event(id, time_us, dataset, source_ip, destination_ip, words, line) VALUES (?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (id) DO NOTHING"
)
_INSERT_WORDS = "INSERT INTO searched(rowid, words) VALUES (?, ?)"


class EventFileWriter:
    """The one writing connection of an event file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with translated(path):
            self._connection = open_writer(path)
            self._connection.execute(_SCHEMA)

    def insert(self, lines: Sequence[StampedLine]) -> list[Outcome]:
        """Insert in one transaction; durable on return."""
        with translated(self.path), self._connection:
            outcomes = [self._insert(line) for line in lines]
            stored = outcomes.count(Outcome.STORED)
            self._connection.execute("UPDATE meta SET value = value + ? WHERE name = 'events'", (stored,))
        return outcomes

    def close(self) -> None:
        """Bring the WAL home and close."""
        with translated(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    def _insert(self, line: StampedLine) -> Outcome:
        words = line.searched_words()
        row = (
            line.event_id,
            line.time_us,
            line.text("event", "dataset") or "",
            line.text("source", "ip"),
            line.text("destination", "ip"),
            words,
            line.line,
        )
        self._connection.execute(_INSERT, row)
        if not self._connection.changes():
            return Outcome.DUPLICATE
        if words:
            self._connection.execute(_INSERT_WORDS, (self._connection.last_insert_rowid(), words))
        return Outcome.STORED


def count_events(reader: apsw.Connection) -> int:
    """Events of the file, as its transactions counted them."""
    return int(str(reader.execute("SELECT value FROM meta WHERE name = 'events'").fetchall()[0][0]))
