"""The captures that readers are timed on, made by looping frames with other addresses and later times.

A loop rewrites IPv4 addresses without changing a checksum: what one half of an address gains, the other loses, in ones'
complement. A round of the mix lasts `ROUND_SECONDS` of packet time, so that flows end and records are written as they would be.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.bench.packet import frames

FOLDERS = ("suricata-verify", "zeek", "ndpi")
ROUND_SECONDS = 60
MAGIC = b"\xd4\xc3\xb2\xa1"
ETHERNET = 1
_START_US = 1_700_000_000_000_000
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Mix:
    """A capture file: its packets and bytes; `slice` is its beginning, for slow readers."""

    name: str
    path: Path
    packets: int
    size: int
    slice: Path


def make_captures_mix(folder: Path, data: Path, size: int, slice_packets: int) -> Mix:
    """The captures of the test data, Ethernet ones, in the order of their names."""
    return _write(folder, "captures", list(_frames_of(data)), size, slice_packets)


def make_large_mix(folder: Path, size: int, slice_packets: int) -> Mix:
    """Large TLS records beside an Internet mix of UDP sizes: what a data center's uplink looks like."""
    return _write(folder, "large", frames.uplink(), size, slice_packets)


def _frames_of(data: Path) -> Iterator[bytes]:
    """Whole frames of the plain little-endian captures."""
    for folder in FOLDERS:
        for path in sorted((data / "pcap" / folder).rglob("*.pcap")):
            content = path.read_bytes() if path.is_file() else b""
            if content[:4] != MAGIC or struct.unpack_from("<I", content, 20)[0] & 0x03FFFFFF != ETHERNET:
                continue
            at = 24
            while at + 16 <= len(content):
                captured, wire = struct.unpack_from("<II", content, at + 8)
                if captured == wire <= len(content) - at - 16:
                    yield content[at + 16 : at + 16 + captured]
                at += 16 + captured


def _write(folder: Path, name: str, sample: list[bytes], size: int, slice_packets: int) -> Mix:
    """Write at least `size` bytes, unless the same file is there already."""
    digest = hashlib.sha256(b"".join(sample)).hexdigest()[:16]
    path = folder / f"{name}-{size >> 20}-{digest}.pcap"
    slice_path = folder / f"{name}-slice-{slice_packets}-{digest}.pcap"
    rounds, packets = _rounds(sample, size)
    if not path.is_file():
        _write_file(path, sample, rounds * len(sample))
    if not slice_path.is_file():
        _write_file(slice_path, sample, slice_packets)
    return Mix(name=name, path=path, packets=packets, size=path.stat().st_size, slice=slice_path)


def _rounds(sample: list[bytes], size: int) -> tuple[int, int]:
    one = sum(16 + len(frame) for frame in sample)
    rounds = -(-size // one)
    return rounds, rounds * len(sample)


def _write_file(path: Path, sample: list[bytes], packets: int) -> None:
    step_us = ROUND_SECONDS * _MICROSECONDS // len(sample)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262_144, ETHERNET))
        for number in range(packets):
            turn, place = divmod(number, len(sample))
            moment = _START_US + number * step_us
            frame = _shifted(sample[place], turn)
            file.write(struct.pack("<IIII", moment // _MICROSECONDS, moment % _MICROSECONDS, len(frame), len(frame)))
            file.write(frame)
    part.rename(path)


def _shifted(frame: bytes, turn: int) -> bytes:
    """The frame between other IPv4 addresses, every checksum still right."""
    if turn == 0 or frame[12:14] != b"\x08\x00" or len(frame) < 34:
        return frame
    words = list(struct.unpack_from(">4H", frame, 26))
    for at in (0, 2):
        high, low = words[at] + turn, words[at + 1] + 0xFFFF - turn
        words[at], words[at + 1] = (high & 0xFFFF) + (high >> 16), (low & 0xFFFF) + (low >> 16)
    return frame[:26] + struct.pack(">4H", *words) + frame[34:]
