"""A followed log through rotation, truncation, reused inodes and half lines; nothing lost, nothing twice."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from khien.clock import SystemClock
from khien.delivery import LINE_BYTES
from khien.errors import KhienError
from sensor.sources.follow import FollowedLog, _OpenFile
from tests.sensor.plain_lines import START_US, PlainParser
from tests.sensor.sources.collecting import Collected, collect, running

Notices = list[tuple[str, dict[str, str | int]]]


def followed(path: Path, *, is_once: bool = False, notices: Notices | None = None) -> FollowedLog:
    kept = [] if notices is None else notices
    return FollowedLog(
        path,
        name="app.log",
        make_parser=partial(PlainParser, "app.log"),
        clock=SystemClock(),
        notice=lambda event, fields: kept.append((event, fields)),
        is_once=is_once,
        grace_seconds=0.05,
    )


def add(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "app.log"


def test_a_file_that_comes_later_is_read_from_its_first_line(log: Path) -> None:
    with running(followed(log)) as found:
        add(log, "a\nb\n")
        found.wait(lambda: found.texts == ["a", "b"])


def test_a_line_in_two_parts_is_one_event(log: Path) -> None:
    add(log, "first\nhal")
    with running(followed(log)) as found:
        found.wait(lambda: found.texts == ["first"])
        assert found.position is not None
        assert found.position["offset"] == len("first\n")
        add(log, "f a line\n")
        found.wait(lambda: len(found.texts) == 2)
        assert found.texts == ["first", "half a line"]


def test_rotation_by_rename_finishes_the_old_file_first(log: Path) -> None:
    add(log, "a\n")
    with running(followed(log)) as found:
        found.wait(lambda: found.texts == ["a"])
        old = log.rename(log.with_name("app.log.1"))
        add(old, "written after the rename\n")
        add(log, "new\n")
        found.wait(lambda: len(found.texts) == 3)
        assert found.texts == ["a", "written after the rename", "new"]


def test_files_rotated_while_an_older_one_is_being_read_are_read_in_their_order(log: Path) -> None:
    add(log, "a\n")
    source = followed(log)
    with running(source) as found:
        found.wait(lambda: found.texts == ["a"])
        # Three rotations inside the grace of the first: the two in between never stand under the log's own name again.
        for number, text in enumerate(("b", "c", "d"), start=1):
            log.rename(log.with_name(f"app.log.{number}"))
            add(log, f"{text}\n")
        found.wait(lambda: len(found.texts) == 4)
        assert found.texts == ["a", "b", "c", "d"]


def test_the_last_line_of_a_rotated_file_needs_no_newline(log: Path) -> None:
    add(log, "a\nno newline")
    with running(followed(log)) as found:
        found.wait(lambda: found.texts == ["a"])
        log.rename(log.with_name("app.log.1"))
        add(log, "new\n")
        found.wait(lambda: len(found.texts) == 3)
        assert found.texts == ["a", "no newline", "new"]


def test_copytruncate_goes_on_with_the_new_content(log: Path) -> None:
    notices: Notices = []
    add(log, "a\nb\nc\n")
    with running(followed(log, notices=notices)) as found:
        found.wait(lambda: len(found.texts) == 3)
        os.truncate(log, 0)
        add(log, "d\n")
        found.wait(lambda: len(found.texts) == 4)
        assert found.texts == ["a", "b", "c", "d"]
    assert [event for event, _ in notices] == ["log_truncated"]


def test_a_truncated_file_that_is_already_longer_than_before_is_seen_by_its_head(log: Path) -> None:
    add(log, "a\nb\n")
    found = collect(followed(log, is_once=True))
    descriptor = os.open(log, os.O_WRONLY)
    os.ftruncate(descriptor, 0)
    os.write(descriptor, b"wholly new content, longer\nsecond\n")
    os.close(descriptor)
    again = collect(followed(log, is_once=True), position=found.position)
    assert again.texts == ["wholly new content, longer", "second"]


def test_an_open_file_knows_new_content_by_its_head_when_it_is_longer_than_before(log: Path) -> None:
    add(log, "a\nb\n")
    file = _OpenFile.open(log)
    assert file is not None
    file.offset = 4
    assert not file.was_replaced()
    add(log, "c\n")
    assert not file.was_replaced()
    log.write_text("wholly new content, longer\nsecond\n")
    assert file.was_replaced()
    file.close()


def test_after_a_restart_reading_goes_on_exactly_where_it_was(log: Path) -> None:
    add(log, "a\nb\n")
    first = collect(followed(log, is_once=True))
    add(log, "c\n")
    assert collect(followed(log, is_once=True), position=first.position).texts == ["c"]


def test_files_rotated_while_the_sensor_was_down_are_read_in_order(log: Path) -> None:
    add(log, "a\nb\n")
    first = collect(followed(log, is_once=True))
    add(log, "c\n")
    log.rename(log.with_name("app.log.2"))
    add(log, "d\n")
    log.rename(log.with_name("app.log.1"))
    os.utime(log.with_name("app.log.2"), ns=(1, 1))
    add(log, "e\n")
    assert collect(followed(log, is_once=True), position=first.position).texts == ["c", "d", "e"]


def test_copytruncate_while_the_sensor_was_down_reads_the_rest_from_the_copy(log: Path) -> None:
    add(log, "a\nb\n")
    first = collect(followed(log, is_once=True))
    add(log, "c\n")
    log.with_name("app.log.1").write_bytes(log.read_bytes())
    os.truncate(log, 0)
    add(log, "d\n")
    assert collect(followed(log, is_once=True), position=first.position).texts == ["c", "d"]


def test_a_reused_inode_with_other_content_is_read_from_its_beginning(log: Path) -> None:
    notices: Notices = []
    add(log, "a long first line of the old file\n")
    first = collect(followed(log, is_once=True))
    assert first.position is not None
    log.unlink()
    add(log, "b new file, other head, and longer than before\n")
    position = {**first.position, "inode": log.stat().st_ino}
    again = collect(followed(log, is_once=True, notices=notices), position=position)
    assert again.texts == ["b new file, other head, and longer than before"]
    assert [event for event, _ in notices] == ["log_rotated_away"]


def test_what_was_compressed_meanwhile_is_told(log: Path) -> None:
    notices: Notices = []
    add(log, "a\n")
    first = collect(followed(log, is_once=True))
    log.rename(log.with_name("app.log.1.gz"))
    add(log, "b\n")
    found = collect(followed(log, is_once=True, notices=notices), position=first.position)
    assert found.texts == ["b"]
    assert [event for event, _ in notices] == ["log_rotated_away"]


def test_a_line_longer_than_a_line_may_be_is_rejected_once_and_the_next_is_read(log: Path) -> None:
    log.write_bytes(b"before\n" + b"x" * 3_000_000 + b"\nafter\n")
    found = collect(followed(log, is_once=True))
    assert found.texts == ["before", "after"]
    assert [(reason, len(raw)) for reason, raw in found.rejects] == [("too_large", LINE_BYTES)]
    assert found.read == 3
    assert found.position is not None
    assert found.position["offset"] == log.stat().st_size


def test_rejected_lines_are_kept_raw_and_the_account_balances(log: Path) -> None:
    log.write_bytes(b"good\nbad \xff\x00 line\n\n   \ngood again\n")
    found = collect(followed(log, is_once=True))
    assert found.texts == ["good", "good again"]
    assert found.rejects == [("parse_plain", b"bad \xff\x00 line")]
    assert found.read == 3


def test_a_busy_file_promises_its_last_time_less_five_seconds_and_a_quiet_one_the_clock(log: Path) -> None:
    add(log, f"a t={START_US}\nb t={START_US + 7_000_000}\n")
    with running(followed(log)) as found:
        found.wait(lambda: len([batch for batch in found.batches if batch.promise_us is not None]) >= 3)
    promises = [batch.promise_us for batch in found.batches if batch.promise_us is not None]
    assert promises[:2] == [START_US - 5_000_000, START_US + 2_000_000]
    now_us = SystemClock().now_us()
    assert now_us - 30_000_000 < promises[-1] < now_us - 4_000_000


def test_a_promise_never_goes_back(log: Path) -> None:
    add(log, f"a t={START_US + 60_000_000}\n")
    with running(followed(log)) as found:
        found.wait(lambda: len(found.texts) == 1)
        add(log, f"late t={START_US}\n")
        found.wait(lambda: len(found.texts) == 2)
    promises = [batch.promise_us for batch in found.batches if batch.promise_us is not None]
    assert promises == sorted(promises)


def test_a_folder_instead_of_a_file_is_one_clear_error(tmp_path: Path) -> None:
    folder = tmp_path / "app.log"
    folder.mkdir()
    with pytest.raises(KhienError) as caught:
        collect(followed(folder, is_once=True))
    assert caught.value.code == "input.unreadable"


def test_a_log_in_a_folder_that_does_not_exist_is_told_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(KhienError) as caught:
        followed(tmp_path / "nowhere" / "app.log").open()
    assert caught.value.code == "input.not_found"


def test_many_lines_are_given_in_pieces_that_fit_into_a_record(log: Path) -> None:
    log.write_text("".join(f"{number}\n" for number in range(10_000)))
    found: Collected = collect(followed(log, is_once=True))
    assert found.texts == [str(number) for number in range(10_000)]
    assert max(batch.count for batch in found.batches) <= 1_000
