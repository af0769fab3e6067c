"""QUIC: public captures by the answers of their own tests, and Initial packets protected here (RFC 9001, RFC 9369)."""

import hashlib
import hmac
import random
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.engine.packet.reading import read

HOST = b"portal.example.vn"
CONNECTION = bytes.fromhex("8394c8f03e515708")
#: Version number, salt, begin of the labels, first byte of an Initial packet.
VERSIONS = {
    "1": (1, "38762cf7f55934b34d179ae6a4c80cadccbb7f0a", b"quic ", 0xC3),
    "2": (0x6B3343CF, "0dede3def700a6db819381be6e269dcbf9bd2ed9", b"quicv2 ", 0xD3),
    "draft-29": (0xFF00001D, "afbfec289993d24c9e9786f19c6111e04390a899", b"quic ", 0xC3),
}


def events(captures: Path, name: str, dataset: str = "network.quic") -> list[dict[str, Any]]:
    path = captures / name
    return read(str(path if path.is_file() else next(path.glob("*.pcap")))).events(dataset)


def expand(secret: bytes, label: bytes, length: int) -> bytes:
    """HKDF-Expand-Label (RFC 8446, section 7.1), for at most one block."""
    name = b"tls13 " + label
    info = struct.pack(">HB", length, len(name)) + name + b"\0\x01"
    return hmac.new(secret, info, hashlib.sha256).digest()[:length]


def number(value: int) -> bytes:
    """A number of four bytes (RFC 9000, section 16)."""
    return struct.pack(">I", 0x80000000 | value)


def client_hello() -> bytes:
    """A hello with a name, an application protocol and what only QUIC has."""
    name = struct.pack(">HBH", len(HOST) + 3, 0, len(HOST)) + HOST
    extensions = [(0, name), (16, b"\0\x03\x02h3"), (43, b"\x02\x03\x04"), (57, bytes(900))]
    listed = b"".join(struct.pack(">HH", kind, len(body)) + body for kind, body in extensions)
    body = b"\x03\x03" + bytes(32) + b"\0" + b"\0\x04\x13\x01\x13\x02" + b"\x01\0" + struct.pack(">H", len(listed)) + listed
    return b"\x01" + struct.pack(">I", len(body))[1:] + body


def crypto(offset: int, data: bytes) -> bytes:
    return b"\x06" + number(offset) + number(len(data)) + data


def initial(version: str, frames: bytes, packet: int, connection: bytes = CONNECTION) -> bytes:
    """A protected Initial packet of the client (RFC 9001, sections 5.2 to 5.4)."""
    value, salt, label, first = VERSIONS[version]
    secret = hmac.new(bytes.fromhex(salt), connection, hashlib.sha256).digest()
    secret = expand(secret, b"client in", 32)
    key, vector, mask_key = (expand(secret, label + part, size) for part, size in ((b"key", 16), (b"iv", 12), (b"hp", 16)))
    header = bytes([first]) + struct.pack(">IB", value, len(connection)) + connection + b"\0\0"
    header += number(len(frames) + 4 + 16) + struct.pack(">I", packet)
    nonce = (int.from_bytes(vector, "big") ^ packet).to_bytes(12, "big")
    sealed = AESGCM(key).encrypt(nonce, frames, header)
    encryptor = Cipher(algorithms.AES(mask_key), modes.ECB()).encryptor()
    mask = encryptor.update(sealed[:16])
    masked = bytes(left ^ right for left, right in zip(header[-4:], mask[1:5], strict=True))
    return bytes([header[0] ^ mask[0] & 0x0F]) + header[1:-4] + masked + sealed


def pcap(datagrams: Sequence[bytes]) -> bytes:
    """A capture of datagrams from 10.0.0.1 to port 4,433 of 10.0.0.2."""
    parts = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 101)]
    for place, payload in enumerate(datagrams):
        udp = struct.pack(">HHHH", 40_000, 4_433, 8 + len(payload), 0) + payload
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0) + bytes((10, 0, 0, 1, 10, 0, 0, 2))
        parts.append(struct.pack("<IIII", 1_700_000_000, place, len(head + udp), len(head + udp)) + head + udp)
    return b"".join(parts)


def handshakes(write_capture: Callable[[bytes], str], datagrams: Sequence[bytes]) -> list[dict[str, Any]]:
    found = read(write_capture(pcap(datagrams))).events("network.quic")
    return [event for event in found if event["event"]["action"] == "quic-handshake"]


def test_application_protocol_and_packet_are_those_of_the_captures_own_test(captures: Path) -> None:
    event = events(captures, "suricata-verify/quic-frag")[0]
    assert event["khien"]["tls"]["client_alpns"] == ["h3"]
    assert event["khien"]["quic"]["hellos"][0] == {"packet": 2, "client": True}


def test_cyu_is_that_of_the_captures_own_test(captures: Path) -> None:
    event = events(captures, "suricata-verify/quic-cyu")[0]
    assert event["quic"]["cyu"][0]["hash"] == "a46560d4548108cf99308319b3b85346"
    assert event["quic"]["version"] == "Q046"


def test_a_retry_begins_anew_and_both_hellos_are_told(captures: Path) -> None:
    event = events(captures, "suricata-verify/quic-retry-multiple")[0]
    assert [hello["packet"] for hello in event["khien"]["quic"]["hellos"]] == [2, 5, 8]
    assert event["event"]["outcome"] == "success"


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("quic-24.pcap", "draft-24"),
        ("quic_q43.pcap", "Q043"),
        ("quic_q50.pcap", "Q050"),
        ("quic_t51.pcap", "T051"),
        ("quic-mvfst-22.pcap", "mvfst-22"),
    ],
)
def test_every_age_of_quic_names_the_server_that_ndpi_names(captures: Path, name: str, version: str) -> None:
    answer = (captures / "ndpi" / f"{name}.out").read_text(errors="replace")
    found = [event for event in events(captures, f"ndpi/{name}") if event["event"]["action"] == "quic-handshake"]
    assert {event["quic"]["version"] for event in found} == {version}
    for event in found:
        asked = event["tls"]["client"].get("server_name", "no name")
        assert f"Hostname/SNI: {asked}]" in answer


@pytest.mark.parametrize("version", VERSIONS)
def test_a_hello_in_pieces_of_any_order_is_whole(write_capture: Callable[[bytes], str], version: str) -> None:
    hello = client_hello()
    order = random.Random(version)
    for size in (len(hello), 500, 97, 33):
        pieces = [(start, hello[start : start + size + 7]) for start in range(0, len(hello), size)]
        order.shuffle(pieces)
        half = len(pieces) // 2
        frames = [b"".join(crypto(*piece) + b"\x01\0\0" for piece in group) for group in (pieces[:half], pieces[half:])]
        packets = [initial(version, body + bytes(64), place) for place, body in enumerate(frames) if body]
        for datagrams in (packets, [b"".join(packets)], [*packets, *packets]):
            (event,) = handshakes(write_capture, datagrams)
            assert event["tls"]["client"]["server_name"] == HOST.decode()
            assert event["quic"]["version"] == version
            assert event["tls"]["client"]["ja4"].startswith("q13d0204h3_")


def test_a_packet_that_was_changed_on_the_way_is_not_opened(write_capture: Callable[[bytes], str]) -> None:
    packet = bytearray(initial("1", crypto(0, client_hello()) + bytes(64), 0))
    packet[200] ^= 1
    reading = read(write_capture(pcap([bytes(packet)])))
    assert [event["event"]["action"] for event in reading.events("network.quic")] == ["quic-connection"]
    assert b"portal" not in reading.lines


def test_a_datagram_cut_at_any_byte_tells_nothing_that_was_not_there(write_capture: Callable[[bytes], str]) -> None:
    packet = initial("1", crypto(0, client_hello()) + bytes(64), 0)
    for length in range(0, len(packet), 41):
        assert handshakes(write_capture, [packet[:length]]) == []
