"""Stored events through another rule set: an import of its own in a scratch folder, with the very correlator of every day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import orjson

from correlator.compiler.ruleset import RuleSet
from correlator.correlation.lane import BEGINNING
from correlator.runtime import Correlator
from khien.alert import Alert
from khien.clock import Clock
from khien.delivery import END, Batch, BatchKind
from khien.event import STAMPED, encode
from khien.home import Home
from khien.store.event_store import EventStore
from khien.store.query import EventQuery
from khien.store.sqlite.store import SqliteEventStore

_BATCH = 1_000
_STREAM = f"{1:016x}"
_DATASET = f"import:{_STREAM}"
_PAGE = 1_000


def stored_lines(store: EventStore, *, dataset: str, start_us: int, end_us: int) -> Iterator[bytes]:
    """The stored lines of a dataset in event-time order."""
    after = None
    while True:
        query = EventQuery(datasets=(dataset,), start_us=start_us, end_us=end_us, limit=_PAGE, after=after, oldest_first=True)
        page = store.search_events(query)
        yield from page.lines
        if page.after is None:
            return
        after = page.after


def rerun(lines: Iterable[bytes], rules: RuleSet, *, scratch: Path, clock: Clock) -> tuple[list[Alert], int]:
    """The alerts of stored or framed lines, and how many events they were; assets and units are kept as they were stamped."""
    home = Home(scratch)
    store = SqliteEventStore(home.events, clock=clock)
    correlator = Correlator(home, rules=rules, store=store, clock=clock)
    try:
        transport = correlator.transport(_STREAM)
        transport.send(Batch(_STREAM, 1, 1, 0, BatchKind.PROMISE, _DATASET, orjson.dumps({"stored": BEGINNING})))
        seq = 1
        batch: list[bytes] = []
        for line in lines:
            batch.append(unstamped(line))
            if len(batch) == _BATCH:
                transport.send(Batch(_STREAM, 1, seq, len(batch), BatchKind.EVENTS, _DATASET, b"".join(batch)))
                seq += len(batch)
                batch = []
                correlator.step()
        if batch:
            transport.send(Batch(_STREAM, 1, seq, len(batch), BatchKind.EVENTS, _DATASET, b"".join(batch)))
            seq += len(batch)
        transport.send(Batch(_STREAM, 1, seq, 0, BatchKind.PROMISE, _DATASET, orjson.dumps({"stored": END})))
        correlator.run_until_idle()
        return sorted(correlator.alerts(_DATASET), key=lambda alert: (alert.first_us, alert.id)), seq - 1
    finally:
        correlator.close()
        store.close()


def unstamped(line: bytes) -> bytes:
    """The line as a producer wrote it: without what ingest adds."""
    event = orjson.loads(line)
    for name, keys in STAMPED.items():
        part = event.get(name)
        if isinstance(part, dict):
            event[name] = {key: value for key, value in part.items() if key not in keys} or {"schema": 1}
    return encode(event)
