"""Frames made byte by byte: IP, UDP, tunnels. Sums are right where a decoder looks at them (IPv4 headers)."""

import struct
from ipaddress import IPv4Address, IPv6Address

#: Ethernet types.
IPV4, IPV6 = 0x0800, 0x86DD


def ethernet(kind: int, body: bytes, *, source: bytes = b"\x02\0\0\0\0\x01", destination: bytes = b"\x02\0\0\0\0\x02") -> bytes:
    """An Ethernet frame."""
    return destination + source + struct.pack(">H", kind) + body


def ipv4(
    body: bytes,
    *,
    protocol: int = 17,
    source: str = "10.0.0.1",
    destination: str = "10.0.0.2",
    number: int = 1,
    fragment: int = 0,
    options: bytes = b"",
    length: int | None = None,
) -> bytes:
    """A packet; `fragment` is flags and offset as on the wire, `length` a total that lies."""
    words = 5 + len(options) // 4
    total = 4 * words + len(body) if length is None else length
    ends = IPv4Address(source).packed + IPv4Address(destination).packed
    header = struct.pack(">BBHHHBBH", 0x40 | words, 0, total, number, fragment, 64, protocol, 0) + ends + options
    return header[:10] + struct.pack(">H", _sum(header)) + header[12:] + body


def ipv6(body: bytes, *, following: int = 17, source: str = "2001:db8::1", destination: str = "2001:db8::2") -> bytes:
    """A packet."""
    head = struct.pack(">IHBB", 6 << 28, len(body), following, 64)
    return head + IPv6Address(source).packed + IPv6Address(destination).packed + body


def udp(body: bytes, *, source: int = 40_000, destination: int = 53) -> bytes:
    """A datagram without a sum."""
    return struct.pack(">HHHH", source, destination, 8 + len(body), 0) + body


def tcp(*, flags: int, source: int = 40_000, destination: int = 80, options: bytes = b"") -> bytes:
    """A segment without payload and without a sum."""
    words = 5 + len(options) // 4
    return struct.pack(">HHIIBBHHH", source, destination, 1, 0, words << 4, flags, 8_192, 0, 0) + options


def gtp(body: bytes) -> bytes:
    """A user's packet in GTP version 1."""
    return struct.pack(">BBHI", 0x30, 0xFF, len(body), 7) + body


def vxlan(body: bytes, *, network: int = 42) -> bytes:
    """A frame of a virtual network."""
    return struct.pack(">II", 0x08 << 24, network << 8) + body


def geneve(kind: int, body: bytes, *, network: int = 42) -> bytes:
    """A packet or frame of a virtual network, with one option of eight bytes."""
    return struct.pack(">BBHI", 2, 0, kind, network << 8) + bytes(8) + body


def gre(kind: int, body: bytes) -> bytes:
    """A GRE header without options."""
    return struct.pack(">HH", 0, kind) + body


def _sum(header: bytes) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(header) // 2}H", header)
    total = sum(words)
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
