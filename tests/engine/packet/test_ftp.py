"""FTP: commands with their replies, log-ins, and data connections that were announced."""

import gzip
import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.engine.packet.conversation import Conversation, capture
from tests.engine.packet.reading import read

LOGIN = [
    (False, b"220 FTP\r\n"),
    (True, b"USER nam\r\nPASS x\r\n"),
    (False, b"331 who\r\n230 in\r\n"),
]


def test_data_connections_both_ways_are_known_by_their_announcement(captures: Path) -> None:
    # zeek/_baseline/ftp/ipv4.pcap/…/conn.log: four connections of service ftp-data, two lists and one file twice
    reading = read(str(captures / "zeek/ftp/ipv4.pcap"))
    transfers = [event for event in reading.events("network.ftp") if event["event"]["action"] == "ftp-transfer"]
    assert sorted(event["ftp_data"]["command"] for event in transfers) == ["LIST", "LIST", "RETR", "RETR"]
    files = reading.events("network.file")
    assert [(event["file"]["name"], event["file"]["size"]) for event in files] == [("robots.txt", 77)] * 2
    # PASV: the server sends to its client; PORT: the server is the originator.
    assert {event["khien"]["file"]["sender"] for event in files} == {"source", "destination"}
    assert {event["network"]["protocol"] for event in transfers} == {"ftp-data"}


def test_uploads_and_downloads_have_the_hashes_of_the_file(captures: Path) -> None:
    # suricata-verify/bug-4877/test.yaml
    files = read(str(next((captures / "suricata-verify/bug-4877").glob("*.pcap")))).events("network.file")
    found = {(event["file"]["name"], event["file"]["hash"]["sha256"][:8], event["khien"]["file"]["sender"]) for event in files}
    assert ("test.pdf", "7d400735", "source") in found
    assert ("notepad.exe", "fefeac4c", "source") in found


def test_a_port_of_somebody_else_is_a_bounce(captures: Path) -> None:
    reading = read(str(captures / "suricata-verify/ftp/ftp-bounce/test.pcap"))
    assert "ftp_bounce" in {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}
    ports = [event["ftp"]["dynamic_port"] for event in reading.events("network.ftp") if "dynamic_port" in event["ftp"]]
    assert sorted(ports) == [80, 59_549]


def test_a_refused_log_in_is_a_failure_and_hides_the_password(captures: Path) -> None:
    # zeek/_baseline/ftp/ftp-password-pass-command.pcap: 530 Login incorrect.
    events = read(str(captures / "zeek/ftp/ftp-password-pass-command.pcap")).events("network.ftp")
    (login,) = [event for event in events if event["event"]["action"] == "ftp-login"]
    assert (login["user"]["name"], login["event"]["outcome"], login["ftp"]["command_data"]) == ("Admin", "failure", "***")


def test_a_line_beyond_the_limit_is_cut_and_said_to_be(captures: Path) -> None:
    # suricata-verify/ftp/ftp-too-long-command-first/test.yaml: 4,096 bytes with the verb
    events = read(str(next((captures / "suricata-verify/ftp/ftp-too-long-command-first").glob("*.pcap")))).events("network.ftp")
    cut, whole = (event for event in events if event["ftp"].get("command") == "RETR")
    assert (len(cut["ftp"]["command_data"]), cut["ftp"]["command_truncated"]) == (4_091, True)
    assert "ftp.command_data" in cut["khien"]["truncated"]
    assert "command_truncated" not in whole["ftp"]


def test_auth_hands_the_connection_to_tls(captures: Path) -> None:
    reading = read(str(captures / "zeek/ftp/ftp-auth-tls.pcap"))
    assert [event["ftp"].get("command") for event in reading.events("network.ftp")] == [None, "FEAT", "AUTH"]
    assert len(reading.events("network.tls")) == 1


def test_no_more_than_32_connections_are_expected_of_one_client(write_capture: Callable[[bytes], str]) -> None:
    ports = b"".join(b"PORT 10,0,0,1,40,%d\r\n" % number for number in range(200))
    replies = b"200 ok\r\n" * 200
    control = Conversation(
        turns=[*LOGIN, (True, ports), (False, replies), (True, b"RETR a\r\n"), (False, b"150 go\r\n")], server_port=21
    )
    reading = read(write_capture(capture(control)))
    assert reading.stats["limits"]["ftp_announced"] == 200 - 32


def test_the_capture_of_500_announcements_is_read_with_the_rest_counted(
    captures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The capture is made by a program beside the data.
    program = captures / "zeek/ftp/ftp-many-port-expected.pcap.py"
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [str(program)])
    runpy.run_path(str(program), run_name="__main__")
    made = next(tmp_path.glob("*.pcap*"))
    path = tmp_path / "made.pcap"
    content = made.read_bytes()
    path.write_bytes(gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content)
    reading = read(str(path))
    commands = [event for event in reading.events("network.ftp") if event["ftp"].get("command") == "PORT"]
    assert len(commands) == 500
    # Each names a third host: none is waited for.
    assert reading.stats["limits"]["ftp_third_host"] == 500


def test_a_file_without_a_data_connection_is_an_anomaly(captures: Path) -> None:
    # suricata-verify/ftp-retr-bypass-realserver/test.yaml
    reading = read(str(captures / "suricata-verify/ftp-retr-bypass-realserver/input.pcap"))
    assert "ftp_file_before_port" in {event["khien"]["anomaly"]["name"] for event in reading.events("network.anomaly")}
