"""IMAP: commands by tag, log-ins, STARTTLS, and the mails that are fetched."""

from collections.abc import Callable
from pathlib import Path

from tests.engine.packet.conversation import Conversation, capture
from tests.engine.packet.reading import read


def test_a_session_is_told_command_by_command(captures: Path) -> None:
    events = read(str(captures / "ndpi/imap.pcap")).events("network.imap")
    actions = [event["event"]["action"] for event in events]
    assert actions[:3] == ["imap-connection", "imap-command", "imap-login"]
    login = events[2]
    assert login["imap"]["request"] == {"args": ["samir", "***"], "command": "LOGIN", "tag": "C00001"}
    assert (login["user"]["name"], login["event"]["outcome"]) == ("samir", "success")
    (mail,) = [event for event in events if event["event"]["action"] == "mail-message"]
    assert mail["email"]["subject"] == "coucou"


def test_starttls_hands_the_connection_to_tls(captures: Path) -> None:
    reading = read(str(captures / "ndpi/imap-starttls.pcap"))
    assert [event["event"]["outcome"] for event in reading.events("network.imap")] == ["success"] * 3
    assert len(reading.events("network.tls")) == 1


def test_commands_that_end_out_of_order_keep_their_own_answers(write_capture: Callable[[bytes], str]) -> None:
    turns = [
        (False, b"* OK IMAP4rev2\r\n"),
        (True, b"a SELECT x\r\nb NOOP\r\n"),
        (False, b"b OK b\r\na NO a\r\n"),
    ]
    events = read(write_capture(capture(Conversation(turns=turns, server_port=143)))).events("network.imap")
    told = {event["imap"]["request"]["tag"]: event["event"]["outcome"] for event in events[1:]}
    assert told == {"a": "failure", "b": "success"}


def test_a_literal_is_a_word_of_its_command_and_a_refused_log_in_is_a_failure(write_capture: Callable[[bytes], str]) -> None:
    # RFC 9051, section 4.3: the literal's bytes may be anything, line ends as well
    turns = [
        (False, b"* OK IMAP4rev2\r\n"),
        (True, b"a LOGIN {5}\r\n"),
        (False, b"+ go\r\n"),
        (True, b"n\r\nam {3}\r\nabc\r\n"),
        (False, b"a NO\r\n"),
    ]
    events = read(write_capture(capture(Conversation(turns=turns, server_port=143)))).events("network.imap")
    (login,) = [event for event in events if event["event"]["action"] == "imap-login"]
    assert (login["user"]["name"], login["event"]["outcome"]) == ("n\r\nam", "failure")


def test_nothing_is_made_of_a_compressed_session(write_capture: Callable[[bytes], str]) -> None:
    turns = [
        (False, b"* OK IMAP4rev2\r\n"),
        (True, b"a COMPRESS DEFLATE\r\n"),
        (False, b"a OK\r\n"),
        (True, bytes(range(256))),
    ]
    reading = read(write_capture(capture(Conversation(turns=turns, server_port=143))))
    assert len(reading.events("network.imap")) == 2
    assert reading.stats["limits"]["imap_compressed"] == 1
