"""`khien organisation` and `khien policy simulate`: two steps, a round trip, and sentences that say what to mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from incident_api.organisation.writing import as_csv, as_yaml
from khien.app.cli import main
from khien.clock import ManualClock
from tests.incident_api.city import ROOT, START_US, alert, city, post

CITY = ROOT / "coordination" / "example"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    with city(tmp_path) as runtime:
        post(runtime, alert(1), alert(2, rule="b", asset="mail", target="10.10.20.9"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("organisation_command", "simulate_command"):
        monkeypatch.setattr(f"khien.app.{name}.SystemClock", lambda: ManualClock(START_US))


def run(capsys: pytest.CaptureFixture[str], *words: str | Path, home: Path) -> tuple[int, str, str]:
    options = ["--organisation", str(home.parent)] if (home.parent / "example").exists() else []
    status = main(["--language", "en", "--home", str(home), *(str(word) for word in words), *options])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.mark.parametrize("form", ["yaml", "csv"])
def test_what_is_exported_imports_as_it_is_and_exports_the_same_bytes(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    out = tmp_path / "deep" / "out"
    assert run(capsys, "organisation", "export", out, "--format", form, home=home)[0] == 0
    with city(tmp_path) as runtime:
        expected = as_yaml(runtime.organisation) if form == "yaml" else as_csv(runtime.organisation)
    assert {path.name: path.read_bytes().decode() for path in out.iterdir()} == expected
    status, printed, told = run(capsys, "organisation", "import", out, "--yes", home=home)
    assert (status, printed) == (0, "0 added, 0 changed, 0 ended, 0 removed\n"), told
    assert run(capsys, "organisation", "check", out, home=home)[1].startswith("Bến Sen city: 12 units, 21 systems, 29 networks")


def test_an_import_is_shown_first_and_adopted_with_yes(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "deep" / "out"
    run(capsys, "organisation", "export", out, "--format", "csv", home=home)
    path = out / "hosts.csv"
    path.write_bytes(path.read_bytes() + b"may-moi,mail,,\r\n")
    status, printed, told = run(capsys, "organisation", "import", out, home=home)
    assert (status, printed) == (0, "1 added, 0 changed, 0 ended, 0 removed\n  added    hosts  may-moi\n")
    assert "nothing was changed" in told
    assert "version 2 of the organisation is in force" in run(capsys, "organisation", "import", out, "--yes", home=home)[2]
    with city(tmp_path) as runtime:
        assert runtime.organisation.registry.asset_of_host("may-moi", day="2026-11-23") == "mail"


def test_a_broken_file_is_told_with_line_and_column_and_exit_4(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "out"
    run(capsys, "organisation", "export", out, "--format", "csv", home=home)
    (out / "units.csv").write_bytes((out / "units.csv").read_bytes() + b"x,y\r\n")
    for verb in ("check", "import"):
        status, _, told = run(capsys, "organisation", verb, out, home=home)
        assert status == 4
        assert "`units.csv`, line 14, column 2: 2 cells in place of 6" in told
    assert run(capsys, "organisation", "export", out, "--format", "csv", home=home)[0] == 4
    assert run(capsys, "organisation", "check", tmp_path / "nowhere", home=home)[0] == 4


def test_a_simulation_on_the_same_rules_changes_nobody_and_on_another_rota_names_who_is_called(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    since = ("--since", "2026-11-23T00:00:00Z", "--until", "2026-11-24T00:00:00Z")
    status, printed, told = run(capsys, "policy", "simulate", *since, home=home)
    assert status == 0
    assert printed.startswith("2 alerts: 0 would have gone to somebody else; without anybody on duty 0 → 0; clocks broken 2 → 2\n")
    assert told.startswith("Assumed: ")
    rota = tmp_path / "rota.yaml"
    text = (CITY / "rota.yaml").read_text(encoding="utf-8")
    rota.write_text(
        text.replace("irt.analyst.1, irt.analyst.2, irt.analyst.3", "irt.analyst.3, irt.analyst.3, irt.analyst.3", 1),
        encoding="utf-8",
    )
    found = json.loads(run(capsys, "policy", "simulate", *since, "--rota", rota, "--json", home=home)[1])
    assert [(each["was"], each["would"]) for each in found["outcomes"] if each["was"] != each["would"]] == [
        ("irt.analyst.2", "irt.analyst.3")
    ]


def test_a_file_of_alerts_is_replayed_and_a_bad_line_is_named(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_text(alert(1).model_dump_json() + "\n" + alert(9, rule="z").model_dump_json() + "\n", encoding="utf-8")
    found = json.loads(run(capsys, "policy", "simulate", "--alerts", path, "--json", home=home)[1])
    assert [(each["was"], each["would"]) for each in found["outcomes"]] == [(None, "irt.analyst.2")] * 2
    path.write_text(alert(1).model_dump_json() + "\n{}\n", encoding="utf-8")
    status, _, told = run(capsys, "policy", "simulate", "--alerts", path, home=home)
    assert status == 3
    assert "line 2, is no alert" in told
