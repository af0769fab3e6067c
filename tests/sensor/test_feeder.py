"""Between sources and spool: accounts that balance, promises that wait for everybody, drops that are told."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from khien.clock import SystemClock
from khien.delivery import END, BatchKind
from sensor.feeder import Feeder
from sensor.ledger import Ledger, spooled_by_source
from sensor.record import Priority
from sensor.rejects import Reject, RejectFile
from sensor.sources.source import Hand, Position, SourceBatch
from sensor.spool import Spool
from tests.sensor.plain_lines import plain_event
from tests.sensor.test_spool import open_spool, read_all


@dataclass(slots=True)
class FakeSource:
    """Only its properties matter here."""

    name: str
    is_rereadable: bool = True
    priority: Priority = Priority.LOG

    def open(self) -> None:
        """Nothing."""

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


@dataclass(slots=True)
class Bench:
    """A feeder with its spool; `end` makes everything durable."""

    spool: Spool
    feeder: Feeder
    thread: threading.Thread

    def hand(self, *batches: SourceBatch) -> None:
        for given in batches:
            assert self.feeder.hand(given)

    def end(self) -> None:
        self.feeder.end()
        self.thread.join()

    def promises(self) -> list[dict[str, int]]:
        return [orjson.loads(item.body) for item in read_all(self.spool) if item.kind is BatchKind.PROMISE]


@contextmanager
def feeding(folder: Path, *sources: FakeSource, quota_bytes: int = 1 << 30) -> Iterator[Bench]:
    spool = open_spool(folder / "spool", quota_bytes=quota_bytes)
    ledger = Ledger.decode(spool.state)
    rejects = RejectFile(folder / "rejected.jsonl", size=ledger.rejects_bytes)
    feeder = Feeder(
        spool=spool, rejects=rejects, ledger=ledger, sources=sources, clock=SystemClock(), notice=lambda _event, _fields: None
    )
    feeder.announce()
    bench = Bench(spool, feeder, threading.Thread(target=feeder.run))
    bench.thread.start()
    try:
        yield bench
    finally:
        if bench.thread.is_alive():
            bench.end()
        spool.close()
        rejects.close()


def batch(
    source: str, *texts: str, rejects: int = 0, position: Position | None = None, promise_us: int | None = None
) -> SourceBatch:
    kept = tuple(Reject(source, f"line {number}", "parse_plain", b"raw") for number in range(rejects))
    lines = b"".join(plain_event(text) for text in texts)
    return SourceBatch(source, lines, len(texts), len(texts) + rejects, kept, position, promise_us)


def test_every_source_is_named_before_any_event_so_that_correlation_waits_for_all(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a"), FakeSource("b")) as bench:
        bench.hand(batch("a", "x", promise_us=END))
        bench.end()
        items = read_all(bench.spool)
        assert [(item.kind, item.first_seq) for item in items][:2] == [(BatchKind.PROMISE, 1), (BatchKind.EVENTS, 1)]
        assert bench.promises()[0] == {"a": 0, "b": 0}
        assert bench.promises()[-1] == {"a": END, "b": 0}


def test_a_source_that_is_no_more_is_ended(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a"), FakeSource("b")) as bench:
        bench.hand(batch("a", "x", promise_us=5), batch("b", "y", promise_us=5))
    with feeding(tmp_path, FakeSource("b")) as bench:
        bench.end()
        assert bench.promises()[-1] == {"a": END, "b": 5}


def test_a_promise_comes_behind_the_events_it_covers(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a")) as bench:
        for number in range(1, 40):
            bench.hand(batch("a", f"{number}", promise_us=number))
        bench.end()
        covered = 0
        for item in read_all(bench.spool):
            if item.kind is BatchKind.EVENTS:
                covered = item.next_seq - 1
            else:
                assert orjson.loads(item.body)["a"] <= covered
        assert bench.promises()[-1] == {"a": 39}


def test_the_accounts_balance_and_survive_with_the_events(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a"), FakeSource("b")) as bench:
        bench.hand(batch("a", "x", "y", rejects=3, position={"offset": 9}), batch("b", rejects=1), batch("a", "z"))
        bench.end()
        assert bench.feeder.ledger.balance() == 0
    with feeding(tmp_path, FakeSource("a"), FakeSource("b")) as bench:
        account = bench.feeder.ledger.account("a")
        assert (account.read, account.spooled, account.rejected) == (6, 3, {"parse_plain": 3})
        assert account.position == {"offset": 9}
        assert bench.feeder.ledger.account("b").rejected == {"parse_plain": 1}
    assert len((tmp_path / "rejected.jsonl").read_bytes().splitlines()) == 4


def test_rejects_alone_are_durable_without_any_event(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a")) as bench:
        bench.hand(batch("a", rejects=2, position={"offset": 40}))
    with feeding(tmp_path, FakeSource("a")) as bench:
        assert bench.feeder.ledger.account("a").position == {"offset": 40}
        assert bench.feeder.ledger.account("a").rejected == {"parse_plain": 2}


def test_a_full_quota_drops_live_events_by_class_counts_them_and_goes_on(tmp_path: Path) -> None:
    live = FakeSource("wire", is_rereadable=False, priority=Priority.FLOW)
    with feeding(tmp_path, live, quota_bytes=300_000) as bench:
        for number in range(4_000):
            bench.hand(batch("wire", os.urandom(200).hex() + str(number)))
        bench.end()
        account = bench.feeder.ledger.account("wire")
        assert account.spooled + account.dropped["quota_flow"] == 4_000
        assert account.balance == 0
        gaps = [item for item in read_all(bench.spool) if item.kind is BatchKind.GAP]
        assert sum(gap.count for gap in gaps) == account.dropped["quota_flow"] > 0
        assert bench.spool.next_seq == 4_001


def test_a_file_waits_for_room_instead_and_is_let_go_when_the_sensor_stops(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("file"), quota_bytes=300_000) as bench:
        taken: list[bool] = []

        def give() -> None:
            taken.extend(bench.feeder.hand(batch("file", os.urandom(400).hex())) for _ in range(4_000))

        giver = threading.Thread(target=give)
        giver.start()
        giver.join(1.5)
        assert giver.is_alive()
        bench.feeder.abandon()
        giver.join(5)
        assert not giver.is_alive()
        bench.end()
        assert bench.feeder.ledger.account("file").dropped == {}
        assert bench.feeder.ledger.account("file").spooled <= sum(taken) < 4_000


def test_a_full_disk_drops_live_events_until_there_is_room_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensor.feeder._FULL_PAUSE_SECONDS", 0.05)
    live = FakeSource("wire", is_rereadable=False)
    real = os.pwrite

    def no_space(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with feeding(tmp_path, live) as bench:
        monkeypatch.setattr(os, "pwrite", no_space)
        for number in range(200):
            bench.hand(batch("wire", str(number)))
            threading.Event().wait(0.002)
        monkeypatch.setattr(os, "pwrite", real)
        threading.Event().wait(0.3)
        bench.hand(batch("wire", "after"))
        bench.end()
        account = bench.feeder.ledger.account("wire")
        assert account.dropped["disk_full"] > 0
        assert account.balance == 0
        events = sum(item.count for item in read_all(bench.spool) if item.kind is BatchKind.EVENTS)
        gaps = sum(item.count for item in read_all(bench.spool) if item.kind is BatchKind.GAP)
        assert (events, gaps) == (account.spooled, account.dropped["disk_full"])
        assert events + gaps == 201


def test_a_record_says_how_much_of_each_source_stands_before_it(tmp_path: Path) -> None:
    with feeding(tmp_path, FakeSource("a"), FakeSource("b", priority=Priority.FLOW)) as bench:
        for number in range(30):
            bench.hand(batch("a", f"a{number}"), batch("b", f"b{number}", "more"))
        bench.end()
        seen = {"a": 0, "b": 0}
        for item in read_all(bench.spool):
            if item.kind is BatchKind.EVENTS:
                seen["a"] += item.body.count(b'"message":"a')
                seen["b"] += item.count - item.body.count(b'"message":"a')
            assert dict(spooled_by_source(item.state)) == seen
