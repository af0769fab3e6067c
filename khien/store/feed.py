"""The Elasticsearch writer: a cursor over the SQLite event files, the third one beside detection's and the store's own.

It never stands in anyone's way: it reads committed rows through its own connections, at its own speed. While Elasticsearch is
away it waits; when it is back it goes on where it was. Position, ledger and what was rejected (raw) move in one transaction.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from khien.alert import Alert
from khien.clock import Clock
from khien.errors import KhienError
from khien.store.elasticsearch.bulk import REQUEST_BYTES, REQUEST_ITEMS, Patience
from khien.store.elasticsearch.document import PreparedEvent
from khien.store.feed_position import FeedLedger, FeedPositions, RejectedItem
from khien.store.result import PutResult
from khien.store.sqlite.catalogue import Catalogue
from khien.store.sqlite.connection import Readers, translated
from khien.store.sqlite.event_file import count_events
from khien.store.sqlite.folder import EventFolder
from khien.store.stamped_line import StampedLine, parse_stamped

#: Bulk requests under way at once: two fill a node that has two cores (servers design: 18–19 k documents/s).
IN_FLIGHT = 2
#: How often a writer that has caught up looks again, and one whose key was refused tries again.
IDLE_SECONDS, REFUSED_SECONDS = 0.5, 60.0
#: So long a writer waits for a node inside one round before it says so (`trouble`) and begins the round again.
SILENT_SECONDS = 10.0
ALERTS = "alerts.db"
_EVENT_ROWS = "SELECT seq, line, id, words FROM event WHERE seq > ? ORDER BY seq LIMIT ?"
_ALERT_ROWS = "SELECT change, CAST(body AS BLOB), '', '' FROM alert WHERE change > ? ORDER BY change LIMIT ?"


class FeedTarget(Protocol):
    """Where the feed writes: the two verbs of `ElasticsearchEventStore` that it needs."""

    def put_prepared(self, events: Sequence[PreparedEvent], *, patience: Patience | None = None) -> PutResult:
        """Store events whose words are known."""

    def put_alerts(self, alerts: Sequence[Alert], *, patience: Patience | None = None) -> PutResult:
        """Store or update alerts."""


@dataclass(frozen=True, slots=True)
class _Row:
    """An event with its words, or an alert's body; as the file holds it."""

    place: int
    raw: bytes
    event_id: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of one file, in order."""

    file: str
    dataset_kind: str
    rows: tuple[_Row, ...]

    @property
    def last(self) -> int:
        """The place that is reached when the batch is decided."""
        return self.rows[-1].place

    def send(self, target: FeedTarget, patience: Patience) -> PutResult:
        """Put them."""
        if self.file == ALERTS:
            return target.put_alerts([Alert.model_validate_json(row.raw) for row in self.rows], patience=patience)
        events = [PreparedEvent(row.event_id, self.dataset_kind, row.words, row.raw) for row in self.rows]
        return target.put_prepared(events, patience=patience)


class StopPatience:
    """Waits until somebody says stop, in all no longer than it was given."""

    def __init__(self, stop: threading.Event, *, most_seconds: float = math.inf) -> None:
        self._stop = stop
        self._left = most_seconds

    def wait(self, seconds: float) -> bool:
        """Pause; False when it is time to stop or to say that there is trouble."""
        self._left -= seconds
        return self._left >= 0 and not self._stop.wait(seconds)


class Feed:
    """Feeds one target from one folder of event files. One instance a folder (`feed.db` has one writer)."""

    def __init__(self, root: Path, *, connect: Callable[[], FeedTarget], clock: Clock) -> None:
        self._folder = EventFolder(root)
        self._connect = connect
        self._clock = clock
        self._target: FeedTarget | None = None
        self._readers = Readers()
        self._catalogue = Catalogue(self._folder.catalogue, readers=self._readers, is_writer=False)
        self._positions = FeedPositions(self._folder.feed)
        self.trouble: KhienError | None = None

    def run(self, stop: threading.Event) -> None:
        """Feed until told to stop: the body of the writer's thread. A store's failure is kept in `trouble` and waited out."""
        attempt = 0
        while not stop.is_set():
            pause = IDLE_SECONDS
            try:
                self.drain(patience=StopPatience(stop, most_seconds=SILENT_SECONDS))
                self.trouble, attempt = None, 0
            except KhienError as error:
                self.trouble = error
                pause = REFUSED_SECONDS if error.code == "store.refused" else min(REFUSED_SECONDS, IDLE_SECONDS * 2**attempt)
                attempt = min(attempt + 1, 10)
            stop.wait(pause)

    def drain(self, *, patience: Patience) -> int:
        """Feed what is there now; the number of rows that were decided. KhienError `store.*` leaves the position where it was."""
        target = self._connected()
        moved = 0
        under_way: deque[tuple[_Batch, Future[PutResult]]] = deque()
        with ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="feed") as senders:
            for batch in self._batches():
                under_way.append((batch, senders.submit(batch.send, target, patience)))
                if len(under_way) >= IN_FLIGHT:
                    moved += self._settle(*under_way.popleft())
            while under_way:
                moved += self._settle(*under_way.popleft())
        return moved

    def replay_rejected(self, *, patience: Patience) -> int:
        """Put again what was rejected, after its cause was mended; the number that is now stored."""
        target = self._connected()
        mended = 0
        for item in self._positions.rejected():
            result = self._batch_of(item).send(target, patience)
            if not result.rejected:
                self._positions.mend(item, is_duplicate=bool(result.duplicates))
                mended += 1
        return mended

    def rejected(self) -> list[RejectedItem]:
        """What Elasticsearch would not take, raw, oldest first."""
        return self._positions.rejected()

    def ledger(self) -> FeedLedger:
        """`held = stored + duplicates + rejected + waiting + dropped`, over all event files; alerts are not in it."""
        held = 0
        for file in self._catalogue.files():
            path = self._folder.root / file.name
            with translated(path), self._readers.borrow(path) as reader:
                held += count_events(reader)
        given_up = {name: events for name, _, events, _ in self._catalogue.dropped()}
        return self._positions.ledger(held=held, given_up=given_up)

    def close(self) -> None:
        """Close all files."""
        self._readers.close()
        self._positions.close()

    def _connected(self) -> FeedTarget:
        if self._target is None:
            self._target = self._connect()
        return self._target

    def _settle(self, batch: _Batch, sent: Future[PutResult]) -> int:
        """Move the position over a batch; batches settle in the order they were read."""
        result = sent.result()
        rejected = [
            RejectedItem(
                file=batch.file,
                seq=batch.rows[one.index].place,
                reason=one.reason.value,
                detail=one.detail,
                raw=batch.rows[one.index].raw,
            )
            for one in result.rejections
        ]
        self._positions.move(batch.file, last=batch.last, result=result, rejected=rejected, now_us=self._clock.now_us())
        return len(batch.rows)

    def _batches(self) -> Iterator[_Batch]:
        """Batches of all files in turn, so that a large import does not hold up what is live."""
        places = {file.name: self._positions.last(file.name) for file in self._catalogue.files()}
        kinds = {file.name: file.dataset.partition(":")[0] for file in self._catalogue.files()}
        places[ALERTS] = self._positions.last(ALERTS)
        while places:
            for name in list(places):
                rows = self._read(name, after=places[name])
                if rows:
                    places[name] = rows[-1].place
                    yield _Batch(name, kinds.get(name, ""), tuple(rows))
                else:
                    del places[name]

    def _read(self, name: str, *, after: int) -> list[_Row]:
        """The next rows of a file, as many as one request may hold."""
        path = self._folder.root / name
        rows: list[_Row] = []
        if not path.exists():
            return rows
        size = 0
        with translated(path), self._readers.borrow(path) as reader:
            for place, raw, event_id, words in reader.execute(
                _ALERT_ROWS if name == ALERTS else _EVENT_ROWS, (after, REQUEST_ITEMS)
            ):
                assert isinstance(raw, bytes), "both columns are read as blobs"
                size += len(raw) + len(str(words))
                if rows and size > REQUEST_BYTES:
                    break
                rows.append(_Row(int(str(place)), raw, str(event_id), str(words)))
        return rows

    def _batch_of(self, item: RejectedItem) -> _Batch:
        """A reject as a batch of its own, with the words that its line has by now."""
        if item.file == ALERTS:
            return _Batch(ALERTS, "", (_Row(item.seq, item.raw),))
        line = parse_stamped(item.raw, index=0)
        assert isinstance(line, StampedLine), "it was stored as a stamped line"
        return _Batch(item.file, line.dataset.kind, (_Row(item.seq, item.raw, line.event_id, line.searched_words()),))
