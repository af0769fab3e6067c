"""Events of Windows: event log files beside their JSON twins, damaged files, and what becomes of each form and each event."""
# ruff: noqa: E501 - JSON of an event stays one line

from __future__ import annotations

import json
import os
import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from khien_engine.logs import EventFile, LogParser, detect_format, probe_event_file

from khien.schema.validation import validate

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def data() -> Path:
    found = Path(os.environ.get("KHIEN_TEST_DATA", ROOT / "../shared/data"))
    if not found.is_dir():
        pytest.skip(f"no test data at {found}; set KHIEN_TEST_DATA")
    return found


def read(path: Path) -> tuple[list[dict[str, Any]], Counter[str]]:
    events: list[dict[str, Any]] = []
    rejected: Counter[str] = Counter()
    for part in EventFile(path, source="test"):
        lines = part.lines.splitlines(keepends=True)
        assert len(lines) == part.count
        for line in lines:
            assert validate(line, stamped=False) == [], line
            events.append(json.loads(line))
        rejected.update(reason for _, reason in part.rejected)
    return events, rejected


def documents(text: str) -> Iterator[dict[str, Any]]:
    """Concatenated JSON objects, read by Python."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(text):
        document, end = decoder.raw_decode(text, at)
        yield document
        at = end
        while at < len(text) and text[at].isspace():
            at += 1


def comparable(value: object) -> str:
    """The twin writes GUIDs without braces in upper case, loses blanks at an end, and was edited once, in a value's case."""
    text = {None: "", True: "true", False: "false"}.get(value, value) if value is None or isinstance(value, bool) else value
    text = str(text).strip().lower()
    guid = re.fullmatch(r"\{?([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})\}?", text)
    if guid:
        return guid[1]
    return text


def test_every_event_log_file_of_the_regression_data_holds_what_its_json_twin_says(data: Path) -> None:
    pairs = sorted((data / "sigma" / "regression_data").rglob("*.evtx"))
    assert len(pairs) == 124
    compared = 0
    for path in pairs:
        events, rejected = read(path)
        assert rejected == Counter()
        twins = list(documents(path.with_suffix(".json").read_text("utf-8")))
        assert len(events) == len(twins)
        for event, twin in zip(events, twins, strict=True):
            system = twin["Event"]["System"]
            assert event["winlog"]["channel"] == system["Channel"]
            assert event["host"]["name"] == system["Computer"]
            assert event["winlog"]["record_id"] == str(system["EventRecordID"])
            assert event["@timestamp"][:23] == system["TimeCreated"]["#attributes"]["SystemTime"][:23]
            expected = {
                name: value for name, value in (twin["Event"].get("EventData") or {}).items() if name not in {"#attributes", "Data"}
            }
            found = event["winlog"]["event_data"] if expected else {}
            for name, value in expected.items():
                assert comparable(found[name.replace(" ", "")]) == comparable(value), (path, name)
                compared += 1
    assert compared > 2_500


def test_the_json_twins_are_read_as_the_same_events(data: Path) -> None:
    def essence(event: dict[str, Any]) -> dict[str, Any]:
        values = {name: comparable(value) for name, value in event["winlog"]["event_data"].items()}
        return {"code": event["event"]["code"], "dataset": event["event"]["dataset"], "category": event["event"]["category"],
                "command": comparable(event.get("process", {}).get("command_line")), "file": event.get("file", {}).get("path"), "data": values}  # fmt: skip

    for path in sorted((data / "sigma" / "regression_data").rglob("*.evtx")):
        twin = path.with_suffix(".json")
        assert probe_event_file(twin) == "windows_json"
        assert [essence(event) for event in read(path)[0]] == [essence(event) for event in read(twin)[0]], path


def test_damaged_files_give_what_is_whole_and_name_the_rest(data: Path) -> None:
    counts: dict[str, tuple[int, dict[str, int]]] = {}
    for path in sorted((data / "evtx" / "ordinary").glob("*.evtx")):
        assert probe_event_file(path) == "evtx"
        events, rejected = read(path)
        counts[path.name] = (len(events), dict(rejected))
    damaged = {name: rejected for name, (_, rejected) in counts.items() if rejected}
    assert damaged == {
        "2-vss_0-Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx": {"evtx_record": 4},
        "sample_with_a_bad_chunk_magic.evtx": {"evtx_chunk": 2, "evtx_record": 1, "time_unknown": 1},
    }
    assert len(counts) == 12
    assert sum(count for count, _ in counts.values()) >= 7_466


def test_all_records_of_the_attack_samples_are_events(data: Path) -> None:
    total = 0
    for path in sorted((data / "evtx" / "attack-samples").rglob("*.evtx")):
        events, rejected = read(path)
        assert rejected == Counter(), path
        total += len(events)
    assert total == 1_591


def test_a_file_cut_anywhere_or_with_changed_bytes_is_read_to_its_end(data: Path, tmp_path: Path) -> None:
    whole = (data / "evtx" / "ordinary" / "post-Security.evtx").read_bytes()
    draw = random.Random(5)
    for _ in range(60):
        damaged = bytearray(whole[: draw.randrange(4_096, 140_000)])
        for _ in range(draw.randrange(40)):
            damaged[draw.randrange(4_096, max(4_097, len(damaged))) if len(damaged) > 4_096 else 0] = draw.randrange(256)
        path = tmp_path / "damaged.evtx"
        path.write_bytes(damaged)
        events, _ = read(path)
        assert len(events) <= 126
    # The header alone is lost: everything else is there.
    path.write_bytes(bytes(4_096) + whole[4_096:])
    assert len(read(path)[0]) == 126


def test_flat_exports_of_the_scenarios_are_events(data: Path) -> None:
    checked = 0
    for path in sorted((data / "scenarios").rglob("host-*.zip")):
        with ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
            lines = b"".join(file.readline() for _ in range(300))
        assert detect_format(lines[:65_536]) == "windows_json"
        batch = LogParser("windows_json", source="test").parse(lines)
        assert batch.count + len(batch.rejected) == lines.count(b"\n")
        assert len(batch.rejected) <= 1, (path, batch.rejected)
        for line in batch.lines.splitlines(keepends=True):
            assert validate(line, stamped=False) == [], line
        checked += batch.count
    assert checked > 6_000


def flat(event: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in event.items():
        found |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return found


def one(document: dict[str, Any]) -> dict[str, Any]:
    batch = LogParser("windows_json", source="test").parse(json.dumps(document).encode())
    assert batch.rejected == []
    assert validate(batch.lines, stamped=False) == []
    return flat(json.loads(batch.lines))


def raw(channel: str, code: int, **values: object) -> dict[str, Any]:
    system = {"Provider": {"#attributes": {"Name": "P"}}, "EventID": code, "Level": 0, "Keywords": "0x8020000000000000", "Channel": channel,
              "TimeCreated": {"#attributes": {"SystemTime": "2026-11-10T02:00:00.1234567Z"}}, "Computer": "DC", "EventRecordID": 7}  # fmt: skip
    return {"Event": {"System": system, "EventData": values}}


SYSMON = "Microsoft-Windows-Sysmon/Operational"
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a process begins": (
        raw(SYSMON, 1, Image="C:\\Windows\\a.exe", CommandLine="a -b", ProcessId=42, ParentImage="C:\\p.exe", ParentProcessId=4, User="CT\\an",
            OriginalFileName="A.EXE", Hashes=f"MD5={'A' * 32},IMPHASH={'0' * 32}", ProcessGuid="{1}"),
        {"@timestamp": "2026-11-10T02:00:00.123456Z", "event.dataset": "windows.sysmon", "event.code": "1", "event.category": ["process"],
         "event.type": ["start"], "process.executable": "C:\\Windows\\a.exe", "process.name": "a.exe", "process.command_line": "a -b",
         "process.pid": 42, "process.parent.executable": "C:\\p.exe", "process.parent.pid": 4, "user.name": "an", "user.domain": "CT",
         "process.pe.original_file_name": "A.EXE", "process.hash.md5": "a" * 32, "process.pe.imphash": None, "host.name": "DC",
         "winlog.event_data.ProcessId": "42", "related.hash": ["a" * 32], "related.user": ["an"]},
    ),
    "Security's process creation has the same copies": (
        raw("Security", 4688, NewProcessName="C:\\x\\a.exe", CommandLine="a", NewProcessId="0x10", ProcessId="0x4", ParentProcessName="C:\\p.exe",
            SubjectUserName="an", SubjectDomainName="CT", SubjectUserSid="S-1-5-21-1"),
        {"event.dataset": "windows.security", "process.executable": "C:\\x\\a.exe", "process.command_line": "a", "process.pid": 16,
         "process.parent.pid": 4, "process.parent.executable": "C:\\p.exe", "user.name": "an", "user.id": "S-1-5-21-1", "event.outcome": "success"},
    ),
    "a refused logon": (
        raw("Security", 4625, TargetUserName="an", TargetDomainName="CT", IpAddress="10.30.2.21", IpPort="0", LogonType=3, Status="0xc000006d",
            SubStatus="0xc0000064", WorkstationName="PC1", TargetUserSid="S-1-0-0"),
        {"event.category": ["authentication"], "event.type": ["start"], "event.outcome": "failure", "event.reason": "0xc0000064", "user.name": "an",
         "user.id": None, "source.ip": "10.30.2.21", "source.port": None, "source.domain": "PC1", "winlog.logon.type": "Network"},
    ),
    "Kerberos refuses by its status": (
        raw("Security", 4768, TargetUserName="an", IpAddress="::ffff:10.30.2.21", IpPort="50000", Status="0x6", ServiceName="krbtgt"),
        {"event.outcome": "failure", "source.ip": "10.30.2.21", "source.port": 50_000, "service.name": "krbtgt"},
    ),
    "an account is made": (
        raw("Security", 4720, SubjectUserName="admin", TargetUserName="moi", TargetSid="S-1-5-21-2"),
        {"event.category": ["iam"], "event.type": ["user", "creation"], "user.name": "admin", "user.target.name": "moi", "user.target.id": "S-1-5-21-2"},
    ),
    "a member joins a group": (
        raw("Security", 4728, SubjectUserName="admin", TargetUserName="Domain Admins", MemberName="CN=An,CN=Users,DC=x", MemberSid="S-1-5-21-3"),
        {"event.type": ["group", "change"], "group.name": "Domain Admins", "user.target.name": "An", "user.target.id": "S-1-5-21-3"},
    ),
    "a connection": (
        raw(SYSMON, 3, SourceIp="10.0.0.1", SourcePort=50_000, DestinationIp="fe80:0:0:0:0:0:0:1", DestinationPort=445, Protocol="tcp", Initiated="true",
            DestinationHostname="-"),
        {"source.ip": "10.0.0.1", "source.port": 50_000, "destination.ip": "fe80::1", "destination.port": 445, "network.transport": "tcp",
         "network.direction": "egress", "destination.domain": None, "related.ip": ["10.0.0.1", "fe80::1"]},
    ),
    "a registry value": (
        raw(SYSMON, 13, EventType="SetValue", TargetObject="HKLM\\Software\\Run\\x", Details="a.exe"),
        {"event.category": ["registry"], "registry.path": "HKLM\\Software\\Run\\x", "registry.hive": "HKLM", "registry.key": "Software\\Run",
         "registry.value": "x", "registry.data.strings": ["a.exe"]},
    ),
    "a name is resolved": (
        raw(SYSMON, 22, QueryName="a.example", QueryStatus="0", QueryResults="type:  5 b.example;::ffff:192.0.2.1;"),
        {"dns.question.name": "a.example", "dns.resolved_ip": ["192.0.2.1"], "event.outcome": "success"},
    ),
    "a loaded library": (
        raw(SYSMON, 7, Image="C:\\a.exe", ImageLoaded="C:\\d\\b.dll", Signed="false", OriginalFileName="B.DLL"),
        {"event.category": ["library"], "file.path": "C:\\d\\b.dll", "dll.name": "b.dll", "file.pe.original_file_name": "B.DLL",
         "file.code_signature.signed": False, "process.executable": "C:\\a.exe", "process.pe.original_file_name": None},
    ),
    "names lose their spaces": (
        raw("Microsoft-Windows-Windows Defender/Operational", 1116, **{"Threat Name": "EICAR", "Path": "file:_C:\\x\\e.com"}),
        {"event.dataset": "windows.defender", "winlog.event_data.ThreatName": "EICAR", "rule.name": "EICAR", "file.path": "C:\\x\\e.com"},
    ),
    "unnamed values are numbered and joined": (
        raw("Application", 15_457, Data={"#text": ["xp_cmdshell", "0", "1"]}),
        {"winlog.event_data.param1": "xp_cmdshell", "winlog.event_data.param3": "1", "winlog.event_data.Data": "xp_cmdshell, 0, 1"},
    ),
    "a script": (
        raw("Microsoft-Windows-PowerShell/Operational", 4104, ScriptBlockText="iex 'a'", ScriptBlockId="{2}"),
        {"event.dataset": "windows.powershell", "powershell.file.script_block_text": "iex 'a'", "winlog.event_data.ScriptBlockText": "iex 'a'"},
    ),
    "a flat export": (
        {"EventTime": "2020-10-22 04:29:46", "EventReceivedTime": "2020-10-22 04:29:48", "@timestamp": "2020-10-22T08:29:48.785Z", "Channel": "Security",
         "EventID": 4624, "Hostname": "DC", "SourceName": "P", "TargetUserName": "an", "EventType": "AUDIT_SUCCESS", "Keywords": -9214364837600034816},
        {"@timestamp": "2020-10-22T08:29:46.000000Z", "event.dataset": "windows.security", "user.name": "an", "event.outcome": "success",
         "winlog.event_data.EventType": None, "winlog.event_data.TargetUserName": "an", "khien.time": "zone-configured"},
    ),
    "a document of Winlogbeat gets back what its module moved": (
        {"@timestamp": "2026-11-10T02:00:00.123Z", "winlog": {"channel": SYSMON, "event_id": "1", "computer_name": "DC", "event_data": {"RuleName": "-"}},
         "process": {"executable": "C:\\a.exe", "pid": 4, "parent": {"executable": "C:\\p.exe"}}},
        {"winlog.event_data.Image": "C:\\a.exe", "winlog.event_data.ParentImage": "C:\\p.exe", "process.executable": "C:\\a.exe", "process.pid": 4},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_an_event_becomes_these_fields(name: str) -> None:
    document, expected = CASES[name]
    event = one(document)
    assert {field: event.get(field) for field in expected} == expected


def test_values_of_user_data_are_found_like_those_of_event_data() -> None:
    document = raw("Security", 1102)
    document["Event"]["UserData"] = {
        "LogFileCleared": {"#attributes": {"xmlns": "urn:x"}, "SubjectUserName": "an", "Deep": {"Leaf": "1"}}
    }
    event = one(document)
    assert event["winlog.user_data.xml_name"] == "LogFileCleared"
    assert (event["winlog.event_data.SubjectUserName"], event["winlog.event_data.Leaf"], event["user.name"]) == ("an", "1", "an")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "format"),
        (b"[]", "format"),
        (b'{"a":1}', "format"),
        (b'{"Event":{"System":{"EventID":1}}}', "time_unknown"),
        (b'{"Event":{"System":{"EventID":1,"TimeCreated":{"#attributes":{"SystemTime":"2026-13-01T00:00:00Z"}}}}}', "time_invalid"),
        (b'{"winlog":{}}', "time_unknown"),
        (b'{"Event":' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001, "format"),
    ],
)
def test_what_is_no_event_is_refused_with_its_reason(line: bytes, reason: str) -> None:
    batch = LogParser("windows_json", source="test").parse(line)
    assert (batch.count, batch.rejected) == (0, [(0, reason)])
