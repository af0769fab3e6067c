"""The checkpoint: cursors, sources, pending events, groups, counts and the alert outbox, moved together in one transaction.

After a crash everything is as it was at the last transaction; the ingest log is read again from the cursor, and the same events
make the same alert ids (reliability design, section 5). State of an unknown version is refused, never dropped.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import apsw
from khien_engine import EngineError

from correlator.checkpoint_pending import load_pending, parts
from correlator.checkpoint_schema import SCHEMA, VERSION, YOUNGER
from correlator.correlation.domain import Domain
from correlator.correlation.lane import MOST_OPEN, Hit, Lane
from correlator.correlation.watch import Watches
from correlator.correlation.watermark import Source
from correlator.correlation_document import WithDetections
from correlator.database import connect, rows
from correlator.late_state import SCHEMA as LATE_SCHEMA
from correlator.late_state import LateState
from correlator.plan import Plan
from correlator.retired_state import RetiredState
from correlator.stamping import Reject
from khien.alert import Alert
from khien.errors import KhienError

#: What is read of a large state at once.
_LINES_AT_ONCE = 5_000
_GROUPS_AT_ONCE = 10_000

_TABLES_OF_LANES = ("pending", "groups", "episodes", "retired")

DETECTION = "detection"
STORE = "store"


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """An alert that waits for a sink; `version` tells a later state of the same alert apart."""

    alert_id: str
    version: int
    alert: Alert


@dataclass(slots=True)
class StoredRange:
    """What the store cursor confirmed since its last commit, by stream."""

    stored: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    rejected: Counter[tuple[str, int, str, str]] = field(default_factory=Counter)


@dataclass(slots=True)
class Account:
    """What the checkpoint has counted: events stored and rejected by stream, matches by dataset."""

    cursors: dict[str, int] = field(default_factory=dict)
    stored: dict[tuple[str, int], int] = field(default_factory=dict)
    rejected: dict[tuple[str, int], dict[str, int]] = field(default_factory=dict)
    counts: dict[str, Counter[str]] = field(default_factory=dict)


class Checkpoint:
    """The file. All writing goes through one connection behind one lock; a transaction is a few milliseconds."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._connection = connect(path, schema=SCHEMA + LATE_SCHEMA, version=VERSION)
        try:
            self._connection.execute(YOUNGER)
            self.late = LateState(self._connection)
            self._retired = RetiredState(self._connection)
        except apsw.Error as error:
            raise KhienError("correlation.state_unreadable", path=str(path), reason=str(error)) from error
        self._placed = int(self._one("select coalesce(max(placed), 0) from outbox"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """For reading `late`; never inside a transaction."""
        with self._lock:
            yield

    def begin_rules(self, dataset: str, rules: bytes, *, watermark_us: int) -> None:
        """These rules are in force for this dataset from now on."""
        with self._lock, self._connection:
            self.late.begin(dataset, rules, watermark_us=watermark_us)

    def change_rules(self, plan: Plan) -> list[WithDetections]:
        """These rules are in force from now on; the older versions of correlations whose windows end beside them."""
        try:
            with self._lock, self._connection:
                kept = self._retired.change(plan)
        except (ValueError, KeyError, TypeError) as error:
            raise KhienError("correlation.state_unreadable", path=str(self.path), reason=str(error)) from error
        return kept

    def end_retired(self) -> None:
        """The windows of older versions have all ended."""
        with self._lock, self._connection:
            self._retired.end()

    def cursor(self, name: str) -> int:
        """The last position of the ingest log that this cursor has finished."""
        with self._lock:
            row = self._connection.execute("select position from cursors where name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def commit_store(self, position: int, confirmed: StoredRange) -> None:
        """The store has these for good."""
        with self._lock, self._connection:
            self._set_cursor(STORE, position)
            self._connection.executemany(
                "insert into streams values (?, ?, ?, ?) on conflict do update set stored = stored + excluded.stored",
                [(sensor, epoch, dataset, count) for (sensor, epoch, dataset), count in sorted(confirmed.stored.items())],
            )
            self._connection.executemany(
                "insert into rejected values (?, ?, ?, ?) on conflict do update set count = count + excluded.count",
                [(sensor, epoch, reason, count) for (sensor, epoch, _, reason), count in sorted(confirmed.rejected.items())],
            )

    def accept_rejects(self, rejects: Iterable[Reject]) -> None:
        """These are stored after all: from the rejected to the stored, so that the ledger still adds up."""
        with self._lock, self._connection:
            for one in rejects:
                stream = (one.sensor, one.epoch)
                self._connection.execute(
                    "update rejected set count = count - 1 where sensor = ? and epoch = ? and reason = ?", (*stream, one.reason)
                )
                self._connection.execute("update streams set stored = stored + 1 where sensor = ? and epoch = ?", stream)

    def commit_detection(self, position: int, domains: Iterable[Domain]) -> int:
        """Everything the detection cursor did up to here, alerts included; how many alerts were put into the outbox."""
        with self._lock, self._connection:
            self._set_cursor(DETECTION, position)
            placed = 0
            for domain in domains:
                # First what is said: a domain that is over takes its last words with it.
                placed += self._place(domain)
                self._write_domain(domain)
        return placed

    def load_domains(
        self, watches: Watches, *, scan: Callable[[bytes], list[Hit]], make: Callable[[str], Domain]
    ) -> dict[str, Domain]:
        """Every dataset as it was. Lines that no rule hits any more fall out; groups of a rule version that is gone are counted."""
        domains: dict[str, Domain] = {}
        try:
            with self._lock:
                self._load_counts(domains, make)
                self._load_sources(domains, make)
                for dataset, sensor, epoch, watermark_us, complete in rows(self._connection, "select * from lanes"):
                    domain = domains.get(dataset) or domains.setdefault(dataset, make(dataset))
                    lane = domain.lane((sensor, epoch))
                    lane.watermark_us, lane.is_complete = watermark_us, bool(complete)
                    self._load_lane(lane, (dataset, sensor, epoch), watches, scan)
                for domain in domains.values():
                    self.late.load(domain)
        except (apsw.Error, EngineError, ValueError, KeyError, TypeError) as error:
            raise KhienError("correlation.state_unreadable", path=str(self.path), reason=str(error)) from error
        return domains

    def outbox(self, sink: str, *, limit: int) -> list[OutboxEntry]:
        """What this sink has not been given yet, oldest first."""
        with self._lock:
            found = rows(
                self._connection,
                "select o.alert_id, o.version, o.body from outbox o left join delivered d on d.sink = ? and d.alert_id = o.alert_id"
                " where coalesce(d.version, 0) < o.version order by o.placed limit ?",
                (sink, limit),
            )
        return [OutboxEntry(alert_id, version, Alert.model_validate_json(body)) for alert_id, version, body in found]

    def confirm(self, sink: str, entries: Iterable[OutboxEntry], *, sinks: int, refused: Collection[str] = ()) -> None:
        """The sink has them or, the refused ones, will never take them; what every sink has decided on leaves the outbox.

        A refused alert is set aside whole, until a later state of it is taken.
        """
        with self._lock, self._connection:
            for entry in entries:
                if entry.alert_id in refused:
                    body = entry.alert.model_dump_json().encode()
                    self._connection.execute("insert or replace into refused values (?, ?, ?)", (sink, entry.alert_id, body))
                else:
                    self._connection.execute("delete from refused where sink = ? and alert_id = ?", (sink, entry.alert_id))
                self._connection.execute(
                    "insert into delivered values (?, ?, ?) on conflict do update set version = excluded.version",
                    (sink, entry.alert_id, entry.version),
                )
                done = rows(
                    self._connection,
                    "select count(*) from delivered d join outbox o on o.alert_id = d.alert_id"
                    " where d.alert_id = ? and d.version >= o.version",
                    (entry.alert_id,),
                )
                if done[0][0] >= sinks:
                    self._connection.execute("delete from outbox where alert_id = ?", (entry.alert_id,))
                    self._connection.execute("delete from delivered where alert_id = ?", (entry.alert_id,))

    def account(self) -> Account:
        """Cursors and everything that is counted, of one moment."""
        found = Account()
        with self._lock:
            found.cursors.update(dict(rows(self._connection, "select * from cursors")))
            for sensor, epoch, stored in rows(self._connection, "select sensor, epoch, stored from streams"):
                found.stored[sensor, epoch] = stored
            for sensor, epoch, reason, count in rows(self._connection, "select * from rejected where count > 0 order by reason"):
                found.rejected.setdefault((sensor, epoch), {})[reason] = count
            for dataset, name, count in rows(self._connection, "select * from counts"):
                found.counts.setdefault(dataset, Counter())[name] = count
        return found

    def counts(self, dataset: str) -> Counter[str]:
        """What became of the matches of a dataset."""
        with self._lock:
            return Counter(dict(self._connection.execute("select name, count from counts where dataset = ?", (dataset,))))

    def waiting_alerts(self) -> int:
        """Alerts in the outbox."""
        with self._lock:
            return int(self._one("select count(*) from outbox"))

    def refused_alerts(self) -> int:
        """Alerts that some sink will not take, set aside."""
        with self._lock:
            return int(self._one("select count(distinct alert_id) from refused"))

    def refused(self, *, limit: int) -> list[tuple[Alert, list[str]]]:
        """Refused alerts, the latest first, each with the sinks that would not take it."""
        query = "select max(body), group_concat(sink) from refused group by alert_id"
        with self._lock:
            found = [(Alert.model_validate_json(body), str(sinks).split(",")) for body, sinks in rows(self._connection, query)]
        return sorted(found, key=lambda one: (-one[0].last_us, one[0].id))[:limit]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _one(self, query: str) -> Any:
        row = self._connection.execute(query).fetchone()
        return row[0] if row else 0

    def _set_cursor(self, name: str, position: int) -> None:
        self._connection.execute(
            "insert into cursors values (?, ?) on conflict do update set position = excluded.position", (name, position)
        )

    def _write_domain(self, domain: Domain) -> None:
        self._connection.executemany(
            "insert into counts values (?, ?, ?) on conflict do update set count = excluded.count",
            [(domain.dataset, name, count) for name, count in sorted(domain.counts.items())],
        )
        self._connection.execute("delete from sources where dataset = ?", (domain.dataset,))
        self._connection.execute("delete from lanes where dataset = ?", (domain.dataset,))
        self._connection.execute("delete from pressures where dataset = ?", (domain.dataset,))
        if domain.is_finished:
            self._forget(domain)
            self.late.forget(domain)
            return
        if domain.is_repaired:
            self.late.write(domain)
        for table in _TABLES_OF_LANES:
            query = f"delete from {table} where dataset = ? and sensor = ? and epoch = ?"  # noqa: S608 - a fixed name
            self._connection.executemany(query, [(domain.dataset, *stream) for stream in sorted(domain.dropped)])
        domain.dropped.clear()
        self._connection.executemany(
            "insert into sources values (?, ?, ?, ?, ?)",
            [(domain.dataset, *key, source.promise_us) for key, source in sorted(domain.sources.by_key.items())],
        )
        for (sensor, epoch), lane in sorted(domain.lanes.items()):
            self._connection.execute(
                "insert into lanes values (?, ?, ?, ?, ?)", (domain.dataset, sensor, epoch, lane.watermark_us, lane.is_complete)
            )
            self._write_lane(lane, (domain.dataset, sensor, epoch))

    def _forget(self, domain: Domain) -> None:
        for table in _TABLES_OF_LANES:
            self._connection.execute(f"delete from {table} where dataset = ?", (domain.dataset,))  # noqa: S608 - a fixed name
        for lane in domain.lanes.values():
            lane.native.take_pending()
            lane.native.snapshot()
            lane.written()

    def _write_lane(self, lane: Lane, place: tuple[str, str, int]) -> None:
        added, removed = lane.native.take_pending()
        self._connection.executemany(
            "delete from pending where dataset = ? and sensor = ? and epoch = ? and event_id = ?",
            [(*place, event_id) for event_id in (*removed, *lane.unmatched)],
        )
        self._connection.executemany("insert or replace into pending values (?, ?, ?, ?, ?, ?)", [(*place, *one) for one in added])
        groups, dropped = lane.native.snapshot()
        self._connection.executemany(
            "delete from groups where dataset = ? and sensor = ? and epoch = ? and watch = ? and key = ?",
            [(*place, *one) for one in dropped],
        )
        self._connection.executemany("insert or replace into groups values (?, ?, ?, ?, ?, ?)", [(*place, *one) for one in groups])
        self._connection.executemany(
            "delete from episodes where dataset = ? and sensor = ? and epoch = ? and number = ?",
            [(*place, number) for number in sorted(lane.closed)],
        )
        self._connection.executemany(
            "insert or replace into episodes values (?, ?, ?, ?, ?, ?)",
            [
                (*place, number, watch, lane.opening(number).model_dump_json().encode())
                for number, watch in sorted(lane.opened.items())
            ],
        )
        self._connection.executemany(
            "insert into pressures values (?, ?, ?, ?, ?)",
            [(*place, watch, alert.model_dump_json().encode()) for watch, alert in sorted(lane.pressures.open.items())],
        )
        lane.recall = partial(self._episode, place)
        lane.written()

    def _episode(self, place: tuple[str, str, int], number: int) -> bytes:
        """The first words of an open alert. Only inside the thread that steps the correlator, never inside a transaction."""
        with self._lock:
            found = rows(
                self._connection,
                "select body from episodes where dataset = ? and sensor = ? and epoch = ? and number = ?",
                (*place, number),
            )
        return bytes(found[0][0]) if found else b""

    def _place(self, domain: Domain) -> int:
        placed = 0
        for alert in domain.take_alerts():
            self._placed += 1
            placed += 1
            if domain.is_repaired:
                alert = alert if alert.id in domain.repaired else self.late.last_word(alert)  # noqa: PLW2901 - its last word
                self.late.say(alert)
            self._connection.execute(
                "insert into outbox values (?, 1, ?, ?) on conflict do update set version = version + 1, body = excluded.body",
                (alert.id, alert.model_dump_json().encode(), self._placed),
            )
        domain.repaired.clear()
        return placed

    def _load_counts(self, domains: dict[str, Domain], make: Callable[[str], Domain]) -> None:
        open_datasets = {row[0] for row in rows(self._connection, "select dataset from lanes")}
        for dataset, name, count in rows(self._connection, "select * from counts"):
            if dataset in open_datasets:
                domain = domains.get(dataset) or domains.setdefault(dataset, make(dataset))
                domain.counts[name] = count

    def _load_sources(self, domains: dict[str, Domain], make: Callable[[str], Domain]) -> None:
        for dataset, sensor, epoch, name, promise_us in rows(self._connection, "select * from sources"):
            domain = domains.get(dataset) or domains.setdefault(dataset, make(dataset))
            domain.sources.by_key[sensor, epoch, name] = Source(promise_us=promise_us, heard_us=0)

    def _load_lane(self, lane: Lane, place: tuple[str, str, int], watches: Watches, scan: Callable[[bytes], list[Hit]]) -> None:
        for watch, at_us in self._retired.of_lane(place):
            lane.native.retire(watch, at_us)
        waiting = self._connection.execute(
            "select event_id, time_us, line from pending where dataset = ? and sensor = ? and epoch = ?", place
        )
        for part in parts(waiting, _LINES_AT_ONCE):
            load_pending(lane, part, scan)
        groups = self._connection.execute(
            "select watch, key, state from groups where dataset = ? and sensor = ? and epoch = ?", place
        )
        for part in parts(groups, _GROUPS_AT_ONCE):
            gone = lane.native.restore(part)
            if gone:
                lane.counts["groups_of_old_rules"] += len(gone)
            self._connection.executemany(
                "delete from groups where dataset = ? and sensor = ? and epoch = ? and watch = ? and key = ?",
                [(*place, *one) for one in gone],
            )
        lane.native.finish_restore()
        known = rows(
            self._connection,
            "select number, watch, body from episodes where dataset = ? and sensor = ? and epoch = ? order by number desc limit ?",
            (*place, MOST_OPEN),
        )
        lane.keep_open([(number, bytes(body)) for number, watch, body in known if watch in watches.by_name])
        pressures = rows(
            self._connection, "select watch, body from pressures where dataset = ? and sensor = ? and epoch = ?", place
        )
        lane.pressures.restore({watch: Alert.model_validate_json(body) for watch, body in pressures})
        lane.recall = partial(self._episode, place)
