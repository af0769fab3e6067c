"""The set-up of the Elasticsearch faults: a SQLite store, a feed on a thread of its own, and the books to balance."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from khien.clock import ManualClock, SystemClock
from khien.store.elasticsearch.store import ElasticsearchEventStore
from khien.store.feed import Feed
from khien.store.sqlite.store import SqliteEventStore
from tests.khien.store.made_events import START


@dataclass
class FeedBench:
    """A store and the feed that follows it to one address."""

    root: Path
    url: str
    prefix: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:12]}")

    def __post_init__(self) -> None:
        self.store = SqliteEventStore(self.root / "events", clock=ManualClock(START))
        self.feed = Feed(self.root / "events", connect=self.connect, clock=ManualClock(START))

    def connect(self) -> ElasticsearchEventStore:
        """A connection of its own, closed with the bench."""
        self._target = ElasticsearchEventStore.connect(self.url, clock=SystemClock(), prefix=self.prefix)
        return self._target

    @contextmanager
    def running(self) -> Iterator[None]:
        """The feed on its thread while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self.feed.run, args=(stop,), name="feed")
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def caught_up(self) -> bool:
        """Whether nothing waits any more."""
        return self.feed.ledger().waiting == 0

    def sender_waits(self) -> bool:
        """Whether a bulk request is being retried."""
        return hasattr(self, "_target") and self._target.events.state.trouble is not None

    def close(self) -> None:
        """Close everything that was opened."""
        self.feed.close()
        self.store.close()
        if hasattr(self, "_target"):
            self._target.close()


@contextmanager
def feed_bench(root: Path, url: str, *, prefix: str | None = None) -> Iterator[FeedBench]:
    """A bench that is closed in the end; a second one on the same data says the same prefix."""
    bench = FeedBench(root, url, prefix) if prefix else FeedBench(root, url)
    try:
        yield bench
    finally:
        bench.close()


def wait_for(condition: Callable[[], bool], *, seconds: float = 20.0) -> None:
    """Wait on a condition with a deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.02)
