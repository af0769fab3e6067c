"""F061: duplicates inside a threshold window count once."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.runtime import Correlator
from khien.clock import SystemClock
from khien.delivery import Batch, BatchKind
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore
from tests.faults.correlator_victim import DATASET, RULES, SENSOR, lines, promise


def deliver(folder: Path, *, failures: int, times: int) -> tuple[int, int, bool]:
    """So many failures of one address, delivered so many times, then cut differently: alerts, duplicates, balance."""
    home, clock = Home(folder), SystemClock()
    store = SqliteEventStore(home.events, clock=clock)
    correlator = Correlator(home, rules=[RULES], store=store, clock=clock)
    transport = correlator.transport(SENSOR)
    events = lines()[: failures * 2 : 2]
    transport.send(promise(1, -(2**63)))
    for _ in range(times):
        transport.send(Batch(SENSOR, 1, 1, len(events), BatchKind.EVENTS, DATASET, b"".join(events)))
    transport.send(Batch(SENSOR, 1, 2, len(events) - 1, BatchKind.EVENTS, DATASET, b"".join(events[1:])))
    transport.send(promise(len(events) + 1, 2**63 - 1))
    correlator.run_until_idle()
    found = len(list(correlator.alerts(DATASET)))
    ledger = correlator.ledger()
    correlator.close()
    store.close()
    return found, ledger.total("duplicates"), ledger.is_balanced


@pytest.mark.fault("F061")
def test_seven_failures_delivered_five_times_are_no_eighth(tmp_path: Path) -> None:
    assert deliver(tmp_path, failures=7, times=5) == (0, 4 * 7 + 6, True)


@pytest.mark.fault("F061")
def test_eight_failures_delivered_five_times_are_one_alert(tmp_path: Path) -> None:
    assert deliver(tmp_path, failures=8, times=5) == (1, 4 * 8 + 7, True)
