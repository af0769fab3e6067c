"""The list of revoked serials: believed at once, and never half."""

from __future__ import annotations

from pathlib import Path

import pytest

from khien.deny_list import DenyList
from khien.errors import KhienError


@pytest.fixture
def listed(tmp_path: Path) -> DenyList:
    found = DenyList(tmp_path / "revoked.txt")
    found.create()
    return found


def test_a_line_added_by_hand_counts_at_the_next_question(listed: DenyList) -> None:
    assert not listed.contains("abc123")
    with listed.path.open("a") as file:
        file.write("abc123  # by hand\n")
    assert listed.contains("abc123")


def test_adding_twice_writes_one_line(listed: DenyList) -> None:
    for _ in range(2):
        listed.add("abc123", date="2026-11-23", reason="lost")
    assert listed.path.read_text() == "# serial date reason\nabc123  2026-11-23  lost\n"


@pytest.mark.parametrize("content", [b"not-a-serial\n", b"ABC\n", b"\xff\xfe\n", b"a" * (4 << 20) + b"\n"])
def test_a_list_that_cannot_be_understood_lets_nobody_in(listed: DenyList, content: bytes) -> None:
    listed.path.write_bytes(content)
    with pytest.raises(KhienError) as caught:
        listed.contains("1")
    assert caught.value.code == "certificate.deny_list_unreadable"


def test_a_list_that_vanished_lets_nobody_in(listed: DenyList) -> None:
    listed.contains("1")
    listed.path.unlink()
    with pytest.raises(KhienError) as caught:
        listed.contains("1")
    assert caught.value.code == "certificate.deny_list_unreadable"


def test_a_serial_that_is_none_is_not_written(listed: DenyList) -> None:
    with pytest.raises(KhienError):
        listed.add("x y", date="2026-11-23", reason="")
    assert listed.path.read_text() == "# serial date reason\n"
