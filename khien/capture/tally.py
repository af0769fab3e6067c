"""Counting what occurs most in bounded memory, whatever a capture holds: what is told is never more than what was there."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Hashable
from typing import Any

#: Distinct keys that survive a clearing; twice as many are held at most.
MOST_KEPT = 4_096
#: Characters of a text from the wire that are kept.
LONGEST_TEXT = 256

Row = dict[str, Any]


def cut(value: object) -> str:
    """A text from the wire, at a length that can be kept by the thousand; the end of a longer one is an ellipsis."""
    text = "" if value is None else str(value)
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…"


class Tally:
    """Rows by key with their number of `times`.

    When too many keys have come, the rarer half is forgotten: then `is_whole` is false, every count is a lower bound, and so is
    `distinct`. Rows with equal counts stay in the order of the capture.
    """

    def __init__(self, rank: Callable[[Row], int] | None = None) -> None:
        self._rows: dict[Hashable, Row] = {}
        self._rank = rank or _times
        self.total = 0
        self.is_whole = True

    def row(self, key: Hashable) -> Row:
        """The row of a key, new (`times` 0) when there is none."""
        found = self._rows.get(key)
        if found is None:
            if len(self._rows) >= 2 * MOST_KEPT:
                self._forget_rare()
            found = self._rows[key] = {"times": 0}
        return found

    def count(self, key: Hashable, **sample: Any) -> Row:
        """One more of a key; `sample` is what the first one of it looked like."""
        self.total += 1
        row = self.row(key)
        if row["times"] == 0:
            for name, value in sample.items():
                row.setdefault(name, value)
        row["times"] += 1
        return row

    @property
    def distinct(self) -> int:
        """Keys that are held: all of them while `is_whole`."""
        return len(self._rows)

    def largest(self, most: int) -> list[Row]:
        """The first rows by rank."""
        return heapq.nlargest(most, self._rows.values(), key=self._rank)

    def as_json(self, most: int) -> dict[str, Any]:
        """Rows, and how many there are beside them."""
        rows = self.largest(most)
        return {"total": self.total, "distinct": self.distinct, "exact": self.is_whole, "rows": [_plain(row) for row in rows]}

    def _forget_rare(self) -> None:
        kept = {id(row) for row in heapq.nlargest(MOST_KEPT, self._rows.values(), key=self._rank)}
        self._rows = {key: row for key, row in self._rows.items() if id(row) in kept}
        self.is_whole = False


class Few:
    """The first few distinct texts of a row, and whether there were more."""

    __slots__ = ("has_more", "values")

    _MOST = 8

    def __init__(self) -> None:
        self.values: list[str] = []
        self.has_more = False

    def add(self, value: str) -> None:
        """Keep it, if it is new and there is room."""
        if value in self.values:
            return
        if len(self.values) < self._MOST:
            self.values.append(value)
        else:
            self.has_more = True

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {"values": self.values, "more": self.has_more}


def few(row: Row, name: str) -> Few:
    """The few texts that a row keeps under a name."""
    found = row.get(name)
    if not isinstance(found, Few):
        found = row[name] = Few()
    return found


def _times(row: Row) -> int:
    return int(row["times"])


def _plain(row: Row) -> Row:
    return {name: value.as_json() if isinstance(value, Few) else value for name, value in row.items()}
