"""A capture is read in a child of its own, and how that ended is told."""

import struct
import sys
from pathlib import Path

import pytest

from tests.conformance import tcpdump
from tests.conformance.tcpdump import run_capture

#: A classic capture (libpcap's file format) of Ethernet frames, with one frame of 60 zero bytes.
CAPTURE = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1) + struct.pack("<IIII", 0, 0, 60, 60) + bytes(60)


def test_a_capture_ends_without_problems_and_its_memory_is_measured(tmp_path: Path) -> None:
    path = tmp_path / "one.pcap"
    path.write_bytes(CAPTURE)
    ended = run_capture(path)
    assert ended.problems == ()
    assert 1 << 20 < ended.rss < 512 << 20


def test_a_child_that_dies_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    ended = run_capture(tmp_path / "one.pcap")
    assert ended.problems == ("the child died: 1 ",)


def test_a_capture_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    ended = run_capture(tmp_path / "no\udcff")
    assert len(ended.problems) == 1
    assert "capture.not_found" in ended.problems[0]


def test_a_file_that_is_no_capture_is_an_end(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_bytes(b"hello world, not a capture")
    assert run_capture(path).problems == ()


def test_answers_are_no_captures_and_other_files_are_listed(tmp_path: Path) -> None:
    (tmp_path / "one.pcap").write_bytes(CAPTURE)
    (tmp_path / "one.pcap.out").write_text("an answer", encoding="utf-8")
    (tmp_path / "note").write_text("no capture", encoding="utf-8")
    report = tcpdump.run(tmp_path, lambda _: True)
    assert [(check.name, check.passed) for check in report.checks] == [("one.pcap", True)]
    assert report.unsupported["no capture file"] == ["note"]
