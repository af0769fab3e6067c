"""Public log collections with known answers: failed log-ins are found with their host, everything else never counts as one."""
# ruff: noqa: E501 - a log line's pattern stays one line

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from khien_engine.logs import LogParser, detect_format

from khien.schema.validation import validate


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line of fail2ban's collection and what its filter says about it."""

    line: bytes
    answer: dict[str, Any]
    options: list[dict[str, Any]]

    @property
    def is_default_mode(self) -> bool:
        """The filter judges it without `ddos`, `extra`, `aggressive` or a journal."""
        return any(not (set(option) - {"test.condition"}) for option in self.options)


def read_fail2ban(path: Path) -> Iterator[KnownLine]:
    """Lines with their `failJSON`, and the `filterOptions` that hold there."""
    options: list[dict[str, Any]] = [{}]
    answer: dict[str, Any] | None = None
    for line in path.read_bytes().split(b"\n"):
        text = line.decode("utf-8", "replace")
        if found := re.match(r"#\s*filterOptions:\s*(.*)", text):
            options = json.loads(found[1])
        elif found := re.match(r"#\s*failJSON:\s*(\{.*\})", text):
            answer = json.loads(found[1])
        elif answer is not None and text.strip() and not text.startswith("#"):
            yield KnownLine(line, answer, options)
            answer = None


FILES = {"sshd": "syslog", "dovecot": "syslog", "nginx-http-auth": "nginx_error", "nginx-bad-request": "nginx_access",
         "nginx-botsearch": "nginx_access", "nginx-limit-req": "nginx_error"}  # fmt: skip

#: fail2ban remembers a connection's earlier lines and counts these for it; by themselves they say no log-in failed.
NEEDS_EARLIER_LINES = re.compile(
    rb"Received disconnect from \S+( port \d+)?: ?11: |Disconnecting: Too many authentication failures|Connection closed by [0-9.]+ \[preauth\]"
    rb"|pam_unix\(sshd:auth\): authentication failure|Accepted password for known from "
)
#: A time format of daemontools (TAI64N) that no format here reads.
UNREAD_TIME = re.compile(rb"@4000")
#: Abuse, but nobody tried to log in.
NO_LOGIN = re.compile(rb"limiting requests|limiting connections|delaying request|open\(\)|is not found|SSL_")
#: The search for an unknown page or a bad request is a failed request, not a failed log-in; its outcome is checked alike.
FAILED_AS_EVENT = {"nginx-botsearch", "nginx-bad-request"}


def parse(line: bytes, name: str) -> dict[str, Any] | None:
    form = "nginx_error" if re.match(rb"\d{4}/", line) else FILES[name]
    batch = LogParser(form, source="test", year=2005, utc_offset_minutes=0).parse(line + b"\n")
    if not batch.count:
        assert [reason for _, reason in batch.rejected] in (["format"], ["time_unknown"])
        return None
    assert validate(batch.lines, stamped=False) == []
    event: dict[str, Any] = json.loads(batch.lines)
    return event


def host_of(event: dict[str, Any]) -> str | None:
    source = event.get("source", {})
    found: str | None = source.get("ip", source.get("address"))
    return found


def known_lines(data: Path) -> list[tuple[str, KnownLine]]:
    return [(name, known) for name in FILES for known in read_fail2ban(data / "fail2ban" / name)]


def test_every_failed_login_of_fail2ban_is_a_failure_of_that_host(logs_data: Path) -> None:
    checked = 0
    for name, known in known_lines(logs_data):
        line = known.line
        is_left_out = (
            not known.answer["match"]
            or not known.is_default_mode
            or NEEDS_EARLIER_LINES.search(line)
            or UNREAD_TIME.match(line)
            or (NO_LOGIN.search(line) and name != "sshd")
        )
        if is_left_out:
            continue
        event = parse(line, name)
        assert event is not None, line
        assert event["event"].get("outcome") == "failure", line
        assert host_of(event) == known.answer["host"], line
        checked += 1
    assert checked == 113


def test_no_line_marked_as_no_match_ever_counts_as_a_failure(logs_data: Path) -> None:
    checked = 0
    for name, known in known_lines(logs_data):
        if known.answer["match"]:
            continue
        event = parse(known.line, name)
        assert event is None or event["event"].get("outcome") != "failure", known.line
        checked += 1
    assert checked >= 45


def test_times_are_those_that_fail2ban_reads(logs_data: Path) -> None:
    checked = 0
    for name, known in known_lines(logs_data):
        if "time" not in known.answer or not re.match(rb"[A-Z][a-z]{2} ", known.line):
            continue
        event = parse(known.line, name)
        assert event is not None
        # The collection spreads year-less lines over two years; month, day and time are what a parser can know.
        assert event["@timestamp"][5:19] == known.answer["time"][5:19], known.line
        checked += 1
    assert checked >= 150


def test_every_line_of_loghub_openssh_parses_and_failed_passwords_are_counted_exactly(logs_data: Path) -> None:
    folder = logs_data / "loghub" / "OpenSSH"
    raw = (folder / "OpenSSH_2k.log").read_bytes()
    batch = LogParser("syslog", source="test", year=2023).parse(raw)
    assert (batch.count, batch.rejected) == (2_000, [])
    events = [json.loads(line) for line in batch.lines.splitlines()]
    with (folder / "OpenSSH_2k.log_structured.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for event, row in zip(events, rows, strict=True):
        found = re.match(
            r"(?:message repeated \d+ times: \[ )?(Failed|Accepted) \S+ for (?:invalid user )?(.*) from (\S+) port (\d+) ssh2\]?$",
            row["Content"],
        )
        is_login = event["event"].get("action") == "login"
        assert is_login is (found is not None), row["Content"]
        if found:
            assert event["event"]["outcome"] == ("failure" if found[1] == "Failed" else "success")
            user = event.get("user", {}).get("name", "")
            assert (user, event["source"]) == (found[2], {"ip": found[3], "port": int(found[4])}), row["Content"]
    assert sum(event["event"].get("action") == "login" for event in events) > 500


def wazuh_lines(path: Path) -> list[bytes]:
    return re.findall(rb"^log \d+ (?:pass|fail) = (.*)$", path.read_bytes(), re.MULTILINE)


@pytest.mark.parametrize(
    ("file", "dataset"), [("sshd.ini", "host.auth"), ("pam.ini", "host.auth"), ("postfix.ini", "mail.transfer")]
)
def test_wazuh_samples_of_these_programs_are_read_as_their_dataset(logs_data: Path, file: str, dataset: str) -> None:
    lines = wazuh_lines(logs_data / "wazuh" / file)
    assert len(lines) >= 2
    for line in lines:
        batch = LogParser("syslog", source="test", year=2020).parse(line)
        assert batch.count == 1, line
        assert validate(batch.lines, stamped=False) == []
        assert json.loads(batch.lines)["event"]["dataset"] == dataset, line


def test_wazuh_failed_passwords_name_their_host(logs_data: Path) -> None:
    checked = 0
    for line in wazuh_lines(logs_data / "wazuh" / "sshd.ini"):
        found = re.search(rb"(?:Failed password|Invalid user|not allowed because|attempts exceeded).* from (\S+)", line)
        if found:
            event = json.loads(LogParser("syslog", source="test", year=2020).parse(line).lines)
            assert event["event"]["outcome"] == "failure", line
            assert host_of(event) == found[1].decode(), line
            checked += 1
    assert checked >= 20


def test_every_line_of_crowdsec_sasl_is_a_failed_login(logs_data: Path) -> None:
    lines = [line for path in (logs_data / "crowdsec").rglob("*.log") for line in path.read_bytes().splitlines()]
    failed = [line for line in lines if b"SASL LOGIN authentication failed" in line]
    batch = LogParser("syslog", source="test", year=2023).parse(b"\n".join(failed))
    events = [json.loads(line) for line in batch.lines.splitlines()]
    assert len(events) == len(failed) >= 3
    for event, line in zip(events, failed, strict=True):
        address = re.search(rb"\[([0-9.]+)\]: SASL", line)
        assert address
        assert (event["event"]["dataset"], event["event"]["action"], event["event"]["outcome"]) == ("mail.auth", "login", "failure")
        assert event["source"]["ip"] == address[1].decode()
        assert event["khien"]["auth"]["method"] == "LOGIN"


@pytest.mark.parametrize(
    ("file", "form"),
    [("fail2ban/nginx-limit-req", None), ("loghub/OpenSSH/OpenSSH_2k.log", "syslog"), ("loghub/Linux/Linux_2k.log", "syslog")],
)
def test_the_format_of_a_file_is_found_by_its_first_lines(logs_data: Path, file: str, form: str | None) -> None:
    assert detect_format((logs_data / file).read_bytes()[:65_536]) == form


def test_no_line_of_any_collection_breaks_the_frame_or_the_schema(logs_data: Path) -> None:
    lines = [line for folder in ("fail2ban", "lnav", "wazuh", "ossec") for path in sorted((logs_data / folder).rglob("*"))
             if path.is_file() for line in path.read_bytes().splitlines() if line.strip()]  # fmt: skip
    crowdsec = [line for path in sorted((logs_data / "crowdsec").rglob("*.log")) for line in path.read_bytes().splitlines()]
    parsed = 0
    for form in ("syslog", "nginx_access", "nginx_error"):
        batch = LogParser(form, source="/var/log/test", year=2024, host="may-chu").parse(b"\n".join(lines + crowdsec))
        assert batch.count + len(batch.rejected) == len(lines + crowdsec)
        for line in batch.lines.splitlines(keepends=True):
            assert validate(line, stamped=False) == [], line
        parsed += batch.count
    assert parsed > 3_400
