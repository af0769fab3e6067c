"""SNMP on real captures; expected values are what the files' names and another decoder tell."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read


def events(captures: Path, name: str) -> list[dict[str, Any]]:
    return read(str(captures / name), PacketSettings(checksums="off")).events("network.snmp")


def test_a_request_and_its_answer_are_joined(captures: Path) -> None:
    request, answer = events(captures, "zeek/snmp/snmpv1_get_short.pcap")[:2]
    assert (request["event"]["action"], answer["event"]["action"]) == ("snmp-get", "snmp-response")
    assert (request["snmp"]["version"], request["snmp"]["community"]) == (1, "public")
    assert request["snmp"]["request_id"] == answer["snmp"]["request_id"]
    assert request["khien"]["tx"] == answer["khien"]["tx"]
    assert (answer["event"]["outcome"], answer["event"]["duration"] > 0) == ("success", True)


def test_a_trap_of_version_1_tells_device_and_kind(captures: Path) -> None:
    found = events(captures, "zeek/snmp/snmpv1_trap.pcap")
    assert {event["event"]["action"] for event in found} == {"snmp-trap"}
    assert all(event["snmp"]["trap_oid"].startswith("1.3.6.1.") and event["snmp"]["trap_type"] for event in found)


def test_what_is_written_is_told_with_its_value(captures: Path) -> None:
    (written,) = [event for event in events(captures, "zeek/snmp/snmpv1_set.pcap") if event["event"]["action"] == "snmp-set"]
    assert all(variable["name"] and variable["type"] for variable in written["snmp"]["variables"])


def test_version_3_names_the_user_and_says_that_the_rest_is_encrypted(captures: Path) -> None:
    found = events(captures, "zeek/snmp/snmp-crash-62790.pcap")
    assert {event["snmp"]["usm"] for event in found} == {"Admin001"}
    assert all(event["snmp"]["encrypted"] and "pdu_type" not in event["snmp"] for event in found)
    assert {event["source"]["port"] for event in found} == {62790}


def test_every_flow_that_ndpi_knows_as_snmp_is_snmp_here(captures: Path) -> None:
    lines = (captures / "ndpi/snmp.pcap.out").read_text(encoding="utf-8").splitlines()
    wanted = {
        frozenset(re.findall(r"\d+\.\d+\.\d+\.\d+:\d+", line.split("[proto")[0])) for line in lines if "[proto: 14/SNMP]" in line
    }
    found = {
        frozenset(f"{event[end]['ip']}:{event[end]['port']}" for end in ("source", "destination"))
        for event in events(captures, "ndpi/snmp.pcap")
    }
    assert len(wanted) > 1
    assert wanted <= found
