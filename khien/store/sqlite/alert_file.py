"""The one file of alerts. `change` numbers every insert and update, so that a cursor can follow both."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import apsw

from khien.alert import Alert
from khien.store.alert_revision import revision
from khien.store.query import AlertQuery
from khien.store.result import Outcome
from khien.store.sqlite.connection import open_writer, translated

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alert (
  id TEXT PRIMARY KEY, dataset TEXT NOT NULL, rule_id TEXT NOT NULL, severity INTEGER NOT NULL, first_us INTEGER NOT NULL,
  revision INTEGER NOT NULL, change INTEGER NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS alert_first ON alert(dataset, first_us, id);
CREATE TABLE IF NOT EXISTS entity (
  value TEXT NOT NULL, alert TEXT NOT NULL, PRIMARY KEY (value, alert)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO meta VALUES ('change', 0), ('layout', 1);
"""
_NEXT_CHANGE = "UPDATE meta SET value = value + 1 WHERE name = 'change' RETURNING value"


class AlertFileWriter:
    """The one writing connection of the alert file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with translated(path):
            self._connection = open_writer(path)
            self._connection.execute(_SCHEMA)

    def put(self, alerts: Sequence[Alert]) -> tuple[Outcome, ...]:
        """Insert or update in one transaction; durable on return."""
        with translated(self.path), self._connection:
            return tuple(self._put(alert) for alert in alerts)
        raise AssertionError  # apsw's connection swallows no exception; its stub does not say so

    def close(self) -> None:
        """Bring the WAL home and close."""
        with translated(self.path):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._connection.close()

    def _put(self, alert: Alert) -> Outcome:
        known = self._connection.execute("SELECT revision FROM alert WHERE id = ?", (alert.id,)).fetchall()
        if known and int(str(known[0][0])) >= revision(alert):
            return Outcome.DUPLICATE
        change = self._connection.execute(_NEXT_CHANGE).fetchall()[0][0]
        self._connection.execute(
            "INSERT INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " revision = excluded.revision, change = excluded.change, body = excluded.body",
            (
                alert.id,
                alert.dataset,
                alert.rule.id,
                alert.severity,
                alert.first_us,
                revision(alert),
                change,
                alert.model_dump_json(),
            ),
        )
        rows = [(entity.value, alert.id) for entity in alert.entities]
        self._connection.executemany("INSERT OR IGNORE INTO entity VALUES (?, ?)", rows)
        return Outcome.UPDATED if known else Outcome.STORED


def alert_sql(query: AlertQuery) -> tuple[str, list[str | int]]:
    """The statement and its bindings."""
    conditions = [f"dataset IN ({_marks(query.datasets)})", "first_us >= ? AND first_us < ?", "severity >= ?"]
    bindings: list[str | int] = [*query.datasets, query.start_us, query.end_us, query.least_severity]
    if query.rule_ids:
        conditions.append(f"rule_id IN ({_marks(query.rule_ids)})")
        bindings += query.rule_ids
    if query.entity is not None:
        conditions.append("id IN (SELECT alert FROM entity WHERE value = ?)")
        bindings.append(query.entity)
    if query.after is not None:
        conditions.append("(first_us, id) < (?, ?)")
        bindings += [query.after.time_us, query.after.item_id]
    bindings.append(query.limit + 1)
    where = " AND ".join(conditions)
    return f"SELECT body FROM alert WHERE {where} ORDER BY first_us DESC, id DESC LIMIT ?", bindings  # noqa: S608


def read_alerts(rows: apsw.Cursor) -> list[Alert]:
    """Alerts of rows whose only column is the body."""
    return [Alert.model_validate_json(str(body)) for (body,) in rows]


def _marks(values: Sequence[str]) -> str:
    return ", ".join("?" * len(values))
