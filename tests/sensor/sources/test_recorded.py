"""Recorded files: the same stream in any order, nothing twice after a crash at any step."""

from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest

from khien.delivery import END
from khien.errors import KhienError
from sensor.sources.recorded import Recorded, RecordedLog, in_order, parted
from sensor.sources.source import Position, SourceBatch
from tests.sensor.plain_lines import PlainParser, messages
from tests.sensor.sources.collecting import Collected, collect


def recorded(path: Path) -> Recorded:
    return Recorded(RecordedLog(path, path.name, partial(PlainParser, path.name)), name=path.name, path=path)


def test_a_file_promises_its_end_and_nothing_before(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{number}\n" for number in range(2_500)))
    found = collect(recorded(path))
    assert found.texts == [str(number) for number in range(2_500)]
    assert [batch.promise_us for batch in found.batches if batch.promise_us is not None] == [END]
    assert found.batches[-1].promise_us == END


@pytest.mark.parametrize("crash_after", range(1, 6))
def test_after_a_crash_at_any_step_the_rest_comes_once(tmp_path: Path, crash_after: int) -> None:
    path = tmp_path / "a.log"
    path.write_text("".join(f"{number}\n" if number % 7 else f"bad {number}\n" for number in range(4_500)))
    whole = collect(recorded(path))
    kept: list[SourceBatch] = []

    def crash(batch: SourceBatch) -> bool:
        if len(kept) == crash_after:
            return False
        kept.append(batch)
        return True

    source = recorded(path)
    source.open()
    source.run(position=None, hand=crash, stop=threading.Event())
    position: Position | None = kept[-1].position
    rest = collect(recorded(path), position=position)
    first = Collected(kept)
    assert first.texts + rest.texts == whole.texts
    assert first.rejects + rest.rejects == whole.rejects
    assert first.read + rest.read == whole.read == 4_500


def test_a_file_that_ended_before_only_promises_again(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("a\nb\n")
    again = collect(recorded(path), position=collect(recorded(path)).position)
    assert [(batch.count, batch.promise_us) for batch in again.batches] == [(0, END)]


def test_other_content_under_the_same_name_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("a\nb\n")
    position = collect(recorded(path)).position
    path.write_text("c\nd\n")
    assert collect(recorded(path), position=position).texts == ["c", "d"]


def test_the_order_of_the_files_follows_their_content_not_how_they_were_named(tmp_path: Path) -> None:
    paths = []
    for folder, content in (("x", "one\n"), ("y", "two\n"), ("z", "three\n")):
        path = tmp_path / folder / "a.log"
        path.parent.mkdir()
        path.write_text(content)
        paths.append(path)
    sources = [recorded(path) for path in paths]
    for source in sources:
        source.open()
    wanted = [source.path for source in sorted(sources, key=lambda source: source.content_hash)]
    assert [source.path for source in in_order(reversed(sources))] == wanted
    assert [source.path for source in in_order(sources)] == wanted


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda _path: None, "input.not_found"),
        (lambda path: path.touch(), "input.empty"),
        (lambda path: path.mkdir(), "input.unreadable"),
    ],
)
def test_what_cannot_be_an_input_is_one_clear_error(tmp_path: Path, make: object, code: str) -> None:
    path = tmp_path / "a.log"
    assert callable(make)
    make(path)
    with pytest.raises(KhienError) as caught:
        recorded(path).open()
    assert caught.value.code == code
    assert caught.value.params["path"] == str(path)


def test_a_batch_larger_than_a_record_is_parted_at_lines() -> None:
    lines = b"".join(b"%d\n" % number for number in range(2_345))
    steps = list(parted(lines, 2_345))
    assert [step.count for step in steps] == [1_000, 1_000, 345]
    assert b"".join(step.lines for step in steps) == lines
    wide = b"".join(b"%04d%s\n" % (number, b"x" * 50_000) for number in range(100))
    steps = list(parted(wide, 100))
    assert max(len(step.lines) for step in steps) <= 1 << 20
    assert b"".join(step.lines for step in steps) == wide
    assert sum(step.count for step in steps) == 100


def test_messages_of_the_plain_format_are_its_lines() -> None:
    assert messages([b'{"message":"a"}\n']) == ["a"]
