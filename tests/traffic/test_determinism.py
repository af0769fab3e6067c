"""The same packets give the same lines, whatever holds them and however they are read."""

import gzip
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import pcap_bytes
from tests.engine.packet.reading import read
from tests.traffic import evasion, malformed, tunnels
from tests.traffic.case import CASES, Case

#: Imported for the cases that they register.
MODULES = (evasion, malformed, tunnels)
#: How a file may be read; the lines may not depend on it.
READINGS = (
    {"read_size": 4_096, "batch_lines": 1},
    {"batch_lines": 3, "batch_bytes": 65_536},
    {"workers": 2},
    {"workers": 3, "batch_lines": 2},
)
_START = 1_700_000_000
#: Exact in binary, so that every resolution writes the same time.
_STEP = 1 / 64


def _containers(folder: Path, frames: Sequence[bytes]) -> Iterator[Path]:
    timed = [(_START + number * _STEP, frame) for number, frame in enumerate(frames)]
    variants = {
        "little.pcap": pcap_bytes(timed),
        "big.pcap": pcap_bytes(timed, order=">"),
        "nano.pcap": pcap_bytes(timed, nanoseconds=True),
        "packed.pcap.gz": gzip.compress(pcap_bytes(timed)),
    }
    for name, content in variants.items():
        path = folder / name
        path.write_bytes(content)
        yield path
    path = folder / "blocks.pcapng"
    path.write_bytes(_blocks(timed))
    yield path


def _blocks(timed: Sequence[tuple[float, bytes]]) -> bytes:
    """A section header, an Ethernet interface and enhanced packets (draft-ietf-opsawg-pcapng, sections 4.1 to 4.3)."""

    def block(kind: int, body: bytes) -> bytes:
        length = 12 + len(body)
        return struct.pack("<II", kind, length) + body + struct.pack("<I", length)

    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)), block(1, struct.pack("<HHI", 1, 0, 65_535))]
    for time, frame in timed:
        high, low = divmod(round(time * 1_000_000), 2**32)
        head = struct.pack("<IIIII", 0, high, low, len(frame), len(frame))
        parts.append(block(6, head + frame + bytes(-len(frame) % 4)))
    return b"".join(parts)


def _lines(path: Path, **options: int) -> bytes:
    return read(str(path), PacketSettings(checksums="off", **options)).lines  # type: ignore[arg-type]  # all are numbers


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_neither_container_nor_reading_shows_in_the_lines(case: Case, tmp_path: Path) -> None:
    first, *others = _containers(tmp_path, list(case.frames()))
    wanted = _lines(first)
    assert wanted.endswith(b"\n")
    for path in others:
        assert _lines(path) == wanted, path.name
    for options in READINGS:
        assert _lines(first, **options) == wanted, options
