"""A small live stream for tests of the running correlator: failed log-ins, promises, and the folder they go into."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.runtime import Correlator
from correlator.sinks import AlertSink
from khien.clock import ManualClock, format_utc
from khien.delivery import Ack, Batch, BatchKind
from khien.event import encode
from khien.home import Home
from khien.store.event_store import EventStore
from khien.store.sqlite.store import SqliteEventStore

#: Two rules of these tests' own, so that a better threshold in the pack changes nothing here.
RULES = Path(__file__).parent / "rules"
SECOND = 1_000_000
START_US = 1_770_000_000 * SECOND


def login(seconds: float, *, address: str = "203.0.113.9", **fields: Any) -> bytes:
    """One failed log-in, so many seconds after the start."""
    return encode(
        {
            "@timestamp": format_utc(START_US + round(seconds * SECOND)),
            "event": {"kind": "event", "dataset": "host.auth", "action": "login", "outcome": "failure"},
            "source": {"ip": address},
            "process": {"name": "sshd"},
            **fields,
            "khien": {"schema": 1},
        }
    )


class Plant:
    """A correlator in a folder that can be closed and opened again, with a clock in the test's hand."""

    def __init__(
        self, folder: Path, *, rules: RuleSet | None = None, store: EventStore | None = None, sinks: Sequence[AlertSink] = ()
    ) -> None:
        self.home = Home(folder)
        self.clock = ManualClock(START_US)
        self.store = store or SqliteEventStore(self.home.events, clock=self.clock)
        self._rules = rules or compile_folders([RULES])
        self._sinks = sinks
        self._next: dict[str, int] = {}
        self.correlator = self._open()

    def events(self, lines: Sequence[bytes], *, sensor: str = "gate", dataset: str = "live") -> Ack:
        """Deliver the next events of this sensor."""
        first = self._next.get(sensor, 1)
        self._next[sensor] = first + len(lines)
        batch = Batch(sensor, 1, first, len(lines), BatchKind.EVENTS, dataset, b"".join(lines))
        return self.correlator.transport(sensor).send(batch)

    def promise(self, seconds: float, *, sensor: str = "gate", source: str = "auth.log", dataset: str = "live") -> None:
        """The source has given everything up to so many seconds after the start."""
        body = orjson.dumps({source: START_US + round(seconds * SECOND)})
        batch = Batch(sensor, 1, self._next.get(sensor, 1), 0, BatchKind.PROMISE, dataset, body)
        self.correlator.transport(sensor).send(batch)

    def settle(self, *, after: float = 0) -> None:
        """Let so many seconds pass, and do everything there is to do."""
        self.clock.advance(seconds=after)
        self.correlator.run_until_idle()
        self.correlator.look()
        self.correlator.run_until_idle()

    def alerts(self, dataset: str = "live") -> list[tuple[str, int, bool]]:
        """Name, events and completeness of every alert."""
        found = [(alert.rule.name, alert.event_count, alert.complete) for alert in self.correlator.alerts(dataset)]
        return sorted(found)

    def reopen(self) -> None:
        """Close and open again, as a restart does."""
        self.correlator.close()
        self.correlator = self._open()

    def close(self) -> None:
        self.correlator.close()
        self.store.close()

    def _open(self) -> Correlator:
        return Correlator(self.home, rules=self._rules, store=self.store, clock=self.clock, sinks=self._sinks)
