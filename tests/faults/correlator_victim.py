"""A correlator in a process of its own, to be killed: it takes a fixed stream, and says in a file when it is done.

`main` runs in a forked process; run again in the same folder it goes on from the mark, as a sensor would.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import orjson

from correlator.compiler.ruleset import compile_folders
from correlator.runtime import Correlator
from khien.clock import SystemClock, format_utc
from khien.delivery import END, Batch, BatchKind
from khien.event import encode
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore

SENSOR = "0123456789abcdef"
DATASET = f"import:{SENSOR}"
EVENTS = 600
BATCH = 7
BAD_EVERY = 50
START_US = 1_770_000_000_000_000
RULES = Path(__file__).parents[1] / "correlator" / "rules"
GATE = "begin"


def lines() -> list[bytes]:
    """600 events, one second apart: failures of four addresses that begin and end in turn, and some broken lines."""
    return [_line(number) for number in range(EVENTS)]


def batches() -> Iterator[Batch]:
    """The stream as a sensor would send it: promises go with the events, two seconds behind."""
    events = lines()
    yield promise(1, -(2**63))
    for start in range(0, EVENTS, BATCH):
        part = events[start : start + BATCH]
        yield Batch(SENSOR, 1, start + 1, len(part), BatchKind.EVENTS, DATASET, b"".join(part))
        yield promise(start + len(part) + 1, START_US + (start + len(part) - 3) * 1_000_000)
    yield promise(EVENTS + 1, END)


def main(folder: Path) -> None:
    """Deliver what is not yet acknowledged, and run until idle."""
    home, clock = Home(folder), SystemClock()
    store = SqliteEventStore(home.events, clock=clock)
    correlator = Correlator(home, rules=compile_folders([RULES]), store=store, clock=clock)
    transport = correlator.transport(SENSOR)
    (folder / GATE).touch()
    for batch in batches():
        acked = transport.mark(1).acked_seq
        if batch.kind is BatchKind.PROMISE and batch.first_seq <= acked:
            continue
        if batch.kind is BatchKind.EVENTS and batch.first_seq + batch.count - 1 <= acked - BATCH:
            continue  # the last batch goes again, as after a lost answer
        transport.send(batch)
        correlator.step()
        correlator.outbox.deliver()
    correlator.run_until_idle()
    report = {
        "alerts": sorted((alert.id, alert.hits, alert.event_count) for alert in correlator.alerts(DATASET)),
        "events": list(store.event_ids(DATASET)),
        "ledger": correlator.ledger().as_json(),
    }
    correlator.close()
    store.close()
    (folder / "report.json").write_bytes(orjson.dumps(report))


def _line(number: int) -> bytes:
    if number % BAD_EVERY == BAD_EVERY - 1:
        return b'{"this line": "breaks the frame"}\n'
    return encode(
        {
            "@timestamp": format_utc(START_US + number * 1_000_000),
            "event": {"kind": "event", "dataset": "host.auth", "action": "login", "outcome": "failure"},
            "source": {"ip": f"203.0.113.{(number // 40 + number % 2) % 4}"},
            "process": {"name": "sshd"},
            "khien": {"schema": 1},
        }
    )


def promise(first_seq: int, promise_us: int) -> Batch:
    return Batch(SENSOR, 1, first_seq, 0, BatchKind.PROMISE, DATASET, orjson.dumps({"auth.log": promise_us}))
