"""Datagrams joined from pieces: evasion captures with a known verdict, and pieces made here."""

import re
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from khien_engine.packet import PacketSettings

from khien.schema.anomaly import load_anomalies
from tests.engine.packet.conftest import dns_query, pcap_bytes
from tests.engine.packet.framing import IPV4, IPV6, ethernet, ipv4, ipv6, tcp, udp
from tests.engine.packet.reading import Reading, read

WriteCapture = Callable[[bytes], str]
OFF = PacketSettings(checksums="off")
_EVENT = re.compile(r"^[^#\n]*decode-event:([a-z0-9_.]+).*?sid:(\d+)", re.MULTILINE)
DATAGRAM = udp(dns_query("pieces.vn"))


def v6_piece(body: bytes, offset: int, *, more: bool, following: int = 17) -> bytes:
    """A piece behind an IPv6 fragment header (RFC 8200, section 4.5)."""
    return ethernet(IPV6, ipv6(struct.pack(">BBHI", following, 0, offset | more, 7) + body, following=44))


def v4_piece(body: bytes, offset: int, *, more: bool, protocol: int = 17) -> bytes:
    """A piece of an IPv4 datagram."""
    return ethernet(IPV4, ipv4(body, fragment=(offset // 8) | (0x2000 if more else 0), protocol=protocol))


def reading_of(write_capture: WriteCapture, *frames: bytes) -> Reading:
    return read(write_capture(pcap_bytes((1_700_000_000 + index / 10, frame) for index, frame in enumerate(frames))), OFF)


def anomalies(reading: Reading) -> list[str]:
    return [event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")]


def asked(reading: Reading) -> list[str]:
    return [event["dns"]["question"]["name"] for event in reading.events("network.dns")]


def test_every_evasion_by_pieces_is_told_under_the_name_of_its_rule(captures: Path) -> None:
    ours: dict[str, set[str]] = {}
    for name, anomaly in load_anomalies().items():
        for event in anomaly.eve:
            ours.setdefault(event, set()).add(name)
    compared = 0
    for rules in sorted((captures / "suricata-verify/ipv6-evasion").rglob("*.rules")):
        checks = yaml.safe_load((rules.parent / "test.yaml").read_text())["checks"]
        matches = [check["filter"]["match"] for check in checks if check.get("filter", {}).get("count") == 1]
        fired = {match["alert.signature_id"] for match in matches if "alert.signature_id" in match}
        (capture,) = rules.parent.glob("*.pcap")
        found = set(anomalies(read(str(capture), OFF)))
        for event, number in _EVENT.findall(rules.read_text()):
            if int(number) in fired:
                assert ours[f"decoder.{event}"] & found, (rules.parent.name, event, found)
                compared += 1
    assert compared >= 24


def test_names_asked_for_in_pieces_are_read(captures: Path) -> None:
    queries = asked(read(str(captures / "zeek/ipv6-fragmented-dns.pcap"), OFF))
    assert set(queries) == {f"txtpadding_{number}.n1.netalyzr.icsi.berkeley.edu" for number in (323, 3230)}
    reading = read(str(captures / "ndpi/dns_fragmented.pcap"), OFF)
    assert "weberlab.de" in asked(reading)
    assert reading.stats["undecoded"] == {}


@pytest.mark.parametrize("make", [v4_piece, v6_piece])
@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_pieces_in_any_order_make_the_datagram(
    write_capture: WriteCapture, make: Callable[..., bytes], order: tuple[int, ...]
) -> None:
    cuts = [(DATAGRAM[:8], 0, True), (DATAGRAM[8:24], 8, True), (DATAGRAM[24:], 24, False)]
    reading = reading_of(write_capture, *(make(cuts[place][0], cuts[place][1], more=cuts[place][2]) for place in order))
    assert asked(reading) == ["pieces.vn"]
    (flow,) = reading.events("network.flow")
    assert (flow["source"]["packets"], flow["destination"]["port"]) == (3, 53)
    assert reading.stats["decoded"] == 3


def test_in_ipv4_the_first_copy_of_a_byte_stays_and_a_differing_one_is_told(write_capture: WriteCapture) -> None:
    other = bytes(len(DATAGRAM[8:16]))
    frames = [v4_piece(DATAGRAM[8:16], 8, more=True), v4_piece(other, 8, more=True)]
    frames += [v4_piece(DATAGRAM[16:], 16, more=False), v4_piece(DATAGRAM[:8], 0, more=True)]
    reading = reading_of(write_capture, *frames)
    assert (asked(reading), anomalies(reading)) == (["pieces.vn"], ["frag_overlap_differs"])


def test_in_ipv6_an_overlap_costs_the_datagram_and_a_repetition_does_not(write_capture: WriteCapture) -> None:
    first, last = v6_piece(DATAGRAM[:16], 0, more=True), v6_piece(DATAGRAM[16:], 16, more=False)
    assert asked(reading_of(write_capture, first, first, last)) == ["pieces.vn"]
    reading = reading_of(write_capture, first, v6_piece(DATAGRAM[8:24], 8, more=True), last, v6_piece(DATAGRAM[:16], 0, more=True))
    assert (asked(reading), anomalies(reading)) == ([], ["frag_overlap"])
    assert reading.stats["undecoded"] == {"fragment_overlap": 3, "fragment_incomplete": 1}


def test_an_atomic_fragment_is_a_whole_packet(write_capture: WriteCapture) -> None:
    reading = reading_of(write_capture, v6_piece(DATAGRAM, 0, more=False))
    assert (asked(reading), anomalies(reading)) == (["pieces.vn"], ["frag_header_useless"])


def test_a_piece_that_begins_inside_a_tcp_header_is_told(write_capture: WriteCapture) -> None:
    segment = tcp(flags=0x02)
    reading = reading_of(
        write_capture, v4_piece(segment[:8], 0, more=True, protocol=6), v4_piece(segment[8:], 8, more=False, protocol=6)
    )
    assert anomalies(reading) == ["frag_offset_one"]
    assert reading.events("network.flow")[0]["destination"]["port"] == 80


def test_pieces_that_never_come_together_are_counted(write_capture: WriteCapture) -> None:
    reading = reading_of(write_capture, v4_piece(DATAGRAM[:8], 0, more=True), v4_piece(b"x" * 8, 65_528, more=False))
    assert reading.stats["undecoded"] == {"fragment_incomplete": 1, "fragment_too_long": 1}
    assert anomalies(reading) == ["frag_too_long"]


@pytest.mark.parametrize(
    ("frames", "name"),
    [
        ([v4_piece(b"x" * 16, 65_528, more=False)], "frag_too_long"),
        ([v6_piece(b"x" * 9, 0, more=True)], "frag_length_wrong"),
        ([v6_piece(b"", 8, more=False)], "frag_length_wrong"),
        ([v4_piece(b"x" * 8, 8, more=False), v4_piece(b"x" * 8, 16, more=False)], "frag_beyond_end"),
        ([v6_piece(DATAGRAM[:8], 0, more=True, following=6)], "frag_header_chain_cut"),
    ],
)
def test_what_cannot_be_a_piece_is_told_by_name(write_capture: WriteCapture, frames: list[bytes], name: str) -> None:
    assert anomalies(reading_of(write_capture, *frames)) == [name]
