"""Segments: what is intact is found, whatever stands around it."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensor.record import FRAME, Encoder, Priority, Record, RecordKind, checksum
from sensor.segment import Damage, Found, SegmentHeader, SegmentReader, read_header, segment_number

HEADER = SegmentHeader(epoch=3, number=7, first_seq=100, sensor="gateway", dataset="exercise:lab")


def record(first_seq: int, count: int = 2) -> bytes:
    body = "".join(f"event {first_seq + number}\n" for number in range(count)).encode()
    return Encoder().encode(Record(RecordKind.EVENTS, Priority.LOG, first_seq, count, b"{}", body))


def write(folder: Path, *parts: bytes) -> Path:
    path = folder / HEADER.file_name
    path.write_bytes(b"".join(parts))
    return path


def walk(path: Path, *, first_seq: int = 100) -> list[int | str]:
    """The seq of each intact record, `damage` for what is none."""
    head = read_header(path)
    assert head is not None
    reader = SegmentReader(path)
    items = list(reader.walk(start=head[1], limit=reader.size(), first_seq=first_seq))
    reader.close()
    return [item.frame.first_seq if isinstance(item, Found) else "damage" for item in items]


def test_the_checksum_is_crc32c_over_everything_but_itself() -> None:
    # RFC 3720, appendix B.4: CRC32C of 32 bytes of zeros is 8a9136aa.
    assert checksum(bytes(FRAME.size), bytes(32 - FRAME.size + 4)) == 0x8A9136AA
    data = record(100)
    # The layout of reliability design, section 3, read by hand.
    assert int.from_bytes(data[:4], "little") == len(data)
    assert int.from_bytes(data[8:16], "little") == 100
    assert (data[16], data[17], data[18], data[19]) == (2, 0, Priority.LOG, RecordKind.EVENTS)
    assert data[20:24] == bytes.fromhex("28b52ffd")  # the magic number of zstd (RFC 8878, section 3.1.1)


def test_a_header_comes_back_and_its_name_is_checked(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER.encode())
    assert read_header(path) == (HEADER, path.stat().st_size)
    assert segment_number(path) == (3, 7)
    other = path.rename(tmp_path / "0000000003-0000000008.seg")
    assert read_header(other) is None


@given(cut=st.integers(0, 200), flip=st.integers(0, 8 * 60 - 1))
@settings(max_examples=60, deadline=None)
def test_a_damaged_header_is_never_believed(tmp_path_factory: pytest.TempPathFactory, cut: int, flip: int) -> None:
    folder = tmp_path_factory.mktemp("header")
    content = bytearray(HEADER.encode())
    content[flip // 8 % len(content)] ^= 1 << flip % 8
    assert read_header(write(folder, bytes(content))) is None
    whole = HEADER.encode()
    assert (read_header(write(folder, whole[:cut])) is None) == (cut < len(whole))


@given(data=st.data())
@settings(max_examples=120, deadline=None)
def test_after_any_damage_every_other_record_is_found(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("segment")
    records = [record(100 + 2 * number) for number in range(8)]
    victim = data.draw(st.integers(0, 7))
    broken = bytearray(records[victim])
    kind = data.draw(st.sampled_from(("flip", "zero", "noise", "shorter", "longer")))
    if kind == "flip":
        bit = data.draw(st.integers(0, 8 * len(broken) - 1))
        broken[bit // 8] ^= 1 << bit % 8
    elif kind == "zero":
        broken = bytearray(len(broken))
    elif kind == "noise":
        broken = bytearray(data.draw(st.binary(min_size=1, max_size=200)))
    elif kind == "shorter":
        broken = broken[: data.draw(st.integers(1, len(broken) - 1))]
    else:
        broken += data.draw(st.binary(min_size=1, max_size=100))
    parts = [*records[:victim], bytes(broken), *records[victim + 1 :]]
    found = walk(write(folder, HEADER.encode(), *parts))
    seqs = [seq for seq in found if seq != "damage"]
    wanted = [100 + 2 * number for number in range(8) if number != victim or kind == "longer"]
    assert seqs == wanted
    assert found.count("damage") == 1


def test_a_long_run_of_zeros_is_passed_quickly(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER.encode(), record(100), bytes(20 << 20), record(102))
    began = time.monotonic()
    assert walk(path) == [100, "damage", 102]
    assert time.monotonic() - began < 2


def test_noise_that_is_full_of_likely_heads_ends_in_bounded_time(tmp_path: Path) -> None:
    chance = random.Random(5)
    noise = b"".join(chance.randbytes(6) + bytes(5) for _ in range(200_000))
    path = write(tmp_path, HEADER.encode(), record(100), noise, record(102))
    began = time.monotonic()
    assert walk(path) == [100, "damage", 102]
    assert time.monotonic() - began < 5


def test_a_record_that_claims_more_than_the_file_holds_is_damage_at_the_end(tmp_path: Path) -> None:
    path = write(tmp_path, HEADER.encode(), record(100), record(102)[:-1])
    head = read_header(path)
    assert head is not None
    reader = SegmentReader(path)
    start = head[1] + len(record(100))
    assert reader.next(at=start, limit=reader.size(), expected_seq=102) == Damage(start, reader.size())
    reader.close()
