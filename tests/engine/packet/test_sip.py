"""SIP on real captures; expected values are those of the captures' own answers, and of tshark's packet list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

DATASET = "network.sip"


def events(captures: Path, name: str) -> list[dict[str, Any]]:
    place = captures / name
    path = place if place.is_file() else next(place.glob("*.pcap"))
    return read(str(path), PacketSettings(checksums="off")).events(DATASET)


def test_a_registration_is_told_with_its_refusal(captures: Path) -> None:
    found = events(captures, "suricata-verify/sip-pattern-matching")
    request = next(event for event in found if event["sip"].get("method") == "REGISTER")
    refusal = next(event for event in found if event["sip"].get("code") == "401")
    assert request["sip"]["request_line"] == "REGISTER sip:sip.cybercity.dk SIP/2.0"
    assert (refusal["event"]["outcome"], refusal["event"]["action"]) == ("failure", "sip-register")
    assert refusal["khien"]["tx"] == request["khien"]["tx"]


def test_messages_over_tcp_are_told_like_those_over_udp(captures: Path) -> None:
    found = events(captures, "suricata-verify/sip-tcp-pattern-matching")
    assert [event["sip"].get("method") or event["sip"]["code"] for event in found[:2]] == ["REGISTER", "401"]
    assert found[0]["network"]["transport"] == "tcp"


def test_a_session_description_is_told_line_by_line(captures: Path) -> None:
    sdp = events(captures, "suricata-verify/sip-sdp")[0]["sip"]["sdp"]
    assert sdp["origin"] == "SIPPS 105015165 105015162 IN IP4 192.168.1.2"
    assert sdp["time_descriptions"] == [{"time": "3034423619 3042462419", "repeat_time": "604800 3600 0 90000"}]
    assert sdp["media_descriptions"][0]["media"] == "audio 30000 RTP/AVP 0 8 97 2 3"


def test_a_call_is_followed_through_all_its_messages(captures: Path) -> None:
    found = events(captures, "suricata-verify/sip-body-frames")
    words = [event["sip"].get("method") or event["sip"]["code"] for event in found]
    assert words == ["INVITE", "100", "180", "200", "ACK", "REGISTER", "200", "INVITE", "100", "180"]


def test_who_registers_is_named(captures: Path) -> None:
    users = {event["user"]["name"] for event in events(captures, "zeek/sip/wireshark.pcap") if "user" in event}
    assert users == {"voi18062", "voi18063"}
