"""The frame of an EVE record, with events made by hand; expected spellings are those of Suricata's documentation of EVE."""

from typing import Any

import orjson
import pytest

from khien.eve import Options, eve, eve_lines
from khien.eve.registry import record, records


def event(dataset: str, **members: Any) -> dict[str, Any]:
    """An event with the members that all have; `members` replace whole objects."""
    khien = {"schema": 1, "time": "packet", "flow": {"id": "ffeeddccbbaa9988"}, "tx": 3, "packet": 7}
    made: dict[str, Any] = {
        "@timestamp": "2026-11-10T02:00:00.123456Z",
        "event": {"kind": "event", "dataset": dataset, "action": "made"},
        "network": {"type": "ipv6", "transport": "tcp", "protocol": "gopher", "community_id": "1:abc="},
        "source": {"ip": "2001:db8::1", "port": 40_000},
        "destination": {"ip": "2001:db8::2", "port": 1883},
        "khien": khien,
    }
    return made | members


def flow(**own: Any) -> dict[str, Any]:
    """A final flow record."""
    khien_flow = {"id": "ffeeddccbbaa9988", "state": "closed", "reason": "closed", "payload_bytes": {"source": 5, "destination": 0}}
    return event(
        "network.flow",
        event={
            "dataset": "network.flow",
            "action": "flow-end",
            "start": "2026-11-10T02:00:00.900000Z",
            "end": "2026-11-10T02:00:02.100000Z",
        },
        network={"type": "ipv4", "transport": "tcp"},
        source={"ip": "10.0.0.1", "port": 4000, "packets": 3, "bytes": 180},
        destination={"ip": "10.0.0.2", "port": 80, "packets": 2, "bytes": 120},
        khien={"schema": 1, "flow": khien_flow | own, "tcp": {"flags": {"source": "1b", "destination": "12"}, "state": "closed"}},
    )


def told(made: dict[str, Any], options: Options | None = None) -> dict[str, Any]:
    found = eve(made) if options is None else eve(made, options)
    assert found is not None
    return found


def test_a_dataset_without_a_mapping_passes_its_own_object_through() -> None:
    found = told(event("network.gopher", gopher={"publish": {"topic": "a", "qos": 1}}))
    assert found["event_type"] == "gopher"
    assert found["gopher"] == {"publish": {"topic": "a", "qos": 1}}


def test_a_dataset_without_a_mapping_or_an_object_has_no_record() -> None:
    assert eve(event("network.gopher")) is None


def test_the_head_spells_time_addresses_and_numbers_as_eve_does() -> None:
    found = told(event("network.gopher", gopher={}))
    assert found["timestamp"] == "2026-11-10T02:00:00.123456+0000"
    assert found["src_ip"] == "2001:0db8:0000:0000:0000:0000:0000:0001"
    assert (found["src_port"], found["dest_port"], found["proto"], found["ip_v"]) == (40_000, 1883, "TCP", 6)
    assert (found["pcap_cnt"], found["tx_id"], found["community_id"]) == (7, 3, "1:abc=")


def test_a_flow_id_is_a_number_that_json_readers_keep_exactly() -> None:
    assert told(event("network.gopher", gopher={}))["flow_id"] == 0xFFEEDDCCBBAA9988 >> 11
    assert told(event("network.gopher", gopher={}))["flow_id"] < 2**53


def test_vlans_are_listed_outermost_first_to_the_third() -> None:
    made = event("network.gopher", gopher={})
    made["network"] |= {"vlan": {"id": "1"}, "inner": {"vlan": {"id": "10"}}}
    made["khien"] |= {"vlan": [100]}
    assert told(made)["vlan"] == [1, 10, 100]


def test_hardware_addresses_are_told_only_when_asked_for() -> None:
    made = event("network.gopher", gopher={}, source={"ip": "10.0.0.1", "mac": "00-1D-09-F0-92-AB"})
    assert "ether" not in told(made)
    assert told(made, Options(ethernet=True))["ether"] == {"src_mac": "00:1d:09:f0:92:ab"}


def test_the_sender_of_a_dns_answer_is_its_source() -> None:
    made = event("network.dns", dns={"type": "answer", "id": "7", "question": {"name": "a.vn", "type": "A"}})
    found = told(made)
    assert (found["src_port"], found["dest_port"]) == (1883, 40_000)
    assert (found["dns"]["type"], found["dns"]["id"], found["dns"]["version"]) == ("response", 7, 3)


def test_an_answer_repeats_its_header_as_hexadecimal_and_as_names() -> None:
    made = event(
        "network.dns",
        dns={"type": "answer", "id": "7", "op_code": "QUERY", "response_code": "NXDOMAIN", "header_flags": ["AA", "RD", "RA"]},
    )
    found = told(made)["dns"]
    assert found["flags"] == "8583"  # RFC 1035, 4.1.1: QR, AA, RD, RA, rcode 3
    assert (found["qr"], found["aa"], found["rd"], found["ra"]) == (True, True, True, True)
    assert "tc" not in found
    assert found["rcode"] == "NXDOMAIN"


def test_the_sender_of_a_file_is_its_source() -> None:
    made = event(
        "network.file",
        file={"name": "a.txt", "size": 4},
        khien={"schema": 1, "flow": {"id": "00"}, "file": {"state": "closed", "sender": "destination"}},
    )
    found = told(made)
    assert found["src_port"] == 1883
    assert found["event_type"] == "fileinfo"
    assert found["fileinfo"] == {"filename": "a.txt", "gaps": False, "state": "CLOSED", "stored": False, "size": 4}


def test_a_flow_counts_both_ways_and_its_age_is_a_difference_of_whole_seconds() -> None:
    found = told(flow())["flow"]
    assert (found["pkts_toserver"], found["bytes_toclient"], found["age"]) == (3, 120, 2)
    assert (found["state"], found["reason"], found["alerted"]) == ("closed", "timeout", False)


def test_a_flow_says_failed_only_when_there_was_something_to_recognise() -> None:
    assert told(flow())["app_proto"] == "failed"
    assert "app_proto" not in told(flow(payload_bytes={"source": 0, "destination": 0}))


def test_tcp_flags_of_both_ends_are_joined_and_named() -> None:
    tcp = told(flow())["tcp"]
    assert (tcp["tcp_flags"], tcp["tcp_flags_ts"], tcp["tcp_flags_tc"]) == ("1b", "1b", "12")
    assert {name for name, value in tcp.items() if value is True} == {"fin", "syn", "psh", "ack"}


@pytest.mark.parametrize("action", ["flow-interim", "flow-summary"])
def test_a_record_of_a_living_flow_has_no_counterpart(action: str) -> None:
    made = flow()
    made["event"]["action"] = action
    assert eve(made) is None


def test_lines_come_out_in_order_and_each_ends_with_a_newline() -> None:
    living = flow()
    living["event"]["action"] = "flow-interim"
    lines = b"".join(orjson.dumps(made) + b"\n" for made in (event("network.gopher", gopher={"n": 1}), living, flow()))
    found = list(eve_lines(lines))
    assert [orjson.loads(line)["event_type"] for line in found] == ["gopher", "flow"]
    assert all(line.endswith(b"}\n") for line in found)


def test_a_dataset_has_one_mapping() -> None:
    assert "network.dns" in records()
    with pytest.raises(ValueError, match=r"network\.dns"):
        record("network.dns", event_type="dns")(lambda _event, _options: {})
