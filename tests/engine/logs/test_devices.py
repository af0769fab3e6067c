"""Firewalls, name servers and proxies: what their lines become, and public collections with known answers."""
# ruff: noqa: E501 - a log line stays one line

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from khien_engine.logs import LogParser, detect_format

from khien.schema.validation import validate

NETFILTER = "IN=eth0 OUT= MAC=00:08:a2:0c:1f:12:00:c8:8b:e2:d6:87:08:00 SRC=192.0.2.9 DST=10.10.10.5 LEN=40 TTL=245 ID=1 PROTO=TCP SPT=8080 DPT=22 SYN"


def flat(event: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in event.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def one(form: str, line: str) -> dict[str, Any]:
    batch = LogParser(form, source="test", year=2026, utc_offset_minutes=0).parse(line.encode())
    assert (batch.count, batch.rejected) == (1, [])
    assert validate(batch.lines, stamped=False) == [], batch.lines
    return flat(json.loads(batch.lines))


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "netfilter drops": (
        "syslog", f"Nov 23 11:40:15 fw kernel: [50028442.088484] IPTABLES-DROP: {NETFILTER}",
        {"event.dataset": "net.firewall", "event.action": "drop", "event.outcome": "failure", "event.type": ["connection", "denied"],
         "source.ip": "192.0.2.9", "source.port": 8080, "destination.ip": "10.10.10.5", "destination.port": 22, "network.transport": "tcp",
         "source.mac": "00-C8-8B-E2-D6-87", "rule.name": "IPTABLES-DROP", "observer.ingress.interface.name": "eth0", "host.hostname": "fw"},
    ),
    "netfilter without a word of what it did": (
        "syslog", f"Nov 23 11:40:15 fw kernel: {NETFILTER}",
        {"event.dataset": "net.firewall", "event.action": None, "event.outcome": None, "rule.name": None, "event.type": ["connection", "info"]},
    ),
    "netfilter accepts": (
        "syslog", f"Nov 23 11:40:15 fw kernel: [UFW ALLOW] {NETFILTER}",
        {"event.action": "allow", "event.outcome": "success", "rule.name": "[UFW ALLOW]"},
    ),
    "a program that speaks of a packet is no firewall": (
        "syslog", "Nov 23 11:40:15 fw app: LOGIN=a SRC=1.2.3.4 DST=4.3.2.1 PROTO=TCP", {"event.dataset": "host.syslog", "source.ip": None},
    ),
    "pf blocks": (
        "syslog", "Sep 28 10:38:09 pfSense filterlog: 53,,,1000000301,em0,match,block,in,4,0x0,,64,420,0,none,6,tcp,460,10.0.2.2,10.0.2.15,53742,22,420,PA,1:2,3,65535,,",
        {"event.dataset": "net.firewall", "event.action": "drop", "source.ip": "10.0.2.2", "source.port": 53_742, "destination.ip": "10.0.2.15",
         "destination.port": 22, "network.direction": "ingress", "rule.id": "53", "network.bytes": 460},
    ),
    "pf passes IPv6": (
        "syslog", '<134>1 2022-09-06T19:00:06+02:00 opnsense filterlog 57126 - [meta sequenceId="1"] 98,,,8,re0,match,pass,in,6,0x00,0x0ea87,51,udp,17,73,2008:8a0::2f8a,2c02:2454::1738,6881,51918,73',
        {"event.action": "allow", "source.ip": "2008:8a0::2f8a", "destination.port": 51_918, "network.transport": "udp"},
    ),
    "ASA denies": (
        "syslog", 'Nov 23 11:40:15 asa : %ASA-4-106023: Deny tcp src inside:10.1.1.1/2143 dst outside:192.0.2.139/139 by access-group "inside_inbound" [0x0, 0x0]',
        {"event.dataset": "net.firewall", "event.action": "deny", "source.ip": "10.1.1.1", "source.port": 2_143, "destination.ip": "192.0.2.139",
         "destination.port": 139, "rule.name": "inside_inbound", "event.code": "106023", "observer.ingress.interface.name": "inside"},
    ),
    "ASA builds an outbound connection": (
        "syslog", "Nov 23 11:40:15 asa : %ASA-6-302013: Built outbound TCP connection 9 for outside:192.0.2.1/22 (192.0.2.1/22) to inside:10.1.1.2/53496 (10.1.1.2/53496)",
        {"event.action": "allow", "source.ip": "10.1.1.2", "source.port": 53_496, "destination.ip": "192.0.2.1", "destination.port": 22},
    ),
    "a router of Cisco": (
        "syslog", "Nov 23 11:40:15 r1 : %BGP-3-NOTIFICATION: sent to neighbor 192.0.2.1 4/0 (hold time expired)",
        {"event.dataset": "app.cisco", "event.provider": "BGP", "event.code": "NOTIFICATION"},
    ),
    "FortiGate denies": (
        "fortigate", 'date=2026-11-23 time=11:40:15 tz="+0700" devname="fg1" logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.30.2.21 srcport=50000 srcintf="port1" dstip=192.0.2.1 dstport=443 dstintf="wan1" proto=6 action="deny" policyid=7 sentbyte=10 rcvdbyte=0',
        {"@timestamp": "2026-11-23T04:40:15.000000Z", "event.dataset": "net.firewall", "event.action": "deny", "source.ip": "10.30.2.21", "destination.port": 443,
         "network.transport": "tcp", "rule.id": "7", "source.bytes": 10, "host.hostname": "fg1", "observer.egress.interface.name": "wan1"},
    ),
    "FortiGate's settings change, behind a bare priority": (
        "syslog", '<189>date=2026-11-23 time=11:40:15 eventtime=1732336815000000000 type="event" subtype="system" level="information" user="admin" action="Add" cfgpath="firewall.policy" cfgobj="9"',
        {"event.dataset": "app.fortigate", "fortigate.cfgpath": "firewall.policy", "fortigate.action": "Add", "user.name": "admin",
         "@timestamp": "2024-11-23T04:40:15.000000Z"},
    ),
    "BIND answers": (
        "syslog", "Nov 23 11:40:15 ns1 named[464]: client @0x7f65 10.30.2.21#3076 (a.example): query: a.example IN TXT +E(0)K (10.10.60.5)",
        {"event.dataset": "net.dns_server", "dns.question.name": "a.example", "dns.question.type": "TXT", "source.ip": "10.30.2.21", "source.port": 3_076},
    ),
    "BIND refuses a transfer": (
        "syslog", "Nov 23 11:40:15 ns1 named[464]: client @0x7f65 2001:db8::1#62449 (example.com): zone transfer 'example.com/AXFR/IN' denied",
        {"dns.question.type": "AXFR", "event.outcome": "failure", "event.reason": "zone transfer denied", "source.ip": "2001:db8::1"},
    ),
    "dnsmasq": (
        "syslog", "Jul 17 14:49:57 dnsmasq[15210]: 21745 10.10.10.33/59490 query[A] server.example.com from 10.10.10.33",
        {"event.dataset": "net.dns_server", "dns.question.name": "server.example.com", "dns.question.type": "A", "source.ip": "10.10.10.33", "source.port": 59_490},
    ),
    "unbound": (
        "syslog", "Nov 23 11:40:15 ns1 unbound: [12:0] info: 10.0.0.1 a.example. AAAA IN",
        {"event.dataset": "net.dns_server", "dns.question.name": "a.example", "dns.question.type": "AAAA", "source.ip": "10.0.0.1"},
    ),
    "Squid fetches": (
        "squid", "1140701044.525   1231 192.168.1.201 TCP_MISS/200 1536 GET http://www.example.com:8080/a/b.EXE?q=1 an HIER_DIRECT/192.0.2.1 text/html",
        {"@timestamp": "2006-02-23T13:24:04.525000Z", "event.dataset": "web.proxy", "event.outcome": "success", "event.duration": 1_231_000_000,
         "url.domain": "www.example.com", "url.port": 8080, "url.path": "/a/b.EXE", "url.query": "q=1", "url.extension": "EXE", "user.name": "an",
         "destination.ip": "192.0.2.1", "http.request.method": "GET", "http.response.status_code": 200, "http.response.bytes": 1_536,
         "http.response.mime_type": "text/html"},
    ),
    "Squid refuses": (
        "squid", "1140701230.827    781 192.168.1.210 TCP_DENIED/407 1785 CONNECT www.example.com:443 - NONE/- text/html",
        {"event.outcome": "failure", "event.type": ["access", "denied"], "url.domain": "www.example.com", "url.port": 443, "user.name": None},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_line_becomes_these_fields(name: str) -> None:
    form, line, expected = CASES[name]
    event = one(form, line)
    assert {field: event.get(field) for field in expected} == expected


def parser_answers(path: Path, stage_parser: str, key: str) -> dict[int, str]:
    """CrowdSec's `results["stage"]["parser"][i].Evt.Parsed["key"] == "value"`."""
    pattern = re.compile(rf'results\["[^"]+"\]\["{stage_parser}"\]\[(\d+)\]\.Evt\.Parsed\["{key}"\] == "([^"]*)"')
    return {int(index): value for index, value in pattern.findall(path.read_text("utf-8"))}


@pytest.mark.parametrize("folder", ["iptables-logs", "pf-logs", "unifi-logs"])
def test_crowdsec_and_we_name_the_same_sources_of_dropped_packets(logs_data: Path, folder: str) -> None:
    place = logs_data / "crowdsec" / folder
    text = (place / "parser.assert").read_text("utf-8")
    expected = sorted(set(re.findall(r'Evt\.Meta\["source_ip"\] == "([^"]+)"', text)))
    lines = next(place.glob("*.log")).read_bytes()
    batch = LogParser("syslog", source="test", year=2022, utc_offset_minutes=0).parse(lines)
    events = [flat(json.loads(line)) for line in batch.lines.splitlines()]
    assert all(validate(line, stamped=False) == [] for line in batch.lines.splitlines(keepends=True))
    assert sorted({event["source.ip"] for event in events if "source.ip" in event} & set(expected)) == expected


def test_fortigate_failed_logins_of_crowdsec_name_their_source(logs_data: Path) -> None:
    lines = (logs_data / "crowdsec/fortinet-vpn-bf/fortinet-vpn-bf.log").read_bytes()
    assert detect_format(lines[:65_536]) == "fortigate"
    batch = LogParser("fortigate", source="test").parse(lines)
    events = [flat(json.loads(line)) for line in batch.lines.splitlines()]
    failed = lines.count(b'action="ssl-login-fail"')
    found = [event for event in events if event["event.dataset"] == "host.auth" and event.get("event.outcome") == "failure"]
    assert len(found) == failed > 5
    assert {event["source.ip"] for event in found} == {"192.168.0.1"}


def test_refused_queries_of_bind_name_client_and_question(logs_data: Path) -> None:
    lines = (logs_data / "crowdsec/bind9-syslog/bind9-syslog.log").read_bytes()
    batch = LogParser("syslog", source="test", year=2022).parse(lines)
    events = [flat(json.loads(line)) for line in batch.lines.splitlines()]
    denied = [line for line in lines.splitlines() if b"denied" in line and re.search(rb"client (?:@\S+ )?\S+#\d+", line)]
    found = [
        event for event in events if event.get("event.dataset") == "net.dns_server" and event.get("event.outcome") == "failure"
    ]
    assert len(found) == len(denied) >= 3
    for event, line in zip(found, denied, strict=True):
        client = re.search(rb"client (?:@\S+ )?(\S+)#(\d+)", line)
        assert client
        assert (event["source.ip"], event["source.port"]) == (client[1].decode(), int(client[2]))
