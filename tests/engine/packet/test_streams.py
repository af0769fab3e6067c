"""The rows of the design's table of TCP cases, each by a capture whose answer is known (sensing.md, section 4)."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from khien_engine.packet import PacketSettings

from tests.conformance.outcome import Report
from tests.conformance.suricata.case import Case, cases
from tests.conformance.suricata.suite import ours, run_case
from tests.engine.packet.reading import Reading, read

ROOT = Path(__file__).resolve().parents[3]

#: Tests of the data whose checks must all hold; the words say which row of the table they stand for.
CASES = {
    "alert-testmyids-async": "one side only",
    "alert-testmyids-midstream": "no handshake",
    "bug-2646-01": "a FIN that is never acknowledged",
    "bug-2646-02": "FIN, then resets",
    "bug-3286-01-no-evasion": "the plain conversation of the evasions below",
    "bug-3286-02-linux-evasion": "injected RST and FIN with a false time stamp",
    "bug-3286-03-windows-evasion": "injected RST and FIN with a time stamp nobody offered",
    "bug-4702-02": "closed",
    "bug-6733-syn-packet-flow-output": "a lone SYN",
    "bug-7657-01": "SYN again, other sequence",
    "community-id-ipv6": "closed and open",
    "http-async": "both sides",
    "http-async-cli": "one side only",
    "security-4710-01": "injected RST, the client goes on",
    "security-4710-02": "injected RST after SYN-ACKs in vain",
    "tcp-async-01": "one side only",
    "tcp-fastopen-03": "data in SYN",
    "tcp-fastopen-05": "data in SYN",
    "tcp-fastopen-06": "data in SYN",
    "tcp-fastopen-07": "data in SYN; a reset after both ends said FIN",
    "tcp-fastopen-08": "data in SYN",
    "tcp-fastopen-11-reject-syn-data": "data in SYN that is refused and sent again",
    "tcp-protodetect-bailout": "nothing recognised",
}

#: Rules that watch for one event of the stream: test, the event's name in EVE.
EVENTS = (
    ("bug-3286-02-linux-evasion", "stream.pkt_invalid_timestamp"),
    ("bug-3286-03-windows-evasion", "stream.pkt_invalid_timestamp"),
    ("bug-7657-01", "stream.3whs_syn_flood"),
    ("security-4710-01", "stream.suspected_rst_inject"),
    ("security-4710-02", "stream.suspected_rst_inject"),
    ("tcp-fastopen-10-syn-data-ignore", "stream.3whs_synack_tfo_data_ignored"),
    ("tcp-fastopen-11-reject-syn-data", "stream.3whs_synack_tfo_data_ignored"),
)


@cache
def suricata_cases(root: Path) -> dict[str, Case]:
    """The tests by name."""
    return {case.name: case for case in cases(root)}


def case_of(captures: Path, name: str) -> Case:
    """One test."""
    return suricata_cases(captures / "suricata-verify")[name]


def capture_of(captures: Path, name: str) -> str:
    """The capture of one test."""
    path = case_of(captures, name).capture
    assert path is not None
    return str(path)


def flows(reading: Reading) -> list[dict[str, Any]]:
    """Final flow records."""
    return [event for event in reading.events("network.flow") if event["event"]["action"] == "flow-end"]


def anomalies(reading: Reading) -> dict[str, int]:
    """The packet of each anomaly that made an event, by name."""
    return {event["khien"]["anomaly"]["name"]: event["khien"]["packet"] for event in reading.events("network.anomaly")}


@pytest.mark.parametrize("name", CASES, ids=lambda name: f"{name}: {CASES[name]}")
def test_every_check_of_a_case_that_is_ours_holds(captures: Path, name: str) -> None:
    case = ours(case_of(captures, name), Report(suite="suricata-verify"))
    assert case is not None
    judged = run_case(case)
    assert judged.error is None
    assert [check.name for check in judged.checks if not check.passed] == []


@pytest.mark.parametrize(("name", "event"), EVENTS)
def test_a_rule_that_watches_for_an_event_of_the_stream_would_fire(captures: Path, name: str, event: str) -> None:
    folder = captures / "suricata-verify" / name
    rules = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.rules"))
    assert f"stream-event:{event.removeprefix('stream.')};" in rules
    table = yaml.safe_load((ROOT / "khien/schema/anomalies.yaml").read_text(encoding="utf-8"))
    ours_by_eve = {ours for ours, facts in table.items() if event in facts["eve"]}
    found = anomalies(read(capture_of(captures, name), PacketSettings(checksums="off", midstream=False)))
    assert found.keys() & ours_by_eve, found


def test_an_injected_reset_is_told_in_the_packet_that_the_rule_names(captures: Path) -> None:
    found = anomalies(read(capture_of(captures, "bug-3286-02-linux-evasion"), PacketSettings(checksums="off")))
    text = (captures / "suricata-verify/bug-3286-02-linux-evasion/test.yaml").read_text(encoding="utf-8")
    stated = [int(number) for number in re.findall(r"pcap_cnt: (\d+)", text)]
    assert found["timestamp_invalid"] == min(stated)


def test_a_reset_that_acknowledges_nothing_sent_ends_nothing(captures: Path) -> None:
    # The reset in packet 2 acknowledges the SYN's own number, which is one too low (the capture's name says: injected).
    reading = read(str(captures / "zeek/tcp/rst-inject-rae.pcap"))
    assert anomalies(reading)["reset_out_of_window"] == 2
    [flow] = flows(reading)
    assert flow["khien"]["tcp"]["state"] == "closed"
    # Packets 5 and 8 carry 25 and 150 bytes; both were sent before the reset of packet 9 that nobody doubts.
    assert flow["khien"]["flow"]["payload_bytes"] == {"source": 175, "destination": 0}


@pytest.mark.parametrize(("name", "path"), [("tcp-urgp-01-oob", "/malicious"), ("tcp-urgp-04-2byte-XY", "/malicXious")])
def test_the_urgent_byte_is_left_out_of_the_stream(captures: Path, name: str, path: str) -> None:
    rules = (captures / "suricata-verify" / name / "suricata.rules").read_text(encoding="utf-8")
    assert f'http.uri; content:"{path[1:]}"' in rules
    [request] = read(capture_of(captures, name), PacketSettings(checksums="off")).events("network.http")
    assert request["url"]["path"] == path


def test_both_ends_of_a_handshake_of_five_segments_are_followed(captures: Path) -> None:
    reading = read(capture_of(captures, "tcp-split-handshake-02-5whs"), PacketSettings(checksums="off"))
    [flow] = flows(reading)
    # The rules of the test look for the four bytes that the client sends.
    assert flow["khien"]["flow"]["payload_bytes"] == {"source": 4, "destination": 0}
    assert "stream_bytes" not in flow["khien"]["flow"]
    assert flow["source"]["ip"] == "1.1.1.1"
    assert flow["khien"]["flow"]["direction_source"] == "handshake"


@pytest.mark.parametrize("name", ["tcp-rst-unacked-stream-09", "tcp-rst-unacked-stream-10"])
def test_of_what_was_sent_before_a_reset_the_acknowledged_bytes_are_delivered(captures: Path, name: str) -> None:
    # SHA-256 of the captured body bytes up to the last acknowledgement is what the test states; these are their numbers.
    acknowledged = {"tcp-rst-unacked-stream-09": 24_777, "tcp-rst-unacked-stream-10": 49_585}[name]
    reading = read(capture_of(captures, name), PacketSettings(checksums="off"))
    [request] = reading.events("network.http")
    assert request["http"]["response"]["body"]["bytes"] == acknowledged


@pytest.mark.parametrize("name", ["tcp_zerowindowdead.pcapng", "tcp_zerowindowrecovery.pcapng"])
def test_keep_alives_and_window_probes_give_no_byte_twice_and_no_gap(captures: Path, name: str) -> None:
    reading = read(str(captures / "attacks/packets" / name), PacketSettings(checksums="off"))
    told = anomalies(reading)
    assert not told.keys() & {"stream_gap", "segment_overlap_differs", "segment_beyond_window"}
    assert reading.stats["missed_bytes"] == 0


def test_segments_sent_again_are_taken_once(captures: Path) -> None:
    reading = read(str(captures / "zeek/tcp/ssh-dups.pcap"), PacketSettings(checksums="off"))
    assert "segment_overlap_differs" not in anomalies(reading)
    [session] = reading.events("network.ssh")
    assert session["ssh"]["client"]["banner"].startswith("SSH-")
    [flow] = flows(reading)
    stream = flow["khien"]["flow"]["stream_bytes"]
    payload = flow["khien"]["flow"]["payload_bytes"]
    assert any(stream[end] < payload[end] for end in stream)


def test_ports_used_again_make_another_flow(captures: Path) -> None:
    # Zeek's conn.log of this capture has three refused connections of port 26242 and three of 26245.
    baseline = captures / "zeek/_baseline/pop3/pop3.pcap/scripts.base.protocols.pop3.basic/conn.log"
    rows = [line.split("\t") for line in baseline.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    found = [flow["source"]["port"] for flow in flows(read(str(captures / "zeek/pop3/pop3.pcap")))]
    for port in (26_242, 26_245):
        assert found.count(port) == sum(str(port) in row for row in rows) > 1


def test_without_midstream_a_flow_from_the_middle_is_only_counted(captures: Path) -> None:
    path = capture_of(captures, "alert-testmyids-midstream")
    followed = read(path, PacketSettings(checksums="off"))
    counted = read(path, PacketSettings(checksums="off", midstream=False))
    assert followed.events("network.http")
    assert not counted.events("network.http")
    [flow] = flows(counted)
    assert (flow["khien"]["tcp"]["state"], flow["khien"]["flow"]["state"]) == ("none", "new")
    assert flow["network"]["packets"] == flows(followed)[0]["network"]["packets"]


def test_without_async_oneside_a_flow_of_one_side_is_only_counted(captures: Path) -> None:
    path = capture_of(captures, "http-async-cli")
    assert len(read(path, PacketSettings(checksums="off")).events("network.http")) == 2
    assert not read(path, PacketSettings(checksums="off", async_oneside=False)).events("network.http")


def test_beyond_the_depth_a_file_is_truncated_and_the_flow_says_so(captures: Path) -> None:
    path = capture_of(captures, "tcp-fastopen-06")
    whole = read(path, PacketSettings(checksums="off"))
    [file] = whole.events("network.file")
    assert (file["file"]["size"], file["khien"]["file"]["state"]) == (1_158, "closed")
    # The response is 1,307 bytes of which the first 149 are its head.
    cut = read(path, PacketSettings(checksums="off", stream_depth=1_000))
    [file] = cut.events("network.file")
    assert file["khien"]["file"]["state"] == "truncated"
    assert "hash" not in file["file"]
    [request] = cut.events("network.http")
    assert request["http"]["response"]["body"]["bytes"] == 1_000 - 149
    [flow] = flows(cut)
    assert flow["khien"]["flow"]["limits"] == ["stream_depth"]
    assert flow["network"] == flows(whole)[0]["network"]
    assert cut.stats["limits"]["stream_depth"] == 1
