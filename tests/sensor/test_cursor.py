"""The cursor survives a torn write, and knows when it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensor.cursor import Cursor, Mark


def marks(path: Path) -> Mark | None:
    cursor = Cursor(path)
    found = cursor.mark
    cursor.close()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cursor"


def write(path: Path, *seqs: int) -> None:
    cursor = Cursor(path)
    for seq in seqs:
        cursor.write(Mark(1, seq))
    cursor.close()


def test_the_newest_mark_is_read_again(path: Path) -> None:
    write(path, 1, 2, 3)
    assert marks(path) == Mark(1, 3)
    write(path, 4)
    assert marks(path) == Mark(1, 4)


@pytest.mark.parametrize("newest_slot", [0, 1])
def test_a_torn_write_leaves_the_mark_before(path: Path, newest_slot: int) -> None:
    write(path, *([1, 2] if newest_slot == 0 else [1, 2, 3]))
    before = marks(path)
    assert before is not None
    content = bytearray(path.read_bytes())
    content[newest_slot * 4096 + 20] ^= 1
    path.write_bytes(content)
    assert marks(path) == Mark(1, before.seq - 1)


@pytest.mark.parametrize("content", [b"", b"\0" * 10_000, b"garbage" * 2_000])
def test_a_cursor_of_nonsense_is_no_cursor(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    cursor = Cursor(path)
    assert cursor.mark is None
    assert cursor.is_lost
    cursor.write(Mark(2, 9))
    cursor.close()
    assert marks(path) == Mark(2, 9)
