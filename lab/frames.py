"""A plain reader of the recorded capture, for the checks: pcapng blocks, Ethernet, IPv4, TCP and UDP.

It knows nothing of the writer in `lab.capture` nor of the product's engine; tests hold it against scapy.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

_BLOCK = struct.Struct("<II")
_PACKET = struct.Struct("<IIIII")
_SECTION_TYPE, _INTERFACE_TYPE, _STATISTICS_TYPE, _PACKET_TYPE = 0x0A0D0D0A, 1, 5, 6
_TYPE_IPV4, _TYPE_ARP = 0x0800, 0x0806
_ETHERNET_BYTES, _IPV4_BYTES = 14, 20
_PROTOCOLS = {1: "icmp", 6: "tcp", 17: "udp"}
_UDP_BYTES = 8


class BrokenRecordingError(Exception):
    """A file of the recording cannot be read as what it claims to be."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One captured frame, as far as the checks look. Ports are 0 where the protocol has none."""

    time_us: int
    source_mac: str
    protocol: str
    source: str
    destination: str
    source_port: int
    destination_port: int
    time_to_live: int
    payload: bytes
    is_whole: bool


def read_frames(path: Path) -> Iterator[Frame]:
    """All frames of a little-endian pcapng, in the order of the file; raises BrokenRecordingError on anything odd."""
    data = path.read_bytes()
    place = 0
    while place < len(data):
        kind, length = _BLOCK.unpack_from(data, place)
        if length < _BLOCK.size or length % 4 or place + length > len(data):
            message = f"{path.name}: a block at byte {place} claims {length} bytes"
            raise BrokenRecordingError(message)
        if kind == _PACKET_TYPE:
            _, high, low, captured, wire = _PACKET.unpack_from(data, place + _BLOCK.size)
            start = place + _BLOCK.size + _PACKET.size
            yield _frame((high << 32) | low, data[start : start + captured], is_whole=captured == wire)
        elif kind not in {_SECTION_TYPE, _INTERFACE_TYPE, _STATISTICS_TYPE}:
            message = f"{path.name}: an unexpected block of type {kind:#x} at byte {place}"
            raise BrokenRecordingError(message)
        place += length


def _frame(time_us: int, content: bytes, *, is_whole: bool) -> Frame:
    mac = content[6:12].hex(":")
    (kind,) = struct.unpack_from(">H", content, 12)
    packet = content[_ETHERNET_BYTES:]
    if kind == _TYPE_ARP:
        source, destination = (str(IPv4Address(packet[start : start + 4])) for start in (14, 24))
        return Frame(time_us, mac, "arp", source, destination, 0, 0, 0, b"", is_whole)
    if kind != _TYPE_IPV4:
        return Frame(time_us, mac, f"ethertype {kind:#06x}", "", "", 0, 0, 0, packet, is_whole)
    return _ipv4(time_us, mac, packet, is_whole=is_whole)


def _ipv4(time_us: int, mac: str, packet: bytes, *, is_whole: bool) -> Frame:
    header = (packet[0] & 0x0F) * 4
    total = struct.unpack_from(">H", packet, 2)[0]
    source, destination = (str(IPv4Address(packet[start : start + 4])) for start in (12, 16))
    protocol = _PROTOCOLS.get(packet[9], f"protocol {packet[9]}")
    segment = packet[header:total]
    ports, payload = (0, 0), segment
    if protocol in {"tcp", "udp"}:
        ports = struct.unpack_from(">HH", segment)
        skip = _UDP_BYTES if protocol == "udp" else (segment[12] >> 4) * 4
        payload = segment[skip:]
    return Frame(time_us, mac, protocol, source, destination, ports[0], ports[1], packet[8], payload, is_whole)
