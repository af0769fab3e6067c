"""ARP: who says which address is where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import pcap_bytes
from tests.engine.packet.framing import ethernet
from tests.engine.packet.reading import Reading, read

WriteCapture = Callable[[bytes], str]
ARP = 0x0806
HOST, ROUTER = b"\x02\0\0\0\0\x01", b"\x02\0\0\0\0\xfe"


def message(operation: int, sender: str, target: str, *, station: bytes = HOST) -> bytes:
    """An Ethernet frame with a message about IPv4 addresses (RFC 826)."""
    ends = [bytes(int(part) for part in address.split(".")) for address in (sender, target)]
    body = b"\0\1\x08\0\6\4" + operation.to_bytes(2) + station + ends[0] + bytes(6) + ends[1]
    return ethernet(ARP, body, source=HOST, destination=b"\xff" * 6)


def heard(write_capture: WriteCapture, *frames: bytes, apart: float = 1.0) -> Reading:
    return read(write_capture(pcap_bytes((1_700_000_000 + apart * index, frame) for index, frame in enumerate(frames))))


def pairs(reading: Reading) -> list[dict[str, Any]]:
    return [event["arp"] for event in reading.events("network.arp")]


def test_requests_and_replies_of_a_real_capture(captures: Path) -> None:
    (path,) = (captures / "suricata-verify/decode-arp-2").glob("*.pcap")
    events = {event["khien"]["packet"]: event for event in read(str(path)).events("network.arp")}
    assert len(events) == 4
    assert events[5]["arp"] == {
        "hw_type": "ethernet",
        "proto_type": "ipv4",
        "opcode": "request",
        "src_mac": "00-1D-09-F0-92-AB",
        "src_ip": "10.10.10.1",
        "dest_mac": "00-00-00-00-00-00",
        "dest_ip": "10.10.10.2",
    }
    assert (events[6]["event"]["action"], events[6]["arp"]["dest_ip"]) == ("arp-reply", "10.10.10.1")
    assert events[6]["source"] == {"ip": "10.10.10.2", "mac": "00-1A-6B-6C-0C-CC"}
    assert events[5]["related"]["ip"] == ["10.10.10.1", "10.10.10.2"]


def test_an_announcement_is_marked_and_a_question_is_not(write_capture: WriteCapture) -> None:
    reading = heard(write_capture, message(1, "10.0.0.1", "10.0.0.1"), message(1, "10.0.0.1", "10.0.0.2"))
    assert [event["khien"].get("arp") for event in reading.events("network.arp")] == [{"gratuitous": True}, None]


def test_a_probe_for_a_free_address_has_no_source_address(write_capture: WriteCapture) -> None:
    (event,) = heard(write_capture, message(1, "0.0.0.0", "10.0.0.9")).events("network.arp")
    assert "ip" not in event["source"]
    assert event["arp"]["src_ip"] == "0.0.0.0"


def test_who_speaks_for_another_station_is_told(write_capture: WriteCapture) -> None:
    reading = heard(write_capture, message(2, "10.0.0.254", "10.0.0.1", station=ROUTER))
    (event,) = reading.events("network.anomaly")
    assert event["khien"]["anomaly"]["name"] == "arp_sender_differs"
    assert event["source"] == {"ip": "10.0.0.254", "mac": "02-00-00-00-00-01"}


def test_a_flood_is_counted_and_ten_a_second_are_told(write_capture: WriteCapture) -> None:
    frames = [message(1, "10.0.0.1", f"10.0.{index // 250}.{index % 250 + 1}") for index in range(1_000)]
    reading = heard(write_capture, *frames, apart=0.000_5)
    assert len(pairs(reading)) == 10
    stats = reading.stats
    assert stats["limits"] == {"arp_rate": 990}
    assert (stats["decoded"], stats["without_flow"], stats["undecoded"]) == (1_000, 1_000, {})


def test_a_message_that_is_cut_is_told_with_its_station(write_capture: WriteCapture) -> None:
    reading = heard(
        write_capture, ethernet(ARP, b"\0\1\x08\0\6\4\0\1" + bytes(10), source=HOST), message(1, "10.0.0.1", "10.0.0.2")
    )
    (event,) = reading.events("network.anomaly")
    assert (event["khien"]["anomaly"]["name"], event["source"]) == ("arp_malformed", {"mac": "02-00-00-00-00-01"})
    assert reading.stats["undecoded"] == {"arp_malformed": 1}


def test_checks_of_sums_do_not_touch_it(write_capture: WriteCapture) -> None:
    path = write_capture(pcap_bytes([(1_700_000_000, message(1, "10.0.0.1", "10.0.0.2"))]))
    assert len(pairs(read(path, PacketSettings(checksums="on")))) == 1
