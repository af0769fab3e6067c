"""Every answer of the contract, one step at a time, with a transport that a test holds in its hand."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khien.clock import ManualClock
from khien.delivery import Ack, Batch, BatchKind
from khien.errors import KhienError
from sensor.delivery import Delivery
from sensor.record import Priority
from sensor.rejects import RejectFile
from sensor.spool import Spool

Answer = Callable[[Batch], Ack | None]


@dataclass(slots=True)
class FakeCorrelator:
    """Section 3 of the contract as a few lines; `answer` may raise or answer first."""

    marks: dict[int, int] = field(default_factory=dict)
    taken: list[Batch] = field(default_factory=list)
    answer: Answer = lambda _batch: None
    asked: list[int] = field(default_factory=list)
    refuse_mark: KhienError | None = None

    def mark(self, epoch: int) -> Ack:
        self.asked.append(epoch)
        if self.refuse_mark is not None:
            raise self.refuse_mark
        return Ack(epoch, self.marks.get(epoch, 0), 0)

    def send(self, batch: Batch) -> Ack:
        answer = self.answer(batch)
        if answer is not None:
            return answer
        acked = self.marks.get(batch.epoch, 0)
        if batch.first_seq > acked + 1:
            raise KhienError("delivery.out_of_order", expected=acked + 1)
        self.taken.append(batch)
        self.marks[batch.epoch] = max(acked, batch.first_seq + batch.count - 1)
        return Ack(batch.epoch, self.marks[batch.epoch], 0)

    def lines(self) -> list[bytes]:
        return [line for batch in self.taken if batch.kind is BatchKind.EVENTS for line in batch.body.split(b"\n")[:-1]]


@dataclass(slots=True)
class Bench:
    """A spool, a delivery, a fake correlator and a clock that stands still."""

    folder: Path
    notices: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    clock: ManualClock = field(default_factory=lambda: ManualClock(1_000_000))
    far: FakeCorrelator = field(default_factory=FakeCorrelator)

    def open(self, *, dataset: str = "live") -> None:
        self.spool = Spool(self.folder / "spool", sensor="gateway", dataset=dataset, notice=self.notice)
        self.rejects = RejectFile(self.folder / "undeliverable.jsonl")
        self.delivery = Delivery(
            spool=self.spool,
            transport=self.far,
            rejects=self.rejects,
            clock=self.clock,
            notice=self.notice,
            chance=random.Random(1),
        )

    spool: Spool = field(init=False)
    rejects: RejectFile = field(init=False)
    delivery: Delivery = field(init=False)

    def notice(self, event: str, fields: dict[str, Any]) -> None:
        self.notices.append((event, fields))

    def close(self) -> None:
        self.delivery.close()
        self.spool.close()
        self.rejects.close()

    def write(self, *texts: str) -> None:
        self.spool.append(
            "".join(f"{text}\n" for text in texts).encode(), count=len(texts), priority=Priority.LOG, state=texts[-1].encode()
        )
        self.spool.sync()

    def run(self, *, steps: int = 200) -> list[float]:
        """Step until idle; returns the pauses that were asked for."""
        pauses: list[float] = []
        seen = self.delivery.idle_rounds
        for _ in range(steps):
            pause = self.delivery.step()
            if self.delivery.idle_rounds > seen:
                return pauses
            if pause:
                pauses.append(pause)
        message = "delivery did not come to rest"
        raise AssertionError(message)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path)
    made.open()
    yield made
    made.close()


def raising(*errors: KhienError) -> Answer:
    """Raise these, one a batch, then answer as usual."""
    left = list(errors)

    def answer(_batch: Batch) -> Ack | None:
        if left:
            raise left.pop(0)
        return None

    return answer


def test_small_records_are_joined_into_one_batch(bench: Bench) -> None:
    for number in range(50):
        bench.write(f"a{number}", f"b{number}")
    bench.run()
    assert [(batch.first_seq, batch.count) for batch in bench.far.taken] == [(1, 100)]
    assert bench.far.lines()[:3] == [b"a0", b"b0", b"a1"]


def test_no_batch_holds_more_than_1000_events_or_a_mebibyte(bench: Bench) -> None:
    bench.write(*(f"{number:04d}{'x' * 2_000}" for number in range(1_500)))
    bench.write(*map(str, range(2_500)))
    bench.run()
    assert len(bench.far.lines()) == 4_000
    assert max(batch.count for batch in bench.far.taken) == 1_000
    assert max(len(batch.body) for batch in bench.far.taken) <= 1 << 20


def test_delivery_goes_on_from_the_servers_mark_in_the_middle_of_a_record(bench: Bench) -> None:
    bench.far.marks[1] = 3
    bench.write("a", "b", "c", "d", "e")
    # The five were another run's: this spool had them when it was opened.
    bench.close()
    bench.open()
    bench.run()
    assert bench.far.lines() == [b"d", b"e"]


def test_a_server_that_lost_acknowledged_events_gets_them_again(bench: Bench) -> None:
    bench.write("a", "b", "c")
    bench.run()
    bench.far.marks[1] = 1
    bench.far.taken.clear()
    bench.far.answer = raising(KhienError("delivery.unreachable", server="s", reason="restarted"))
    bench.write("d")
    bench.run()
    assert bench.far.lines() == [b"b", b"c", b"d"]


def test_409_rewinds_without_a_pause(bench: Bench) -> None:
    bench.write("a", "b")
    bench.run()
    bench.far.marks[1] = 0
    bench.far.taken.clear()
    bench.write("c")
    assert bench.run() == []
    assert bench.far.lines() == [b"a", b"b", b"c"]
    assert bench.delivery.counts.rewinds == 1


def test_a_server_that_answers_409_for_ever_is_not_spun_at(bench: Bench) -> None:
    bench.write("a")

    def refuse(batch: Batch) -> Ack | None:
        raise KhienError("delivery.out_of_order", expected=batch.first_seq)

    bench.far.answer = refuse
    pauses = [bench.delivery.step() for _ in range(80)]
    assert sum(1 for pause in pauses if pause > 0) >= 8
    assert sum(pauses) > 10


def test_413_is_halved_until_it_fits(bench: Bench) -> None:
    bench.write(*map(str, range(100)))

    def at_most_30(batch: Batch) -> Ack | None:
        if batch.count > 30:
            raise KhienError("delivery.too_large", count=batch.count)
        return None

    bench.far.answer = at_most_30
    bench.run()
    assert bench.far.lines() == [str(number).encode() for number in range(100)]
    assert bench.delivery.counts.undeliverable == {}


def test_a_single_event_that_is_too_large_is_kept_aside_and_its_number_is_a_gap(bench: Bench) -> None:
    bench.write("a", "huge", "c")

    def not_huge(batch: Batch) -> Ack | None:
        if batch.kind is BatchKind.EVENTS and b"huge" in batch.body:
            raise KhienError("delivery.too_large", count=batch.count)
        return None

    bench.far.answer = not_huge
    bench.run()
    assert bench.far.lines() == [b"a", b"c"]
    gap = next(batch for batch in bench.far.taken if batch.kind is BatchKind.GAP)
    assert (gap.first_seq, gap.count, orjson.loads(gap.body)) == (2, 1, {"class": "log", "reason": "too_large"})


@settings(max_examples=25, deadline=None)
@given(size=st.integers(1, 40), bad=st.sets(st.integers(0, 39)))
def test_400_is_bisected_to_exactly_the_bad_events(tmp_path_factory: pytest.TempPathFactory, size: int, bad: set[int]) -> None:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    bench.open()
    bench.write(*(f"bad {number}" if number in bad else f"good {number}" for number in range(size)))

    def no_bad(batch: Batch) -> Ack | None:
        if batch.kind is BatchKind.EVENTS and b"bad" in batch.body:
            raise KhienError("delivery.batch_refused", reason="line frame")
        return None

    bench.far.answer = no_bad
    bench.run(steps=400)
    wanted = [f"good {number}".encode() for number in range(size) if number not in bad]
    refused = [number for number in range(size) if number in bad]
    assert bench.far.lines() == wanted
    assert bench.delivery.counts.undeliverable == ({"refused": len(refused)} if refused else {})
    kept = [orjson.loads(line) for line in (bench.folder / "undeliverable.jsonl").read_bytes().splitlines()]
    assert [reject["place"] for reject in kept] == [f"epoch 1 seq {number + 1}" for number in refused]
    assert bench.far.marks == {1: size}
    bench.close()


def only_live(batch: Batch) -> Ack | None:
    if batch.dataset != "live":
        raise KhienError("delivery.dataset_refused", sensor="gateway", dataset=batch.dataset)
    return None


def test_what_an_earlier_run_spooled_for_a_refused_dataset_is_kept_aside_and_delivery_goes_on(bench: Bench) -> None:
    bench.close()
    bench.open(dataset="exercise:foo")
    bench.write("a", "b")
    bench.spool.promise({"s": 7}, state=b"{}")
    bench.spool.drop(3, priority=Priority.FLOW, reason="quota_flow", state=b"{}")
    bench.spool.sync()
    bench.close()
    bench.open()
    bench.write("c")
    bench.far.answer = only_live
    assert bench.run() == []
    assert [(batch.kind, batch.first_seq, batch.count, batch.dataset) for batch in bench.far.taken] == [
        (BatchKind.GAP, 1, 2, "live"),
        (BatchKind.GAP, 3, 3, "live"),
        (BatchKind.EVENTS, 6, 1, "live"),
    ]
    assert orjson.loads(bench.far.taken[0].body) == {"class": "log", "reason": "dataset_forbidden"}
    assert bench.delivery.counts.undeliverable == {"dataset_forbidden": 2}
    kept = [orjson.loads(line) for line in (bench.folder / "undeliverable.jsonl").read_bytes().splitlines()]
    assert [(one["place"], one["reason"], base64.b64decode(one["raw"])) for one in kept] == [
        ("epoch 1 seq 1", "dataset_forbidden", b"a\n"),
        ("epoch 1 seq 2", "dataset_forbidden", b"b\n"),
    ]
    (fields,) = [fields for event, fields in bench.notices if event == "delivery_dataset_set_aside"]
    assert "khien serve --exercise-sensor gateway=exercise:foo" in fields["hint"]


def test_events_kept_aside_are_counted_once_when_their_gap_must_be_sent_again(bench: Bench) -> None:
    bench.close()
    bench.open(dataset="exercise:foo")
    bench.write("a", "b")
    bench.close()
    bench.open()
    failures = [KhienError("delivery.busy", retry_after_seconds=1)]

    def lose_one_gap(batch: Batch) -> Ack | None:
        if batch.kind is BatchKind.GAP and failures:
            raise failures.pop()
        return only_live(batch)

    bench.far.answer = lose_one_gap
    bench.run()
    assert bench.far.marks == {1: 2}
    assert bench.delivery.counts.undeliverable == {"dataset_forbidden": 2}
    assert len((bench.folder / "undeliverable.jsonl").read_bytes().splitlines()) == 2


def test_the_events_of_this_run_wait_until_its_dataset_is_allowed(bench: Bench) -> None:
    bench.close()
    bench.open(dataset="exercise:foo")
    bench.write("a")
    bench.far.answer = only_live
    assert [bench.delivery.step() for _ in range(4)] == [0.0, 60.0, 0.0, 60.0]
    assert bench.delivery.refusal is not None
    assert bench.delivery.counts.undeliverable == {}
    (fields,) = [fields for event, fields in bench.notices if event == "delivery_refused"]
    assert "khien serve --exercise-sensor gateway=exercise:foo" in fields["hint"]
    bench.far.answer = lambda _batch: None
    bench.run()
    assert bench.far.lines() == [b"a"]
    assert [event for event, _ in bench.notices] == ["delivery_refused", "delivery_resumed"]


def test_a_server_of_another_authority_is_told_once_and_asked_again(bench: Bench) -> None:
    bench.write("a")
    bench.far.refuse_mark = KhienError("delivery.untrusted_server", server="s", reason="self-signed")
    assert max(bench.delivery.step() for _ in range(5)) > 0
    ((event, fields),) = bench.notices
    assert (event, "khien setup --sensor" in fields["hint"]) == ("delivery_interrupted", True)
    bench.far.refuse_mark = None
    bench.run()
    assert bench.far.lines() == [b"a"]


def test_busy_waits_as_long_as_the_server_asks(bench: Bench) -> None:
    bench.write("a")
    bench.far.answer = raising(KhienError("delivery.busy", retry_after_seconds=20.0))
    (pause,) = bench.run()
    assert 20.0 <= pause <= 24.0
    assert bench.far.lines() == [b"a"]


def test_backoff_grows_with_full_jitter_and_stays_below_a_minute(bench: Bench) -> None:
    bench.far.refuse_mark = KhienError("delivery.unreachable", server="s", reason="connection refused")
    pauses = [bench.delivery.step() for _ in range(60)]
    assert max(pauses[:1]) <= 1
    assert max(pauses[:4]) <= 8
    assert 30 < max(pauses) <= 60
    assert min(pauses[10:]) < 20


def test_backoff_begins_anew_after_a_success(bench: Bench) -> None:
    bench.write("a")
    errors = [KhienError("delivery.unreachable", server="s", reason="reset") for _ in range(3)]
    for error in errors:
        bench.far.answer = raising(error)
        bench.write("b")
        assert max(bench.run()) <= 1


def test_a_refused_sensor_alarms_once_and_keeps_everything(bench: Bench) -> None:
    bench.write("a")
    bench.far.refuse_mark = KhienError("delivery.forbidden", reason="revoked", dataset="live")
    pauses = [bench.delivery.step() for _ in range(3)]
    assert pauses == [60.0, 60.0, 60.0]
    assert [event for event, _ in bench.notices] == ["delivery_refused"]
    assert bench.delivery.refusal is not None
    bench.far.refuse_mark = None
    bench.run()
    assert bench.far.lines() == [b"a"]
    assert bench.delivery.refusal is None


def test_an_answer_that_acknowledges_less_than_was_sent_is_no_acknowledgement(bench: Bench) -> None:
    bench.write("a", "b")
    answers = iter([Ack(1, 1, 0)])
    bench.far.answer = lambda _batch: next(answers, None)
    bench.run()
    assert bench.far.lines() == [b"a", b"b"]
    assert "not acknowledged" in bench.delivery.counts.last_error


def test_numbers_that_the_server_has_from_somebody_else_get_a_new_epoch(bench: Bench) -> None:
    bench.far.marks.update({1: 500, 2: 10})
    bench.write("a", "b")
    bench.run()
    assert bench.far.lines() == [b"a", b"b"]
    assert {batch.epoch for batch in bench.far.taken} == {3}
    assert (bench.spool.epoch, bench.spool.next_seq) == (3, 3)
    assert bench.notices[0] == ("delivery_epoch_taken", {"epoch": 1, "acknowledged": 500, "new_epoch": 3})


def test_an_older_epoch_is_delivered_before_a_newer_one(bench: Bench) -> None:
    bench.write("a")
    bench.spool.begin_epoch(2)
    bench.close()
    bench.open()
    bench.write("b")
    bench.spool.begin_epoch(4)
    bench.write("c")
    bench.run()
    assert [(batch.epoch, batch.first_seq, batch.body) for batch in bench.far.taken] == [
        (2, 1, b"a\n"),
        (4, 1, b"b\nc\n"),
    ]


def test_the_cursor_follows_and_what_was_acknowledged_is_known_by_its_state(bench: Bench) -> None:
    bench.write("a", "b")
    bench.run()
    bench.clock.advance(seconds=2)
    bench.run()
    assert bench.delivery.acknowledged_state == b"b"
    mark = bench.spool.cursor.mark
    assert mark is not None
    assert (mark.epoch, mark.seq) == (1, 2)


def test_a_promise_is_sent_behind_its_events_and_again_after_a_restart(bench: Bench) -> None:
    bench.write("a")
    bench.spool.promise({"s": 7}, state=b"{}")
    bench.spool.sync()
    bench.run()
    bench.close()
    bench.open()
    bench.run()
    assert [(batch.kind, batch.first_seq, batch.count, batch.body) for batch in bench.far.taken] == [
        (BatchKind.EVENTS, 1, 1, b"a\n"),
        (BatchKind.PROMISE, 2, 0, b'{"s":7}'),
        (BatchKind.PROMISE, 2, 0, b'{"s":7}'),
    ]
