"""Suppression: one alert, repeated n times. What is the same within the window grows the first alert instead of making another.

It works on alerts on their way to the sinks and keeps its own small file; the same alert twice, or grown, is folded the same way.
Nothing is lost: the first alert's hits and event count are the sums of what still stands, `folded` says how many alerts are in it,
and entities and assets are those of all. Nothing worse is swallowed: an alert of a higher level, or of another unit, makes its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import apsw
import orjson

from correlator.sinks import AlertSink
from correlator.tuning.entry import Entry, Kind
from khien.alert import EVENT_IDS_KEPT, Alert
from khien.fold import normal

_TABLES = """
CREATE TABLE IF NOT EXISTS head (
  entry TEXT, key TEXT, first_us INTEGER, alert_id TEXT, PRIMARY KEY (entry, key, first_us)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS carrier (alert_id TEXT PRIMARY KEY, alert BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS part (
  head_id TEXT, alert_id TEXT, entry TEXT, hits INTEGER, event_count INTEGER, last_us INTEGER, PRIMARY KEY (head_id, alert_id)
) WITHOUT ROWID;
CREATE UNIQUE INDEX IF NOT EXISTS part_alert ON part (alert_id);
"""
#: Younger than the first files; a head of such a file has severity 0, so that nothing is folded into it any more.
_YOUNGER = {
    ("head", "severity"): 0,
    ("part", "stands"): 1,
    ("part", "complete"): 1,
    ("part", "amended"): 0,
}
#: Entities, assets and sensors that a carrier names; the counts go on.
_MOST_NAMED = 100
_Named = TypeVar("_Named")


class Folder:
    """Which alerts went into which. `entries` gives the suppressions in force when an alert arrives."""

    def __init__(self, path: Path, *, entries: Callable[[], Sequence[Entry]]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = apsw.Connection(str(path))
        self._file.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000")
        self._file.execute(_TABLES)
        for (table, column), default in _YOUNGER.items():
            if not any(row[1] == column for row in self._file.execute(f"PRAGMA table_info({table})")):
                self._file.execute(f"ALTER TABLE {table} ADD COLUMN {column} INTEGER NOT NULL DEFAULT {default}")
        self._entries = entries

    def fold(self, alerts: Sequence[Alert]) -> list[Alert]:
        """The alerts to deliver: untouched ones as they are, of folded ones the first alert as it now is."""
        out: dict[str, Alert] = {}
        with self._file:
            for alert in sorted(alerts, key=lambda one: (one.first_us, one.id)):
                folded = self._fold(alert)
                out[folded.id] = folded
        return [self._renamed(alert) for alert in out.values()]

    def head_of(self, alert_id: str) -> str:
        """The alert that carries this one; itself when it was not folded."""
        row = self._file.execute("SELECT head_id FROM part WHERE alert_id = ?", (alert_id,)).fetchone()
        return str(row[0]) if row else alert_id

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _fold(self, alert: Alert) -> Alert:
        row = self._file.execute("SELECT head_id, entry FROM part WHERE alert_id = ?", (alert.id,)).fetchone()
        if row is None:
            entry = next((one for one in self._entries() if _suppresses(one, alert)), None)
            if entry is None:
                return alert
            head_id, name = self._head(entry, alert), entry.id
        else:
            head_id, name = row
        self._file.execute(
            "INSERT OR REPLACE INTO part (head_id, alert_id, entry, hits, event_count, last_us, stands, complete, amended)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                head_id,
                alert.id,
                name,
                alert.hits,
                alert.event_count,
                alert.last_us,
                not alert.withdrawn and alert.superseded_by is None,
                alert.complete,
                alert.amended,
            ),
        )
        return self._sum(head_id, alert)

    def _head(self, entry: Entry, alert: Alert) -> str:
        """The first alert of the same key, at least as severe, within the window before this one; else a new window begins."""
        key = orjson.dumps([alert.dataset, sorted(alert.units), *_key(entry, alert)]).decode()
        row = self._file.execute(
            "SELECT alert_id FROM head WHERE entry = ? AND key = ? AND first_us BETWEEN ? AND ? AND severity >= ?"
            " ORDER BY first_us DESC LIMIT 1",
            (entry.id, key, alert.first_us - entry.window_us, alert.first_us, alert.severity),
        ).fetchone()
        if row is not None:
            return str(row[0])
        self._file.execute(
            "INSERT OR REPLACE INTO head (entry, key, first_us, alert_id, severity) VALUES (?, ?, ?, ?, ?)",
            (entry.id, key, alert.first_us, alert.id, alert.severity),
        )
        return alert.id

    def _sum(self, head_id: str, alert: Alert) -> Alert:
        """The carrier as it now is. Hits are summed from what each part last said, so that a part told twice counts once.

        It is withdrawn or superseded only when no part stands; what late events changed of any part (`amended`) is told by it.
        """
        row = self._file.execute("SELECT alert FROM carrier WHERE alert_id = ?", (head_id,)).fetchone()
        before = alert if row is None else Alert.model_validate_json(row[0])
        base = alert if alert.id == head_id else before
        sums = self._file.execute(
            "SELECT sum(hits), sum(event_count), max(last_us), min(complete) FROM part"
            " WHERE head_id = ?1 AND (stands OR NOT EXISTS (SELECT 1 FROM part WHERE head_id = ?1 AND stands))",
            (head_id,),
        )
        ((hits, event_count, last_us, complete),) = list(sums)
        ((parts, standing, amended, entries),) = list(
            self._file.execute(
                "SELECT count(*), sum(stands), sum(amended), group_concat(DISTINCT entry) FROM part WHERE head_id = ?", (head_id,)
            )
        )
        # Without a part that stands: superseded when this is the last word on the first of them, else withdrawn.
        superseded = None if standing else base.superseded_by
        grown = {
            "hits": hits,
            "event_count": event_count,
            "last_us": last_us,
            "complete": bool(complete),
            "amended": amended,
            "folded": parts - 1,
            "suppressions": tuple(sorted(entries.split(","))),
            "event_ids": _union(before.event_ids, alert.event_ids, most=EVENT_IDS_KEPT),
            "entities": _union(before.entities, alert.entities),
            "assets": _union(before.assets, alert.assets),
            "sensors": _union(before.sensors, alert.sensors),
            "supersedes": _union(before.supersedes, alert.supersedes),
            "withdrawn": not standing and superseded is None,
            "superseded_by": superseded,
        }
        carrier = base.model_copy(update=grown)
        self._file.execute("INSERT OR REPLACE INTO carrier VALUES (?, ?)", (head_id, carrier.model_dump_json().encode()))
        return carrier

    def _renamed(self, alert: Alert) -> Alert:
        """The names of other alerts are those of their carriers: nobody knows an alert that was folded."""
        successor = None if alert.superseded_by is None else self.head_of(alert.superseded_by)
        former = tuple(name for name in dict.fromkeys(map(self.head_of, alert.supersedes)) if name != alert.id)
        if successor == alert.superseded_by and former == alert.supersedes:
            return alert
        return alert.model_copy(update={"superseded_by": None if successor == alert.id else successor, "supersedes": former})


class FoldingSink:
    """A sink that gets folded alerts."""

    def __init__(self, sink: AlertSink, folder: Folder) -> None:
        self.name = sink.name
        self._sink = sink
        self._folder = folder

    def deliver(self, alerts: Sequence[Alert]) -> list[str]:
        """Refused is every alert whose carrier was refused: the outbox knows the alerts as they came."""
        refused = set(self._sink.deliver(self._folder.fold(alerts)))
        return [alert.id for alert in alerts if self._folder.head_of(alert.id) in refused] if refused else []

    def close(self) -> None:
        """Close the sink."""
        self._sink.close()


def _suppresses(entry: Entry, alert: Alert) -> bool:
    is_in_time = entry.created_us <= alert.first_us < entry.expires_us
    return entry.kind is Kind.SUPPRESSION and entry.rule_id == alert.rule.id and is_in_time


def _key(entry: Entry, alert: Alert) -> tuple[str, ...]:
    """The folded values of the group fields; an alert without one of them is never the same as another."""
    values = dict(zip(alert.group.fields, alert.group.values, strict=True))
    return tuple(normal(values[field]) if field in values else f"\0{alert.id}" for field in entry.by)


def _union(before: Iterable[_Named], after: Iterable[_Named], *, most: int = _MOST_NAMED) -> tuple[_Named, ...]:
    return tuple(dict.fromkeys([*before, *after]))[:most]
