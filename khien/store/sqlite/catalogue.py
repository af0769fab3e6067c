"""The catalogue: which event files there are, the event times each may hold, and what was dropped for want of room."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import apsw

from khien.store.sqlite.connection import Readers, open_writer, translated

_SCHEMA = """
CREATE TABLE IF NOT EXISTS file (
  number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL, created_us INTEGER NOT NULL,
  first_us INTEGER NOT NULL, last_us INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS dropped (
  name TEXT NOT NULL, dataset TEXT NOT NULL, events INTEGER NOT NULL, reason TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;
"""


@dataclass(frozen=True, slots=True)
class CataloguedFile:
    """One event file. The range is never narrower than what the file holds: it is widened before the events are committed."""

    number: int
    name: str
    dataset: str
    first_us: int
    last_us: int


class Catalogue:
    """Written by the one writing process, read by all."""

    def __init__(self, path: Path, *, readers: Readers, is_writer: bool) -> None:
        self.path = path
        self._readers = readers
        self._writer: apsw.Connection | None = None
        self._known: dict[str, CataloguedFile] = {}
        if is_writer:
            with translated(path):
                self._writer = open_writer(path)
                self._writer.execute(_SCHEMA)
            self._known = {file.name: file for file in self.files()}

    def files(self) -> list[CataloguedFile]:
        """All files in the order they were begun."""
        if not self.path.exists():
            return []
        with translated(self.path), self._readers.borrow(self.path) as reader:
            rows = reader.execute("SELECT number, name, dataset, first_us, last_us FROM file ORDER BY number")
            return [_file(row) for row in rows]

    def dropped(self) -> list[tuple[str, str, int, str]]:
        """Name, dataset, number of events and reason of each file that was given up."""
        if not self.path.exists():
            return []
        with translated(self.path), self._readers.borrow(self.path) as reader:
            return [
                (str(n), str(d), int(e), str(r))
                for n, d, e, r in reader.execute("SELECT name, dataset, events, reason FROM dropped")
            ]

    def widen(self, name: str, *, dataset: str, first_us: int, last_us: int, now_us: int) -> None:
        """State, durably, that a file may hold events of this range; called before they are committed to it."""
        known = self._known.get(name)
        if known is not None and known.first_us <= first_us and last_us <= known.last_us:
            return
        with translated(self.path):
            row = self._connection.execute(
                "INSERT INTO file(name, dataset, created_us, first_us, last_us) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET"
                " first_us = min(first_us, excluded.first_us), last_us = max(last_us, excluded.last_us)"
                " RETURNING number, name, dataset, first_us, last_us",
                (name, dataset, now_us, first_us, last_us),
            ).fetchall()[0]
        self._known[name] = _file(row)

    def drop(self, file: CataloguedFile, *, events: int, reason: str, now_us: int) -> None:
        """Take a file off the list and count what it held, in one transaction."""
        with translated(self.path), self._connection:
            self._connection.execute("DELETE FROM file WHERE name = ?", (file.name,))
            self._connection.execute(
                "INSERT INTO dropped VALUES (?, ?, ?, ?, ?)", (file.name, file.dataset, events, reason, now_us)
            )
        self._known.pop(file.name, None)

    def close(self) -> None:
        """Close the writing connection."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    @property
    def _connection(self) -> apsw.Connection:
        assert self._writer is not None, "only the writer writes"
        return self._writer


def _file(row: tuple[apsw.SQLiteValue, ...]) -> CataloguedFile:
    number, name, dataset, first_us, last_us = map(str, row)
    return CataloguedFile(int(number), name, dataset, int(first_us), int(last_us))
