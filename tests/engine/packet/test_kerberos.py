"""Kerberos on real captures; expected values are those of the captures' own answers (test.yaml, Zeek's baselines, Arkime)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson
from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

DATASET = "network.kerberos"


def events(captures: Path, name: str) -> list[dict[str, Any]]:
    place = captures / name
    path = place if place.is_file() else next(place.glob("*.pcap"))
    return read(str(path), PacketSettings(checksums="off")).events(DATASET)


def test_a_ticket_of_rc4_is_weak_though_its_reply_is_not(captures: Path) -> None:
    (found,) = events(captures, "suricata-verify/krb5-kerberoasting")
    assert found["event"]["action"] == "kerberos-tgs"
    assert (found["krb5"]["ticket_encryption"], found["krb5"]["ticket_weak_encryption"]) == ("rc4-hmac", True)


def test_a_log_in_that_needs_its_proof_fails_first_and_then_succeeds(captures: Path) -> None:
    refused, granted, unknown = events(captures, "suricata-verify/bug-8278-krb5-03")
    assert refused["krb5"]["error_code"] == "KDC_ERR_PREAUTH_REQUIRED"
    assert refused["event"]["outcome"] == "failure"
    assert "PA-ENC-TIMESTAMP" not in refused["krb5"]["request"].get("preauthentication", [])
    assert "PA-ENC-TIMESTAMP" in granted["krb5"]["request"]["preauthentication"]
    assert (granted["krb5"]["encryption"], granted["krb5"]["weak_encryption"]) == ("rc4-hmac", True)
    assert granted["krb5"]["ticket_encryption"] == "aes256-cts-hmac-sha1-96"
    assert (granted["user"]["name"], granted["user"]["domain"]) == ("test", "DOM189.LOCAL")
    assert granted["event"]["duration"] > 0
    assert (unknown["krb5"]["error_code"], unknown["service"]["name"]) == ("KDC_ERR_S_PRINCIPAL_UNKNOWN", "host/anything")


def test_requests_that_nobody_answers_are_told_at_the_end(captures: Path) -> None:
    found = events(captures, "suricata-verify/bug-8278-krb5-02")
    assert Counter(event["krb5"]["msg_type"] for event in found) == {"KRB_AS_REQ": 1, "KRB_TGS_REQ": 1}
    assert all("outcome" not in event["event"] for event in found)


def test_tickets_shown_inside_smb_have_their_own_event(captures: Path) -> None:
    found = events(captures, "zeek/krb/kerberos_tso.pcapng")
    shown = [event for event in found if event["krb5"]["request_type"] == "AP"]
    assert (len(found), len(shown)) == (11, 4)
    assert {event["destination"]["port"] for event in shown} == {445}
    assert {event["network"]["protocol"] for event in shown} == {"smb"}
    assert {event["event"]["outcome"] for event in shown} == {"success"}
    assert {event["service"]["name"].lower() for event in shown} == {
        "cifs/win7.test.local",
        "cifs/win-r5nf6dmldvh.test.local",
        "cifs/win-r5nf6dmldvh",
    }


def test_tickets_shown_inside_ldap_have_their_own_event(captures: Path) -> None:
    found = events(captures, "zeek/ldap/aduser1.pcap")
    (shown,) = [event for event in found if event["krb5"]["request_type"] == "AP"]
    assert (shown["network"]["protocol"], shown["service"]["name"]) == ("ldap", "ldap/WIN-VGO56I95EAK")


def test_names_are_those_that_arkime_finds_over_both_transports(captures: Path) -> None:
    for name in ("krb5-tcp", "krb5-udp"):
        answer = orjson.loads((captures / f"arkime/{name}.test").read_bytes())["sessions3"][0]["body"]["krb5"]
        found = events(captures, f"arkime/{name}.pcap")
        for key in ("cname", "realm", "sname"):
            assert {event["krb5"][key] for event in found if key in event["krb5"]} == set(answer[key])
        offered = {kind for event in found for kind in event["krb5"].get("request", {}).get("encryption", ())}
        assert offered & set(answer["etype"])


def test_broken_messages_end_well(captures: Path) -> None:
    reading = read(str(captures / "ndpi/kerberos_fuzz.pcapng"), PacketSettings(checksums="off"))
    assert reading.stats["read"] == reading.stats["decoded"] + sum(reading.stats["undecoded"].values())
    assert "engine_panic" not in reading.stats["anomalies"]
