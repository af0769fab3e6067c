"""The summary on a screen: nothing hostile reaches the terminal, every table keeps to the width, numbers agree with nouns."""

from __future__ import annotations

import io
import re
import shlex
import unicodedata
from pathlib import Path

import orjson
import pytest
from rich.cells import cell_len
from rich.console import Console

import khien
from khien.app.cli import main
from khien.app.summary_table import print_summary
from khien.capture.summary import Summary
from khien.language import LANGUAGES, Language
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame
from tests.traffic.case import Talk

#: Clear the screen, turn the writing around, hide, set the window's title, a C1 control, markup of our own printer.
HOSTILE = "\x1b[2J\u202egpj.exe\u200b\x1b]0;owned\x07\x9b31m[red]任务任务任务"


def capture(tmp_path: Path, *, count: int = 1) -> Path:
    """A page asked for with hostile bytes wherever a client may put them, and as hostile a name in DNS."""
    talk = Talk()
    head = f"GET /{HOSTILE}.class?x={HOSTILE} HTTP/1.1\r\nHost: {HOSTILE}\r\nUser-Agent: {HOSTILE}\r\n\r\n".encode()
    reply = f'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Disposition: attachment; filename="{HOSTILE}"\r\n\r\nok'.encode()
    frames = [*talk.opening(), *talk.says(head), *talk.says(reply, client=False), *talk.closing()]
    frames += [udp_frame(dns_query(f"n{number}-\x1b[2J.example"), port=40_000 + number) for number in range(count)]
    path = tmp_path / "hostile.pcap"
    path.write_bytes(pcap_bytes((number / 1_000, frame) for number, frame in enumerate(frames, 1)))
    return path


def printed(path: Path, *, width: int, language: Language) -> str:
    """The summary as a terminal of that width gets it."""
    summary, found = Summary(), khien.read(path)
    for event in found.events():
        summary.add(event)
    file = io.StringIO()
    console = Console(file=file, width=width, highlight=False, force_terminal=False)
    print_summary(summary, found.account, path=path.name, language=language, console=console)
    return file.getvalue()


@pytest.mark.parametrize("arguments", [[], ["--top", "50"], ["--compare", "tshark"]], ids=["summary", "long", "comparison"])
def test_no_byte_of_a_capture_can_command_the_terminal(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["--language", "en", "read", str(capture(tmp_path)), *arguments])
    said = capsys.readouterr()
    if status == 2 and "opinion.no_tshark" in said.err:
        pytest.skip("tshark is not installed")
    assert status == 0
    assert [name for name in said.out if name != "\n" and unicodedata.category(name) in {"Cc", "Cf", "Zl", "Zp"}] == []
    assert "[red]" in said.out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 120])
def test_every_table_keeps_to_the_width(width: int, language: Language, tmp_path: Path) -> None:
    # Lines that are made to be copied (commands, hashes) and sentences are left to the terminal to break.
    free = re.compile(r"^   khien |^ [0-9a-f]{64}  |^     \S|^ \S")
    for path in (capture(tmp_path), Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng"):
        said = printed(path, width=width, language=language).splitlines()
        tables = [line for line in said[2:] if not free.match(line) or line.endswith(" ")]
        assert len(tables) > 20
        assert [line for line in tables if cell_len(line.rstrip()) > width] == []


def test_one_flow_is_one_flow_and_times_name_their_zone(tmp_path: Path) -> None:
    path = tmp_path / "one.pcap"
    path.write_bytes(pcap_bytes([(1_767_225_601.0, udp_frame(dns_query("a.example")))]))
    english, vietnamese = (printed(path, width=120, language=language) for language in ("en", "vi"))
    assert "1 packet · " in english
    assert " · 1 flow · " in english
    assert "Vietnam's time (UTC+7)" in english
    assert "01/01/2026 07:00:01" in english
    assert "giờ Việt Nam (UTC+7)" in vietnamese


def test_what_is_not_shown_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(capture(tmp_path, count=40))
    assert main(["--language", "en", "read", path]) == 0
    assert "and 30 more" in capsys.readouterr().out
    assert main(["read", path, "--json", "--top", "5"]) == 0
    names = orjson.loads(capsys.readouterr().out)["deeds"]["names"]
    assert (names["distinct"], len(names["rows"]), names["exact"]) == (40, 5, True)


def test_the_commands_that_are_offered_work_as_they_stand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "it's a name.pcap"
    path.write_bytes(capture(tmp_path).read_bytes())
    assert main(["--language", "en", "read", str(path)]) == 0
    offered = [shlex.split(line) for line in capsys.readouterr().out.splitlines() if line.startswith("   khien read ")]
    assert len(offered) >= 2
    for words in offered:
        arguments = [str(tmp_path / "events.jsonl") if word == "events.jsonl" else word for word in words[1:]]
        assert main(["--language", "en", *arguments]) == 0, words
        capsys.readouterr()


def test_a_hash_stands_whole_beside_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    recording = Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng"
    whole = {event["file"]["hash"]["sha256"] for event in khien.read(recording).events("network.file") if "hash" in event["file"]}
    assert main(["--language", "en", "read", str(recording)]) == 0
    shown = re.findall(r"^ ([0-9a-f]{64})  (.+)$", capsys.readouterr().out, re.MULTILINE)
    assert "quy-hoach-2030.pdf" in {name for _, name in shown}
    assert {digest for digest, _ in shown} <= whole


def test_events_of_one_host_or_one_flow_can_be_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = str(Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng")
    target = tmp_path / "events.jsonl"
    assert main(["read", recording, "--events", str(target), "--host", "192.0.2.210"]) == 0
    found = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    assert found
    assert all("192.0.2.210" in {event["source"]["ip"], event["destination"]["ip"]} for event in found)
    flow = next(event["network"]["community_id"] for event in found if "community_id" in event["network"])
    assert main(["read", recording, "--events", str(target), "--flow", flow]) == 0
    assert {orjson.loads(line)["network"]["community_id"] for line in target.read_bytes().splitlines()} == {flow}
    assert main(["--language", "en", "read", recording, "--events", str(target), "--host", "nobody"]) == 2
    assert "usage.not_an_address" in capsys.readouterr().err


def test_the_guide_shows_what_the_command_prints(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).resolve().parents[3]
    monkeypatch.chdir(root)
    page = (root / "docs" / "guide" / "captures.md").read_text(encoding="utf-8")
    command, shown = re.findall(r"^```sh\n(khien read [^\n]*)\n```\n.*?^```text\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    assert main(["--language", "en", *shlex.split(command)[1:]]) == 0
    assert shown.splitlines() == [line.rstrip() for line in capsys.readouterr().out.splitlines()]
