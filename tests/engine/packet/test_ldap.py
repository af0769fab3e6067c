"""LDAP on real captures; expected values are those of the captures' own answers (test.yaml, Zeek's baselines)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

DATASET = "network.ldap"


def events(captures: Path, name: str, *, dataset: str = DATASET, capture_secrets: bool = False) -> list[dict[str, Any]]:
    place = captures / name
    path = place if place.is_file() else next(place.glob("*.pcap"))
    settings = PacketSettings(checksums="off", capture_secrets=capture_secrets)
    return read(str(path), settings).events(dataset)


def by_action(found: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    return [event for event in found if event["event"]["action"] == action]


def test_a_search_tells_base_filter_and_what_was_found(captures: Path) -> None:
    (found,) = by_action(events(captures, "suricata-verify/ldap-search"), "ldap-search")
    search = found["ldap"]["request"]["search_request"]
    assert (search["base_object"], search["scope"], search["attributes"]) == ("dc=example,dc=com", 2, ["*", "+"])
    assert found["ldap"]["result_code"] == "success"
    operations = [response["operation"] for response in found["ldap"]["responses"]]
    assert operations == ["search_result_entry"] * found["ldap"]["result_count"] + ["search_result_done"]
    assert found["event"]["duration"] > 0


def test_tls_begins_behind_the_answer_to_start_tls(captures: Path) -> None:
    (found,) = events(captures, "suricata-verify/ldap-starttls")
    assert found["ldap"]["request"]["extended_request"]["name"] == "1.3.6.1.4.1.1466.20037"
    (tls,) = events(captures, "suricata-verify/ldap-starttls", dataset="network.tls")
    assert (tls["khien"]["tls"]["from_proto"], tls["tls"]["version"]) == ("ldap", "1.2")


def test_a_simple_log_in_names_who_and_hides_the_password(captures: Path) -> None:
    found = by_action(events(captures, "zeek/ldap/ldap-who-am-i.pcap"), "ldap-bind")
    assert [event["user"]["name"] for event in found] == ["cn=admin,dc=example,dc=com"]
    bind = found[0]["ldap"]["request"]["bind_request"]
    assert (bind["authentication"], bind["password"]) == ("simple", "***")
    assert "authentication" in found[0]["event"]["category"]
    (shown,) = by_action(events(captures, "zeek/ldap/ldap-who-am-i.pcap", capture_secrets=True), "ldap-bind")
    assert shown["ldap"]["request"]["bind_request"]["password"] not in ("", "***")


def test_failed_log_ins_by_ntlm_are_told_with_their_user(captures: Path) -> None:
    name = "zeek/ldap/ldap_invalid_credentials.pcap"
    binds = by_action(events(captures, name), "ldap-bind")
    assert [event["ldap"]["result_code"] for event in binds] == ["sasl_bind_in_progress", "invalid_credentials"] * 12
    logins = events(captures, name, dataset="network.ntlm")
    assert len(logins) == 12
    assert {login["event"]["outcome"] for login in logins} == {"failure"}
    assert all(login["user"]["name"] for login in logins)


def test_a_log_in_by_sicily_is_one_event_of_ntlm(captures: Path) -> None:
    (login,) = events(captures, "zeek/ldap/aduser1-ntlm.pcap", dataset="network.ntlm")
    assert (login["user"]["name"], login["user"]["domain"]) == ("User1", "ADHACKING.LOCAL")
    assert login["ntlm"]["server"]["dns"] == "WIN-VGO56I95EAK.ADHACKING.local"
    assert login["event"]["outcome"] == "success"


def test_messages_that_are_only_signed_are_read(captures: Path) -> None:
    found = by_action(events(captures, "zeek/ldap/missing_krbtgt_ldap_request.pcapng"), "ldap-search")
    counts = {event["ldap"]["request"]["message_id"]: event["ldap"]["result_count"] for event in found}
    assert counts == {1: 1, 4: 1, 6: 424, 8: 1}
    (large,) = [event for event in found if event["ldap"]["result_count"] == 424]
    assert "ldap.responses" in large["khien"]["truncated"]


def test_messages_that_are_sealed_are_counted(captures: Path) -> None:
    (sealed,) = by_action(events(captures, "zeek/ldap/krb5-sign-seal-01.pcap"), "ldap-sealed")
    assert sealed["ldap"]["sealed_messages"] > 0
    assert sealed["ldap"]["sealed_bytes"] > sealed["ldap"]["sealed_messages"]


def test_what_is_changed_is_told(captures: Path) -> None:
    (found,) = by_action(events(captures, "suricata-verify/ldap-modify"), "ldap-modify")
    changes = found["ldap"]["request"]["modify_request"]["changes"]
    assert [change["operation"] for change in changes] == ["delete", "add", "replace"]
    assert found["event"]["category"] == ["network", "iam"]
    assert "change" in found["event"]["type"]


def test_a_ping_of_a_domain_controller_is_read_over_datagrams(captures: Path) -> None:
    (found,) = events(captures, "suricata-verify/ldap-udp")
    assert found["network"]["transport"] == "udp"
    assert found["ldap"]["request"]["search_request"]["attributes"] == ["Netlogon"]
    assert found["ldap"]["request"]["search_request"]["filter"].startswith("(&")


def test_a_filter_deeper_than_we_follow_is_cut_and_says_so(captures: Path) -> None:
    (found,) = events(captures, "zeek/ldap/asn1-max-recursion.pcap")
    assert any(name.startswith("ldap.request.search_request") for name in found["khien"]["truncated"])


def test_a_shutdown_that_nobody_asked_for_is_told(captures: Path) -> None:
    (found,) = events(captures, "suricata-verify/ldap-unsolicited")
    assert found["event"]["action"] == "ldap-unrequested"
    assert found["ldap"]["responses"][0]["extended_response"]["name"] == "1.3.6.1.4.1.1466.20036"
