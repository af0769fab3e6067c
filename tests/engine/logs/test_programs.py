"""What each program's lines become; expected values are read off the lines by eye."""
# ruff: noqa: E501 - a log line stays one line

from __future__ import annotations

import json
from typing import Any

import pytest
from khien_engine.logs import LogParser

from khien.schema.validation import validate

HEAD = "2026-11-23T11:40:14+07:00 mail "


def parse(message: str, form: str = "syslog") -> dict[str, Any]:
    batch = LogParser(form, source="test").parse((HEAD + message if form == "syslog" else message).encode())
    assert batch.rejected == []
    assert validate(batch.lines, stamped=False) == []
    event: dict[str, Any] = json.loads(batch.lines)
    return event


def flat(tree: Any, prefix: str = "") -> dict[str, Any]:
    if not isinstance(tree, dict):
        return {prefix: tree}
    return {name: value for key, inner in tree.items() for name, value in flat(inner, f"{prefix}.{key}" if prefix else key).items()}


CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "a password is accepted": (
        "sshd[2694]: Accepted password for quantri from 10.10.99.10 port 37956 ssh2",
        {"event.dataset": "host.auth", "event.action": "login", "event.outcome": "success", "user.name": "quantri",
         "source.ip": "10.10.99.10", "source.port": 37956, "khien.auth.method": "password", "event.type": ["start"],
         "related.ip": ["10.10.99.10"], "related.user": ["quantri"], "process.pid": 2694},
    ),
    "an invalid user fails": (
        "sshd[1]: Failed password for invalid user admin from 2001:db8::1 port 5 ssh2",
        {"event.outcome": "failure", "user.name": "admin", "source.ip": "2001:db8::1", "event.reason": "invalid user"},
    ),
    "a name that looks like an origin does not choose the address": (
        "sshd[1]: Failed password for invalid user x from 10.9.9.9 port 1 ssh2 from 192.0.2.7 port 2 ssh2",
        {"user.name": "x from 10.9.9.9 port 1 ssh2", "source.ip": "192.0.2.7", "source.port": 2},
    ),
    "a refused key of a known user is no failure yet": (
        "sshd[1]: Failed publickey for git from 192.0.2.1 port 57904 ssh2: ECDSA 0e:ff",
        {"event.action": "login", "event.outcome": "unknown", "khien.auth.method": "publickey"},
    ),
    "an invalid user line has its own action": (
        "sshd[1]: Invalid user oracle from 192.0.2.1 port 3", {"event.action": "invalid-user", "event.outcome": "failure", "user.name": "oracle"},
    ),
    "pam in sshd tells no result": (
        "sshd[1]: pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost=192.0.2.1  user=root",
        {"event.action": "pam-authentication", "event.outcome": None, "user.name": "root", "source.ip": "192.0.2.1"},
    ),
    "a session opens": (
        "sshd[1]: pam_unix(sshd:session): session opened for user quantri(uid=1000) by (uid=0)",
        {"event.action": "session-started", "event.outcome": "success", "user.name": "quantri", "event.type": ["start"]},
    ),
    "a connection closes": (
        "sshd[1]: Connection closed by authenticating user quan tri 10.1.1.1 port 9 [preauth]",
        {"event.action": "disconnect", "event.outcome": None, "user.name": "quan tri", "source.ip": "10.1.1.1", "source.port": 9},
    ),
    "sudo runs": (
        "sudo:  quantri : TTY=pts/0 ; PWD=/home/quantri ; USER=root ; COMMAND=/bin/cat /etc/shadow ; USER=x",
        {"event.dataset": "host.auth", "event.action": "sudo", "event.outcome": "success", "user.name": "quantri",
         "user.effective.name": "root", "process.command_line": "/bin/cat /etc/shadow ; USER=x",
         "process.working_directory": "/home/quantri", "process.tty.name": "pts/0"},
    ),
    "sudo refuses": (
        "sudo: an : user NOT in sudoers ; TTY=pts/1 ; PWD=/ ; USER=root ; COMMAND=/bin/id",
        {"event.outcome": "failure", "event.reason": "user NOT in sudoers", "user.name": "an"},
    ),
    "su fails": (
        "su[9]: FAILED SU (to root) an on pts/1",
        {"event.action": "su", "event.outcome": "failure", "user.name": "an", "user.effective.name": "root"},
    ),
    "su succeeds": (
        "su: (to root) an on pts/1", {"event.action": "su", "event.outcome": "success", "user.effective.name": "root"},
    ),
    "pam of su fails": (
        "su[9]: pam_unix(su-l:auth): authentication failure; logname=an uid=1000 euid=0 tty=pts/1 ruser=an rhost=  user=root",
        {"event.action": "pam-authentication", "event.outcome": "failure", "user.name": "root", "source.ip": None},
    ),
    "cron opens a session": (
        "CRON[5]: pam_unix(cron:session): session opened for user root(uid=0) by (uid=0)",
        {"event.dataset": "host.auth", "event.module": "pam", "event.action": "session-started"},
    ),
    "another program is plain syslog": (
        "kernel: eth0: link up", {"event.dataset": "host.syslog", "event.category": ["host"], "message": "eth0: link up", "process.name": "kernel"},
    ),
    "a mail login fails": (
        "postfix/submission/smtpd[1]: warning: unknown[192.0.2.66]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=an@x.vn",
        {"event.dataset": "mail.auth", "event.action": "login", "event.outcome": "failure", "source.ip": "192.0.2.66",
         "source.domain": None, "user.name": "an@x.vn", "khien.auth.method": "LOGIN", "event.reason": "(reason unavailable)"},
    ),
    "a mail login succeeds": (
        "postfix/smtpd[1]: 4XyZ1b2c3dz9: client=may[10.30.1.21], sasl_method=PLAIN, sasl_username=an@x.vn",
        {"event.dataset": "mail.auth", "event.outcome": "success", "email.local_id": "4XyZ1b2c3dz9", "source.domain": "may", "user.name": "an@x.vn"},
    ),
    "a mail is queued": (
        "postfix/qmgr[1]: 4XyZ1b2c3dz9: from=<an@x.vn>, size=1, nrcpt=1 (queue active)",
        {"event.dataset": "mail.transfer", "event.action": "mail-queued", "email.from.address": ["an@x.vn"]},
    ),
    "a mail is sent": (
        "postfix/smtp[1]: 4XyZ1b2c3dz9: to=<b@y.vn>, relay=mx.y.vn[203.0.113.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 Ok)",
        {"event.action": "mail-sent", "event.outcome": "success", "email.to.address": ["b@y.vn"], "destination.ip": "203.0.113.5",
         "destination.port": 25, "destination.domain": "mx.y.vn", "event.code": "2.0.0", "event.reason": "250 2.0.0 Ok"},
    ),
    "a mail bounces": (
        "postfix/smtp[1]: ABCDEF1234: to=<b@y.vn>, relay=none, delay=1, dsn=5.4.4, status=bounced (Host not found)",
        {"event.action": "mail-bounced", "event.outcome": "failure", "destination.ip": None},
    ),
    "a mail is rejected": (
        "postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.9]: 454 4.7.1 <a@b.c>: Relay access denied; from=<s@d.tld> to=<a@b.c> proto=ESMTP helo=<w>",
        {"event.action": "mail-rejected", "event.outcome": "failure", "source.ip": "192.0.2.9", "event.code": "454",
         "email.from.address": ["s@d.tld"], "email.to.address": ["a@b.c"]},
    ),
    "a message id is kept without brackets": (
        "postfix/cleanup[1]: ABCDEF1234: message-id=<x.1@y.vn>", {"email.message_id": "x.1@y.vn", "email.local_id": "ABCDEF1234"},
    ),
    "imap logs in": (
        "dovecot: imap-login: Login: user=<an@x.vn>, method=PLAIN, rip=10.30.2.21, lip=10.10.20.10, mpid=2705, TLS, session=<Nx>",
        {"event.dataset": "mail.auth", "event.action": "login", "event.outcome": "success", "user.name": "an@x.vn",
         "source.ip": "10.30.2.21", "destination.ip": "10.10.20.10", "khien.auth.method": "PLAIN", "network.protocol": "imap"},
    ),
    "imap refuses": (
        "dovecot: imap-login: Disconnected: Aborted login by logging out (auth failed, 1 attempts in 2 secs): user=<an@x.vn>, method=PLAIN, rip=10.30.2.21, lip=10.10.20.10, TLS",
        {"event.action": "login", "event.outcome": "failure", "event.reason": "auth failed, 1 attempts in 2 secs", "source.ip": "10.30.2.21"},
    ),
    "a mail user cannot choose the address": (
        "dovecot: imap-login: Disconnected (auth failed, 1 attempts): user=<a>, method=PLAIN, rip=6.6.6.6, lip=1.1.1.1>, method=PLAIN, rip=192.0.2.5, lip=10.0.0.1",
        {"source.ip": "192.0.2.5", "destination.ip": "10.0.0.1", "event.outcome": "failure"},
    ),
    "nobody tried to log in": (
        "dovecot: imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): user=<>, rip=10.1.1.1, lip=10.0.0.1",
        {"event.action": "disconnect", "event.outcome": None, "source.ip": "10.1.1.1", "user.name": None},
    ),
    "imap logs out": (
        "dovecot: imap(an@x.vn)<2705><Nx>: Disconnected: Logged out in=50 out=847",
        {"event.action": "logout", "user.name": "an@x.vn"},
    ),
    "nginx through syslog": (
        'nginx: 192.0.2.1 - - [23/Nov/2026:11:40:14 +0700] "GET /a HTTP/1.1" 404 5 "-" "x"',
        {"event.dataset": "web.access", "source.ip": "192.0.2.1", "http.response.status_code": 404, "process.name": "nginx", "host.hostname": "mail"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_syslog_line_becomes_these_fields(name: str) -> None:
    message, expected = CASES[name]
    event = flat(parse(message))
    assert {field: event.get(field) for field in expected} == expected


def test_an_access_line_becomes_exactly_this_event() -> None:
    line = r'192.0.2.140 - an [23/Nov/2026:11:40:15 +0700] "POST /tim-kiem.php?q=l\xE1\xBB\x8Bch\x22 HTTP/1.1" 200 92 "http://a/" "Mozilla/5.0"'
    assert parse(line, "nginx_access") == {
        "@timestamp": "2026-11-23T04:40:15.000000Z",
        "event": {"kind": "event", "category": ["web"], "type": ["access"], "dataset": "web.access", "module": "nginx",
                  "action": "http-request", "outcome": "success", "original": line},
        "ecs": {"version": "8.17.0"},
        "message": 'POST /tim-kiem.php?q=lịch" HTTP/1.1',
        "source": {"ip": "192.0.2.140"},
        "http": {"version": "1.1", "request": {"method": "POST", "referrer": "http://a/"},
                 "response": {"status_code": 200, "body": {"bytes": 92}}},
        "url": {"original": '/tim-kiem.php?q=lịch"', "path": "/tim-kiem.php", "query": 'q=lịch"', "extension": "php"},
        "user_agent": {"original": "Mozilla/5.0"},
        "user": {"name": "an"},
        "related": {"ip": ["192.0.2.140"], "user": ["an"]},
        "khien": {"schema": 1, "source": "test", "time": "log"},
    }  # fmt: skip


def test_an_error_line_becomes_its_request_and_client() -> None:
    line = ('2026/11/23 11:41:27 [error] 1204#1204: *142 open() "/srv/x.png" failed (2: No such file or directory), client: 192.0.2.140, '
            'server: cong-tt.example, request: "GET /x.png HTTP/1.1", host: "cong-tt.example"')  # fmt: skip
    event = flat(parse(line, "nginx_error"))
    expected = {
        "@timestamp": "2026-11-23T04:41:27.000000Z", "event.dataset": "web.error", "log.level": "error", "process.pid": 1204,
        "message": 'open() "/srv/x.png" failed (2: No such file or directory)', "source.ip": "192.0.2.140", "url.path": "/x.png",
        "url.domain": "cong-tt.example", "http.request.method": "GET", "event.outcome": None, "khien.time": "zone-configured",
    }  # fmt: skip
    assert {field: event.get(field) for field in expected} == expected


def test_a_request_cannot_forge_the_client_of_an_error_line() -> None:
    line = ('2026/11/23 11:41:27 [error] 1#1: *1 x, client: 192.0.2.140, server: s, '
            'request: "GET /, client: 6.6.6.6, server: s, request: "x HTTP/1.1", host: "h"')  # fmt: skip
    assert parse(line, "nginx_error")["source"] == {"ip": "192.0.2.140"}
