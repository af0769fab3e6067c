"""SSH: public captures by the answers of their own tests, and conversations made here byte by byte (RFC 4253)."""

import hashlib
import struct
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.reading import read

LISTS = (
    b"curve25519-sha256,ecdh-sha2-nistp256",
    b"ssh-ed25519",
    b"aes256-ctr,chacha20-poly1305@openssh.com",
    b"aes256-ctr",
    b"hmac-sha2-256",
    b"hmac-sha2-512",
    b"none,zlib",
    b"none",
    b"",
    b"",
)
KEY = struct.pack(">I", 11) + b"ssh-ed25519" + struct.pack(">I", 32) + bytes(range(32))


def text(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def packet(payload: bytes) -> bytes:
    """A packet in the open (RFC 4253, section 6)."""
    padding = 8 - (len(payload) + 5) % 8 + 8
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


def kexinit(lists: tuple[bytes, ...] = LISTS) -> bytes:
    return packet(bytes([20]) + bytes(16) + b"".join(map(text, lists)) + bytes(5))


def reply() -> bytes:
    return packet(bytes([31]) + text(KEY) + text(bytes(32)) + text(bytes(83)))


def encrypted(*lengths: int) -> list[Turn]:
    """Words of client and server in turn, the client first."""
    return [(place % 2 == 0, b"\xee" * length) for place, length in enumerate(lengths)]


def talk(*after: Turn) -> tuple[Turn, ...]:
    new_keys = packet(bytes([21]))
    return (
        (False, b"SSH-2.0-OpenSSH_9.9 Debian-1\r\n"),
        (True, b"SSH-2.0-Go\r\n" + kexinit()),
        (False, kexinit() + reply() + new_keys),
        (True, new_keys),
        *after,
    )


def told(write_capture: Callable[[bytes], str], turns: tuple[Turn, ...], cut: int = 1_400) -> dict[str, Any]:
    conversation = Conversation(turns=turns, server_port=2_222, cut=cut)
    (event,) = read(write_capture(capture(conversation))).events("network.ssh")
    return event


def test_hassh_is_found_across_segments(captures: Path) -> None:
    path = next((captures / "suricata-verify/ssh-hassh-reassembled").glob("*.pcap"))
    (event,) = read(str(path)).events("network.ssh")
    for end in ("client", "server"):
        assert event["ssh"][end]["hassh"]["hash"] == "3cc67862bceac0f334c62ad1b76895b4"


def test_banners_algorithms_and_key_are_told(write_capture: Callable[[bytes], str]) -> None:
    ssh = told(write_capture, talk())["ssh"]
    assert ssh["server"]["banner"] == "SSH-2.0-OpenSSH_9.9 Debian-1"
    assert (ssh["server"]["proto_version"], ssh["server"]["software_version"]) == ("2.0", "OpenSSH_9.9")
    assert (ssh["kex_alg"], ssh["cipher_alg"], ssh["compression_alg"]) == ("curve25519-sha256", "aes256-ctr", "none")
    expected = b64encode(hashlib.sha256(KEY).digest()).decode().rstrip("=")
    assert ssh["host_key"] == f"SHA256:{expected}"
    # The definition of HASSH: lists of one way, joined by semicolons.
    one_way = b";".join((LISTS[0], LISTS[2], LISTS[4], LISTS[6]))
    assert ssh["client"]["hassh"]["hash"] == hashlib.md5(one_way).hexdigest()


def test_segments_of_any_size_give_the_same_event(write_capture: Callable[[bytes], str]) -> None:
    whole = told(write_capture, talk())["ssh"]
    for cut in range(1, 40):
        assert told(write_capture, talk(), cut)["ssh"] == whole, cut


def test_two_refusals_and_a_success_are_told_by_their_lengths(write_capture: Callable[[bytes], str]) -> None:
    # Lengths under chacha20-poly1305: service accepted 44, refused 60, logged in 28.
    event = told(write_capture, talk(*encrypted(44, 44, 68, 60, 148, 60, 148, 60, 148, 28)))
    assert (event["event"]["outcome"], event["ssh"]["auth_attempts"]) == ("success", 3)
    assert event["event"]["category"] == ["network", "authentication"]


def test_a_connection_without_a_log_in_claims_none(write_capture: Callable[[bytes], str]) -> None:
    event = told(write_capture, talk(*encrypted(44, 44)))
    assert "outcome" not in event["event"]
    assert "auth_attempts" not in event["ssh"]


def test_lists_of_thousands_of_names_are_agreed_on_in_time(write_capture: Callable[[bytes], str]) -> None:
    ours = b",".join(b"a%d" % number for number in range(5_000))
    theirs = b",".join(b"b%d" % number for number in range(5_000)) + b",a4999"
    turns = (
        (False, b"SSH-2.0-x\r\n"),
        (True, b"SSH-2.0-y\r\n" + kexinit((ours, *LISTS[1:]))),
        (False, kexinit((theirs, *LISTS[1:]))),
    )
    assert told(write_capture, turns)["ssh"]["kex_alg"] == "a4999"


def test_a_packet_that_lies_about_its_padding_is_an_anomaly(write_capture: Callable[[bytes], str]) -> None:
    turns = ((False, b"SSH-2.0-x\r\n"), (True, b"SSH-2.0-y\r\n" + struct.pack(">IB", 12, 200) + bytes(11)))
    conversation = Conversation(turns=turns, server_port=2_222)
    found = read(write_capture(capture(conversation))).events("network.anomaly")
    assert [event["khien"]["anomaly"]["name"] for event in found] == ["ssh_malformed"]
