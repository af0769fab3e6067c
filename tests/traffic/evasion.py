"""Evasion below the protocols: what the receiver takes must be read, and what it does not must not (RFC 9293, RFC 5722)."""

from collections.abc import Iterator

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment
from scapy.packet import Packet, Raw

from tests.engine.packet.conftest import dns_query
from tests.traffic.case import CLIENT, REPLY, SERVER, Talk, case, datagram, frame, request

_HTTP = "network.http"
_PATH = "url.path"
_DNS = "network.dns"
_NAME = "dns.question.name"


@case((_HTTP, _PATH, "/first"), untold=((_HTTP, _PATH, "/other"),), anomalies=("segment_overlap_differs",))
def a_second_copy_of_a_segment_differs() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    good, bad = request("/first"), request("/other")
    yield talk.segment(good)
    yield talk.segment(bad, at=0)
    yield talk.segment(client=False)
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/abcdef"), anomalies=("segment_overlap_differs",))
def segments_overlap_in_the_middle_with_other_bytes() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    whole = request("/abcdef")
    yield talk.segment(whole[:8])
    yield talk.segment(b"XXXX" + whole[8:], at=4)
    talk.following[True] += len(whole) - 8
    yield talk.segment(client=False)
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/out/of/order"))
def segments_of_one_byte_arrive_backwards() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    whole = request("/out/of/order")
    for offset in reversed(range(len(whole))):
        yield talk.segment(whole[offset : offset + 1], at=offset)
    talk.following[True] += len(whole)
    yield talk.segment(client=False)
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/split"))
def a_handshake_split_in_four() -> Iterator[bytes]:
    """The server acknowledges and opens in two packets, as RFC 9293 (section 3.5, simultaneous open) allows."""
    talk = Talk()
    yield talk.segment(flags="S")
    yield talk.segment(client=False, flags="S")
    yield talk.segment(flags="SA", at=-1)
    yield talk.segment(client=False)
    yield from talk.says(request("/split"))
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/in/the/syn"))
def data_in_the_syn_that_is_acknowledged() -> Iterator[bytes]:
    talk = Talk()
    yield talk.segment(request("/in/the/syn"), flags="S", options=[(34, b"cookie12")])
    yield talk.segment(client=False, flags="SA")
    yield talk.segment()
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/taken"), untold=((_HTTP, _PATH, "/ignored"),), anomalies=("syn_data_ignored",))
def data_in_the_syn_that_the_receiver_did_not_take() -> Iterator[bytes]:
    talk = Talk()
    ignored = request("/ignored")
    yield talk.segment(ignored, flags="S")
    talk.following[True] -= len(ignored)
    yield talk.segment(client=False, flags="SA")
    yield talk.segment()
    yield from talk.says(request("/taken"))
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/urgent"))
def an_urgent_byte_is_no_part_of_the_stream() -> Iterator[bytes]:
    """RFC 6093: the urgent pointer names the byte after the urgent one; sockets deliver that one out of band."""
    talk = Talk()
    yield from talk.opening()
    whole = request("/urgent")
    yield talk.segment(whole[:6] + b"!", flags="AU", urgptr=7)
    yield talk.segment(client=False)
    yield from talk.says(whole[6:])
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/after/the/reset"), anomalies=("reset_injected",))
def a_reset_that_neither_end_believed() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    yield talk.segment(client=False, flags="R", at=0)
    yield from talk.says(request("/after/the/reset"))
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/still/open"), anomalies=("reset_out_of_window",))
def a_reset_far_outside_the_window() -> Iterator[bytes]:
    talk = Talk()
    yield from talk.opening()
    yield talk.segment(client=False, flags="R", at=1 << 30)
    yield from talk.says(request("/still/open"))
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/new"), untold=((_HTTP, _PATH, "/old"),), anomalies=("timestamp_old",))
def a_segment_from_the_past_by_its_time_stamp() -> Iterator[bytes]:
    """RFC 7323, section 5 (PAWS): an older stamp is dropped."""
    talk = Talk(stamps=True)
    talk.time = 1_000_000
    yield from talk.opening()
    yield talk.segment(request("/old"), at=0, time=10)
    yield from talk.says(request("/new"))
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/across/zero"))
def sequence_numbers_wrap_inside_the_request() -> Iterator[bytes]:
    talk = Talk(client=2**32 - 12, server=2**32 - 20)
    yield from talk.opening()
    whole = request("/across/zero")
    for offset in range(0, len(whole), 5):
        yield from talk.says(whole[offset : offset + 5])
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_HTTP, _PATH, "/both/kept"), anomalies=("segment_overlap_differs",))
def a_copy_that_dies_on_the_way_by_its_tiny_ttl() -> Iterator[bytes]:
    """What never arrives cannot be known from one place; that two copies differ can be told."""
    talk = Talk()
    yield from talk.opening()
    good = request("/both/kept")
    yield talk.segment(good)
    yield talk.segment(b"Z" * len(good), at=0, ip={"ttl": 1})
    yield talk.segment(client=False)
    yield from talk.says(REPLY, client=False)
    yield from talk.closing()


@case((_DNS, _NAME, "whole.example"))
def fragments_in_reverse_order() -> Iterator[bytes]:
    pieces = datagram(dns_query("whole.example"), id=7).fragment(fragsize=16)
    yield from (frame(piece) for piece in reversed(pieces))


@case((_DNS, _NAME, "first.example"), untold=((_DNS, _NAME, "other.example"),), anomalies=("frag_overlap_differs",))
def fragments_that_overlap_with_other_bytes() -> Iterator[bytes]:
    """IPv4: the bytes that came first stay."""
    first, other = (datagram(dns_query(name), id=8).fragment(fragsize=24) for name in ("first.example", "other.example"))
    yield frame(first[0])
    yield frame(other[0])
    yield from (frame(piece) for piece in first[1:])


@case(untold=((_DNS, _NAME, "first.example"), (_DNS, _NAME, "other.example")), anomalies=("frag_overlap",))
def fragments_of_ipv6_that_overlap_are_dropped() -> Iterator[bytes]:
    """RFC 5722: the whole datagram, silently."""

    def outer() -> Packet:
        return IPv6(src="2001:db8::1", dst="2001:db8::2")

    first, other = (
        bytes(outer() / UDP(sport=40_000, dport=53) / Raw(dns_query(name)))[40:] for name in ("first.example", "other.example")
    )

    def piece(body: bytes, offset: int, *, more: int) -> bytes:
        return frame(outer() / IPv6ExtHdrFragment(nh=17, id=9, offset=offset // 8, m=more) / Raw(body))

    yield piece(first[:24], 0, more=1)
    yield piece(other[16:24], 16, more=1)
    yield piece(first[24:], 24, more=0)


@case(anomalies=("frag_too_long",))
def a_fragment_that_ends_beyond_the_longest_packet() -> Iterator[bytes]:
    """The ping of death: offset and length together exceed 65,535 (RFC 791)."""
    yield frame(IP(src=CLIENT, dst=SERVER, id=10, flags="MF", frag=0, proto=17) / Raw(bytes(64)))
    yield frame(IP(src=CLIENT, dst=SERVER, id=10, frag=8_189, proto=17) / Raw(bytes(64)))
