"""DCERPC on real captures; expected values are those of the captures' own answers (test.yaml, Zeek's baselines)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
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


# tshark -Y netlogon.opnum==26 -T fields -e netlogon.rc: so often 0xc0000022, and once 0.
@pytest.mark.parametrize(("name", "refused"), [("exploit_win2016", 285), ("test_win2019", 61)])
def test_of_the_tries_of_zerologon_one_got_in(captures: Path, name: str, refused: int) -> None:
    found = events(captures, f"attacks/zerologon/CVE-2020-1472_{name}.pcap")
    tries = [event for event in found if event["dcerpc"].get("operation") == "NetrServerAuthenticate3"]
    ends = Counter((event["event"]["outcome"], event["dcerpc"]["return_code"], event["dcerpc"]["return_name"]) for event in tries)
    assert ends == {("failure", "0xc0000022", "STATUS_ACCESS_DENIED"): refused, ("success", "0x0", "STATUS_SUCCESS"): 1}


def test_the_password_is_emptied_through_the_connection_that_got_in(captures: Path) -> None:
    found = events(captures, "attacks/zerologon/CVE-2020-1472_exploit_win2016.pcap")
    (inside,) = [event for event in found if event["dcerpc"].get("return_code") == "0x0" and _is(event, "NetrServerAuthenticate3")]
    (emptied,) = [event for event in found if _is(event, "NetrServerPasswordSet2")]
    assert inside["khien"]["flow"] == emptied["khien"]["flow"]
    assert (emptied["event"]["outcome"], emptied["dcerpc"]["return_code"]) == ("success", "0x0")


def _is(event: dict[str, Any], operation: str) -> bool:
    return bool(event["dcerpc"].get("operation") == operation)


def test_what_zeek_names_in_an_exchange_session_we_name(captures: Path) -> None:
    found = events(captures, "zeek/dce-rpc/mapi.pcap")
    named = {(event["dcerpc"].get("endpoint"), event["dcerpc"].get("operation")) for event in found}
    assert {("epmapper", "ept_map"), ("nspi", "NspiBind"), ("exchange_mapi", "EcDoRpc")} <= named
