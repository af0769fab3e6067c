"""Fixtures of the incident API: the example city on SQLite, and where a server can be had on PostgreSQL too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Lines, city, keep_template


@pytest.fixture
def clock() -> ManualClock:
    """Monday morning, and it moves only when told."""
    return ManualClock(START_US)


@pytest.fixture(scope="session", autouse=True)
def template(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Migrate once."""
    keep_template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def runtime(tmp_path: Path, clock: ManualClock) -> Iterator[Runtime]:
    """The example city in which everybody has a log-in."""
    lines = Lines(**{"gateway-1-1": {"@timestamp": "2026-11-23T02:00:00.000000Z", "event": {"id": "gateway-1-1"}}})
    with city(tmp_path, clock=clock, events=lines) as made:
        yield made
