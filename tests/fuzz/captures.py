"""Inputs for the fuzz targets from captures, at run time only: `python -m tests.fuzz.captures TO [CAPTURES]`.

Conversations go to the target of their port; whole captures go to the targets `capture` and (frame by frame) `frames`.
Nothing of this belongs into the tree: the captures have licences of their own.
"""

# ruff: noqa: T201 - a command line prints
from __future__ import annotations

import argparse
import hashlib
import os
import struct
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.engine.packet.conversation import Turn
from tests.fuzz.words import words

#: Most inputs for one target, bytes of one, and the largest capture that is read.
MOST_INPUTS, MOST_BYTES, LARGEST_CAPTURE = 400, 4_096, 4 << 20
_TCP, _UDP = 6, 17
_LINK_HEADERS: Mapping[int, int] = {1: 14, 101: 0, 12: 0, 228: 0, 229: 0, 113: 16, 0: 4}

#: Target and what stands before the words, by protocol of IP and port of the server.
TARGETS: Mapping[tuple[int, int], tuple[str, bytes]] = {
    (_TCP, 20): ("ftp_data", b"\0"),
    (_TCP, 21): ("ftp", b""),
    (_TCP, 22): ("ssh", b""),
    **dict.fromkeys(((_TCP, 25), (_TCP, 587), (_TCP, 2525)), ("smtp", b"\0")),
    (_TCP, 53): ("dns", b"\x03"),
    (_UDP, 53): ("dns", b"\0"),
    (_UDP, 5_353): ("dns", b"\x01"),
    (_UDP, 5_355): ("dns", b"\x02"),
    **dict.fromkeys(((_UDP, 67), (_UDP, 68)), ("dhcp", b"")),
    **dict.fromkeys(((_TCP, 80), (_TCP, 8_080)), ("conversation", b"")),
    (_TCP, 88): ("kerberos", b"\x01"),
    (_UDP, 88): ("kerberos", b"\0"),
    (_TCP, 110): ("pop3", b"\0"),
    (_UDP, 123): ("ntp", b""),
    (_TCP, 135): ("dcerpc", b"\0"),
    (_UDP, 135): ("dcerpc", b"\x01"),
    (_TCP, 143): ("imap", b"\0"),
    (_UDP, 161): ("snmp", b""),
    (_TCP, 389): ("ldap", b"\x01"),
    (_UDP, 389): ("ldap", b"\0"),
    **dict.fromkeys(((_TCP, 443), (_TCP, 465), (_TCP, 993)), ("tls", b"")),
    (_UDP, 443): ("quic", b"\0"),
    **dict.fromkeys(((_TCP, 445), (_TCP, 139)), ("conversation", b"")),
    (_TCP, 502): ("modbus", b""),
    **dict.fromkeys(((_TCP, port) for port in (5_222, 5_432, 6_667)), ("conversation", b"")),
    (_TCP, 1_080): ("socks", b"\0"),
    (_TCP, 1_883): ("mqtt", b"\0"),
    (_TCP, 3_389): ("rdp", b"\0"),
    (_UDP, 4_433): ("dtls", b""),
    (_UDP, 5_060): ("sip", b"\0"),
    (_TCP, 5_060): ("sip", b"\x01"),
    (_TCP, 20_000): ("dnp3", b""),
}


@dataclass(slots=True)
class _Talk:
    """One conversation as far as it is kept."""

    client: tuple[bytes, int]
    turns: list[Turn] = field(default_factory=list)
    size: int = 0


def frames(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Link type and bytes of every frame of a classic capture; other files have none."""
    order = {b"\xa1\xb2\xc3\xd4": ">", b"\xd4\xc3\xb2\xa1": "<", b"\xa1\xb2\x3c\x4d": ">", b"\x4d\x3c\xb2\xa1": "<"}.get(data[:4])
    if order is None or len(data) < 24:
        return
    link_type = struct.unpack_from(f"{order}I", data, 20)[0] & 0xFFFF
    place = 24
    while place + 16 <= len(data):
        length = struct.unpack_from(f"{order}I", data, place + 8)[0]
        yield link_type, data[place + 16 : place + 16 + length]
        place += 16 + length


def talks(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Targets and inputs of a capture."""
    found: dict[tuple[int, frozenset[tuple[bytes, int]]], _Talk] = {}
    places: dict[tuple[int, frozenset[tuple[bytes, int]]], tuple[str, bytes]] = {}
    for link_type, frame in frames(data):
        packet = _payload(link_type, frame)
        if packet is None:
            continue
        protocol, source, destination, payload = packet
        key = (protocol, frozenset((source, destination)))
        talk = found.get(key)
        if talk is None:
            talk = found[key] = _Talk(client=destination if (protocol, source[1]) in TARGETS else source)
            known = TARGETS.get((protocol, destination[1])) or TARGETS.get((protocol, source[1]))
            if known is not None:
                places[key] = known
        if payload and talk.size < MOST_BYTES:
            talk.turns.append((source == talk.client, payload))
            talk.size += len(payload) + 3
    for key, (target, prefix) in places.items():
        if found[key].turns:
            yield target, (prefix + words(found[key].turns))[:MOST_BYTES]


def _payload(link_type: int, frame: bytes) -> tuple[int, tuple[bytes, int], tuple[bytes, int], bytes] | None:
    packet = frame[_LINK_HEADERS[link_type] :] if link_type in _LINK_HEADERS else b""
    if link_type == 1 and frame[12:14] == b"\x81\x00":
        packet = packet[4:]
    if len(packet) >= 20 and packet[0] >> 4 == 4:
        start, protocol, ends = 4 * (packet[0] & 15), packet[9], (packet[12:16], packet[16:20])
        packet = packet[: int.from_bytes(packet[2:4], "big") or None]
    elif len(packet) >= 40 and packet[0] >> 4 == 6:
        start, protocol, ends = 40, packet[6], (packet[8:24], packet[24:40])
    else:
        return None
    segment = packet[start:]
    least = {_TCP: 20, _UDP: 8}.get(protocol)
    if least is None or len(segment) < least:
        return None
    ports = struct.unpack_from(">HH", segment)
    payload = segment[4 * (segment[12] >> 4) :] if protocol == _TCP else segment[8:]
    return protocol, (ends[0], ports[0]), (ends[1], ports[1]), payload


def _inputs(path: Path) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield from talks(data)
    if len(data) <= MOST_BYTES:
        yield "capture", data
    kinds = {1: b"\0\0", 101: b"\x03\0", 113: b"\x05\0", 276: b"\x06\0", 105: b"\x08\0", 127: b"\x09\0"}
    joined: defaultdict[bytes, bytes] = defaultdict(bytes)
    for link_type, frame in frames(data):
        kind = kinds.get(link_type)
        if kind is not None and len(frame) < 2_048 and len(joined[kind]) + len(frame) < MOST_BYTES // 2:
            joined[kind] += struct.pack(">H", len(frame)) + frame
    for kind, together in joined.items():
        yield "frames", kind + together


def main() -> None:
    """Writes the inputs and says how many."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("to", type=Path, help="folder of corpora, outside the tree")
    default = Path(os.environ.get("KHIEN_TEST_DATA", "../shared/data"))
    parser.add_argument("captures", type=Path, nargs="?", default=default)
    chosen = parser.parse_args()
    written: Counter[str] = Counter()
    for path in sorted(chosen.captures.rglob("*.pcap*")):
        if not path.is_file() or path.stat().st_size > LARGEST_CAPTURE:
            continue
        for target, content in _inputs(path):
            if written[target] >= MOST_INPUTS:
                continue
            folder = chosen.to / target
            folder.mkdir(parents=True, exist_ok=True)
            name = f"capture-{hashlib.sha256(content).hexdigest()[:24]}"
            if not (folder / name).exists():
                (folder / name).write_bytes(content)
                written[target] += 1
    print(", ".join(f"{target} {count}" for target, count in sorted(written.items())) or "no captures found")


if __name__ == "__main__":
    main()
