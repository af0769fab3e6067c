"""`khien duty show | check`: a table people read, JSON that scripts read, and a hole that is an error with its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khien.app.cli import main
from khien.clock import ManualClock
from tests.incident_api.city import START_US, city


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with city(tmp_path):
        pass
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khien.app.duty_command.SystemClock", lambda: ManualClock(START_US))


def run(capsys: pytest.CaptureFixture[str], home: Path, *words: str, language: str = "vi") -> tuple[int, str, str]:
    status = main(["--language", language, "--home", str(home), "duty", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_who_is_on_duty_stands_in_a_table_in_both_languages(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, printed, _ = run(capsys, home, "show")
    assert status == 0
    assert "23/11/2026 07:00  23/11/2026 19:00  Chuyên viên phân tích" in printed
    assert "lịch trực 2026-11-23, Asia/Ho_Chi_Minh" in printed
    assert "Analyst (standing by)" in run(capsys, home, "show", language="en")[1]


def test_tet_has_its_second_shift_lead(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shown = json.loads(run(capsys, home, "show", "--at", "2027-02-06T08:00", "--json")[1])
    leads = {each["person"]["id"] for each in shown["shifts"] if each["role"] == "irt.shift_lead"}
    assert len(leads) == 2
    before = json.loads(run(capsys, home, "show", "--at", "2027-02-03T08:00", "--json")[1])
    assert len([each for each in before["shifts"] if each["role"] == "irt.shift_lead"]) == 1


@pytest.mark.parametrize("text", ["hôm nay", "2027-02-06T08:00+07:00", "0001-01-01"])
def test_what_is_no_local_time_is_refused(home: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    status, printed, told = run(capsys, home, "show", "--at", text)
    assert (status, printed) == (2, "")
    assert "duty.not_a_time" in told


def test_the_rota_in_force_has_no_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, home, "check")[:2] == (0, "lịch trực 2026-11-23: 0 vấn đề, độ phủ 100.0%, cân bằng 100.0%, điểm 100.0%\n")


def test_a_file_with_a_hole_is_an_error_that_names_layer_day_and_hour(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home.parent / "example" / "rota.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("id: leader,", "id: leader, weekdays: [1, 2, 3, 4, 5],"), encoding="utf-8"
    )
    status, _, told = run(capsys, home, "check", str(path))
    assert status == 4
    assert "từ 28/11/2026 00:00 đến 30/11/2026 00:00 (lớp leader)" in told
    status, printed, told = run(capsys, home, "check", str(path), "--json")
    assert (status, told) == (4, "")
    found = json.loads(printed)
    assert {each["kind"] for each in found["findings"]} == {"gap"}
    assert found["coverage"] < 1


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("priority: 1, presence: on_call", "priority: 0, presence: on_call", "priority"),
        ("zone: Asia/Ho_Chi_Minh", "zone: Asia/Bến_Sen", "zone"),
        ("shift_hours: 168", "shift_hours: 169", "shift_hours"),
        ("members: [irt.leader]", "members: []", "members"),
        ("version:", "versoin:", "ver"),
    ],
)
def test_a_broken_file_is_refused_by_its_place(
    home: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, place: str
) -> None:
    path = home.parent / "broken.yaml"
    written = (home.parent / "example" / "rota.yaml").read_text(encoding="utf-8")
    assert old in written
    path.write_text(written.replace(old, new), encoding="utf-8")
    status, _, told = run(capsys, home, "check", str(path))
    assert status == 4
    assert place in told
