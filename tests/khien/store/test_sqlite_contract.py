"""SQLite under the contract of all event stores."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from khien.clock import ManualClock
from khien.store import EventStore
from khien.store.sqlite.store import SqliteEventStore
from tests.khien.store.contract import EventStoreContract
from tests.khien.store.made_events import START


class TestSqliteEventStore(EventStoreContract):
    """Runs every test of the contract."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[EventStore]:
        store = SqliteEventStore(tmp_path / "events", clock=ManualClock(START))
        yield store
        store.close()
