"""Truncated, lying and looping input at every layer: no crash, the anomaly by its name, and the neighbours still read."""

import ssl
import struct
from collections.abc import Iterator
from typing import Any

from scapy.layers.inet import IP, TCP, UDP
from scapy.packet import Raw

from tests.engine.packet.conftest import dns_query
from tests.traffic.case import CLIENT, REPLY, SERVER, Talk, case, datagram, frame, request

_DNS = "network.dns"
_HTTP = "network.http"
_AFTER = (_DNS, "dns.question.name", "after.example")


def _after() -> bytes:
    """A good packet behind the bad ones: whoever reads on sees it."""
    return frame(datagram(dns_query("after.example"), source="10.2.0.1"))


@case(_AFTER, anomalies=("ip_header_cut", "ethernet_header_cut", "udp_header_cut"))
def a_packet_cut_at_every_byte() -> Iterator[bytes]:
    whole = frame(datagram(dns_query("cut.example")))
    yield from (whole[:length] for length in range(1, len(whole)))
    yield _after()


@case(_AFTER, anomalies=("ip_length_beyond_frame", "ip_length_wrong", "ip_header_length_wrong", "ip_version_wrong"))
def lengths_of_ip_that_lie() -> Iterator[bytes]:
    lies: tuple[dict[str, Any], ...] = ({"len": 1_400}, {"len": 10}, {"ihl": 3}, {"ihl": 15}, {"version": 7})
    for fields in lies:
        yield frame(datagram(dns_query("lie.example"), **fields))
    yield _after()


@case(_AFTER, anomalies=("udp_length_beyond_packet", "udp_length_wrong"))
def lengths_of_udp_that_lie() -> Iterator[bytes]:
    for length in (4, 7, 9_000, 65_535):
        yield frame(IP(src=CLIENT, dst=SERVER) / UDP(sport=40_000, dport=53, len=length) / Raw(dns_query("lie.example")))
    yield _after()


@case(_AFTER, anomalies=("tcp_header_length_wrong", "tcp_option_length", "tcp_flags_impossible"))
def headers_of_tcp_that_lie() -> Iterator[bytes]:
    for words in (0, 4, 15):
        yield frame(IP(src=CLIENT, dst=SERVER) / TCP(sport=1, dport=80, flags="S", dataofs=words))
    for option in (b"\x02\x00\x00\x00", b"\x08\x28\x00\x00"):
        header = struct.pack(">HHIIBBHHH", 2, 80, 1, 0, 0x60, 2, 100, 0, 0)
        yield frame(IP(src=CLIENT, dst=SERVER, proto=6) / Raw(header + option))
    yield frame(IP(src=CLIENT, dst=SERVER) / TCP(sport=3, dport=80, flags="SFR"))
    yield _after()


@case(_AFTER, anomalies=("dns_pointer_loop",))
def names_of_dns_that_point_at_themselves() -> Iterator[bytes]:
    """RFC 1035, section 4.1.4: pointers point back; these point to themselves, to each other, and forward."""
    header = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0)
    for name in (b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c"):
        yield frame(datagram(header + name + b"\0\1\0\1"))
    yield _after()


@case(_AFTER)
def counts_of_dns_that_lie() -> Iterator[bytes]:
    for counts in ((65_535, 0, 0, 0), (1, 65_535, 65_535, 65_535)):
        yield frame(datagram(struct.pack(">HHHHHH", 2, 0x8180, *counts) + b"\1a\0\0\1\0\1"))
    yield _after()


@case((_HTTP, "url.path", "/outer"), anomalies=("http_ambiguous_length",))
def a_request_with_two_lengths() -> Iterator[bytes]:
    """RFC 9112, section 6.3: both Content-Length and Transfer-Encoding is what request smuggling is made of."""
    talk = Talk()
    yield from talk.opening()
    yield from talk.says(
        b"POST /outer HTTP/1.1\r\nHost: a.example\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nG"
    )
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, "url.path", "/one"), (_HTTP, "url.path", "/two"))
def two_requests_in_one_segment() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    yield from talk.says(request("/one") + request("/two"))
    yield from talk.says(REPLY + REPLY, client=False)
    yield from talk.closing()


@case(("network.tls", "tls.client.server_name", "cut.example"))
def a_tls_hello_cut_into_single_bytes_and_records() -> Iterator[bytes]:
    """RFC 8446, section 5.1: a handshake message may be spread over records, and records over segments."""
    hello = _client_hello("cut.example")
    body = hello[5:]
    records = b"".join(
        hello[:3] + struct.pack(">H", len(body[start : start + 7])) + body[start : start + 7] for start in range(0, len(body), 7)
    )
    talk = Talk(port=4_433)
    yield from talk.opening()
    for start in range(len(records)):
        yield from talk.says(records[start : start + 1])
    yield from talk.closing()


def _client_hello(name: str) -> bytes:
    """As the ssl module writes it."""
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name)
    try:
        client.do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()
    raise AssertionError


@case(_AFTER, anomalies=("arp_malformed",))
def an_arp_that_lies_about_its_lengths() -> Iterator[bytes]:
    yield bytes(12) + b"\x08\x06" + struct.pack(">HHBBH", 1, 0x0800, 200, 100, 1) + bytes(20)
    yield _after()
