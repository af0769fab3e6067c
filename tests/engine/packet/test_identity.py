"""Community ids (the table of the design) and what else tells one flow from another."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import pcap_bytes
from tests.engine.packet.framing import IPV4, ethernet, ipv4, udp
from tests.engine.packet.reading import read

WriteCapture = Callable[[bytes], str]


def ids(path: Path, seed: int = 0) -> set[str]:
    flows = read(str(path), PacketSettings(checksums="off", community_id_seed=seed)).events("network.flow")
    return {flow["network"]["community_id"] for flow in flows}


@pytest.mark.parametrize(
    ("capture", "seed", "expected"),
    [
        ("zeek/communityid/icmp6.pcap", 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
        ("suricata-verify/community-id-sameip", 0, "1:0HUQbshhYbATQXDHv/ysOs0DlZA="),
        ("suricata-verify/community-id-sameip", 1, "1:IJQHtzXv/tXud3FtXIufkDsfEd4="),
        ("suricata-verify/community-id-ipv6", 0, "1:njFHyHv2ATzLP9rSy0H6wbG73QU="),
        ("suricata-verify/community-id-ipv6", 7, "1:ptJhMvufAbB5nLDNW77cB800wFM="),
    ],
)
def test_ids_are_those_of_the_specification_and_of_other_tools(captures: Path, capture: str, seed: int, expected: str) -> None:
    place = captures / capture
    path = place if place.is_file() else next(iter(sorted(place.glob("*.pcap"))))
    assert expected in ids(path, seed)


def test_an_echo_and_its_reply_have_one_id(write_capture: WriteCapture) -> None:
    packets = [
        ipv4(bytes((kind, 0)) + bytes(6), protocol=1, source=source, destination=destination)
        for kind, source, destination in ((8, "192.168.0.89", "192.168.0.1"), (0, "192.168.0.1", "192.168.0.89"))
    ]
    for chosen in (packets, packets[:1], packets[1:]):
        path = write_capture(pcap_bytes((1_700_000_000, ethernet(IPV4, packet)) for packet in chosen))
        assert ids(Path(path)) == {"1:X0snYXpgwiv9TZtqg64sgzUn6Dk="}


def test_encrypted_flows_are_told_apart_by_their_index(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/eve-flow-esp").glob("*.pcap")
    flows = read(str(path), PacketSettings(checksums="off")).events("network.flow")
    assert Counter((flow["source"]["ip"], flow["destination"]["ip"], flow["khien"]["spi"]) for flow in flows) == {
        ("190.0.0.1", "190.0.0.2", 123): 1,
        ("190.0.0.1", "190.0.0.2", 321): 1,
        ("190.0.0.1", "190.0.0.3", 123): 1,
        ("::1", "::2", 123): 1,
    }
    assert {flow["network"]["packets"] for flow in flows} == {2}


def test_an_error_names_the_flow_that_it_is_about(write_capture: WriteCapture) -> None:
    query = ipv4(udp(b"anybody there", source=40_000, destination=9_999))
    error = ipv4(b"\x03\x03\0\0" + bytes(4) + query[:28], protocol=1, source="10.0.0.2", destination="10.0.0.1")
    path = write_capture(pcap_bytes((1_700_000_000, ethernet(IPV4, packet)) for packet in (query, error)))
    reading = read(path, PacketSettings(checksums="off"))
    flow = next(flow for flow in reading.events("network.flow") if flow["network"]["transport"] == "udp")
    (event,) = reading.events("network.icmp")
    quoted = event["khien"]["icmp"]["quoted"]
    assert quoted["flow"] == flow["khien"]["flow"]["id"]
    assert quoted["community_id"] == flow["network"]["community_id"]
    assert (quoted["source"]["port"], quoted["destination"]["port"]) == (40_000, 9_999)


def test_a_flow_is_over_the_moment_its_time_is_up(write_capture: WriteCapture) -> None:
    frame = ethernet(IPV4, ipv4(udp(b"x", destination=9_999)))
    for gap, flows in ((29.9, 1), (30.0, 2), (30.4, 2)):
        path = write_capture(pcap_bytes([(1_700_000_000.7, frame), (1_700_000_000.7 + gap, frame)]))
        assert len(read(path, PacketSettings(interim_interval=0)).events("network.flow")) == flows
