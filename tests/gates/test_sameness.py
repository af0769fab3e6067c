"""The input that is shifted is the same input, only earlier."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from tests.gates.sameness import SHIFT, is_movable, move


def test_the_times_of_an_export_are_moved_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "host.json"
    text = '{"EventTime":"%s-09-22 14:53:01","@timestamp":"%s-09-22T18:53:04.182Z","Message":"on 2020-09-22 it was","port":2020}'
    path.write_text(text % ("2020", "2020"))
    assert move(path, tmp_path / "moved.json").read_text() == text % ("2015", "2015")


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_records_of_a_capture_are_moved_in_either_byte_order(tmp_path: Path, order: str) -> None:
    path = tmp_path / "a.pcap"
    header = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)
    records = [(1_600_000_000, b"abc"), (1_600_000_001, b"")]
    path.write_bytes(header + b"".join(struct.pack(f"{order}IIII", at, 7, len(data), len(data)) + data for at, data in records))
    assert is_movable(path)
    moved = move(path, tmp_path / "b.pcap").read_bytes()
    first = struct.unpack_from(f"{order}IIII", moved, 24)
    second = struct.unpack_from(f"{order}IIII", moved, 24 + 16 + 3)
    assert (first[0], second[0]) == (1_600_000_000 - SHIFT.total_seconds(), 1_600_000_001 - SHIFT.total_seconds())
    assert (first[1:], moved[:24], moved[40:43]) == ((7, 3, 3), header, b"abc")
