"""Who did what to whom, on captures whose story is known from elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

import khien
from khien.capture import deeds as module
from khien.capture.deeds import Deeds, _domain_of
from khien.capture.tally import Row

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
