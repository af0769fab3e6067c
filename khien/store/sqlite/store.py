"""The event store on one machine: SQLite files behind the `EventStore` interface."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from khien.alert import Alert
from khien.clock import Clock
from khien.errors import KhienError
from khien.store.health import HealthState, StoreHealth
from khien.store.query import AlertPage, AlertQuery, Cursor, EventPage, EventQuery, parse_dataset
from khien.store.result import Outcome, PutResult, Rejection
from khien.store.sqlite.alert_file import AlertFileWriter, alert_sql, read_alerts
from khien.store.sqlite.catalogue import Catalogue, CataloguedFile
from khien.store.sqlite.connection import Readers, check_version, translated
from khien.store.sqlite.event_file import EventFileWriter, count_events
from khien.store.sqlite.folder import EventFolder, WriterLock, file_name
from khien.store.sqlite.search import bounded, search_file
from khien.store.stamped_line import StampedLine, parse_stamped, split_lines

#: Files whose writing connection stays open: today's, yesterday's around midnight, and imports that run.
OPEN_WRITERS = 8
#: A guess for one machine: ten days at 500 events/s of 1 kB with its indexes. Settings name the real one.
DEFAULT_QUOTA_BYTES = 400 << 30
_IDS_AT_ONCE = 5_000


class SqliteEventStore:
    """Events in day and import files, alerts in one. One instance a folder writes; any number read."""

    def __init__(self, root: Path, *, clock: Clock, is_read_only: bool = False, quota_bytes: int = DEFAULT_QUOTA_BYTES) -> None:
        check_version()
        self._folder = EventFolder(root)
        self._clock = clock
        self._quota_bytes = quota_bytes
        self._lock = threading.RLock()
        self._writer_lock = None if is_read_only else WriterLock(root)
        self._readers = Readers()
        self._writers: dict[str, EventFileWriter] = {}
        self._alerts: AlertFileWriter | None = None
        try:
            self._catalogue = Catalogue(self._folder.catalogue, readers=self._readers, is_writer=not is_read_only)
            if not is_read_only:
                self._alerts = AlertFileWriter(self._folder.alerts)
        except KhienError:
            self.close()
            raise

    def put_events(self, lines: bytes) -> PutResult:
        """Store stamped lines; one transaction a file, durable on return."""
        with self._lock:
            self._check_writable()
            self._make_room()
            items = split_lines(lines)
            outcomes: list[Outcome] = [Outcome.REJECTED] * len(items)
            rejections: list[Rejection] = []
            by_file: dict[str, list[tuple[int, StampedLine]]] = {}
            now_us = self._clock.now_us()
            for index, item in enumerate(items):
                parsed = parse_stamped(item, index=index)
                if isinstance(parsed, Rejection):
                    rejections.append(parsed)
                else:
                    by_file.setdefault(file_name(parsed, now_us=now_us), []).append((index, parsed))
            for name, members in by_file.items():
                found = self._insert(name, [line for _, line in members], now_us=now_us)
                for (index, _), outcome in zip(members, found, strict=True):
                    outcomes[index] = outcome
            return PutResult(tuple(outcomes), tuple(rejections))

    def put_alerts(self, alerts: Sequence[Alert]) -> PutResult:
        """Store or update alerts in one transaction."""
        with self._lock:
            self._check_writable()
            assert self._alerts is not None, "a writable store has its alert file open"
            return PutResult(self._alerts.put(alerts))

    def get_events(self, ids: Sequence[str], *, dataset: str | None = None) -> dict[str, bytes]:
        """Lines by id; the newest file that has an id answers."""
        wanted, found = set(ids), dict[str, bytes]()
        for file in reversed(self._files((dataset,) if dataset else None)):
            for line_id, line in self._by_ids(file, sorted(wanted)):
                found[line_id] = line
                wanted.discard(line_id)
            if not wanted:
                break
        return found

    def search_events(self, query: EventQuery) -> EventPage:
        """One page, merged from the files whose range meets the query's."""
        pages: list[list[tuple[int, str, bytes]]] = []
        for file in self._files(query.datasets):
            if file.first_us < query.end_us and query.start_us <= file.last_us:
                path = self._folder.root / file.name
                with translated(path), self._readers.borrow(path) as reader:
                    pages.append(search_file(reader, query, clock=self._clock))
        merged = heapq.merge(*pages, key=lambda row: row[:2], reverse=not query.oldest_first)
        rows = [row for row, _ in zip(merged, range(query.limit + 1), strict=False)]
        after = Cursor(rows[query.limit - 1][0], rows[query.limit - 1][1]) if len(rows) > query.limit else None
        return EventPage(tuple(line for _, _, line in rows[: query.limit]), after)

    def get_alerts(self, ids: Sequence[str]) -> dict[str, Alert]:
        """Alerts by id."""
        sql = "SELECT body FROM alert WHERE id IN (SELECT value FROM json_each(?))"
        return {alert.id: alert for alert in self._read_alerts(sql, (orjson.dumps(list(ids)).decode(),))}

    def search_alerts(self, query: AlertQuery) -> AlertPage:
        """One page of alerts."""
        sql, bindings = alert_sql(query)
        alerts = self._read_alerts(sql, tuple(bindings))
        last = alerts[query.limit - 1] if len(alerts) > query.limit else None
        return AlertPage(tuple(alerts[: query.limit]), Cursor(last.first_us, last.id) if last else None)

    def count(self, dataset: str) -> int:
        """Events of one dataset, as the files' own transactions counted them."""
        total = 0
        for file in self._files((dataset,)):
            path = self._folder.root / file.name
            with translated(path), self._readers.borrow(path) as reader:
                total += count_events(reader)
        return total

    def event_ids(self, dataset: str) -> Iterator[str]:
        """All ids, ascending."""
        return heapq.merge(*(self._ids_of(file) for file in self._files((dataset,))))

    def alert_ids(self, dataset: str) -> Iterator[str]:
        """All alert ids, ascending."""
        parse_dataset(dataset)
        if self._folder.alerts.exists():
            with translated(self._folder.alerts), self._readers.borrow(self._folder.alerts) as reader:
                for (alert_id,) in reader.execute("SELECT id FROM alert WHERE dataset = ? ORDER BY id", (dataset,)).fetchall():
                    yield str(alert_id)

    def flush(self) -> None:
        """Nothing to do: what is committed is found."""

    def health(self) -> StoreHealth:
        """Bytes against the quota, and what was dropped."""
        try:
            used = self._folder.bytes_used() if self._folder.root.exists() else 0
            dropped: dict[str, int] = {}
            for _, _, events, reason in self._catalogue.dropped():
                dropped[reason] = dropped.get(reason, 0) + events
        except (KhienError, OSError) as error:
            return StoreHealth(HealthState.DOWN, "sqlite", notes=(str(error),))
        is_full = used > self._quota_bytes * 8 // 10
        return StoreHealth(
            HealthState.DEGRADED if is_full else HealthState.OK,
            "sqlite",
            notes=("more than 80 % of the quota is used",) if is_full else (),
            bytes_used=used,
            bytes_quota=self._quota_bytes,
            events_dropped=dropped,
        )

    def close(self) -> None:
        """Close every file and let another process write."""
        with self._lock:
            self._readers.close()
            while self._writers:
                self._writers.popitem()[1].close()
            if self._alerts is not None:
                self._alerts.close()
                self._alerts = None
            if hasattr(self, "_catalogue"):
                self._catalogue.close()
            if self._writer_lock is not None:
                self._writer_lock.release()
                self._writer_lock = None

    def _check_writable(self) -> None:
        if self._writer_lock is None:
            raise KhienError("store.read_only")

    def _insert(self, name: str, lines: Sequence[StampedLine], *, now_us: int) -> list[Outcome]:
        times = [line.time_us for line in lines]
        writer = self._writer(name)
        self._catalogue.widen(name, dataset=lines[0].dataset, first_us=min(times), last_us=max(times), now_us=now_us)
        return writer.insert(lines)

    def _writer(self, name: str) -> EventFileWriter:
        writer = self._writers.pop(name, None) or EventFileWriter(self._folder.root / name)
        self._writers[name] = writer  # most recently used last
        while len(self._writers) > OPEN_WRITERS:
            oldest = next(iter(self._writers))
            self._writers.pop(oldest).close()
        return writer

    def _make_room(self) -> None:
        """Keep the quota: the oldest day goes first and is counted; imports, and the newest day, are never removed."""
        used = self._folder.bytes_used()
        days = [file for file in self._files(None) if file.dataset == "live"]
        for file in sorted(days, key=lambda day: day.name)[:-1]:
            if used <= self._quota_bytes:
                return
            self._drop(file, reason="quota")
            used = self._folder.bytes_used()
        if used > self._quota_bytes:
            raise KhienError("store.quota_full", used=used, quota=self._quota_bytes)

    def _drop(self, file: CataloguedFile, *, reason: str) -> None:
        path = self._folder.root / file.name
        writer = self._writers.pop(file.name, None)
        if writer is not None:
            writer.close()
        with translated(path), self._readers.borrow(path) as reader:
            events = count_events(reader)
        self._catalogue.drop(file, events=events, reason=reason, now_us=self._clock.now_us())
        self._readers.forget(path)
        self._folder.remove(file.name)

    def _files(self, datasets: Sequence[str] | None) -> list[CataloguedFile]:
        for dataset in datasets or ():
            parse_dataset(dataset)
        files = (file for file in self._catalogue.files() if datasets is None or file.dataset in datasets)
        # The writer may drop a file between its catalogue and our look: it is gone then, not damaged.
        return [file for file in files if (self._folder.root / file.name).exists()]

    def _by_ids(self, file: CataloguedFile, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        path = self._folder.root / file.name
        sql = "SELECT id, line FROM event WHERE id IN (SELECT value FROM json_each(?))"
        with translated(path), self._readers.borrow(path) as reader:
            for row_id, line in reader.execute(sql, (orjson.dumps(list(ids)).decode(),)):
                assert isinstance(line, bytes), "the column is a STRICT BLOB"
                yield str(row_id), line

    def _ids_of(self, file: CataloguedFile) -> Iterator[str]:
        path, after = self._folder.root / file.name, ""
        while True:
            with translated(path), self._readers.borrow(path) as reader:
                rows = reader.execute("SELECT id FROM event WHERE id > ? ORDER BY id LIMIT ?", (after, _IDS_AT_ONCE)).fetchall()
            for (row_id,) in rows:
                after = str(row_id)
                yield after
            if len(rows) < _IDS_AT_ONCE:
                return

    def _read_alerts(self, sql: str, bindings: tuple[str | int, ...]) -> list[Alert]:
        path = self._folder.alerts
        if not path.exists():
            return []
        with translated(path), self._readers.borrow(path) as reader, bounded(reader, clock=self._clock):
            return read_alerts(reader.execute(sql, bindings))
