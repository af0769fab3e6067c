"""SOCKS: public captures by what they hold, and conversations made here (RFC 1928, RFC 1929, the memo of version 4)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conversation import Conversation, Turn, capture
from tests.engine.packet.reading import Reading, read

GREETING: tuple[Turn, ...] = ((True, b"\x05\x01\x00"), (False, b"\x05\x00"))
ASKED: Turn = (True, b"\x05\x01\x00\x03\x0ewww.example.vn\x00\x50")
GRANTED: Turn = (False, b"\x05\x00\x00\x01\x0a\x00\x00\x02\xd1\xcd")
PAGE: tuple[Turn, ...] = (
    (True, b"GET /a HTTP/1.1\r\nHost: www.example.vn\r\n\r\n"),
    (False, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
)


def talk(write_capture: Callable[[bytes], str], *turns: Turn, cut: int = 1_400, settings: PacketSettings | None = None) -> Reading:
    conversation = Conversation(turns=turns, server_port=9_050, cut=cut)
    return read(write_capture(capture(conversation)), settings)


def only(reading: Reading) -> dict[str, Any]:
    (event,) = reading.events("network.socks")
    return event


@pytest.mark.parametrize("cut", [1, 2, 3, 7, 1_400])
def test_where_the_proxy_went_is_told_and_what_it_carries_is_read(write_capture: Callable[[bytes], str], cut: int) -> None:
    reading = talk(write_capture, *GREETING, ASKED, GRANTED, *PAGE, cut=cut)
    event = only(reading)
    assert event["socks"] == {
        "version": 5,
        "method": "none",
        "command": "connect",
        "request": {"host": "www.example.vn", "port": 80},
        "reply": "succeeded",
        "bound": {"host": "10.0.0.2", "port": 53_709},
    }
    assert (event["event"]["outcome"], event["related"]["hosts"]) == ("success", ["www.example.vn"])
    (http,) = reading.events("network.http")
    assert (http["url"]["original"], http["http"]["response"]["status_code"]) == ("/a", 200)


def test_a_request_that_did_not_wait_for_the_answer_is_read_behind_it(write_capture: Callable[[bytes], str]) -> None:
    hasty = (True, ASKED[1] + PAGE[0][1])
    reading = talk(write_capture, *GREETING, hasty, GRANTED, PAGE[1])
    assert only(reading)["event"]["outcome"] == "success"
    (http,) = reading.events("network.http")
    assert (http["http"]["request"]["method"], http["http"]["response"]["status_code"]) == ("GET", 200)


@pytest.mark.parametrize(("shown", "password"), [(False, "***"), (True, "alice")])
def test_a_log_in_names_the_user_and_its_password_only_where_secrets_are_kept(
    write_capture: Callable[[bytes], str], *, shown: bool, password: str
) -> None:
    turns: tuple[Turn, ...] = (
        (True, b"\x05\x03\x00\x03\x02"),
        (False, b"\x05\x02"),
        (True, b"\x01\x03bob\x05alice"),
        (False, b"\x01\x01"),
    )
    reading = talk(write_capture, *turns, settings=PacketSettings(capture_secrets=shown))
    event = only(reading)
    assert event["user"]["name"] == "bob"
    assert event["socks"] == {"version": 5, "method": "password", "password": password, "logged_in": False}
    assert event["event"]["outcome"] == "failure"
    assert shown or b"alice" not in reading.lines


def test_a_refusal_of_version_4_names_the_user_and_the_host(write_capture: Callable[[bytes], str]) -> None:
    asked = b"\x04\x01\x01\xbb\x00\x00\x00\x01me\x00mail.example.vn\x00"
    event = only(talk(write_capture, (True, asked), (False, b"\x00\x5b" + bytes(6))))
    assert event["socks"]["request"] == {"host": "mail.example.vn", "port": 443}
    assert (event["socks"]["reply"], event["event"]["outcome"]) == ("rejected or failed", "failure")
    assert event["related"]["user"] == ["me"]


def test_a_greeting_that_something_else_answers_is_no_socks(write_capture: Callable[[bytes], str]) -> None:
    reading = talk(write_capture, GREETING[0], (False, b"HTTP/1.0 400 Bad Request\r\n\r\n"))
    assert reading.events("network.socks") == []


def test_an_address_of_no_known_kind_is_an_anomaly(write_capture: Callable[[bytes], str]) -> None:
    reading = talk(write_capture, *GREETING, (True, b"\x05\x01\x00\x02" + bytes(6)))
    assert [event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")] == ["socks_malformed"]


# The hosts are those that the tests beside the captures name, or that the bytes show.
@pytest.mark.parametrize(
    ("capture_name", "asked", "inside"),
    [
        ("arkime/socks5-rdp.pcap", [("10.0.0.1", 3_389)], "network.rdp"),
        ("arkime/socks5-smtp-503.pcap", [("010.000.00.003", 25)], "network.smtp"),
        (
            "arkime/socks-http-example.pcap",
            [("93.184.216.119", 80), ("www.example.com", 80), ("93.184.216.119", 80)],
            "network.http",
        ),
        ("zeek/socks-auth.pcap", [("192.168.0.2", 22)], None),
    ],
)
def test_proxies_of_real_captures(captures: Path, capture_name: str, asked: list[tuple[str, int]], inside: str | None) -> None:
    reading = read(str(captures / capture_name))
    requests = [event["socks"]["request"] for event in reading.events("network.socks")]
    assert [(request["host"], request["port"]) for request in requests] == asked
    assert inside is None or reading.events(inside)
