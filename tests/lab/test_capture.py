"""tcpdump's file becomes one pcapng: all packets, in order, with what was lost."""

import struct
from pathlib import Path

import pytest

from lab.capture import write_pcapng
from lab.command import LabError
from lab.frames import read_frames

_FRAME = bytes.fromhex("024b68010001024b680200010806") + bytes.fromhex("0001080006040001024b68020001") + bytes(14)


def _pcap(path: Path, *times: tuple[int, int], magic: int = 0xA1B2C3D4) -> Path:
    header = struct.pack("<IHHiIII", magic, 2, 4, 0, 0, 262_144, 1)
    records = [struct.pack("<IIII", seconds, micro, len(_FRAME), len(_FRAME) + 3) + _FRAME for seconds, micro in times]
    path.write_bytes(header + b"".join(records))
    return path


def test_packets_come_out_in_the_order_of_their_times(tmp_path: Path) -> None:
    source = _pcap(tmp_path / "a.pcap", (1_800_000_000, 7), (1_800_000_000, 5), (1_800_000_001, 0))
    summary = write_pcapng(source, tmp_path / "a.pcapng", dropped=4, comment="x")
    times = [frame.time_us for frame in read_frames(tmp_path / "a.pcapng")]
    assert times == [1_800_000_000_000_005, 1_800_000_000_000_007, 1_800_000_001_000_000]
    assert (summary.packets, summary.dropped) == (3, 4)


def test_a_frame_that_was_cut_is_still_known_as_cut(tmp_path: Path) -> None:
    write_pcapng(_pcap(tmp_path / "a.pcap", (1, 1)), tmp_path / "a.pcapng", dropped=0, comment="x")
    assert [frame.is_whole for frame in read_frames(tmp_path / "a.pcapng")] == [False]


def test_the_last_block_says_what_was_received_and_lost(tmp_path: Path) -> None:
    target = tmp_path / "a.pcapng"
    write_pcapng(_pcap(tmp_path / "a.pcap", (1, 1)), target, dropped=4, comment="x")
    data = target.read_bytes()
    (length,) = struct.unpack("<I", data[-4:])
    block = data[-length:]
    assert struct.unpack_from("<I", block) == (5,)
    # isb_ifrecv = 1 and isb_ifdrop = 4 (pcapng, section 4.6), 8 bytes each, then the end of options.
    assert block[20:-4] == struct.pack("<HHQHHQHH", 4, 8, 1, 5, 8, 4, 0, 0)


def test_a_day_without_packets_is_an_empty_capture_not_a_crash(tmp_path: Path) -> None:
    assert write_pcapng(_pcap(tmp_path / "a.pcap"), tmp_path / "a.pcapng", dropped=0, comment="x").packets == 0
    assert list(read_frames(tmp_path / "a.pcapng")) == []


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    source = _pcap(tmp_path / "a.pcap", (1, 1), magic=0xA1B23C4D)
    with pytest.raises(LabError, match="not a little-endian microsecond pcap"):
        write_pcapng(source, tmp_path / "a.pcapng", dropped=0, comment="x")
