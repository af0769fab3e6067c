"""The recording at the gateway's mirror port: tcpdump while it runs, one pcapng when it ends.

tcpdump writes classic pcap; the pcapng adds what a reader should know: which port, and how many packets were lost.
Written after draft-ietf-opsawg-pcapng, sections 4.1 to 4.3 and 4.6.
"""

import re
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.command import LabError
from lab.host import wait_until
from lab.network import MIRROR_OUT, inside
from lab.plan import GATEWAY

_PCAP_HEADER = struct.Struct("<IHHiIII")
_PCAP_RECORD = struct.Struct("<IIII")
_PCAP_MAGIC_MICROSECONDS = 0xA1B2C3D4
_SECTION, _INTERFACE, _STATISTICS, _PACKET = 0x0A0D0D0A, 1, 5, 6
_BYTE_ORDER_MAGIC = 0x1A2B3C4D
_OPTION_END, _OPTION_COMMENT = 0, 1
_INTERFACE_NAME, _INTERFACE_DESCRIPTION = 2, 3
_STATISTICS_RECEIVED, _STATISTICS_DROPPED = 4, 5
_SNAP_LENGTH = 262_144
_KERNEL_BUFFER_KIB = "65536"


@dataclass(frozen=True, slots=True)
class CaptureSummary:
    """What the recording holds."""

    packets: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Capture:
    """A capture that is running; `stop` ends it."""

    process: "subprocess.Popen[bytes]"
    path: Path
    errors: Path

    def stop(self) -> int:
        """Ends tcpdump after a last look for stragglers; returns how many packets the kernel dropped."""
        time.sleep(0.5)
        self.process.terminate()
        self.process.wait(timeout=10)
        found = re.search(r"(\d+) packets dropped by kernel", self.errors.read_text(encoding="utf-8"))
        if found is None:
            message = f"tcpdump did not say what it lost: {self.errors.read_text(encoding='utf-8').strip()}"
            raise LabError(message)
        return int(found.group(1))


def start(folder: Path) -> Capture:
    """Starts tcpdump on the mirror port and returns when it listens."""
    path, errors = folder / "mirror.pcap", folder / "tcpdump.txt"
    command = [
        "tcpdump",
        "-i",
        MIRROR_OUT,
        "-n",
        "-s",
        "0",
        "-U",
        "-B",
        _KERNEL_BUFFER_KIB,
        "-Z",
        "root",
        "-w",
        str(path),
    ]
    with errors.open("wb") as output:
        process = subprocess.Popen(inside(GATEWAY, "setpriv", "--pdeathsig", "KILL", *command), stdout=output, stderr=output)
    wait_until(lambda: "listening on" in errors.read_text(encoding="utf-8"), what="tcpdump")
    return Capture(process, path, errors)


def write_pcapng(source: Path, target: Path, *, dropped: int, comment: str) -> CaptureSummary:
    """Turns tcpdump's file into one pcapng with one interface; every packet is kept whole.

    Packets are put in the order of their times: on two processors the kernel may hand over two of them, a few
    microseconds apart, the other way round.
    """
    data = source.read_bytes()
    magic, _, _, _, _, _, link_type = _PCAP_HEADER.unpack_from(data)
    if magic != _PCAP_MAGIC_MICROSECONDS:
        message = "tcpdump wrote a file that is not a little-endian microsecond pcap"
        raise LabError(message)
    packets = sorted(_records(data), key=lambda packet: packet[0])
    with target.open("wb") as output:
        output.write(_section(comment) + _interface(link_type))
        for time_us, wire, content in packets:
            output.write(_packet(time_us, wire, content))
        last_us = packets[-1][0] if packets else 0
        output.write(_statistics(last_us, received=len(packets), dropped=dropped))
    return CaptureSummary(len(packets), dropped)


def _records(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    place = _PCAP_HEADER.size
    while place < len(data):
        seconds, fraction, captured, wire = _PCAP_RECORD.unpack_from(data, place)
        place += _PCAP_RECORD.size
        yield seconds * 1_000_000 + fraction, wire, data[place : place + captured]
        place += captured


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % 4)


def _option(code: int, content: bytes) -> bytes:
    return struct.pack("<HH", code, len(content)) + _padded(content)


def _block(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _section(comment: str) -> bytes:
    head = struct.pack("<IHHq", _BYTE_ORDER_MAGIC, 1, 0, -1)
    return _block(_SECTION, head + _option(_OPTION_COMMENT, comment.encode()) + _option(_OPTION_END, b""))


def _interface(link_type: int) -> bytes:
    words = "the gateway's mirror port: each frame once, as it enters the gateway"
    options = _option(_INTERFACE_NAME, MIRROR_OUT.encode()) + _option(_INTERFACE_DESCRIPTION, words.encode())
    head = struct.pack("<HHI", link_type, 0, _SNAP_LENGTH)
    return _block(_INTERFACE, head + options + _option(_OPTION_END, b""))


def _packet(time_us: int, wire: int, content: bytes) -> bytes:
    head = struct.pack("<IIIII", 0, time_us >> 32, time_us & 0xFFFFFFFF, len(content), wire)
    return _block(_PACKET, head + _padded(content))


def _statistics(time_us: int, *, received: int, dropped: int) -> bytes:
    counts = _option(_STATISTICS_RECEIVED, struct.pack("<Q", received))
    counts += _option(_STATISTICS_DROPPED, struct.pack("<Q", dropped))
    head = struct.pack("<III", 0, time_us >> 32, time_us & 0xFFFFFFFF)
    return _block(_STATISTICS, head + counts + _option(_OPTION_END, b""))
