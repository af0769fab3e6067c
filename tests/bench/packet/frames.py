"""Frames made from the specifications: conversations for the large mix and for the instruction counts."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

SYN, ACK, PSH, FIN = 0x02, 0x10, 0x08, 0x01
_MAXIMUM_SEGMENT = 1_448
#: Sizes and weights of the classic Internet mix, frame bytes (7 : 4 : 1).
INTERNET_MIX = (64,) * 7 + (594,) * 4 + (1_518,)


@dataclass(frozen=True, slots=True)
class Ends:
    """Client and server of a conversation."""

    client: bytes
    server: bytes
    client_port: int
    server_port: int


def ends(number: int, server_port: int) -> Ends:
    """The ends of the conversation `number`: another client for each."""
    client = bytes([10, 1, (number >> 8) & 255, number & 255])
    return Ends(
        client=client, server=bytes([10, 2, 0, 1 + number % 250]), client_port=20_000 + number % 40_000, server_port=server_port
    )


def udp(between: Ends, payload: bytes, *, answer: bool = False) -> bytes:
    """One datagram."""
    ports = (between.server_port, between.client_port) if answer else (between.client_port, between.server_port)
    header = struct.pack(">HHHH", *ports, 8 + len(payload), 0)
    return _ethernet(_ipv4(between, 17, header + payload, answer=answer))


def tcp(between: Ends, turns: Sequence[tuple[bool, bytes]]) -> Iterator[bytes]:
    """A whole connection: handshake, `turns` of (whether the server speaks, bytes), each acknowledged, and both FINs."""
    numbers = {False: 1_000, True: 5_000}

    def segment(*, server: bool, flags: int, payload: bytes = b"") -> bytes:
        ports = (between.server_port, between.client_port) if server else (between.client_port, between.server_port)
        acknowledged = numbers[not server] if flags & ACK else 0
        header = struct.pack(">HHIIBBHHH", *ports, numbers[server], acknowledged, 0x50, flags, 65_535, 0, 0)
        numbers[server] += len(payload) + (1 if flags & (SYN | FIN) else 0)
        header = _with_sum(header, payload, between)
        return _ethernet(_ipv4(between, 6, header + payload, answer=server))

    yield segment(server=False, flags=SYN)
    yield segment(server=True, flags=SYN | ACK)
    yield segment(server=False, flags=ACK)
    for server, data in turns:
        for start in range(0, len(data), _MAXIMUM_SEGMENT):
            yield segment(server=server, flags=PSH | ACK, payload=data[start : start + _MAXIMUM_SEGMENT])
            if start // _MAXIMUM_SEGMENT % 2:
                yield segment(server=not server, flags=ACK)
        yield segment(server=not server, flags=ACK)
    yield segment(server=False, flags=FIN | ACK)
    yield segment(server=True, flags=FIN | ACK)
    yield segment(server=False, flags=ACK)


def dns_query(name: str, number: int) -> bytes:
    """A query for an address (RFC 1035, section 4)."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">HHHHHH", number & 0xFFFF, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", 1, 1)


def dns_answer(query: bytes) -> bytes:
    """The answer to it with one address."""
    return (
        query[:2]
        + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
        + query[12:]
        + struct.pack(">HHHIHI", 0xC00C, 1, 1, 300, 4, 0x0A020001)
    )


def http_request(path: str) -> bytes:
    """A request as a browser writes it."""
    return (
        f"GET {path} HTTP/1.1\r\nHost: cong.example\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0\r\n"
        "Accept: text/html,application/xhtml+xml\r\nAccept-Language: vi,en\r\nAccept-Encoding: gzip\r\n\r\n"
    ).encode()


def http_response(body: bytes) -> bytes:
    """Its answer."""
    head = f"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def tls_client_hello(name: str) -> bytes:
    """A TLS 1.2 hello with a server name (RFC 5246, 6066)."""
    host = name.encode()
    server_name = struct.pack(">HBH", len(host) + 3, 0, len(host)) + host
    extensions = struct.pack(">HH", 0, len(server_name)) + server_name
    extensions += struct.pack(">HHHHH", 10, 6, 4, 29, 23) + struct.pack(">HHHH", 13, 4, 2, 0x0403)
    ciphers = struct.pack(">5H", 0xC02B, 0xC02F, 0xC02C, 0xC030, 0x009C)
    body = struct.pack(">H", 0x0303) + bytes(range(32)) + b"\0" + struct.pack(">H", len(ciphers)) + ciphers
    body += b"\x01\0" + struct.pack(">H", len(extensions)) + extensions
    handshake = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(handshake)) + handshake


def tls_data(size: int) -> bytes:
    """Application data in whole records."""
    records = []
    for start in range(0, size, 16_384):
        length = min(16_384, size - start)
        records.append(b"\x17\x03\x03" + struct.pack(">H", length) + bytes(length))
    return b"".join(records)


def uplink() -> list[bytes]:
    """Large TLS downloads beside an Internet mix of datagrams, packet by packet in turn."""
    talks = [
        tcp(ends(number, 443), [(False, tls_client_hello("tai-lieu.example")), (True, tls_data(400_000))]) for number in range(64)
    ]
    datagrams = itertools.cycle(INTERNET_MIX)
    found: list[bytes] = []
    number = 0
    while talks:
        for talk in list(talks):
            frame = next(talk, None)
            if frame is None:
                talks.remove(talk)
                continue
            found.append(frame)
            number += 1
            if number % 4 == 0:
                found.append(udp(ends(number % 512, 4_500), bytes(next(datagrams) - 46)))
    return found


def _ipv4(between: Ends, protocol: int, payload: bytes, *, answer: bool) -> bytes:
    addresses = between.server + between.client if answer else between.client + between.server
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0x4000, 64, protocol, 0) + addresses
    total = _sum(header)
    return header[:10] + struct.pack(">H", total) + header[12:] + payload


def _ethernet(packet: bytes) -> bytes:
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + packet


def _with_sum(header: bytes, payload: bytes, between: Ends) -> bytes:
    """The header with its checksum: the sum over both ends does not depend on who speaks."""
    pseudo = between.client + between.server + struct.pack(">BBH", 0, 6, len(header) + len(payload))
    return header[:16] + struct.pack(">H", _sum(pseudo + header + payload)) + header[18:]


def _sum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f">{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
