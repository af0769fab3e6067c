"""Captures for the packet tests: the test data, and small ones made here byte by byte."""

import os
import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def captures() -> Path:
    """The folder of captures in the test data."""
    found = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data")) / "pcap"
    if not found.is_dir():
        pytest.skip(f"no captures at {found}; set KHIEN_TEST_DATA to the folder of test data")
    return found


def udp_frame(payload: bytes, *, source: str = "10.0.0.1", port: int = 40_000) -> bytes:
    """An Ethernet frame with a UDP datagram to 10.0.0.53:53; sums are left out (UDP) or right (IP)."""
    udp = struct.pack(">HHHH", port, 53, 8 + len(payload), 0) + payload
    addresses = bytes(int(part) for part in source.split(".")) + bytes((10, 0, 0, 53))
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + addresses
    total = sum(struct.unpack(">10H", header))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    header = header[:10] + struct.pack(">H", ~total & 0xFFFF) + header[12:]
    return bytes(12) + b"\x08\x00" + header + udp


def dns_query(name: str, number: int = 1) -> bytes:
    """A DNS question for an A record (RFC 1035, section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def pcap_bytes(frames: Iterable[tuple[float, bytes]], *, order: str = "<", nanoseconds: bool = False) -> bytes:
    """A classic capture of Ethernet frames at times in seconds."""
    magic, unit = (0xA1B23C4D, 1_000_000_000) if nanoseconds else (0xA1B2C3D4, 1_000_000)
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65_535, 1)]
    for time, frame in frames:
        seconds, fraction = int(time), round((time - int(time)) * unit)
        parts.append(struct.pack(f"{order}IIII", seconds, fraction, len(frame), len(frame)) + frame)
    return b"".join(parts)


@pytest.fixture
def write_capture(tmp_path: Path) -> Callable[[bytes], str]:
    """Write bytes as a file and give its path."""

    def write(content: bytes) -> str:
        path = tmp_path / "input"
        path.write_bytes(content)
        return str(path)

    return write
