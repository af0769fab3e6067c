"""What public captures hold, by the answers of sensing.md section 16 and the captures' own tests."""

from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame
from tests.engine.packet.reading import read


def events(captures: Path, name: str, dataset: str) -> list[dict[str, Any]]:
    folder = captures / name
    path = folder if folder.is_file() else next(folder.glob("*.pcap"))
    return read(str(path)).events(dataset)


def test_a_hole_in_one_body_spares_the_requests_around_it(captures: Path) -> None:
    found = events(captures, "suricata-verify/http-gap-simple", "network.http")
    assert [(event["url"]["original"], event["http"]["response"]["status_code"]) for event in found] == [
        ("/1", 200),
        ("/2", 200),
        ("/3", 200),
    ]


def test_pointers_may_go_forward(captures: Path) -> None:
    found = events(captures, "suricata-verify/dns/dns-forward-pointer", "network.dns")
    assert [event["dns"]["question"]["name"] for event in found] == ["codemonkey.net", "codemonkey.net"]


def test_a_name_over_1025_bytes_is_cut_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "long.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query(".".join(["a" * 63] * 20))))]))
    (event,) = read(str(path)).events("network.dns")
    assert event["dns"]["question"]["name"] == ".".join(["a" * 63] * 17)[:1_025]
    assert "dns.question.name" in event["khien"]["truncated"]


def test_pieces_of_dns_answers_are_joined(captures: Path) -> None:
    found = events(captures, "zeek/ipv6-fragmented-dns.pcap", "network.dns")
    answers = [event for event in found if event["dns"]["type"] == "answer"]
    assert [event["dns"]["question"]["type"] for event in answers] == ["TXT", "TXT"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zeek/communityid/icmp6.pcap", "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
        ("suricata-verify/community-id-sameip", "1:0HUQbshhYbATQXDHv/ysOs0DlZA="),
        ("suricata-verify/community-id-ipv6", "1:njFHyHv2ATzLP9rSy0H6wbG73QU="),
    ],
)
def test_community_ids_are_those_of_the_table(captures: Path, name: str, expected: str) -> None:
    found = events(captures, name, "network.flow")
    assert expected in {event["network"]["community_id"] for event in found}


def test_bad_dns_traffic_is_three_flows(captures: Path) -> None:
    found = read(str(captures / "ndpi/bad-dns-traffic.pcap"), PacketSettings(other_established_timeout=86_400))
    flows = found.events("network.flow")
    final = [flow for flow in flows if flow["event"]["action"] == "flow-end"]
    counts = [(flow["source"]["packets"], flow["source"]["bytes"]) for flow in final]
    assert len(final) == 3
    assert (203, 51_588) in counts


def test_vlan_ids_are_told_from_the_outside_in(captures: Path) -> None:
    flows = events(captures, "suricata-verify/eve-flow-vlan-02", "network.flow")
    tags = {
        (
            flow["network"].get("vlan", {}).get("id"),
            flow["network"].get("inner", {}).get("vlan", {}).get("id"),
            tuple(flow["khien"].get("vlan", ())),
        )
        for flow in flows
    }
    assert {("6", None, ()), ("1", "10", ()), ("1", "10", (100,))} <= tags
