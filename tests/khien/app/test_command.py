"""The form of an error: its code, its sentence once, a hint that fits, and the same as an object for machines."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import orjson
import pytest

from khien.app.cli import main
from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame


def special(folder: Path, kind: str) -> str:
    """A path of a kind that no reader can open."""
    place = folder / kind
    match kind:
        case "folder":
            place.mkdir()
        case "loop":
            place.symlink_to(place)
        case "socket":
            # A socket's address is short (unix(7)), so its folder is made the current one.
            os.chdir(folder)
            with socket.socket(socket.AF_UNIX) as listening:
                listening.bind("socket")
        case "empty":
            place.touch()
        case "nothing":
            return ""
        case _:
            pass
    return str(place)


@pytest.mark.parametrize(
    ("kind", "status", "code", "hint"),
    [
        ("folder", 3, "input.folder", "Name a file in it"),
        ("loop", 3, "input.link_loop", "See where it leads"),
        ("socket", 3, "input.socket", "Name the file that was meant"),
        ("nothing", 2, "input.no_name", "Name a file"),
        ("absent", 3, "capture.not_found", "Check the path"),
        ("empty", 3, "capture.empty_file", "Check that the capture or copy finished"),
    ],
)
def test_an_error_has_its_code_names_the_path_once_and_hints_at_what_helps(
    kind: str,
    status: int,
    code: str,
    hint: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    path = special(tmp_path, kind)
    assert main(["--language", "en", "read", path]) == status
    first, empty, second = capsys.readouterr().err.splitlines()
    assert first.startswith(f"khien: error {code}: ")
    assert empty == ""
    assert second.startswith(f"hint: {hint}")
    if path:
        assert first.count(path) == 1


def test_machines_get_the_same_error_as_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "vi", "read", "/nowhere/x.pcap", "--json"]) == 3
    printed = capsys.readouterr()
    error = orjson.loads(printed.out)["error"]
    assert (error["code"], error["exit_status"]) == ("capture.not_found", 3)
    assert error["params"] == {"path": "/nowhere/x.pcap"}
    assert f"khien: lỗi capture.not_found: {error['message']}\n" in printed.err
    assert error["hint"] in printed.err


def test_wrong_usage_has_its_code_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--language", "en", "read", "--json", "--nothing-like-it", "x"])
    printed = capsys.readouterr()
    assert printed.err.startswith("khien: error usage.invalid: ")
    assert orjson.loads(printed.out)["error"]["code"] == "usage.invalid"


def test_a_hostile_path_cannot_write_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = tmp_path / "\x1b[2Jx\u202e.pcap"
    hostile.touch()
    assert main(["--language", "en", "read", str(hostile)]) == 3
    said = capsys.readouterr().err
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_a_damaged_capture_is_said_to_be_damaged_when_it_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pyshark")
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap_bytes([(1.0, udp_frame(dns_query("a.example"))), (2.0, udp_frame(dns_query("b.example")))])[:-20])
    status = main(["--language", "en", "read", str(path), "--compare", "tshark"])
    printed = capsys.readouterr()
    if status == 2 and "opinion.no_tshark" in printed.err:
        pytest.skip("tshark is not installed")
    assert status == 0
    assert "the file is damaged at byte" in printed.out
