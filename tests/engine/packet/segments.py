"""Captures of single TCP segments between 10.0.0.1 (client) and 10.0.0.2, each with its numbers, flags and time."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass

from tests.engine.packet.framing import ipv4

#: Control bits (RFC 9293, section 3.1).
FIN, SYN, RST, ACK = 1, 2, 4, 16
_RAW = 101


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment; `at_us` counts from the begin of the capture."""

    client: bool
    sequence: int
    acknowledged: int = 0
    flags: int = ACK
    payload: bytes = b""
    at_us: int
    ports: tuple[int, int] = (40_000, 80)

    def packet(self) -> bytes:
        """An IPv4 packet; the sum of TCP is left out."""
        ports = self.ports if self.client else self.ports[::-1]
        numbers = (self.sequence % 2**32, self.acknowledged % 2**32)
        tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, self.flags, 0xFFFF, 0, 0) + self.payload
        ends = ("10.0.0.1", "10.0.0.2") if self.client else ("10.0.0.2", "10.0.0.1")
        return ipv4(tcp, protocol=6, source=ends[0], destination=ends[1])


def capture(segments: Iterable[Segment]) -> bytes:
    """A classic capture of raw IP packets."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, _RAW)]
    for segment in segments:
        seconds, rest = divmod(segment.at_us, 1_000_000)
        packet = segment.packet()
        parts.append(struct.pack("<IIII", 1_700_000_000 + seconds, rest, len(packet), len(packet)) + packet)
    return b"".join(parts)
