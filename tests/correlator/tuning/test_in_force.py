"""A running correlator takes up an exception without a restart, counts what it took away, and lets it go when it expires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from correlator.rule_tests.inputs import inline
from correlator.runtime import Correlator
from correlator.tuning.counts import hits_by_entry
from correlator.tuning.entry import DAY_US
from correlator.tuning.in_force import Tuning
from correlator.tuning.journal import Action
from khien.clock import SystemClock
from khien.delivery import END, Batch, BatchKind
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore
from tests.correlator.tuning.test_fold import SUPPRESSION
from tests.correlator.tuning.test_tuned import DESK, exception
from tests.correlator.tuning.tuning_rules import ROOT_LOGIN, write


@dataclass
class Clock(SystemClock):
    """The system's, with an hour that a test can set."""

    shift_us: int = 0

    def now_us(self) -> int:
        return super().now_us() + self.shift_us


@dataclass
class Running:
    correlator: Correlator
    home: Home
    clock: Clock
    runs: int = 0

    def alerts(self, *sources: str, at: str = "0s") -> list[tuple[str, str, int]]:
        """What a fresh import of root log-ins from these addresses says."""
        self.runs += 1
        name = f"{self.runs:016x}"
        lines = inline(
            {"event": {"dataset": "host.auth", "action": "login"}, "user.name": "root", "at": at},
            [{"source.ip": one} for one in sources],
        )
        transport = self.correlator.transport(name)
        transport.send(Batch(name, 1, 1, len(lines), BatchKind.EVENTS, f"import:{name}", b"".join(lines)))
        transport.send(Batch(name, 1, len(lines) + 1, 0, BatchKind.PROMISE, f"import:{name}", b'{"case":%d}' % END))
        self.correlator.run_until_idle()
        return sorted(
            (one.rule.name, one.group.values[0], one.hits)
            for one in self.correlator.alerts(f"import:{name}")
            if one.rule.name == "root_login"
        )


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    home, clock = Home(tmp_path / "home"), Clock()
    store = SqliteEventStore(home.events, clock=clock)
    rules = [write(tmp_path / "rules")]
    correlator = Correlator(home, rules=rules, store=store, clock=clock, tuning=Tuning(home.tuning, clock=clock))
    yield Running(correlator, home, clock)
    correlator.close()
    store.close()


def test_an_exception_is_taken_up_counted_and_let_go(running: Running) -> None:
    tuning = running.correlator.tuning
    assert tuning is not None
    assert running.alerts("10.1.2.3", "192.0.2.9") == [("root_login", "10.1.2.3", 1), ("root_login", "192.0.2.9", 1)]
    now_us = running.clock.now_us()
    entry = replace(exception(when=DESK), id="", created_us=now_us, expires_us=now_us + DAY_US)
    added = tuning.journal.append(Action.ADD, entry, actor="an")
    assert running.correlator.retune()
    assert not running.correlator.retune()
    assert running.alerts("10.1.2.3", "10.1.2.3", "192.0.2.9") == [("root_login", "192.0.2.9", 1)]
    assert hits_by_entry(running.home) == {added.id: 2}
    running.clock.shift_us = 2 * DAY_US
    assert running.correlator.retune()
    assert running.alerts("10.1.2.3") == [("root_login", "10.1.2.3", 1)]


def test_a_journal_that_was_changed_by_hand_silences_nothing_and_is_said(running: Running) -> None:
    tuning = running.correlator.tuning
    assert tuning is not None
    now_us = running.clock.now_us()
    tuning.journal.append(
        Action.ADD,
        replace(exception(when={"source.ip": ("192.0.2.9",)}), id="", created_us=now_us, expires_us=now_us + DAY_US),
        actor="an",
    )
    path = tuning.journal.path
    path.write_bytes(path.read_bytes().replace(b"192.0.2.9", b"10.1.2.3"))
    running.correlator.retune()
    assert tuning.fault == "line 1: was changed after it was written"
    assert running.alerts("10.1.2.3") == [("root_login", "10.1.2.3", 1)]


def test_a_suppression_makes_one_alert_of_many_in_the_store(running: Running) -> None:
    tuning = running.correlator.tuning
    assert tuning is not None
    entry = replace(SUPPRESSION, id="", rule_id=ROOT_LOGIN, created_us=0, expires_us=running.clock.now_us() + DAY_US)
    # In force from the beginning of time, because the events of a case are of their own day.
    tuning.journal.append(Action.ADD, entry, actor="an")
    running.correlator.retune()
    sources = ["192.0.2.9"] * 2
    name = f"{99:016x}"
    lines = [
        line
        for at in ("0s", "1h", "2h")
        for line in inline(
            {"event": {"dataset": "host.auth", "action": "login"}, "user.name": "root"},
            [{"source.ip": one, "at": at} for one in sources],
        )
    ]
    transport = running.correlator.transport(name)
    transport.send(Batch(name, 1, 1, len(lines), BatchKind.EVENTS, f"import:{name}", b"".join(lines)))
    transport.send(Batch(name, 1, len(lines) + 1, 0, BatchKind.PROMISE, f"import:{name}", b'{"case":%d}' % END))
    running.correlator.run_until_idle()
    found = [one for one in running.correlator.alerts(f"import:{name}") if one.rule.name == "root_login"]
    assert [(one.hits, one.event_count, len(one.event_ids)) for one in found] == [(6, 6, 6)]
    assert hits_by_entry(running.home) == {"T0001": 2}
