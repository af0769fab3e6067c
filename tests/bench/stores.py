"""Speed of the stores on the recorded day's own events: `python -m tests.bench.stores [events]` → build/bench/stores.json.

Two kinds of figures: events a second by the wall clock, which other work on the machine lowers, and by the processor time that
the store itself took. The Elasticsearch half needs a node (`make elasticsearch`) and is left out, saying so, without one.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import json
import shutil
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from khien_engine.packet import CaptureReader, PacketSettings

from khien.clock import SystemClock
from khien.store import EventQuery
from khien.store.elasticsearch.store import ElasticsearchEventStore
from khien.store.feed import Feed, StopPatience
from khien.store.sqlite.store import SqliteEventStore
from tests.servers.process import load

ROOT = Path(__file__).resolve().parents[2]
BATCH = 1_000
#: The reliability design, sections 6 (SQLite, 4 indexes and FTS5) and 13 (catch-up).
SQLITE_BOUND, CATCH_UP_BOUND = 13_000, 15_000
COMMAND = "python -m tests.bench.stores"

Figure = dict[str, object]


def day_lines() -> list[bytes]:
    """The events of the recorded day, as the engine writes them."""
    reader = CaptureReader(str(ROOT / "lab" / "recording" / "capture.pcapng"), PacketSettings())
    return [line for batch in reader for line in batch.lines.splitlines()]


def stamped(line: bytes, seq: int) -> bytes:
    """The line as ingest would stamp it; repeated lines become different events."""
    head = b'"event":{"id":"bench-1-%d","ingested":"2026-11-10T02:00:00.000000Z",' % seq
    line = line.replace(b'"event":{', head, 1)
    return line[:-2] + b',"dataset":"live","sensor":"bench","epoch":1,"seq":%d}}\n' % seq


def timed(work: Callable[[], object], *, events: int) -> tuple[float, float]:
    """Events a second by the wall and by our own processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return events / (time.perf_counter() - wall), events / (time.process_time() - processor)


def figure(name: str, value: float, *, bound: float | None, unit: str = "events/s") -> Figure:
    """One line of the result file."""
    return {
        "name": name,
        "value": round(value, 1),
        "unit": unit,
        "bound": bound,
        "passed": bound is None or value >= bound,
        "command": COMMAND,
    }


def measure_sqlite(store: SqliteEventStore, batches: list[bytes], *, events: int) -> list[Figure]:
    """Put everything, then search."""
    wall, processor = timed(lambda: [store.put_events(batch) for batch in batches], events=events)
    query = EventQuery(datasets=("live",), start_us=0, end_us=4_000_000_000_000_000, text="10.10.99.10", limit=10)
    began = time.perf_counter()
    store.search_events(query)
    milliseconds = (time.perf_counter() - began) * 1_000
    used = store.health().bytes_used or 0
    return [
        figure("sqlite.put.wall", wall, bound=SQLITE_BOUND),
        figure("sqlite.put.processor", processor, bound=SQLITE_BOUND),
        figure("sqlite.search.common_phrase", milliseconds, bound=None, unit="ms"),
        figure("sqlite.bytes", used / events, bound=None, unit="bytes/event"),
    ]


def measure_feed(folder: Path, url: str) -> list[Figure]:
    """Feed everything that is there into an index of its own."""
    prefix = f"bench{uuid.uuid4().hex[:8]}"
    feed = Feed(
        folder, connect=lambda: ElasticsearchEventStore.connect(url, clock=SystemClock(), prefix=prefix), clock=SystemClock()
    )
    events = feed.ledger().waiting
    wall, processor = timed(lambda: feed.drain(patience=StopPatience(threading.Event())), events=events)
    ledger = feed.ledger()
    feed.close()
    assert ledger.is_balanced
    assert ledger.stored == events
    return [
        figure("elasticsearch.catch_up.wall", wall, bound=CATCH_UP_BOUND),
        figure("elasticsearch.catch_up.own_processor", processor, bound=None),
    ]


def main() -> int:
    """Measure, print, write; exit status 0 also below a bound, for a busy machine proves nothing."""
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    lines = day_lines()
    batches = [
        b"".join(stamped(lines[seq % len(lines)], seq) for seq in range(start, min(start + BATCH, events + 1)))
        for start in range(1, events + 1, BATCH)
    ]
    (ROOT / "build" / "bench").mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(dir=ROOT / "build" / "bench"))
    store = SqliteEventStore(scratch / "events", clock=SystemClock())
    try:
        figures = measure_sqlite(store, batches, events=events)
        node = load("elasticsearch")
        if node is not None:
            figures += measure_feed(scratch / "events", node.url)
        else:
            print("no Elasticsearch runs (make elasticsearch): catch-up is not measured", file=sys.stderr)
    finally:
        store.close()
        shutil.rmtree(scratch)
    (ROOT / "build" / "bench" / "stores.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for one in figures:
        print(f"{one['name']:40} {one['value']:>12} {one['unit']}  bound {one['bound']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
