"""What the running correlator says in the end of a vector where something is late: domain, checkpoint and repairs together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from khien_engine import detect

from correlator.checkpoint import Checkpoint
from correlator.correlation.domain import Domain
from correlator.correlation.watch import Watches
from correlator.repairs import Repairs
from khien.alert import Alert
from khien.clock import ManualClock
from khien.delivery import END
from tests.conformance.correlation.core import expected_of, framed, names_of, rules_of
from tests.conformance.correlation.runner import STREAM
from tests.conformance.correlation.vector import START_US, Expected, Vector

LIVE = "live"
#: Asked before each piece of work whether the process dies there.
Dies = Callable[[], bool]


def never() -> bool:
    """It lives."""
    return False


def standing(vector: Vector, folder: Path, *, dies: Dies = never) -> list[Expected]:
    """The alerts that stand in the end."""
    found = [one for one in said(vector, folder, dies=dies) if not one.withdrawn and one.superseded_by is None]
    return sorted((expected_of(alert, names_of(vector)) for alert in found), key=lambda one: one.key)


def said(vector: Vector, folder: Path, *, dies: Dies = never) -> list[Alert]:
    """The last word on each alert."""
    run = Run(vector, folder, dies)
    for kind, value in vector.steps():
        run.step(kind, value)
    run.close()
    return list(run.found.values())


class Run:
    """A correlator without transports: what it did since its last checkpoint is lost with it, and done again."""

    def __init__(self, vector: Vector, folder: Path, dies: Dies) -> None:
        rules = rules_of(vector)
        self.found: dict[str, Alert] = {}
        self.deaths = 0
        self._watches = Watches(rules.plan, ir=rules.ir)
        self._ruleset = detect.Ruleset(rules.ir)
        self._folder = folder
        self._dies = dies
        self._clock = ManualClock(START_US)
        self._us = START_US
        self._delivered: set[int] = set()
        self._sources: set[str] = set()
        self._position = 0
        self._open()

    def step(self, kind: str, value: Any) -> None:
        """One step of a vector, and all the work that it makes."""
        self._position += 1
        while True:
            self._do(kind, value)
            if not self._dies():
                break
            self._die()
        self._delivered |= {value["id"]} if kind == "event" else set()
        self._commit()
        while self._repairs.step({LIVE: self.domain}, commit=self._commit):
            if self._dies():
                self._die()

    def close(self) -> None:
        """Close the file."""
        self._checkpoint.close()

    def _open(self) -> None:
        self._checkpoint = Checkpoint(self._folder / "checkpoint.db")
        scan = self._ruleset.scan
        domains = self._checkpoint.load_domains(self._watches, scan=scan, make=lambda name: Domain(name, self._watches))
        self.domain = domains.get(LIVE) or Domain(LIVE, self._watches)
        self.domain.sources.hear_all(now_us=self._us)
        main_us = self.domain.lane(("", 0)).watermark_us
        self._checkpoint.begin_rules(LIVE, self._watches.rules, watermark_us=main_us)
        self._repairs = Repairs(self._watches, scan, self._checkpoint, clock=self._clock)

    def _die(self) -> None:
        self.deaths += 1
        self._checkpoint.close()
        self._open()

    def _commit(self) -> None:
        self._checkpoint.commit_detection(self._position, [self.domain])
        entries = self._checkpoint.outbox("reader", limit=1_000)
        self.found |= {entry.alert_id: entry.alert for entry in entries}
        self._checkpoint.confirm("reader", entries, sinks=1)
        if self.domain.is_finished:
            self.domain = Domain(LIVE, self._watches)

    def _do(self, kind: str, value: Any) -> None:
        if kind == "clock":
            self._us = START_US + value
            self._clock.advance(seconds=(self._us - self._clock.now_us()) / 1_000_000)
            self.domain.look(now_us=self._us)
        elif kind == "event" and value["id"] not in self._delivered:
            line = framed(value)
            hits = self._ruleset.scan(line)
            if hits:
                self.domain.observe(line, hits, ingested_us=self._us)
        elif kind == "promise":
            for source, promise in value.items():
                self._promise(source, START_US + promise)
        elif kind == "end":
            for source in sorted(self._sources or {"s"}):
                self._promise(source, END)

    def _promise(self, source: str, promise_us: int) -> None:
        self._sources.add(source)
        self.domain.promise((STREAM, 1, source), promise_us=promise_us, now_us=self._us, ingested_us=self._us)
