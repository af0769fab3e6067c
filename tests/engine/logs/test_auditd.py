"""The audit log of Linux: records as they are, and the joined events, on public logs with known answers."""
# ruff: noqa: E501 - a log line stays one line

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from khien_engine.logs import LogParser, detect_format

from khien.schema.validation import validate


def read(lines: bytes, *, host: str | None = None) -> list[dict[str, Any]]:
    parser = LogParser("auditd", source="test", host=host)
    batches = [parser.parse(lines), parser.finish()]
    assert [batch.rejected for batch in batches] == [[], []]
    rows = [row for batch in batches for row in batch.lines.splitlines(keepends=True)]
    assert len(rows) == sum(batch.count for batch in batches)
    assert all(validate(row, stamped=False) == [] for row in rows), rows
    return [json.loads(row) for row in rows]


def of(events: list[dict[str, Any]], dataset: str) -> list[dict[str, Any]]:
    return [event for event in events if event["event"]["dataset"] == dataset]


def test_each_removal_of_crowdsec_is_a_process_of_its_own(logs_data: Path) -> None:
    lines = (logs_data / "crowdsec/auditd-postexploit-rm/auditd-postexploit-rm.log").read_bytes()
    assert detect_format(lines[:65_536]) == "auditd"
    events = read(lines)
    records, processes = of(events, "linux.auditd"), of(events, "host.process")
    assert len(records) == lines.count(b"type=")
    assert len(processes) == lines.count(b"type=SYSCALL")
    expected = [(float(found[1]), int(found[2]), found[3].decode())
                for found in re.finditer(rb'type=SYSCALL msg=audit\(([0-9.]+):\d+\).*? pid=(\d+) .*?exe="([^"]*)"', lines)]  # fmt: skip
    assert [(event["process"]["pid"], event["process"]["executable"]) for event in processes] == [row[1:] for row in expected]
    assert {event["event"]["outcome"] for event in processes} == {"success"}


def test_the_records_of_one_id_become_one_process_with_its_arguments(logs_data: Path) -> None:
    events = read((logs_data / "crowdsec/auditd-suid-crash/auditd-suid-crash.log").read_bytes(), host="may1")
    first, second = of(events, "host.process")[:2]
    assert first["process"]["args"] == ["-bash"]
    assert second["process"]["command_line"] == "/usr/bin/su --help"
    assert second["process"]["parent"]["pid"] == 192_010
    # The parent of `su` is the shell that was seen to begin as process 192010.
    assert second["process"]["parent"]["executable"] == "/usr/bin/bash"
    assert (second["user"]["id"], second["user"]["effective"]["id"], second["user"]["audit"]["id"]) == ("1000", "0", "1000")
    assert second["auditd"]["key"] == ["priv_esc"]
    assert second["host"]["hostname"] == "may1"


def test_every_audit_record_of_all_collections_is_an_event(logs_data: Path) -> None:
    lines = [
        line
        for path in sorted(logs_data.rglob("*"))
        if path.is_file()
        for line in re.findall(rb"(?:node=\S+ )?type=[A-Z_]+ msg=audit\([0-9.]+:\d+\): .*", path.read_bytes())
    ]
    assert len(lines) == 42
    assert len(of(read(b"\n".join(lines)), "linux.auditd")) == len(lines)


@pytest.mark.parametrize(
    ("line", "dataset", "expected"),
    [
        ("type=USER_AUTH msg=audit(1700000000.001:5): pid=1 uid=0 auid=4294967295 ses=4294967295 msg='op=password acct=\"an\" exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.1 terminal=ssh res=failed'",
         "host.auth", {"action": "login", "outcome": "failure", "user": "an", "ip": "192.0.2.1"}),
        ("type=USER_LOGIN msg=audit(1700000000.001:5): pid=1 uid=0 auid=1000 msg='op=login acct=616E20C491 exe=\"/usr/sbin/sshd\" hostname=? addr=2001:db8::1 terminal=ssh res=success'",
         "host.auth", {"action": "login", "outcome": "success", "user": "an đ", "ip": "2001:db8::1"}),
        ("type=ADD_USER msg=audit(1700000000.001:5): pid=1 uid=0 auid=1000 msg='op=adding user id=1005 exe=\"/usr/sbin/useradd\" acct=\"moi\" hostname=? addr=? terminal=pts/0 res=success'",
         "host.account", {"action": "user-added", "outcome": "success", "user": None, "ip": None}),
    ],
)  # fmt: skip
def test_what_programs_report_becomes_authentication_and_accounts(line: str, dataset: str, expected: dict[str, Any]) -> None:
    (event,) = of(read(line.encode()), dataset)
    found = {"action": event["event"]["action"], "outcome": event["event"]["outcome"],
             "user": event.get("user", {}).get("name"), "ip": event.get("source", {}).get("ip")}  # fmt: skip
    assert found == expected


def test_a_deleted_file_is_named_with_its_whole_path() -> None:
    lines = b"""type=SYSCALL msg=audit(1700000000.001:5): arch=c000003e syscall=87 success=yes pid=9 uid=0 exe="/bin/rm" key="web"
type=CWD msg=audit(1700000000.001:5): cwd="/srv/www"
type=PATH msg=audit(1700000000.001:5): item=0 name="/srv/www" nametype=PARENT
type=PATH msg=audit(1700000000.001:5): item=1 name="index.php" nametype=DELETE
type=PROCTITLE msg=audit(1700000000.001:5): proctitle=726D00696E6465782E706870
"""
    (event,) = of(read(lines), "host.file")
    assert (event["event"]["type"], event["event"]["action"]) == (["deletion"], "file-deleted")
    assert (event["file"]["path"], event["file"]["name"]) == ("/srv/www/index.php", "index.php")


def test_pieces_of_any_size_give_the_same_events(logs_data: Path) -> None:
    lines = (logs_data / "crowdsec/auditd-suid-crash/auditd-suid-crash.log").read_bytes().splitlines(keepends=True)
    parser = LogParser("auditd", source="test")
    one_by_one = b"".join(parser.parse(line).lines for line in lines) + parser.finish().lines
    whole = LogParser("auditd", source="test")
    assert one_by_one == whole.parse(b"".join(lines)).lines + whole.finish().lines


@pytest.mark.parametrize(
    "line", ["type=X", "hello", "type=SYSCALL msg=audit(1.2:3): a=b", "type=SYSCALL msg=audit(99999999999999999999.000:3): a=b"]
)
def test_what_is_no_record_is_refused(line: str) -> None:
    assert LogParser("auditd", source="test").parse(line.encode()).rejected == [(0, "format")]


#: open(2)'s flags as the kernel writes them, hexadecimal (`fcntl.h`): O_WRONLY 1, O_RDWR 2, O_CREAT 0x40, O_TRUNC 0x200, O_CLOEXEC 0x80000.
@pytest.mark.parametrize(
    ("syscall", "arguments", "nametype", "kind"),
    [
        (257, "a0=ffffff9c a1=7ffe a2=80000 a3=0", "NORMAL", "access"),
        (257, "a0=ffffff9c a1=7ffe a2=241 a3=1b6", "NORMAL", "change"),
        (257, "a0=ffffff9c a1=7ffe a2=241 a3=1b6", "CREATE", "creation"),
        (257, "a0=ffffff9c a1=7ffe a2=80002 a3=0", "NORMAL", "change"),
        (2, "a0=7ffe a1=401 a2=0 a3=0", "NORMAL", "change"),
        (2, "a0=7ffe a1=0 a2=1b6 a3=0", "NORMAL", "access"),
        (85, "a0=7ffe a1=1b6 a2=0 a3=0", "NORMAL", "change"),
        (257, "a0=ffffff9c a1=7ffe a2=zz a3=0", "NORMAL", "access"),
    ],
)
def test_a_file_that_is_opened_to_be_written_is_changed(syscall: int, arguments: str, nametype: str, kind: str) -> None:
    head = "msg=audit(1700000000.001:5):"
    lines = (
        f"type=SYSCALL {head} arch=c000003e syscall={syscall} success=yes exit=3 {arguments} items=1 ppid=1 pid=2 auid=1000 uid=0 gid=0 euid=0 "
        f'tty=pts0 ses=1 comm="tee" exe="/usr/bin/tee" key="etc"\n'
        f'type=PATH {head} item=0 name="/etc/cron.d/x" inode=1 dev=fd:00 mode=0100644 nametype={nametype}\n'
    )
    (event,) = of(read(lines.encode()), "host.file")
    assert (event["event"]["type"], event["file"]["path"]) == ([kind], "/etc/cron.d/x")
