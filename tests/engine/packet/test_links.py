"""Link layers and tags, on real captures; the headers one by one are tested in the crate."""

from collections.abc import Callable
from pathlib import Path

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import dns_query, pcap_bytes
from tests.engine.packet.framing import IPV4, ethernet, ipv4, tcp, udp
from tests.engine.packet.reading import read

WriteCapture = Callable[[bytes], str]
OFF = PacketSettings(checksums="off")


def vlans(capture: Path) -> list[list[int]]:
    """VLAN ids of all flows."""
    found = []
    for flow in read(str(capture), OFF).events("network.flow"):
        network = flow["network"]
        ids = [int(part["vlan"]["id"]) for part in (network, network.get("inner", {})) if "vlan" in part]
        found.append(ids + flow["khien"].get("vlan", []))
    return sorted(found)


def test_one_two_and_three_tags_are_told_from_the_outside_in(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/eve-flow-vlan-02").glob("*.pcap")
    assert vlans(path) == [[1, 10], [1, 10, 100], [6]]
    assert vlans(captures / "zeek/vlan-qinqinq.pcap") == [[30, 20, 10]]


@pytest.mark.parametrize(
    ("capture", "ends"),
    [
        ("suricata-verify/decode-etag-01/input.pcap", ("192.168.1.46", "52.114.124.106", "tcp")),
        ("suricata-verify/decode-etag-02/input.pcap", None),
        ("suricata-verify/decode-nsh-type1/input.pcap", ("10.0.0.1", "10.0.0.2", "udp")),
        ("suricata-verify/decode-nsh-type2/input.pcap", ("10.0.0.1", "10.0.0.2", "udp")),
        ("zeek/vntag.pcap", ("1.1.1.1", "1.1.2.1", None)),
        ("zeek/mixed-vlan-mpls.pcap", None),
        ("zeek/mpls-in-vlan.pcap", None),
        ("zeek/radiotap.pcap", ("172.17.156.76", "208.67.220.220", "udp")),
        ("zeek/pppoe.pcap", None),
        ("arkime/nflog.pcap", ("10.10.10.10", "52.43.228.156", "tcp")),
        ("arkime/80211http.pcap", ("172.5.5.113", "14.17.32.211", "tcp")),
    ],
)
def test_nothing_but_control_messages_stays_undecoded(
    captures: Path, capture: str, ends: tuple[str, str, str | None] | None
) -> None:
    reading = read(str(captures / capture), OFF)
    control = {"pppoe_discovery", "ppp_control", "wlan_management", "wlan_null"}
    assert set(reading.stats["undecoded"]) <= control
    assert reading.stats["decoded"] > 0
    if ends is not None:
        flows = reading.events("network.flow")
        assert ends in [(flow["source"]["ip"], flow["destination"]["ip"], flow["network"].get("transport")) for flow in flows]


def test_frames_inside_each_other_without_end_are_told_once(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/decode-too-many-layers").glob("*.pcap")
    reading = read(str(path), OFF)
    assert reading.stats["undecoded"] == {"too_many_layers": 1}
    assert [event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")] == ["too_many_layers"]


def test_a_link_type_outside_the_list_is_counted_by_its_reason(captures: Path) -> None:
    stats = read(str(captures / "zeek/llc.pcap"), OFF).stats
    assert stats["undecoded"] == {"unknown_linktype": stats["read"]}


def test_the_account_is_kept_for_each_interface(captures: Path) -> None:
    path = captures / "attacks/brimcap/extra.pcapng"
    stats = read(str(path), OFF).stats
    assert sum(interface["read"] for interface in stats["interfaces"]) == stats["read"]
    assert sum(interface["bytes"] for interface in stats["interfaces"]) == stats["bytes"]
    assert stats["damage_reason"] == "block_header_cut"


@pytest.mark.parametrize(
    ("packet", "name"),
    [
        (ipv4(tcp(flags=0), protocol=6), "tcp_flags_impossible"),
        (ipv4(tcp(flags=0x03), protocol=6), "tcp_flags_impossible"),
        (ipv4(tcp(flags=0x29), protocol=6), "tcp_flags_impossible"),
        (ipv4(tcp(flags=0x02, options=b"\x02\x09\x05\xb4"), protocol=6), "tcp_option_length"),
        (ipv4(tcp(flags=0x02, source=139, destination=139), protocol=6, destination="10.0.0.1"), "ip_land_attack"),
        (ipv4(tcp(flags=0x02)[:12], protocol=6), "tcp_header_cut"),
        (ipv4(udp(b"")[:6]), "udp_header_cut"),
        (ipv4(udp(b"")[:4] + b"\0\x50\0\0"), "udp_length_beyond_packet"),
        (ipv4(udp(b"")[:4] + b"\0\x05\0\0"), "udp_length_wrong"),
        (ipv4(udp(b""), options=b"\x07\x27\x04\0"), "ip_option_length"),
        (ipv4(udp(b""), options=b"\1\1\1\x07"), "ip_option_padding"),
        (ipv4(udp(b""), length=900), "ip_length_beyond_frame"),
        (ipv4(b"", length=12), "ip_length_wrong"),
        (ipv4(b"\x2c\0\0\0" + bytes(4), protocol=1), "icmp_type_unknown"),
        (ipv4(b"\x03\x63\0\0" + bytes(4), protocol=1), "icmp_code_unknown"),
        (b"\x55" + bytes(39), "ip_version_wrong"),
        (b"\x42" + bytes(39), "ip_header_length_wrong"),
        (b"\x45\0\0", "ip_header_cut"),
    ],
)
def test_a_header_that_breaks_its_rules_is_told_by_name(write_capture: WriteCapture, packet: bytes, name: str) -> None:
    reading = read(write_capture(pcap_bytes([(1_700_000_000, ethernet(IPV4, packet))])), OFF)
    assert [event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")] == [name]


def test_the_same_broken_packet_makes_one_event_a_minute_and_every_one_is_counted(write_capture: WriteCapture) -> None:
    broken = ethernet(IPV4, ipv4(tcp(flags=0x02)[:12], protocol=6))
    path = write_capture(pcap_bytes((1_700_000_010 + index / 1_000, broken) for index in range(5_000)))
    reading = read(path, OFF)
    assert len(reading.events("network.anomaly")) == 1
    assert reading.stats["anomalies"] == {"tcp_header_cut": 5_000}


def test_an_ordinary_packet_has_no_anomaly(write_capture: WriteCapture) -> None:
    frames = [ethernet(IPV4, ipv4(udp(dns_query("plain.vn")))), ethernet(IPV4, ipv4(tcp(flags=0x02), protocol=6)) + bytes(6)]
    reading = read(write_capture(pcap_bytes((1_700_000_000, frame) for frame in frames)), OFF)
    assert reading.stats["anomalies"] == {}
