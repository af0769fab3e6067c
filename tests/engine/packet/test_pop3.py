"""POP3: commands with their replies, log-ins and the mails that are fetched."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.engine.packet.conversation import Conversation, capture
from tests.engine.packet.reading import read


def test_every_command_is_one_event_with_its_reply(captures: Path) -> None:
    # suricata-verify/pop3/test.yaml: 56 events, 49 of them TOP
    events = read(str(captures / "suricata-verify/pop3/input.pcap")).events("network.pop3")
    assert len(events) == 56
    commands = Counter(event["pop3"].get("request", {}).get("command") for event in events)
    assert commands["TOP"] == 49
    assert commands[None] == 1


def test_log_ins_tell_who_and_how_it_went(captures: Path) -> None:
    events = read(str(captures / "zeek/pop3/pop3.pcap")).events("network.pop3")
    logins = [event for event in events if event["event"]["action"] == "pop3-login"]
    assert [event["event"]["outcome"] for event in logins][:2] == ["failure", "success"]
    assert {event["user"]["name"] for event in logins} == {"digitalinvestigator@networksims.com"}
    assert {event["khien"]["login"]["password"] for event in logins} == {"***"}


def test_a_fetched_mail_is_read_and_its_file_comes_from_the_server(write_capture: Callable[[bytes], str]) -> None:
    turns = [
        (False, b"+OK POP3\r\n"),
        (True, b"RETR 1\r\n"),
        (False, b"+OK\r\nSubject: x\r\nContent-Type: application/zip; name=z.zip\r\n\r\nPK\x03\x04\r\n.\r\n"),
    ]
    reading = read(write_capture(capture(Conversation(turns=turns, server_port=110))))
    (mail,) = [event for event in reading.events("network.pop3") if event["event"]["action"] == "mail-message"]
    assert mail["email"]["subject"] == "x"
    (file,) = reading.events("network.file")
    assert (file["file"]["name"], file["file"]["size"], file["khien"]["file"]["sender"]) == ("z.zip", 4, "destination")


def test_starttls_hands_the_connection_to_tls(captures: Path) -> None:
    reading = read(str(captures / "zeek/tls/pop3-starttls.pcap"))
    assert [event["tls"]["version"] for event in reading.events("network.tls")] == ["1.2"]


def test_redis_is_not_taken_for_pop3(captures: Path) -> None:
    # zeek/pop3/redis-50-pings.pcap: `+PONG` and `+OK` are Redis, too
    assert read(str(captures / "zeek/pop3/redis-50-pings.pcap")).events("network.pop3") == []
