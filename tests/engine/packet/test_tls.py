"""TLS and DTLS: public captures by the answers of their own tests, and handshakes that Python's `ssl` made."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.handshake import HOST, Spoken, speak
from tests.engine.packet.reading import read

#: What time and packets tell, which a cut changes.
_MOVING = ("@timestamp", "event", "khien")


def events(captures: Path, name: str, dataset: str = "network.tls") -> list[dict[str, Any]]:
    folder = captures / name
    path = folder if folder.is_file() else next(folder.glob("*.pcap"))
    return read(str(path)).events(dataset)


def heard(write_capture: Callable[[bytes], str], turns: tuple[Turn, ...], cut: int = 1_400) -> list[dict[str, Any]]:
    conversation = Conversation(turns=turns, server_port=9_443, cut=cut)
    return read(write_capture(capture(conversation))).events("network.tls")


def test_ja4_is_that_of_the_captures_own_test(captures: Path) -> None:
    (event,) = events(captures, "suricata-verify/ja4-tls")
    assert event["tls"]["client"]["ja4"] == "t12i1810s1_27d4652c4487_06a4338d0495"


def test_a_certificate_from_before_1970_has_its_own_year(captures: Path) -> None:
    (event,) = events(captures, "suricata-verify/tls/tls-pre-1970")
    server = event["tls"]["server"]
    assert server["not_before"] == "1969-12-31T00:00:00.000000Z"
    assert server["x509"]["serial_number"] == "32"


def test_both_hellos_of_a_draft_are_fingerprinted(captures: Path) -> None:
    found = events(captures, "suricata-verify/tls/tls13-draft28")
    assert {event["tls"]["client"]["ja3"] for event in found} == {
        "d00857e0c8e7a7f35e446508c6233460",
        "43202faa1c8c1760d6f7f4bd9adde4ab",
    }
    assert {event["tls"]["client"]["server_name"] for event in found} == {"localhost"}
    assert {event["khien"]["tls"]["version_code"] for event in found} == {0x7F1C}


def test_a_hello_in_the_form_of_ssl_2_leads_to_tls(captures: Path) -> None:
    (event,) = events(captures, "suricata-verify/sslv2-tls-upgrade-01")
    assert event["tls"]["version"] == "1.0"
    assert event["tls"]["server"]["x509"]["serial_number"] == "55"
    assert "ja3" not in event["tls"].get("client", {})


def test_ssl_2_itself_is_told_with_its_certificate(captures: Path) -> None:
    (event,) = events(captures, "zeek/tls/ssl-v2.pcap")
    assert (event["tls"]["version_protocol"], event["tls"]["version"]) == ("ssl", "2.0")
    assert event["tls"]["server"]["subject"].endswith("CN=plesk, emailAddress=info@plesk.com")


def test_a_heartbeat_that_asks_for_more_than_it_brings_and_is_answered_is_told(captures: Path) -> None:
    names = [event["event"]["action"] for event in events(captures, "zeek/tls/heartbleed-success.pcap", "network.anomaly")]
    assert "tls_heartbeat_overflow" in names
    assert "tls_heartbeat_leak" in names


def test_a_refusal_tells_its_alert_and_no_version(captures: Path) -> None:
    (event,) = events(captures, "zeek/tls/tls-1.2-handshake-failure.pcap")
    assert event["khien"]["tls"]["alert"] == "handshake_failure"
    assert event["event"]["outcome"] == "failure"
    assert "version" not in event["tls"]


def test_postgresql_goes_over_to_tls(captures: Path) -> None:
    (event,) = events(captures, "suricata-verify/pgsql/pgsql-upgrade-tls")
    assert event["khien"]["tls"]["from_proto"] == "postgresql"
    assert event["tls"]["server"]["subject"] == "CN=ubuntu"


@pytest.mark.parametrize(
    ("name", "version", "history"),
    [
        ("zeek/tls/dtls1_0.pcap", "1.0", None),
        ("zeek/tls/dtls13-wolfssl.pcap", "1.3", "CjCs"),
    ],
)
def test_dtls_tells_what_tls_tells(captures: Path, name: str, version: str, history: str | None) -> None:
    event = events(captures, name)[0]
    assert (event["network"]["protocol"], event["tls"]["version"]) == ("dtls", version)
    assert event["tls"]["established"] is True
    assert event["tls"]["client"]["ja4"].startswith("d")
    assert history is None or event["khien"]["tls"]["history"] == history


def test_client_certificates_and_their_chain_are_told(captures: Path) -> None:
    (event,) = events(captures, "zeek/tls/xmpp-dialback-starttls.pcap")
    chain = event["khien"]["tls"]["client"]["chain"]
    assert event["tls"]["client"]["hash"]["sha256"].lower().startswith("573a503f5361eec2")
    assert [certificate["sha256"].lower()[:8] for certificate in chain] == ["973a4127", "3a2fbe92", "c3846bf2"]
    assert event["khien"]["tls"]["from_proto"] == "xmpp"


@pytest.fixture(scope="module", params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def spoken(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Spoken:
    """A handshake of each version."""
    return speak(tmp_path_factory.mktemp("tls"), request.param)


def test_what_is_told_is_what_ssl_says_of_its_own_handshake(write_capture: Callable[[bytes], str], spoken: Spoken) -> None:
    (event,) = heard(write_capture, spoken.turns)
    tls = event["tls"]
    assert f"TLSv{tls['version']}" == spoken.version
    assert tls["established"] is True
    assert tls["client"]["server_name"] == HOST
    assert event["khien"]["tls"]["client_alpns"] == ["h2", "http/1.1"]
    if spoken.version == "TLSv1.3":
        assert tls["cipher"] == spoken.cipher
        return
    assert tls["next_protocol"] == spoken.protocol
    server = tls["server"]
    assert server["subject"] == f"C=VN, O=Thành phố, Ltd, CN={HOST}"
    assert server["hash"]["sha256"] == spoken.certificate.fingerprint(hashes.SHA256()).hex().upper()
    assert server["not_before"] == "2026-01-02T03:04:05.000000Z"
    assert server["x509"]["serial_number"] == "ABCDEF"
    assert server["x509"]["alternative_names"] == [HOST, "*.example.vn"]
    assert (server["x509"]["public_key_size"], server["x509"]["public_key_curve"]) == (256, "prime256v1")
    assert event["khien"]["tls"]["server"] == {"authority": True, "path_length": 1}


def test_segments_of_any_size_give_the_same_event(write_capture: Callable[[bytes], str], spoken: Spoken) -> None:
    def still(event: dict[str, Any]) -> bytes:
        own = event["khien"]["tls"]
        return orjson.dumps([{name: value for name, value in event.items() if name not in _MOVING}, own])

    (whole,) = heard(write_capture, spoken.turns)
    for cut in (1, 2, 3, 5, 7, 64, 999):
        (event,) = heard(write_capture, spoken.turns, cut)
        assert still(event) == still(whole), cut


def test_a_handshake_that_breaks_off_anywhere_is_told_as_far_as_it_went(
    write_capture: Callable[[bytes], str], spoken: Spoken
) -> None:
    hello = spoken.turns[0]
    for length in range(0, len(hello[1]), 37):
        found = heard(write_capture, ((True, hello[1][:length]),))
        assert found == []
    (event,) = heard(write_capture, (hello,))
    assert event["tls"]["client"]["server_name"] == HOST
    assert event["event"]["outcome"] == "failure"


def records(kind: int, payload: bytes) -> bytes:
    """Records of TLS 1.2 of at most 16,384 bytes each (RFC 5246, section 6.2.1)."""
    cuts = [payload[start : start + 16_384] for start in range(0, len(payload), 16_384)]
    return b"".join(bytes((kind, 3, 3)) + len(cut).to_bytes(2, "big") + cut for cut in cuts)


def message(kind: int, body: bytes) -> bytes:
    """A message of the handshake (RFC 5246, section 7.4)."""
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


@pytest.mark.parametrize("size", [200_000, 262_145, 300_000])
def test_behind_a_message_that_is_too_long_to_be_read_the_handshake_goes_on(
    write_capture: Callable[[bytes], str], tmp_path: Path, size: int
) -> None:
    client = speak(tmp_path, ssl.TLSVersion.TLSv1_2).turns[0]
    hello = b"\3\3" + bytes(32) + b"\0" + b"\xc0\x2f" + b"\0"
    long = message(11, size.to_bytes(3, "big") + (size - 3).to_bytes(3, "big") + bytes(size - 3))
    exchange = b"\3\0\x17" + b"\x41" + bytes(65) + b"\4\1" + bytes(6)
    flight = records(22, message(2, hello) + long + message(12, exchange) + message(14, b""))
    conversation = Conversation(turns=(client, (False, flight)), server_port=9_443)
    reading = read(write_capture(capture(conversation)))
    (event,) = reading.events("network.tls")
    assert event["khien"]["tls"]["history"] == "Csxkn"
    assert event["tls"]["curve"] == "secp256r1"
    is_long = size + 3 > 256 << 10
    assert reading.stats["limits"].get("tls_handshake_bytes") == (1 if is_long else None)


def test_mysql_goes_over_to_tls(write_capture: Callable[[bytes], str], spoken: Spoken) -> None:
    # MySQL's internals manual, "Connection Phase": greeting of version 10 with CLIENT_SSL, then a request for TLS.
    greeting = (
        b"\x0a8.0.36\0" + bytes(4) + b"challeng" + b"\0" + b"\xff\xff" + b"\x21" + b"\2\0" + b"\xff\xdf" + b"\x15" + bytes(10)
    )
    greeting += b"challenge two\0" + b"caching_sha2_password\0"
    request = b"\x85\xae\xff\x19" + b"\0\0\0\1" + b"\x21" + bytes(23)
    turns = (
        (False, len(greeting).to_bytes(3, "little") + b"\0" + greeting),
        (True, len(request).to_bytes(3, "little") + b"\1" + request + spoken.turns[0][1]),
        *spoken.turns[1:],
    )
    (event,) = heard(write_capture, turns)
    assert event["khien"]["tls"]["from_proto"] == "mysql"
    assert event["tls"]["client"]["server_name"] == HOST
    assert event["tls"]["established"] is True
