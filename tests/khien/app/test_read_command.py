"""`khien read` as an analyst and a script meet it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from khien.app.cli import main
from tests.conftest import unavailable
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame

RECORDING = str(Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng")


def test_the_summary_names_protocols_hosts_files_and_what_was_not_understood(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "read", RECORDING]) == 0
    out = capsys.readouterr().out
    for words in ("21,057 packets", "Protocols", "Hosts", "Largest flows", "quy-hoach-2030.pdf", "Not understood"):
        assert words in out


def test_the_summary_speaks_vietnamese_with_its_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "vi", "read", RECORDING]) == 0
    out = capsys.readouterr().out
    assert "21.057 gói" in out
    assert "Giao thức" in out


def test_json_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["read", RECORDING, "--json"]) == 0
    found = orjson.loads(capsys.readouterr().out)
    assert found["packets"] == 21_057
    assert found["packets"] == found["decoded"] + sum(found["not_understood"]["packets"].values())
    assert sum(protocol["flows"] for protocol in found["protocols"]) == found["flows"]["total"]


def test_events_are_written_in_our_form_and_in_eve(tmp_path: Path) -> None:
    ours, eve = tmp_path / "ours.jsonl", tmp_path / "eve.json"
    assert main(["read", RECORDING, "--events", str(ours)]) == 0
    assert main(["read", RECORDING, "--events", str(eve), "--format", "eve"]) == 0
    first = [orjson.loads(line) for line in ours.read_bytes().splitlines()]
    second = [orjson.loads(line) for line in eve.read_bytes().splitlines()]
    assert {event["event"]["dataset"] for event in first} >= {"network.flow", "network.dns", "network.http"}
    assert {event["event_type"] for event in second} >= {"flow", "dns", "http", "fileinfo", "tls", "ssh"}
    queries = [event for event in second if event["event_type"] == "dns" and event["dns"]["type"] == "request"]
    assert len(queries) == sum(event["event"]["action"] == "dns-query" for event in first)


def test_one_dataset_can_be_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "ssh.jsonl"
    assert main(["read", RECORDING, "--events", str(target), "--dataset", "network.ssh"]) == 0
    found = {orjson.loads(line)["event"]["dataset"] for line in target.read_bytes().splitlines()}
    assert found == {"network.ssh"}


def test_a_second_opinion_says_what_is_the_same_and_how_tshark_was_contained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("tshark") is None:
        unavailable("tshark", "tshark is not installed")
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example")))]))
    assert main(["--language", "en", "read", str(path), "--compare", "tshark"]) == 0
    out = capsys.readouterr().out
    assert "every value is the same" in out
    assert "no privileges" in out
    assert main(["read", str(path), "--compare", "tshark", "--json"]) == 0
    found = orjson.loads(capsys.readouterr().out)
    query = next(row for row in found["fields"] if (row["protocol"], row["field"]) == ("dns", "query"))
    assert (query["same"], query["only_ours"], query["only_theirs"]) == (1, 0, 0)
    assert found["containment"]["no_new_privileges"] is True


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["/nowhere/x.pcap"], 3, "does not exist"),
        (["/etc/hostname"], 3, "is not a capture"),
        ([RECORDING, "--format", "eve"], 2, "--events"),
        ([RECORDING, "--json", "--events", "-"], 2, "--json"),
        ([RECORDING, "--events", "-", "--dataset", "network.nothing"], 2, "network.dns"),
        ([RECORDING, "--events", "/nowhere/events"], 7, "/nowhere/events"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_status(
    arguments: list[str], status: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--language", "en", "read", *arguments]) == status
    said = capsys.readouterr().err
    assert re.match(r"khien: error [a-z_]+\.[a-z_]+: ", said)
    assert words in said


def test_a_hostile_file_name_cannot_write_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    name = "[red]\x1b[2Jx.pcapng"
    Path(name).write_bytes(Path(RECORDING).read_bytes())
    assert main(["--language", "en", "read", name]) == 0
    out = capsys.readouterr().out
    assert "\x1b[2J" not in out
    assert "[red]" in out


@pytest.mark.parametrize("command", ["read", "replay"])
def test_a_capture_is_never_overwritten_by_its_own_events(tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    capture = tmp_path / "a.pcap"
    content = pcap_bytes([(1.0, udp_frame(dns_query("a.example")))])
    capture.write_bytes(content)
    assert main(["--language", "en", command, str(capture), "--events", str(capture)]) == 2
    assert "one of the files to be read" in capsys.readouterr().err
    assert capture.read_bytes() == content


def test_a_capture_is_not_overwritten_through_standard_input_either(tmp_path: Path) -> None:
    capture = tmp_path / "a.pcap"
    content = pcap_bytes([(1.0, udp_frame(dns_query("a.example")))])
    capture.write_bytes(content)
    with capture.open("rb") as file:
        words = [sys.executable, "-m", "khien", "--language", "en", "read", "-", "--events", str(capture)]
        done = subprocess.run(words, stdin=file, capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert capture.read_bytes() == content


@pytest.mark.parametrize("command", [["read"], ["read", "--json"], ["replay"], ["replay", "--json"]])
def test_a_file_name_may_hold_any_bytes(tmp_path: Path, command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    capture = tmp_path / os.fsdecode(b"b\xff\xe1\xba\xa3.pcap")
    capture.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example")))]))
    assert main([*command, "--language", "en", str(capture)]) == 0
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    if command[0] == "read":
        assert "b\\\\xffả.pcap" in said.out if "--json" in command else "b\\xffả.pcap" in said.out


def test_checksums_that_nobody_asked_for_are_not_blamed_on_the_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capture = tmp_path / "a.pcap"
    capture.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example")))]))
    assert main(["--language", "en", "read", str(capture), "--checksums", "off"]) == 0
    assert "as asked with `--checksums off`" in capsys.readouterr().out
