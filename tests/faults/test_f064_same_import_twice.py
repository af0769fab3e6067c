"""F064: the same import a second time: no new event, no new alert, every event a duplicate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from correlator.runtime import Correlator
from khien.alert import Alert
from khien.clock import SystemClock
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore
from tests.faults.correlator_victim import BAD_EVERY, DATASET, EVENTS, RULES, SENSOR, batches


def deliver_all(folder: Path) -> tuple[list[Alert], list[str], dict[str, Any], int]:
    home, clock = Home(folder), SystemClock()
    store = SqliteEventStore(home.events, clock=clock)
    correlator = Correlator(home, rules=[RULES], store=store, clock=clock)
    transport = correlator.transport(SENSOR)
    for batch in batches():
        transport.send(batch)
    correlator.run_until_idle()
    alerts, events = list(correlator.alerts(DATASET)), list(store.event_ids(DATASET))
    ledger, delivered = correlator.ledger().as_json(), sum(correlator.outbox.delivered.values())
    correlator.close()
    store.close()
    return alerts, events, ledger, delivered


@pytest.mark.fault("F064")
def test_the_second_import_brings_nothing_new(tmp_path: Path) -> None:
    alerts, events, ledger, _ = deliver_all(tmp_path)
    again, events_again, ledger_again, delivered_again = deliver_all(tmp_path)
    assert alerts
    assert (again, events_again, delivered_again) == (alerts, events, 0)
    assert (ledger["duplicates"], ledger_again["duplicates"]) == (0, EVENTS)
    assert ledger_again["stored"] == ledger["stored"] == EVENTS - EVENTS // BAD_EVERY
    assert ledger_again["balanced"]
    assert ledger_again["matches"] == ledger["matches"]
