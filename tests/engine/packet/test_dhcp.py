"""DHCP: messages, options wherever they stand, relay agents; against captures with known answers."""

from pathlib import Path
from typing import Any

from tests.engine.packet.reading import read


def messages(captures: Path, name: str) -> list[dict[str, Any]]:
    return read(str(captures / name)).events("network.dhcp")


def test_options_in_a_lent_field_are_read_and_a_name_beside_them_is_not_taken_for_one(captures: Path) -> None:
    found = {
        event["khien"]["packet"]: event["dhcp"]
        for event in messages(captures, "suricata-verify/dhcp-option-52-overload/input.pcap")
    }
    assert (found[3]["routers"], found[3]["dns_servers"]) == (["10.100.0.1"], ["10.100.0.1"])
    assert found[3]["server_name"].startswith("evil-pxe.attacker.lo")
    assert (found[4]["routers"], found[4]["overload"]) == (["10.100.0.2"], 2)
    assert "server_name" not in found[4]
    assert [found[number]["dhcp_type"] for number in sorted(found)] == ["discover"] * 2 + ["offer"] * 2 + ["request"] * 2 + [
        "ack"
    ] * 2


def test_a_request_says_who_asks_and_for_what(captures: Path) -> None:
    (event,) = messages(captures, "suricata-verify/dhcp-eve-extended-option-60/input.pcap")
    assert event["event"]["action"] == "dhcp-request"
    assert event["source"]["mac"] == "28-CF-DA-DC-8D-76"
    assert event["host"]["hostname"] == event["dhcp"]["client_fqdn"] == "NicksMacBook"
    assert event["dhcp"]["params"][:4] == ["subnet_mask", "domain", "router", "dns_server"]
    assert event["dhcp"]["requested_ip"] == "192.168.1.111"
    assert "outcome" not in event["event"]


def test_what_a_relay_agent_adds_is_told(captures: Path) -> None:
    (event,) = messages(captures, "zeek/dhcp/dhcp_ack_subscriber_id_and_agent_remote_id.pcap")
    dhcp = event["dhcp"]
    assert (dhcp["circuit_id"], dhcp["remote_id"], dhcp["subscriber_id"]) == ("this is only a test...", "\x13", "-subID-")
    assert (dhcp["assigned_ip"], dhcp["lease_time"], event["event"]["outcome"]) == ("192.168.0.10", 3_600, "success")
    assert "192.168.0.10" in event["related"]["ip"]


def test_both_fields_may_be_lent_at_once(captures: Path) -> None:
    (event,) = messages(captures, "suricata-verify/dhcp-option-52-overload-both/input.pcap")
    assert event["dhcp"]["overload"] == 3
    # The three pieces of option 56 are one text (RFC 3396).
    assert event["dhcp"]["message"].startswith("Padding")
    assert "sname field overlo" in event["dhcp"]["message"]
