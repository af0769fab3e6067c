"""What the correlator's process says aloud, and what `khien health --correlator` reads from its status file."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson
import pytest

from correlator.service import CorrelatorService, CorrelatorSettings
from khien.app.command import Context
from khien.app.correlator_watch import CorrelatorWatch
from khien.app.feeding import feeding
from khien.app.health_command import correlator_said, correlator_status_path
from khien.certificates import CertificateAuthority
from khien.clock import MICROSECONDS, ManualClock, SystemClock
from khien.errors import KhienError
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(argparse.Namespace(), "en", Home(tmp_path / "home"))


@pytest.fixture
def service(context: Context, tmp_path: Path) -> Iterator[CorrelatorService]:
    authority = CertificateAuthority(tmp_path / "ca", city="hue")
    authority.deny_list.create()
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "broken.yml").write_text("title: [\n", encoding="utf-8")
    settings = CorrelatorSettings(
        home=context.home, rules=[rules], identity=authority.issue_server("ingest"), deny_list=authority.deny_list.path
    )
    store = SqliteEventStore(context.home.events, clock=SystemClock())
    with CorrelatorService(settings, store=store, clock=SystemClock()) as service:
        yield service
    store.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(SystemClock().now_us())


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_rule_that_is_off_is_said_once_and_in_the_health(
    context: Context, service: CorrelatorService, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = CorrelatorWatch(context, feed=None, clock=clock)
    for _ in range(3):
        watch(service)
        clock.advance(seconds=1)
    said = capsys.readouterr().err
    assert said.count("rules that are off: 1") == 1
    assert said.count("broken.yml") == 1
    assert "rules that are off: 1" in correlator_said(context)


def test_a_node_that_does_not_answer_is_said_once_and_is_in_the_health_until_it_is_back(
    context: Context, service: CorrelatorService, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    with feeding(context.home, url="http://127.0.0.1:1", clock=SystemClock()) as feed:
        assert feed is not None
        wait_for(lambda: feed.trouble is not None)
        watch = CorrelatorWatch(context, feed=feed, clock=clock)
        for _ in range(3):
            watch(service)
            clock.advance(seconds=1)
        assert capsys.readouterr().err.count(": elasticsearch: ") == 1
        with pytest.raises(KhienError) as caught:
            correlator_said(context)
        assert (caught.value.code, caught.value.entry.exit_status) == ("health.unwell", 5)
        assert "elasticsearch" in caught.value.sentence()
    feed.trouble = None
    watch(service)
    assert "elasticsearch is well again" in capsys.readouterr().err
    correlator_said(context)


def test_a_full_disk_is_said_once_whatever_its_words(
    context: Context, service: CorrelatorService, clock: ManualClock, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = CorrelatorWatch(context, feed=None, clock=clock)
    service.troubles = lambda: {"state": KhienError("correlation.state_unreadable", path="x", reason=str(clock.us))}  # type: ignore[method-assign]
    for _ in range(3):
        watch(service)
        clock.advance(seconds=1)
    assert capsys.readouterr().err.count("khien: error correlation.state_unreadable: state: ") == 1


def test_a_status_that_is_old_or_missing_or_damaged_is_not_well(
    context: Context, service: CorrelatorService, clock: ManualClock
) -> None:
    CorrelatorWatch(context, feed=None, clock=clock)(service)
    correlator_said(context)
    path = correlator_status_path(context.home)
    status = orjson.loads(path.read_bytes())
    for body in (
        orjson.dumps({**status, "time_us": status["time_us"] - 60 * MICROSECONDS}),
        b"{}",
        b"[",
    ):
        path.write_bytes(body)
        with pytest.raises(KhienError) as caught:
            correlator_said(context)
        assert caught.value.code == "health.unwell"
    path.unlink()
    with pytest.raises(KhienError):
        correlator_said(context)
