"""Elasticsearch beside SQLite: the feed as a thread of the correlator's process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from khien.clock import Clock
from khien.home import Home
from khien.store.elasticsearch.store import ElasticsearchEventStore
from khien.store.feed import Feed


@contextmanager
def feeding(home: Home, *, url: str | None, clock: Clock) -> Iterator[Feed | None]:
    """Feed the node at `url` while the block runs; without an address nothing is fed."""
    if url is None:
        yield None
        return
    address = url
    feed = Feed(home.events, connect=lambda: ElasticsearchEventStore.connect(address, clock=clock), clock=clock)
    stop = threading.Event()
    thread = threading.Thread(target=feed.run, args=(stop,), name="elasticsearch feed")
    thread.start()
    try:
        yield feed
    finally:
        stop.set()
        thread.join()
