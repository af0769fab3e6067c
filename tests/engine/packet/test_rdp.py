"""Remote Desktop: public captures by the answers of their own tests, and a negotiation made here (MS-RDPBCGR)."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.reading import read


def tpkt(body: bytes) -> bytes:
    return struct.pack(">BBH", 3, 0, len(body) + 4) + body


def request(name: bytes, protocols: int) -> bytes:
    parameters = b"Cookie: mstshash=" + name + b"\r\n" + struct.pack("<BBHI", 1, 0, 8, protocols)
    return tpkt(bytes([6 + len(parameters), 0xE0]) + bytes(5) + parameters)


def answer(kind: int, value: int) -> bytes:
    return tpkt(bytes([14, 0xD0]) + bytes(5) + struct.pack("<BBHI", kind, 0, 8, value))


def told(write_capture: Callable[[bytes], str], *turns: Turn, cut: int = 1_400) -> dict[str, Any]:
    conversation = Conversation(turns=turns, server_port=3_390, cut=cut)
    (event,) = read(write_capture(capture(conversation))).events("network.rdp")
    return event


def test_client_channels_and_certificate_are_those_of_the_captures_own_test(captures: Path) -> None:
    (event,) = read(str(captures / "zeek/rdp/rdp-x509.pcap")).events("network.rdp")
    rdp = event["rdp"]
    assert rdp["client"]["client_name"] == "JOHN-PC-LAPTOP"
    assert (rdp["client"]["desktop_width"], rdp["client"]["desktop_height"]) == (1_920, 1_080)
    assert rdp["channels"] == ["rdpdr", "rdpsnd", "cliprdr", "drdynvc"]
    assert (rdp["cert_type"], rdp["cert_count"], rdp["cert_permanent"]) == ("X.509", 2, False)
    assert rdp["encryption_level"] == "client compatible"
    assert event["tls"]["server"]["x509"]["serial_number"] == "59EB28CB02B1A0D4"
    assert event["khien"]["tls"]["server"]["chain"][0]["serial_number"] == "0100000001"


def test_tls_follows_a_negotiation_that_chose_it(captures: Path) -> None:
    reading = read(str(captures / "zeek/rdp/rdp-no-cookie-mstshash.pcap"))
    (event,) = reading.events("network.rdp")
    assert event["rdp"]["security_protocol"] == "HYBRID_EX"
    (tls,) = reading.events("network.tls")
    assert tls["khien"]["tls"]["from_proto"] == "rdp"
    assert tls["tls"]["server"]["subject"] == "CN=CLK-456040-D.one.phoenix.gov"


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1_400])
def test_a_refusal_says_who_asked_for_what_and_why_not(write_capture: Callable[[bytes], str], cut: int) -> None:
    event = told(write_capture, (True, request(b"admin", 3)), (False, answer(3, 5)), cut=cut)
    assert event["rdp"] == {
        "cookie": "admin",
        "requested_protocols": ["SSL", "HYBRID"],
        "failure": "HYBRID_REQUIRED_BY_SERVER",
    }
    assert event["event"]["outcome"] == "failure"
    assert event["related"]["user"] == ["admin"]


def test_a_length_below_its_own_header_is_an_anomaly(write_capture: Callable[[bytes], str]) -> None:
    turns = ((True, request(b"a", 0)), (False, answer(2, 0)), (True, bytes([3, 0, 0, 3]) + bytes(8)))
    conversation = Conversation(turns=turns, server_port=3_390)
    found = read(write_capture(capture(conversation))).events("network.anomaly")
    assert [event["khien"]["anomaly"]["name"] for event in found] == ["rdp_malformed"]
