"""Runs event lines through a whole correlator in a folder of its own, each run as an import of its own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson
from khien_engine import detect

from correlator.compiler.ruleset import RuleSet
from correlator.correlation.lane import BEGINNING
from correlator.runtime import Correlator
from khien.alert import Alert
from khien.clock import Clock, format_utc
from khien.delivery import END, Batch, BatchKind
from khien.errors import KhienError
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore

_SOURCE = "case"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an alert says apart from the name of its import: what must not depend on how the events came."""

    rule_id: str
    group: tuple[str, ...]
    window: tuple[int, int]
    hits: int
    event_count: int
    last_us: int
    events: tuple[str, ...]

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """Event ids without the import's id in front."""
        return cls(
            rule_id=alert.rule.id,
            group=alert.group.values,
            window=(alert.window.start_us, alert.window.end_us),
            hits=alert.hits,
            event_count=alert.event_count,
            last_us=alert.last_us,
            events=tuple(event_id.partition("-")[2] for event_id in alert.event_ids),
        )


def hits_of(ruleset: detect.Ruleset, lines: Sequence[bytes], *, clock: Clock) -> list[frozenset[int]]:
    """Of each line the numbers of the rules that hit it, stamped as the correlator stamps it. Raises `rule_test.invalid`."""
    stamped = detect.stamp(
        b"".join(lines),
        sensor=_SOURCE,
        epoch=1,
        first_seq=1,
        dataset="import:case",
        ingested=format_utc(clock.now_us()),
        inventory=None,
    )
    if stamped.rejected:
        raise KhienError("rule_test.invalid", location=f"event {stamped.rejected[0][0] + 1}", detail=str(stamped.rejected[0][1]))
    found: list[frozenset[int]] = [frozenset()] * len(lines)
    places = {}
    start = 0
    for place, line in enumerate(stamped.lines.split(b"\n")):
        places[start] = place
        start += len(line) + 1
    for start, _, hits in ruleset.scan(stamped.lines):
        found[places[start]] = frozenset(hits)
    return found


def aloud(rules: RuleSet) -> RuleSet:
    """The same rules, in which the correlations that only feed others are heard: each of their firings is an alert."""
    correlations = tuple(replace(one, is_silent=False) for one in rules.plan.correlations)
    return replace(rules, plan=replace(rules.plan, correlations=correlations))


class Bench:
    """A correlator with one rule set; `run` gives the alerts of one set of events. `with` closes its files."""

    def __init__(self, folder: Path, rules: RuleSet, *, clock: Clock) -> None:
        self.rules = rules
        self._home = Home(folder)
        self._clock = clock
        self._ruleset = detect.Ruleset(rules.ir)
        self._runs = 0
        self._folder = folder
        self._aloud: Bench | None = None
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._aloud is not None:
            self._aloud.close()
        self.close()

    def aloud(self) -> Bench:
        """A bench of the same rules on which silent correlations are heard (`aloud`); closed with this one."""
        if self._aloud is None:
            self._aloud = Bench(self._folder / "aloud", aloud(self.rules), clock=self._clock)
        return self._aloud

    def run(
        self,
        lines: Sequence[bytes],
        *,
        order: Sequence[int] | None = None,
        twice: bool = False,
        restart: bool = False,
        early_promise: bool = False,
    ) -> list[Alert]:
        """The alerts of these lines. Each line is a stream of its own, so that its id stays when `order` moves its arrival.

        `twice`: every batch is delivered again. `restart`: the correlator is closed and opened in the middle. `early_promise`: each
        stream ends at its line, so that time goes on as far as those who still owe something allow.
        """
        self._runs += 1
        dataset = self._dataset()
        name = dataset.removeprefix("import:")
        for number in range(len(lines)):
            self._send(name, dataset, number, b"", promise=BEGINNING)
        sequence = list(order) if order is not None else list(range(len(lines)))
        for place, number in enumerate(sequence):
            if restart and place == len(sequence) // 2:
                self._correlator.run_until_idle()
                self.close()
                self._open()
            for _ in range(2 if twice else 1):
                self._send(name, dataset, number, lines[number])
            if early_promise:
                self._send(name, dataset, number, b"", promise=END)
                self._correlator.run_until_idle()
        if not early_promise:
            for number in range(len(lines)):
                self._send(name, dataset, number, b"", promise=END)
        self._correlator.run_until_idle()
        return list(self._correlator.alerts(dataset))

    def counts(self) -> dict[str, int]:
        """What the correlator counted in the last run: matches by outcome, evictions, late events, events without a group."""
        return dict(self._correlator.ledger(self._dataset()).matches)

    def matches(self, lines: Sequence[bytes], number: int) -> list[bytes]:
        """The lines that one rule hits."""
        return [lines[place] for place in self.hits(lines, number)]

    def hits(self, lines: Sequence[bytes], number: int) -> list[int]:
        """The places of the lines that one rule hits."""
        return [place for place, hits in enumerate(hits_of(self._ruleset, lines, clock=self._clock)) if number in hits]

    def _dataset(self) -> str:
        """Each run is an import of its own."""
        return f"import:{hashlib.sha256(str(self._runs).encode()).hexdigest()[:16]}"

    def _send(self, name: str, dataset: str, number: int, line: bytes, *, promise: int | None = None) -> None:
        transport = self._correlator.transport(name)
        epoch = number + 1
        if promise is None:
            transport.send(Batch(name, epoch, 1, 1, BatchKind.EVENTS, dataset, line))
            return
        first_seq = 2 if promise == END else 1
        body: dict[str, Any] = {_SOURCE: promise}
        transport.send(Batch(name, epoch, first_seq, 0, BatchKind.PROMISE, dataset, orjson.dumps(body)))

    def _open(self) -> None:
        self._store = SqliteEventStore(self._home.events, clock=self._clock)
        self._correlator = Correlator(self._home, rules=self.rules, store=self._store, clock=self._clock)

    def close(self) -> None:
        """Close the files; `run` opens none again."""
        self._correlator.close()
        self._store.close()
