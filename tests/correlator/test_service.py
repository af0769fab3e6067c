"""The service end to end: a sensor's certificate in, an alert out, and a clean end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest

from correlator.inventory_feed import InventoryFeed
from correlator.service import CorrelatorService, CorrelatorSettings, run_correlator
from khien.certificates import CertificateAuthority
from khien.clock import SystemClock, format_utc
from khien.delivery import END, Batch, BatchKind
from khien.errors import KhienError
from khien.event import encode
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore
from sensor.https import HttpsTransport
from tests.correlator.stream import RULES, SECOND
from tests.correlator.test_outbox import ListSink


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> CertificateAuthority:
    authority = CertificateAuthority(tmp_path_factory.mktemp("ca"), city="hue")
    authority.deny_list.create()
    return authority


@pytest.fixture
def settings(tmp_path: Path, authority: CertificateAuthority) -> CorrelatorSettings:
    return CorrelatorSettings(
        home=Home(tmp_path), rules=[RULES], identity=authority.issue_server("ingest"), deny_list=authority.deny_list.path
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteEventStore]:
    store = SqliteEventStore(Home(tmp_path).events, clock=SystemClock())
    yield store
    store.close()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def failure(time_us: int) -> bytes:
    return encode(
        {
            "@timestamp": format_utc(time_us),
            "event": {"kind": "event", "dataset": "host.auth", "action": "login", "outcome": "failure"},
            "source": {"ip": "203.0.113.9"},
            "process": {"name": "sshd"},
            "khien": {"schema": 1},
        }
    )


def test_eight_failures_over_mutual_tls_are_an_alert_within_five_seconds(
    settings: CorrelatorSettings, store: SqliteEventStore, authority: CertificateAuthority
) -> None:
    sink, clock = ListSink(), SystemClock()
    with CorrelatorService(settings, store=store, clock=clock, sinks=[sink]) as service:
        transport = HttpsTransport(service.url, identity=authority.issue_sensor("gate"), dataset="live", clock=clock)
        now_us = clock.now_us()
        events = [failure(now_us - 60 * SECOND + number * SECOND) for number in range(8)]
        transport.send(Batch("gate", 1, 1, 8, BatchKind.EVENTS, "live", b"".join(events)))
        transport.send(Batch("gate", 1, 9, 0, BatchKind.PROMISE, "live", orjson.dumps({"auth.log": END})))
        sent = time.monotonic()
        wait_for(lambda: bool(sink.given))
        assert time.monotonic() - sent < 5
        assert sink.given == [("203.0.113.9", 1)]
        assert service.correlator.ledger("live").is_balanced
        transport.close()
    assert service.failure is None
    assert store.count("live") == 8


def test_stopping_ends_every_thread(settings: CorrelatorSettings, store: SqliteEventStore) -> None:
    clock, stop = SystemClock(), threading.Event()
    before = set(threading.enumerate())
    runner = threading.Thread(target=run_correlator, args=(settings,), kwargs={"store": store, "clock": clock, "stop": stop})
    runner.start()
    wait_for(lambda: any(thread.name == "pump" for thread in threading.enumerate()))
    begin = time.monotonic()
    stop.set()
    runner.join(10)
    assert not runner.is_alive()
    assert time.monotonic() - begin < 10
    assert set(threading.enumerate()) - before - {runner} == set()


def test_what_ends_a_thread_is_raised_where_the_service_is_stopped(
    settings: CorrelatorSettings, store: SqliteEventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = CorrelatorService(settings, store=store, clock=SystemClock())

    def defect() -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(service.correlator, "step", defect)
    with pytest.raises(ZeroDivisionError), service:
        assert service.stopped.wait(10)


INVENTORY = b'{"version":"1","networks":[{"cidr":"192.0.2.0/24","asset":"portal","unit":"so-tttt"}],"assets":{}}'


def test_the_inventory_is_fetched_once_for_each_version_and_kept_for_a_restart(tmp_path: Path) -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("if-none-match"))
        return httpx.Response(304) if asked[-1] == '"1"' else httpx.Response(200, content=INVENTORY, headers={"etag": '"1"'})

    feed = InventoryFeed("https://api.test", identity=None, kept=tmp_path / "inventory.json", transport=httpx.MockTransport(answer))
    assert feed.last() is None
    document = feed.fetch()
    assert document == INVENTORY
    feed.keep(document)
    assert feed.fetch() is None
    assert asked == [None, '"1"']
    assert feed.last() == INVENTORY
    feed.close()


def test_an_api_without_an_inventory_leaves_the_last_one(tmp_path: Path) -> None:
    feed = InventoryFeed(
        "https://api.test", identity=None, kept=tmp_path / "i.json", transport=httpx.MockTransport(lambda _: httpx.Response(500))
    )
    feed.keep(INVENTORY)
    with pytest.raises(KhienError):
        feed.fetch()
    assert feed.last() == INVENTORY
    feed.close()


def test_on_the_first_start_no_event_is_stamped_before_the_inventory_has_come(
    settings: CorrelatorSettings, store: SqliteEventStore, authority: CertificateAuthority, tmp_path: Path
) -> None:
    is_up = threading.Event()

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=INVENTORY) if is_up.is_set() else httpx.Response(503)

    clock = SystemClock()
    api = replace(settings, incident_api_url="https://127.0.0.1:1", incident_api_identity=authority.issue_component("correlator"))
    service = CorrelatorService(api, store=store, clock=clock)
    service._feed = InventoryFeed(
        "https://api.test", identity=None, kept=tmp_path / "inventory.json", transport=httpx.MockTransport(answer)
    )
    line = failure(clock.now_us()).replace(b"203.0.113.9", b"192.0.2.7")
    with service:
        service.correlator.transport("gate").send(Batch("gate", 1, 1, 1, BatchKind.EVENTS, "live", line))
        time.sleep(0.5)  # nothing to wait for: nothing may happen
        assert store.count("live") == 0
        is_up.set()
        wait_for(lambda: store.count("live") == 1)
    (stored,) = store.get_events(["gate-1-1"]).values()
    assert orjson.loads(stored)["khien"]["unit"] == ["so-tttt"]
