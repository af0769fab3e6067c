"""SMTP: what a mail administrator asks of a connection, from captures with known answers (design, section 16)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conversation import Conversation, capture
from tests.engine.packet.reading import read

VERIFY = "suricata-verify"


def mails(path: Path) -> list[dict[str, Any]]:
    """The mails of a capture, and attempts at one."""
    return [event for event in read(str(path)).events("network.smtp") if event["event"]["action"] == "mail-message"]


def test_a_mail_has_its_envelope_its_header_and_the_server_s_word(captures: Path) -> None:
    # zeek/_baseline/smtp.pcap/…/smtp.log, first row
    event = mails(captures / "zeek/smtp.pcap")[0]
    assert event["event"]["outcome"] == "success"
    assert event["smtp"] == {
        "helo": "GP",
        "last_reply": "250 OK id=1Mugho-0003Dg-Un",
        "mail_from": "<gurpartap@patriots.in>",
        "path": ["74.53.140.153", "10.10.1.4"],
        "rcpt_to": ["<raj_deol2002in@yahoo.co.in>"],
    }
    assert event["email"]["local_id"] == "1Mugho-0003Dg-Un"
    assert event["email"]["from"]["address"] == ["gurpartap@patriots.in"]
    assert event["email"]["x_mailer"] == "Microsoft Office Outlook 12.0"
    assert event["khien"]["email"]["from"] == ['"Gurpartap Singh" <gurpartap@patriots.in>']
    assert event["khien"]["email"]["date"] == "Mon, 5 Oct 2009 11:36:07 +0530"


@pytest.mark.parametrize(("shown", "password"), [(False, "***"), (True, "punjab@123")])
def test_a_log_in_names_the_user_and_shows_the_password_only_on_demand(captures: Path, *, shown: bool, password: str) -> None:
    settings = PacketSettings(capture_secrets=shown)
    logins = [
        event
        for event in read(str(captures / "zeek/smtp.pcap"), settings).events("network.smtp")
        if event["event"]["action"] == "smtp-login"
    ]
    assert [(event["user"]["name"], event["event"]["outcome"]) for event in logins] == [("gurpartap@patriots.in", "success")]
    assert logins[0]["khien"]["login"] == {"mechanism": "LOGIN", "password": password}


def test_starttls_hands_the_connection_to_tls(captures: Path) -> None:
    reading = read(str(captures / "zeek/tls/smtp-starttls.pcap"))
    (session,) = reading.events("network.smtp")
    assert session["event"]["action"] == "smtp-connection"
    assert session["smtp"]["tls"] is True
    assert session["smtp"]["last_reply"] == "220 2.0.0 Ready to start TLS"
    (handshake,) = reading.events("network.tls")
    assert handshake["khien"]["packet"] > session["khien"]["packet"]


def test_a_second_greeting_ends_the_mail_under_way_and_begins_another(captures: Path) -> None:
    # suricata-verify/smtp-helo-reset-after-rcpt/test.yaml
    first, second = mails(captures / VERIFY / "smtp-helo-reset-after-rcpt/input.pcap")
    assert (first["smtp"]["mail_from"], first["smtp"]["rcpt_to"]) == ("<alice@example.com>", ["<bob@example.com>"])
    assert "email" not in first
    assert (second["smtp"]["mail_from"], second["smtp"]["rcpt_to"]) == ("<bob@example.com>", ["<alice@example.com>"])
    assert second["email"]["from"]["address"] == ["bob@example.com"]


def test_chunks_make_one_mail(captures: Path) -> None:
    # zeek/_baseline/smtp/rfc3030-bdat-multipart-chunked.pcap: two parts, one of them a picture
    (event,) = mails(captures / "zeek/smtp/rfc3030-bdat-multipart-chunked.pcap")
    assert event["email"]["subject"] == "Zeek Logo"
    assert event["smtp"]["last_reply"] == "250 2.0.0 Ok: 3462 bytes queued as E4F471CA025"


def test_a_refused_recipient_is_told_as_a_failure(captures: Path) -> None:
    # arkime/smtp-rcpt-553.test
    (event,) = mails(captures / "arkime/smtp-rcpt-553.pcap")
    assert event["event"]["outcome"] == "failure"
    assert event["smtp"]["rcpt_to"] == ["<123456@example>"]
    assert event["smtp"]["last_reply"].startswith("553 5.7.1")


def test_an_end_of_mail_that_servers_read_differently_is_an_anomaly(write_capture: Callable[[bytes], str]) -> None:
    # CVE-2023-51764: <LF>.<CR><LF> ends the mail for one server; the next takes what follows as another mail.
    turns = [
        (False, b"220 a ESMTP\r\n"),
        (True, b"EHLO b\r\n"),
        (False, b"250 a\r\n"),
        (True, b"MAIL FROM:<x@y.vn>\r\nRCPT TO:<z@a.vn>\r\nDATA\r\n"),
        (False, b"250 a\r\n250 a\r\n354 a\r\n"),
        (
            True,
            b"Subject: one\r\n\r\nbody\n.\r\nMAIL FROM:<boss@a.vn>\r\nRCPT TO:<z@a.vn>\r\nDATA\r\nSubject: two\r\n\r\n\r\n.\r\n",
        ),
        (False, b"250 queued\r\n250 a\r\n250 a\r\n354 a\r\n250 queued\r\n"),
    ]
    reading = read(write_capture(capture(Conversation(turns=turns, server_port=25))))
    names = {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}
    assert "smtp_ambiguous_end" in names
    subjects = [event["email"]["subject"] for event in reading.events("network.smtp")]
    assert subjects == ["one", "two"]


def test_what_a_proxy_has_decrypted_behind_starttls_is_read_on(write_capture: Callable[[bytes], str]) -> None:
    # RFC 3207: after 220 the client speaks TLS; a copy taken behind the end of TLS shows the commands themselves.
    said = (
        (False, b"220 mx.vn ESMTP\r\n"),
        (True, b"EHLO a.vn\r\n"),
        (False, b"250-mx.vn\r\n250 STARTTLS\r\n"),
        (True, b"STARTTLS\r\n"),
        (False, b"220 go ahead\r\n"),
        (True, b"EHLO a.vn\r\n"),
        (False, b"250 mx.vn\r\n"),
        (True, b"MAIL FROM:<an@a.vn>\r\n"),
        (False, b"250 ok\r\n"),
        (True, b"RCPT TO:<binh@b.vn>\r\n"),
        (False, b"250 ok\r\n"),
        (True, b"DATA\r\n"),
        (False, b"354 go ahead\r\n"),
        (True, b"Subject: xin chao\r\n\r\nchao\r\n.\r\n"),
        (False, b"250 queued\r\n"),
    )
    reading = read(write_capture(capture(Conversation(turns=said, server_port=25))))
    (event,) = [event for event in reading.events("network.smtp") if event["event"]["action"] == "mail-message"]
    assert (event["smtp"]["mail_from"], event["smtp"]["rcpt_to"]) == ("<an@a.vn>", ["<binh@b.vn>"])
    assert (event["smtp"]["tls"], event["email"]["subject"]) == (True, "xin chao")
    assert not reading.events("network.anomaly")
