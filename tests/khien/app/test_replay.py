"""Replay of the recorded lab day: one import, the same ids in any order, a ledger that adds up, damage said aloud."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import khien
from khien.app.replay import ReplayOptions, refuse_empty, replaying
from khien.errors import KhienError
from khien.home import Home

RECORDING = Path(__file__).resolve().parents[3] / "lab" / "recording"
AUTH = RECORDING / "cong-tt" / "auth.log"
ACCESS = RECORDING / "cong-tt" / "nginx" / "access.log"
CAPTURE = RECORDING / "capture.pcapng"


def test_captures_and_logs_of_one_call_are_one_import() -> None:
    result = khien.replay([CAPTURE, AUTH])
    assert result.dataset.startswith("import:")
    assert len(result.files) == 2
    assert {alert.dataset for alert in result.alerts} == {result.dataset}
    assert any(alert.rule.name == "ssh_bruteforce" for alert in result.alerts)
    assert result.ledger.is_balanced


def test_the_order_of_the_files_changes_nothing() -> None:
    one = khien.replay([AUTH, ACCESS])
    other = khien.replay([ACCESS, AUTH])
    assert one.dataset == other.dataset
    assert [alert.id for alert in one.alerts] == [alert.id for alert in other.alerts]


def test_a_year_less_log_takes_its_year_from_the_capture_beside_it(tmp_path: Path) -> None:
    copied = tmp_path / "auth.log"
    copied.write_bytes(AUTH.read_bytes())
    os.utime(copied, (0, 0))
    with replaying([copied, CAPTURE]) as (_, lines):
        times = {line[15:19] for line in lines() if b'"dataset":"host.auth"' in line}
    assert times == {b"2026"}


def test_a_known_import_is_answered_from_its_first_run_and_again_opens_a_new_dataset(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    first = khien.replay([AUTH], options=ReplayOptions(home=home))
    second = khien.replay([AUTH], options=ReplayOptions(home=home))
    third = khien.replay([AUTH], options=ReplayOptions(home=home, again=True))
    assert not first.is_known
    assert second.is_known
    assert [alert.id for alert in second.alerts] == [alert.id for alert in first.alerts]
    assert third.dataset == f"{first.dataset}.2"
    assert len(third.alerts) == len(first.alerts)


def test_a_capture_that_ends_inside_a_packet_gives_what_is_before_the_cut(tmp_path: Path) -> None:
    cut = tmp_path / "cut.pcapng"
    cut.write_bytes(CAPTURE.read_bytes()[:300_000])
    result = khien.replay([cut])
    assert result.event_count > 100
    assert any(name.startswith("damaged.") for name in result.files[0].counters)


def test_what_a_reader_refused_stands_in_the_ledger_and_a_stump_is_no_success(tmp_path: Path) -> None:
    header = bytearray(4_096)
    header[:8], header[42:44] = b"ElfFile\0", b"\x03\x00"  # three chunks
    stump, half = tmp_path / "stump.evtx", tmp_path / "half.evtx"
    stump.write_bytes(header[:3_000])
    half.write_bytes(header + bytes(65_536) + b"\x07" * 100)
    result = khien.replay([AUTH, half])
    events = result.event_count
    ledger = result.ledger
    assert ledger.rejected() == {"evtx_chunk": 1, "evtx_missing": 1}
    assert (ledger.total("read"), ledger.total("stored"), ledger.is_balanced) == (events + 2, events, True)
    with replaying([stump]) as (empty, _), pytest.raises(KhienError) as caught:
        refuse_empty(empty)
    assert (caught.value.code, "evtx_header 1" in str(caught.value)) == ("input.nothing_readable", True)


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "input.not_found"), (b"", "input.empty"), (b"not a capture and not a log\n", "input.unknown_format")],
)
def test_a_file_that_cannot_be_an_input_is_one_named_error(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "input.bin"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KhienError) as refused:
        khien.replay([path])
    assert refused.value.code == code
    assert "input.bin" in refused.value.sentence()
    assert refused.value.hint()
