"""DCERPC on real captures; expected values are those of the captures' own answers (test.yaml, Zeek's baselines)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

DATASET = "network.dcerpc"


def events(captures: Path, name: str) -> list[dict[str, Any]]:
    place = captures / name
    path = place if place.is_file() else next(place.glob("*.pcap"))
    return read(str(path), PacketSettings(checksums="off")).events(DATASET)


def test_calls_are_told_by_interface_and_operation(captures: Path) -> None:
    found = events(captures, "suricata-verify/dcerpc/dcerpc-dce-iface-01")
    named = Counter(event["dcerpc"].get("operation") for event in found if event["dcerpc"].get("endpoint") == "svcctl")
    assert (named["CloseServiceHandle"], named["OpenServiceW"], named["DeleteService"]) == (6, 3, 1)


def test_a_negotiation_through_a_pipe_tells_each_verdict(captures: Path) -> None:
    (bind,) = [event for event in events(captures, "suricata-verify/smb2-04") if event["event"]["action"] == "dcerpc-bind"]
    assert [interface["ack_result"] for interface in bind["dcerpc"]["interfaces"]] == [2, 0, 3]
    assert {interface["uuid"] for interface in bind["dcerpc"]["interfaces"]} == {"1ff70682-0a51-30e8-076d-740be8cee98b"}
    assert bind["dcerpc"]["named_pipe"].endswith("atsvc")
    assert bind["event"]["outcome"] == "success"


def test_calls_over_datagrams_are_joined_with_their_answers(captures: Path) -> None:
    found = events(captures, "suricata-verify/dcerpc/dcerpc-udp-scapy")
    assert [event["dcerpc"]["seqnum"] for event in found] == [0, 2, 4, 6, 8]
    assert {event["dcerpc"]["response"] for event in found} == {"RESPONSE"}


def test_the_steps_of_zerologon_are_named(captures: Path) -> None:
    operations: Counter[str] = Counter()
    for path in sorted((captures / "attacks" / "zerologon").rglob("*.pcap*")):
        for event in read(str(path), PacketSettings(checksums="off")).events(DATASET):
            operations[event["dcerpc"].get("operation", "")] += 1
    assert operations["NetrServerReqChallenge"] > 0
    assert operations["NetrServerAuthenticate3"] + operations["NetrServerAuthenticate2"] > 0


def test_what_zeek_names_in_an_exchange_session_we_name(captures: Path) -> None:
    found = events(captures, "zeek/dce-rpc/mapi.pcap")
    named = {(event["dcerpc"].get("endpoint"), event["dcerpc"].get("operation")) for event in found}
    assert {("epmapper", "ept_map"), ("nspi", "NspiBind"), ("exchange_mapi", "EcDoRpc")} <= named
