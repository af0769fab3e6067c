"""The spool against a plain list, through crashes, failing disks and lost numbers."""

from __future__ import annotations

import errno
import os
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from khien.delivery import BatchKind
from khien.errors import KhienError
from sensor.cursor import Mark
from sensor.reader import Item, SpoolReader, split_lines
from sensor.record import Priority
from sensor.spool import Spool, SpoolFullError

Notices = list[tuple[str, dict[str, Any]]]


def open_spool(folder: Path, notices: Notices | None = None, *, dataset: str = "live", quota_bytes: int = 1 << 30) -> Spool:
    kept = [] if notices is None else notices
    return Spool(
        folder,
        sensor="gateway",
        dataset=dataset,
        notice=lambda event, fields: kept.append((event, fields)),
        quota_bytes=quota_bytes,
    )


def append(spool: Spool, *texts: str, priority: Priority = Priority.LOG, state: bytes = b"{}") -> None:
    spool.append("".join(f"{text}\n" for text in texts).encode(), count=len(texts), priority=priority, state=state)


def read_all(spool: Spool, *, epoch: int = 1, after: int = 0) -> list[Item]:
    reader = SpoolReader(spool.catalogue)
    reader.seek(Mark(epoch, after))
    found = []
    while (item := reader.read()) is not None:
        found.append(item)
    reader.close()
    return found


def texts(items: list[Item]) -> list[str]:
    return [line.decode().rstrip("\n") for item in items if item.kind is BatchKind.EVENTS for line in split_lines(item.body)]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.seg"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


def test_events_come_out_in_order_with_numbers_from_one(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a", "b")
    append(spool, "c", priority=Priority.FLOW)
    spool.sync()
    items = read_all(spool)
    assert [(item.first_seq, item.count, item.priority) for item in items] == [(1, 2, Priority.LOG), (3, 1, Priority.FLOW)]
    assert texts(items) == ["a", "b", "c"]
    spool.close()


def test_nothing_can_be_read_before_it_is_durable(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a")
    assert read_all(spool) == []
    spool.sync()
    assert texts(read_all(spool)) == ["a"]
    spool.close()


def test_a_promise_never_overtakes_the_events_before_it(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a")
    spool.promise({"s": 7}, state=b"{}")
    append(spool, "b")
    spool.sync()
    assert [(item.kind, item.first_seq, item.count) for item in read_all(spool)] == [
        (BatchKind.EVENTS, 1, 1),
        (BatchKind.PROMISE, 2, 0),
        (BatchKind.EVENTS, 2, 1),
    ]
    spool.close()


def test_what_is_dropped_uses_up_its_numbers_and_says_why(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a")
    for count in (60_000, 5_000, 5_000):
        spool.drop(count, priority=Priority.FLOW, reason="quota_flow", state=b"{}")
    append(spool, "b")
    spool.sync()
    gaps = [item for item in read_all(spool) if item.kind is BatchKind.GAP]
    assert [(gap.first_seq, gap.count) for gap in gaps] == [(2, 65_000), (65_002, 5_000)]
    assert orjson.loads(gaps[0].body) == {"class": "flow", "reason": "quota_flow"}
    assert read_all(spool)[-1].first_seq == 70_002
    spool.close()


def test_numbers_and_state_go_on_after_a_restart(folder: Path) -> None:
    first = open_spool(folder)
    append(first, "a", "b", state=b'{"at":2}')
    first.close()
    again = open_spool(folder)
    assert (again.epoch, again.next_seq, again.state) == (1, 3, b'{"at":2}')
    append(again, "c")
    again.sync()
    assert texts(read_all(again)) == ["a", "b", "c"]
    again.close()


def test_a_record_carries_the_state_behind_its_last_lines(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a", state=b"1")
    append(spool, "b", state=b"2")
    spool.sync()
    assert [item.state for item in read_all(spool)] == [b"2"]
    spool.close()


def test_another_dataset_begins_another_segment_and_keeps_its_name(folder: Path) -> None:
    first = open_spool(folder, dataset="exercise:lab")
    append(first, "a")
    first.close()
    again = open_spool(folder)
    append(again, "b")
    again.sync()
    assert [item.dataset for item in read_all(again)] == ["exercise:lab", "live"]
    again.close()


def test_a_second_process_is_refused(folder: Path) -> None:
    spool = open_spool(folder)
    with pytest.raises(KhienError) as caught:
        open_spool(folder)
    assert caught.value.code == "spool.in_use"
    spool.close()


def test_the_spool_of_another_sensor_is_refused(folder: Path) -> None:
    spool = open_spool(folder)
    append(spool, "a")
    spool.close()
    with pytest.raises(KhienError) as caught:
        Spool(folder, sensor="other", dataset="live", notice=lambda _event, _fields: None)
    assert caught.value.code == "spool.other_sensor"


def test_a_flipped_bit_costs_its_record_and_is_told_as_a_gap(folder: Path) -> None:
    spool = open_spool(folder)
    for number in range(3):
        append(spool, f"event {number}", f"again {number}")
        spool.sync()
    place = segments(folder)[0]
    content = bytearray(place.read_bytes())
    second = content.index((3).to_bytes(8, "little"))  # first seq of the second record
    content[second + 30] ^= 4
    place.write_bytes(content)
    items = read_all(spool)
    assert texts(items) == ["event 0", "again 0", "event 2", "again 2"]
    gap = next(item for item in items if item.kind is BatchKind.GAP)
    assert (gap.first_seq, gap.count, orjson.loads(gap.body)) == (3, 2, {"class": "unknown", "reason": "crc"})
    spool.close()


def test_a_flipped_bit_survives_a_restart_as_the_same_gap(folder: Path) -> None:
    notices: Notices = []
    spool = open_spool(folder)
    for number in range(3):
        append(spool, f"event {number}")
        spool.sync()
    spool.close()
    place = segments(folder)[0]
    content = bytearray(place.read_bytes())
    content[content.index((2).to_bytes(8, "little")) - 8] ^= 1  # the length of the second record: where the next one is, is lost
    place.write_bytes(content)
    again = open_spool(folder, notices)
    assert [(item.kind, item.first_seq, item.count) for item in read_all(again)] == [
        (BatchKind.EVENTS, 1, 1),
        (BatchKind.GAP, 2, 1),
        (BatchKind.EVENTS, 3, 1),
    ]
    assert notices == []
    again.close()


def test_a_segment_deleted_by_hand_is_a_gap_with_its_range(folder: Path) -> None:
    for number in range(3):
        spool = open_spool(folder)
        append(spool, f"event {number}", f"again {number}")
        spool.close()
    segments(folder)[1].unlink()
    spool = open_spool(folder)
    items = read_all(spool)
    assert [(item.kind, item.first_seq, item.count) for item in items] == [
        (BatchKind.EVENTS, 1, 2),
        (BatchKind.GAP, 3, 2),
        (BatchKind.EVENTS, 5, 2),
    ]
    assert orjson.loads(items[1].body)["reason"] == "spool_gap"
    spool.close()


def test_a_segment_deleted_while_it_is_written_loses_only_itself(folder: Path) -> None:
    notices: Notices = []
    spool = open_spool(folder, notices)
    append(spool, "a")
    spool.sync()
    segments(folder)[0].unlink()
    append(spool, "b")
    spool.sync()
    assert [(item.kind, item.first_seq) for item in read_all(spool)] == [(BatchKind.GAP, 1), (BatchKind.EVENTS, 2)]
    assert notices[0][0] == "spool_segment_condemned"
    spool.close()


def test_a_failed_sync_condemns_the_segment_and_loses_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notices: Notices = []
    spool = open_spool(folder, notices)
    append(spool, "a")
    spool.sync()
    failed: list[int] = []
    real = os.fdatasync

    def fail_once(descriptor: int) -> None:
        if not failed:
            failed.append(descriptor)
            raise OSError(errno.EIO, "Input/output error")
        # The number may be used again, for another file.
        assert Path(f"/proc/self/fd/{descriptor}").readlink() != segments(folder)[0]
        real(descriptor)

    append(spool, "b")
    monkeypatch.setattr(os, "fdatasync", fail_once)
    spool.sync()
    assert texts(read_all(spool)) == ["a", "b"]
    assert len(segments(folder)) == 2
    assert notices == [("spool_segment_condemned", {"segment": segments(folder)[0].name, "reason": "Input/output error"})]
    spool.close()
    again = open_spool(folder)
    assert texts(read_all(again)) == ["a", "b"]
    again.close()


def test_a_full_disk_keeps_everything_in_memory_until_there_is_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = open_spool(folder)
    append(spool, "a")
    spool.sync()
    append(spool, "b")
    real = os.pwrite

    def no_space(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "pwrite", no_space)
    for _ in range(3):
        with pytest.raises(SpoolFullError):
            spool.sync()
    assert texts(read_all(spool)) == ["a"]
    monkeypatch.setattr(os, "pwrite", real)
    append(spool, "c")
    spool.sync()
    assert texts(read_all(spool)) == ["a", "b", "c"]
    spool.close()


def test_a_disk_that_fails_twice_is_one_clear_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = open_spool(folder)
    append(spool, "a")

    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", fail)
        with pytest.raises(KhienError) as caught:
            spool.sync()
    assert caught.value.code == "spool.unusable"
    spool.close()


def test_less_important_events_stop_first_when_the_quota_fills(folder: Path) -> None:
    spool = open_spool(folder, quota_bytes=40_000)
    refused: list[Priority] = []
    chance = random.Random(1)
    while len(refused) < 4 and spool.catalogue.size_bytes() < 60_000:
        append(spool, chance.randbytes(300).hex())
        spool.sync()
        refused += [priority for priority in Priority if priority not in refused and not spool.has_room(priority)]
    assert refused == [Priority.DEBUG, Priority.FLOW, Priority.LOG, Priority.ALERT]
    spool.close()


def test_a_cursor_ahead_of_the_spool_proves_a_loss_and_opens_a_new_epoch(folder: Path) -> None:
    notices: Notices = []
    spool = open_spool(folder)
    append(spool, "a", "b", "c")
    spool.sync()
    spool.acknowledge(Mark(1, 3))
    spool.close()
    for segment in segments(folder):
        segment.unlink()
    again = open_spool(folder, notices)
    assert (again.epoch, again.next_seq) == (2, 1)
    assert notices[0][0] == "spool_lost_events"
    again.close()


def test_a_new_epoch_renumbers_exactly_what_this_run_wrote(folder: Path) -> None:
    first = open_spool(folder)
    append(first, "old")
    first.close()
    spool = open_spool(folder)
    append(spool, "a", "b")
    spool.sync()
    spool.promise({"s": 1}, state=b"{}")
    append(spool, "c")
    spool.begin_epoch(5)
    append(spool, "d")
    spool.sync()
    assert texts(read_all(spool, epoch=1)) == ["old"]
    assert texts(read_all(spool, epoch=5)) == ["a", "b", "c", "d"]
    assert [item.first_seq for item in read_all(spool, epoch=5)] == [1, 3, 3, 4]
    spool.close()
    again = open_spool(folder)
    assert (again.epoch, again.next_seq) == (5, 5)
    assert texts(read_all(again, epoch=5)) == ["a", "b", "c", "d"]
    again.close()


@pytest.mark.parametrize("crash_at", range(5))
def test_a_crash_while_renumbering_leaves_each_event_once(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, crash_at: int
) -> None:
    spool = open_spool(folder)
    append(spool, "a", "b")
    spool.sync()
    # Crash at the n-th change of a name in the folder.
    calls = 0
    replace, unlink = Path.replace, Path.unlink

    def count() -> None:
        nonlocal calls
        calls += 1
        if calls > crash_at:
            message = "power cut"
            raise InterruptedError(message)

    def counted_replace(self: Path, target: Path) -> Path:
        count()
        return replace(self, target)

    def counted_unlink(self: Path, *, missing_ok: bool = False) -> None:
        count()
        unlink(self, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", counted_replace)
        patched.setattr(Path, "unlink", counted_unlink)
        with pytest.raises(InterruptedError) if crash_at < 4 else pytest.MonkeyPatch.context():
            spool.begin_epoch(2)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    spool.close()
    again = open_spool(copy)
    assert texts(read_all(again, epoch=1)) + texts(read_all(again, epoch=2)) == ["a", "b"]
    again.close()


class SpoolMachine(RuleBasedStateMachine):
    """Append, sync, crash (with any part of the unsynced bytes kept), read, acknowledge: always what a list would do."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="khien-spool-"))
        self.spool = open_spool(self.folder / "spool")
        self.durable: list[str | None] = []  # None: dropped on purpose
        self.pending: list[str | None] = []
        self.number = 0

    def teardown(self) -> None:
        if hasattr(self, "folder"):
            self.spool.close()
            shutil.rmtree(self.folder)

    @rule(count=st.integers(1, 40), priority=st.sampled_from(Priority), size=st.integers(0, 300))
    def append(self, count: int, priority: Priority, size: int) -> None:
        new = [f"{self.number + index} {'x' * size}" for index in range(count)]
        self.number += count
        self.pending += new
        append(self.spool, *new, priority=priority, state=str(len(self.durable) + len(self.pending)).encode())

    @rule(count=st.sampled_from((1, 5, 40_000)))
    def drop(self, count: int) -> None:
        self.pending += [None] * count
        state = str(len(self.durable) + len(self.pending)).encode()
        self.spool.drop(count, priority=Priority.FLOW, reason="quota_flow", state=state)

    @rule()
    def promise(self) -> None:
        self.spool.promise({"s": len(self.durable)}, state=str(len(self.durable) + len(self.pending)).encode())

    @rule()
    def sync(self) -> None:
        self.spool.sync()
        self.durable += self.pending
        self.pending = []

    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        """The process dies in the middle of writing: some bytes of what is pending reached the disk."""
        durable_end = {path: path.stat().st_size for path in segments(self.folder / "spool")}
        before = self.spool.catalogue.segments()
        self.spool.sync()
        written = [path for path in segments(self.folder / "spool") if path.stat().st_size > durable_end.get(path, 0)]
        # The lock must go, but nothing may be written in order: close the descriptors as a kill does.
        for descriptor in (self.spool._descriptor, self.spool._lock_descriptor):
            if descriptor is not None:
                os.close(descriptor)
        self.spool.cursor.close()
        for path in written:
            start = next((one.end for one in before if one.path == path), 0)
            whole = path.stat().st_size
            keep = data.draw(st.just(whole) | st.integers(start, whole), label="bytes that reached the disk")
            os.truncate(path, keep)
        self.spool = open_spool(self.folder / "spool")
        survived = self.spool.next_seq - 1
        assert len(self.durable) <= survived <= len(self.durable) + len(self.pending)
        self.durable = (self.durable + self.pending)[:survived]
        self.pending = []
        # State and events agree: a source goes on exactly behind what survived.
        assert self.spool.state in {b"{}", str(survived).encode()}

    @rule()
    def restart(self) -> None:
        self.spool.close()
        self.durable += self.pending
        self.pending = []
        self.spool = open_spool(self.folder / "spool")
        assert self.spool.state in {b"{}", str(len(self.durable)).encode()}

    @precondition(lambda self: self.durable)
    @rule(data=st.data())
    def read_from_any_mark(self, data: st.DataObject) -> None:
        after = data.draw(st.integers(0, len(self.durable)), label="mark")
        found: list[str | None] = []
        expected = after + 1
        for item in read_all(self.spool, after=after):
            assert item.first_seq == expected
            expected += item.count
            found += texts([item]) if item.kind is BatchKind.EVENTS else [None] * item.count
        assert found == self.durable[after:]

    @precondition(lambda self: self.durable)
    @rule(data=st.data())
    def acknowledge(self, data: st.DataObject) -> None:
        self.spool.acknowledge(Mark(1, data.draw(st.integers(0, len(self.durable)))))

    @invariant()
    def numbers_agree(self) -> None:
        if hasattr(self, "spool"):
            assert self.spool.next_seq == len(self.durable) + len(self.pending) + 1


TestSpoolMachine = pytest.mark.timeout(120)(SpoolMachine.TestCase)  # a machine under load is slow
TestSpoolMachine.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
