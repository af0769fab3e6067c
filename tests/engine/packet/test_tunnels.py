"""Packets inside packets: each layer a flow, each told by what carries it, nothing believed for its port alone."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet import framing
from tests.engine.packet.conftest import dns_query, pcap_bytes
from tests.engine.packet.framing import IPV4, IPV6, ethernet, ipv4, ipv6, udp
from tests.engine.packet.reading import Reading, read

WriteCapture = Callable[[bytes], str]
OFF = PacketSettings(checksums="off")
INNER = ipv4(udp(dns_query("inside.vn")), source="192.168.1.1", destination="192.168.1.2")
INNER_6 = ipv6(udp(dns_query("inside.vn")))
#: From a client of the service (RFC 4380, section 2.6) to anybody.
PEER_6 = ipv6(udp(dns_query("inside.vn")), source="2001:0:4137:9e50:8000:f12a:b9c8:2815")
FRAME = ethernet(IPV4, INNER)

#: What carries the inner packet, and its name.
CARRIERS: dict[str, tuple[bytes, str]] = {
    "ip in ip": (ipv4(INNER, protocol=4), "ipip"),
    "ipv6 in ipv4": (ipv4(INNER_6, protocol=41), "ipv6"),
    "gre": (ipv4(framing.gre(IPV4, INNER), protocol=47), "gre"),
    "gre of frames": (ipv4(framing.gre(0x6558, FRAME), protocol=47), "gre"),
    "gre with mpls": (ipv4(framing.gre(0x8847, b"\0\1\1\x40" + INNER), protocol=47), "gre"),
    "pptp": (ipv4(b"\x30\x01\x88\x0b\0\x50\0\1\0\0\0\1\xff\x03\0\x21" + INNER, protocol=47), "gre"),
    "erspan 1": (ipv4(framing.gre(0x88BE, FRAME), protocol=47), "erspan"),
    "erspan 2": (ipv4(b"\x10\0\x88\xbe" + bytes(12) + FRAME, protocol=47), "erspan"),
    "erspan 3": (ipv4(b"\x10\0\x22\xeb" + bytes(16) + FRAME, protocol=47), "erspan"),
    "vxlan": (ipv4(udp(framing.vxlan(FRAME), destination=4_789)), "vxlan"),
    "geneve": (ipv4(udp(framing.geneve(0x6558, FRAME), destination=6_081)), "geneve"),
    "geneve of ip": (ipv4(udp(framing.geneve(IPV6, INNER_6), destination=6_081)), "geneve"),
    "teredo": (ipv4(udp(INNER_6, destination=3_544)), "teredo"),
    "teredo with its headers": (ipv4(udp(b"\0\1\0\0" + bytes(9) + bytes(8) + INNER_6, destination=3_544)), "teredo"),
    "teredo between peers": (ipv4(udp(PEER_6, destination=40_001)), "teredo"),
    "gtp": (ipv4(udp(framing.gtp(INNER), destination=2_152)), "gtp"),
    "gtp with an extension": (
        ipv4(udp(b"\x34\xff" + (len(INNER) + 8).to_bytes(2) + b"\0\0\0\7\0\0\0\x85\1\0\0\0" + INNER, destination=2_152)),
        "gtp",
    ),
    "ayiya": (ipv4(udp(b"\x44\x52\x11\x29" + bytes(4 + 16 + 20) + INNER_6, destination=5_072)), "ayiya"),
    "gre over udp": (ipv4(udp(framing.gre(IPV4, INNER), destination=4_754)), "gre-udp"),
}


def one(write_capture: WriteCapture, *packets: bytes) -> Reading:
    """The reading of a capture of IPv4 packets."""
    return read(write_capture(pcap_bytes((1_700_000_000 + index, ethernet(IPV4, packet)) for index, packet in enumerate(packets))))


def tunnels(reading: Reading) -> list[dict[str, Any]]:
    """`khien.tunnel` of all flows, outermost first."""
    flows = sorted(reading.events("network.flow"), key=lambda flow: flow["khien"].get("tunnel", {}).get("depth", 0))
    return [flow["khien"].get("tunnel", {}) for flow in flows]


@pytest.mark.parametrize("name", CARRIERS)
def test_what_is_inside_is_read_and_tells_what_carries_it(write_capture: WriteCapture, name: str) -> None:
    packet, kind = CARRIERS[name]
    reading = one(write_capture, packet)
    (query,) = reading.events("network.dns")
    assert query["dns"]["question"]["name"] == "inside.vn"
    assert query["khien"]["tunnel"]["type"] == kind
    outer, inner = tunnels(reading)
    assert (outer, inner["depth"]) == ({"carries": kind}, 1)
    stats = reading.stats
    assert (stats["read"], stats["decoded"], stats["undecoded"], stats["undecoded_inner"]) == (1, 1, {}, {})


def test_an_inner_flow_names_the_flow_that_carries_it(write_capture: WriteCapture) -> None:
    reading = one(write_capture, CARRIERS["vxlan"][0])
    outer, inner = sorted(reading.events("network.flow"), key=lambda flow: "parent" in flow["khien"]["tunnel"])
    assert inner["khien"]["tunnel"] == {"type": "vxlan", "depth": 1, "parent": outer["khien"]["flow"]["id"], "network": 42}
    assert outer["network"]["protocol"] == "vxlan"
    # Bytes are those of the frame on the wire, of the packet itself there is another count.
    assert inner["source"]["bytes"] == outer["source"]["bytes"]
    assert inner["khien"]["flow"]["ip_bytes"]["source"] == len(INNER)


def test_both_directions_of_a_virtual_network_are_one_flow_and_other_networks_are_others(write_capture: WriteCapture) -> None:
    answer = ethernet(IPV4, ipv4(udp(b"", source=53, destination=40_000), source="192.168.1.2", destination="192.168.1.1"))
    packets = [
        ipv4(udp(framing.vxlan(FRAME), source=50_001, destination=4_789)),
        ipv4(udp(framing.vxlan(answer), source=50_002, destination=4_789), source="10.0.0.2", destination="10.0.0.1"),
        ipv4(udp(framing.vxlan(FRAME, network=43), source=50_001, destination=4_789)),
    ]
    inner = [flow for flow in one(write_capture, *packets).events("network.flow") if "parent" in flow["khien"]["tunnel"]]
    counted = {flow["khien"]["tunnel"]["network"]: (flow["source"]["packets"], flow["destination"]["packets"]) for flow in inner}
    assert counted == {42: (1, 1), 43: (1, 0)}


def test_four_tunnels_are_looked_into_and_a_fifth_is_told(write_capture: WriteCapture) -> None:
    packet = INNER
    for depth in range(1, 6):
        packet = ipv4(packet, protocol=4, source=f"10.0.{depth}.1")
        reading = one(write_capture, packet)
        assert len(reading.events("network.dns")) == (1 if depth <= 4 else 0)
        assert [tunnel.get("depth", 0) for tunnel in tunnels(reading)] == list(range(min(depth, 4) + 1))
        names = [event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")]
        assert names == ([] if depth <= 4 else ["too_many_layers"])
        assert reading.stats["undecoded_inner"] == ({} if depth <= 4 else {"too_many_layers": 1})
        assert reading.stats["decoded"] == 1


@pytest.mark.parametrize(
    "payload",
    [INNER_6, PEER_6 + b"\0", PEER_6[:-1], b"\x50" + PEER_6[1:], PEER_6[:8] + b"\x20\x01\0\1" + PEER_6[12:]],
    ids=["no address of the service", "more behind it", "less than stated", "another version", "another prefix"],
)
def test_between_peers_only_a_whole_packet_of_the_service_is_teredo(write_capture: WriteCapture, payload: bytes) -> None:
    reading = one(write_capture, ipv4(udp(payload, destination=40_001)))
    assert tunnels(reading) == [{}]


@pytest.mark.parametrize("port", [4_789, 6_081, 3_544, 2_152, 5_072, 4_754])
def test_a_port_alone_makes_no_tunnel(write_capture: WriteCapture, port: int) -> None:
    payloads = [
        dns_query("plain.vn"),
        b"\x45" + bytes(60),
        b"\x60" + bytes(80),
        framing.vxlan(b"\x45" * 60),
        framing.vxlan(ethernet(IPV4, ipv4(b"x" * 40, length=4_000))),
        framing.gtp(ipv4(b"", length=1_400)),
        framing.gtp(INNER) + b"more than it says",
        INNER_6 + b"more than it says",
        b"\x08" + bytes(7),
        b"",
    ]
    packets = [ipv4(udp(body, source=30_000 + index, destination=port)) for index, body in enumerate(payloads)]
    reading = one(write_capture, *packets)
    assert all(tunnel == {} for tunnel in tunnels(reading))
    assert [query["dns"]["question"]["name"] for query in reading.events("network.dns")] == ["plain.vn"]


def test_a_tunnel_that_is_cut_off_inside_is_told_and_its_flow_counted(write_capture: WriteCapture) -> None:
    reading = one(write_capture, ipv4(INNER[:12], protocol=4), ipv4(b"\x80\0\x08", protocol=47, source="10.0.0.9"))
    names = Counter(event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly"))
    assert names == {"ip_header_cut": 1, "gre_header_cut": 1}
    assert reading.stats["decoded"] == 2
    assert reading.stats["undecoded_inner"] == {"ip_header_cut": 1, "gre_header_cut": 1}


def test_pieces_inside_a_tunnel_are_joined_there(write_capture: WriteCapture) -> None:
    body = udp(dns_query("pieces.vn"))
    pieces = [ipv4(body[:16], fragment=0x2000), ipv4(body[16:], fragment=2)]
    reading = one(write_capture, *(ipv4(piece, protocol=4, source="10.9.9.9") for piece in pieces))
    (query,) = reading.events("network.dns")
    assert query["dns"]["question"]["name"] == "pieces.vn"
    assert reading.stats["undecoded"] == {}


def test_mirrored_frames_keep_their_vlans(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/decode-erspan-typeI-02").glob("*.pcap")
    flows = [flow for flow in read(str(path), OFF).events("network.flow") if flow["network"]["transport"] == "icmp"]
    assert {flow["network"]["vlan"]["id"]: flow["network"]["packets"] for flow in flows} == {"1011": 21, "999": 21}


def test_a_mirror_of_cloud_traffic_gives_its_flows_log_ins_and_names(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/vxlan-decoder-03").glob("*.pcap")
    reading = read(str(path), OFF)
    outer = [flow for flow in reading.events("network.flow") if flow["destination"].get("port") == 4_789]
    assert sum(flow["event"]["action"] == "flow-end" for flow in outer) == 14
    name = "ec2-18-196-145-224.eu-central-1.compute.amazonaws.com"
    asked = [event for event in reading.events("network.dns") if event["dns"].get("question", {}).get("name") == name]
    assert len([event for event in asked if event["dns"]["type"] == "query"]) == 4
    assert len({event["khien"]["flow"]["id"] for event in reading.events("network.ssh")}) == 4


def test_three_virtual_networks_inside_each_other_lead_to_the_name_asked_for(captures: Path) -> None:
    (query,) = read(str(captures / "zeek/tunnels/vxlan-triple-v2.pcap"), OFF).events("network.dns")
    assert query["dns"]["question"]["name"] == "www.bbc.com"
    assert (query["khien"]["tunnel"]["depth"], query["khien"]["tunnel"]["network"]) == (3, 3)


@pytest.mark.parametrize(
    ("capture", "kinds"),
    [
        # `tunnel_type` of the rows that Zeek has for these captures.
        ("ayiya3.pcap", {"ayiya"}),
        ("geneve-ipv6.pcap", {"geneve"}),
        ("geneve-many-options.pcap", {"geneve"}),
        ("geneve-vxlan-dns-truncated.pcap", {"geneve", "vxlan"}),
        ("gre-aruba-amsdu.pcap", {"gre"}),
        ("gre-erspan3-dot1q.pcap", {"erspan"}),
        ("gre-over-udp-4754.pcap", {"gre-udp"}),
        ("gtp/gtp6_gtp_0x32.pcap", {"gtp"}),
        ("gtp/gtp8_teredo.pcap", {"gtp", "teredo"}),
        ("6in6in6.pcap", {"ipv6"}),
        # Port 2152 and no tunnel: a name asked for, and messages of the control plane.
        ("gtp/gtp3_false_gtp.pcap", set()),
        ("gtp/gtp10_not_0xff.pcap", set()),
    ],
)
def test_the_tunnels_of_real_captures_are_those_that_zeek_finds(captures: Path, capture: str, kinds: set[str]) -> None:
    flows = read(str(captures / "zeek/tunnels" / capture), OFF).events("network.flow")
    assert {flow["khien"]["tunnel"]["carries"] for flow in flows if "carries" in flow["khien"].get("tunnel", {})} == kinds
