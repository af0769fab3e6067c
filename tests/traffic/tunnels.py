"""Packets inside packets: the innermost conversation is told, and what carries it; nesting has an end that is told too."""

from collections.abc import Iterator
from typing import Any

from scapy.contrib.geneve import GENEVE
from scapy.contrib.gtp import GTP_U_Header
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import GRE, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from tests.engine.packet.conftest import dns_query
from tests.traffic.case import case, datagram, frame

_DNS = "network.dns"
_TOLD = (_DNS, "dns.question.name", "inside.example")
_TYPE = "khien.tunnel.type"


def _inner() -> Packet:
    return datagram(dns_query("inside.example"), source="192.168.7.1", destination="192.168.7.2")


def _inner_frame() -> Packet:
    return Ether(src="02:00:00:00:00:03", dst="02:00:00:00:00:04") / _inner()


def _outer(**fields: Any) -> Packet:
    return IP(src="10.9.0.1", dst="10.9.0.2", **fields)


@case(_TOLD, (_DNS, _TYPE, "ipip"), (_DNS, "source.ip", "192.168.7.1"))
def ip_in_ip() -> Iterator[bytes]:
    yield frame(_outer() / _inner())


@case(_TOLD, (_DNS, _TYPE, "gre"))
def gre() -> Iterator[bytes]:
    yield frame(_outer() / GRE(key_present=1, key=7, seqnum_present=1, sequence_number=1) / _inner())


@case(_TOLD, (_DNS, _TYPE, "vxlan"))
def vxlan() -> Iterator[bytes]:
    yield frame(_outer() / UDP(sport=50_000, dport=4_789) / VXLAN(vni=42) / _inner_frame())


@case(_TOLD, (_DNS, _TYPE, "geneve"))
def geneve() -> Iterator[bytes]:
    yield frame(_outer() / UDP(sport=50_000, dport=6_081) / GENEVE(vni=42, proto=0x6558) / _inner_frame())


@case(_TOLD, (_DNS, _TYPE, "gtp"))
def gtp() -> Iterator[bytes]:
    yield frame(_outer() / UDP(sport=2_152, dport=2_152) / GTP_U_Header(teid=5) / _inner())


@case(_TOLD, (_DNS, _TYPE, "teredo"))
def teredo() -> Iterator[bytes]:
    """RFC 4380: IPv6 in UDP 3544."""
    inside = IPv6(src="2001:0:1::1", dst="2001:0:2::2") / UDP(sport=40_000, dport=53) / Raw(dns_query("inside.example"))
    yield frame(_outer() / UDP(sport=50_000, dport=3_544) / inside)


@case(_TOLD, (_DNS, "khien.tunnel.depth", 4))
def four_deep() -> Iterator[bytes]:
    yield frame(
        _outer() / _outer(ttl=9) / GRE() / _outer(ttl=8) / UDP(sport=1, dport=4_789) / VXLAN() / Ether() / _outer(ttl=7) / _inner()
    )


@case(untold=(_TOLD,), anomalies=("too_many_layers",))
def five_deep() -> Iterator[bytes]:
    packet = _inner()
    for depth in range(5):
        packet = IP(src=f"10.9.{depth}.1", dst=f"10.9.{depth}.2") / packet
    yield frame(packet)


@case(anomalies=("too_many_vlan_tags",))
def a_tower_of_tags() -> Iterator[bytes]:
    packet = _inner()
    for tag in range(40):
        packet = Dot1Q(vlan=tag + 1) / packet
    yield frame(packet)


@case((_DNS, "dns.question.name", "outside.example"))
def a_tunnel_port_that_carries_something_else() -> Iterator[bytes]:
    """DNS from port 4789 is DNS: nothing is believed for its port alone."""
    yield frame(_outer() / UDP(sport=4_789, dport=53) / Raw(dns_query("outside.example")))
