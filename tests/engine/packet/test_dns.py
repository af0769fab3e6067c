"""DNS, mDNS and LLMNR: records, sections, pairing, anomalies; against captures with known answers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame
from tests.engine.packet.reading import read

Events = list[dict[str, Any]]


def messages(captures: Path, name: str) -> Events:
    place = captures / name
    path = place if place.is_file() else next(iter(sorted(place.glob("*.pcap*"))))
    return read(str(path), PacketSettings(checksums="off")).events("network.dns")


def test_pointers_may_go_forward_and_both_questions_are_told(captures: Path) -> None:
    query, answer = messages(captures, "suricata-verify/dns/dns-forward-pointer")
    assert [question["name"] for question in query["khien"]["dns"]["questions"]] == ["codemonkey.net"] * 2
    assert answer["dns"]["answers"][0]["data"] == "152.53.82.239"


def test_a_name_that_runs_in_a_circle_is_cut_at_1025_bytes(captures: Path) -> None:
    reading = read(str(captures / "suricata-verify/dns/dns-truncated-rname/poc2.pcap"))
    (event,) = reading.events("network.dns")
    assert len(event["dns"]["question"]["name"]) == 1_025
    assert "dns.question.name" in event["khien"]["truncated"]
    assert [anomaly["event"]["action"] for anomaly in reading.events("network.anomaly")] == ["dns_name_too_long"]


def test_strings_of_a_record_are_told_apart_and_an_empty_one_keeps_its_place(captures: Path) -> None:
    answer = messages(captures, "suricata-verify/dns/bug-1158")[1]
    (record,) = answer["dns"]["answers"]
    assert record["strings"] == [{"length": 32, "text": "AhvMAAO1kAFE5TE9QTjFFN09RN1lYSDk"}, {"length": 0}]
    assert record["data"] == "AhvMAAO1kAFE5TE9QTjFFN09RN1lYSDk"
    assert answer["khien"]["dns"]["authorities"][0]["data"] == "iodine.tunnel.com"


@pytest.mark.parametrize(
    ("capture", "kind", "data"),
    [
        ("zeek/dnssec/ds.pcap", "DS", "18463 5 1 "),
        ("zeek/dnssec/dnskey.pcap", "DNSKEY", "257 3 5 "),
        ("zeek/dnssec/nsec3param.pcap", "NSEC3PARAM", "1 0 "),
        ("zeek/dns/loc-29-trunc.pcap", "LOC", "37 22 26 N 121 59 28 W 0m 1m 1000m 10m"),
        ("suricata-verify/dns/dns-sshfp", "SSHFP", "1 1 198c34a92fc0b2ab1da52b688c2f191d2d960c09"),
    ],
)
def test_records_have_their_presentation_form(captures: Path, capture: str, kind: str, data: str) -> None:
    found = [
        record["data"]
        for event in messages(captures, capture)
        for record in event["dns"].get("answers", [])
        if record["type"] == kind
    ]
    assert any(text.startswith(data) for text in found), found


def test_an_answer_says_how_long_it_took_and_which_query_it_answers(captures: Path) -> None:
    query, answer = messages(captures, "zeek/dns/dns-binds.pcap")[:2]
    assert answer["khien"]["tx"] == query["khien"]["tx"]
    assert answer["event"]["duration"] == 2_004_000
    assert query["khien"]["dns"]["edns"]["version"] == 0


def test_in_a_group_nothing_answers_anything(captures: Path) -> None:
    found = messages(captures, "zeek/dns/mdns-no-assoc.pcap")
    assert {event["network"]["protocol"] for event in found} == {"mdns"}
    answers = [event for event in found if event["dns"]["type"] == "answer"]
    assert len(answers) == 3
    assert all("duration" not in event["event"] and event["khien"]["dns"]["reversed"] for event in answers)


def test_a_lost_piece_of_a_stream_does_not_end_the_parser(captures: Path) -> None:
    found = messages(captures, "suricata-verify/dns-tcp-ts-gap")
    assert [event["dns"]["type"] for event in found].count("answer") == 3


@pytest.mark.parametrize(
    ("capture", "anomaly"),
    [
        ("suricata-verify/dns/dns-invalid-opcode", "dns_opcode_invalid"),
        ("suricata-verify/dns/dns-z-bit", "dns_z_flag"),
        ("suricata-verify/dns/dns-corrupt-additionals", "dns_additionals_invalid"),
    ],
)
def test_what_is_wrong_with_a_message_has_a_name(captures: Path, capture: str, anomaly: str) -> None:
    path = next(iter(sorted((captures / capture).glob("*.pcap"))))
    reading = read(str(path), PacketSettings(checksums="off"))
    assert anomaly in {event["event"]["action"] for event in reading.events("network.anomaly")}


def test_an_answer_from_the_client_is_told(write_capture: Callable[[bytes], str]) -> None:
    query = dns_query("a.vn")
    answer = query[:2] + b"\x81\x80" + query[4:]
    reading = read(write_capture(pcap_bytes([(1.0, udp_frame(query)), (1.1, udp_frame(answer))])))
    assert [event["event"]["action"] for event in reading.events("network.anomaly")] == ["dns_not_query"]
    assert reading.events("network.dns")[1]["khien"]["dns"]["reversed"] is True
