"""`coverage`, `diff`, `backtest`, `bench`, `convert` at the command line, on the recorded lab day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khien.app.cli import main

ROOT = Path(__file__).resolve().parents[3]
AUTH = ROOT / "lab" / "recording" / "cong-tt" / "auth.log"
SSH = ROOT / "rules" / "linux" / "ssh"
INPUT = ("--input", str(AUTH), "--year", "2026")


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["--language", "en", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


@pytest.fixture
def louder(tmp_path: Path) -> Path:
    """The ssh rules with the guessing rule gone and a threshold that nothing meets turned to one that much meets."""
    folder = tmp_path / "louder"
    folder.mkdir()
    for path in SSH.glob("*.yml"):
        if not path.name.endswith(".test.yml"):
            (folder / path.name).write_bytes(path.read_bytes())
    text = (folder / "ssh_bruteforce.yml").read_text()
    assert "level: high" in text
    (folder / "ssh_bruteforce.yml").write_text(text.replace("level: high", "level: critical"))
    return folder


def test_a_difference_is_shown_kept_and_held(tmp_path: Path, louder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "rules", "diff", str(SSH), str(louder), *INPUT)
    assert (status, "level high → critical" in out) == (0, True)
    assert "0 added, 0 lost, 1 changed" in err
    _, out, _ = run(capsys, "rules", "diff", str(SSH), str(louder), *INPUT, "--json")
    (tmp_path / "reviewed.json").write_text(out)
    assert run(capsys, "rules", "diff", str(SSH), str(louder), *INPUT, "--expect", str(tmp_path / "reviewed.json"))[0] == 0
    status, _, err = run(capsys, "rules", "diff", str(SSH), str(SSH), *INPUT, "--expect", str(tmp_path / "reviewed.json"))
    assert (status, "changed" in err) == (1, True)


def test_stored_days_say_what_the_files_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    _, out, _ = run(capsys, "--home", home, "replay", "--keep", "--json", "--year", "2026", "--rules", str(SSH), str(AUTH))
    replayed = json.loads(out)
    stored = ("--stored", "2026-01-01/2026-12-31", "--dataset", replayed["dataset"])
    _, out, _ = run(capsys, "--home", home, "rules", "backtest", str(SSH), *stored, "--json")
    found = json.loads(out)
    assert found["events"] == replayed["events"]
    assert found["alerts"] == len(replayed["alerts"]) > 0
    _, out, _ = run(
        capsys, "--home", home, "rules", "backtest", str(SSH), "--stored", "2020-01-01", "--dataset", replayed["dataset"], "--json"
    )
    assert json.loads(out)["events"] == 0


@pytest.mark.parametrize(
    ("fires", "status", "said"),
    [
        ("[ssh_bruteforce, ssh_user_enumeration_slow]", 0, ""),
        ("[ssh_bruteforce, ssh_user_enumeration_slow, port_scan]", 1, "did not fire: port_scan"),
        ("[]", 1, "fired unexpectedly: ssh_bruteforce"),
    ],
)
def test_expectations_hold_or_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], fires: str, status: int, said: str
) -> None:
    (tmp_path / "e.yml").write_text(f"inputs: [{{name: the guessing, files: [auth.log], year: 2026, fires: {fires}}}]\n")
    found, out, _ = run(capsys, "rules", "backtest", str(SSH), "--expect", str(tmp_path / "e.yml"), "--corpus", str(AUTH.parent))
    assert (found, said in out) == (status, True), out


def test_a_slower_run_fails_and_a_kept_one_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = tmp_path / "events.jsonl"
    run(capsys, "replay", str(AUTH), "--year", "2026", "--events", str(events))
    kept = tmp_path / "bench.json"
    status, out, err = run(capsys, "rules", "bench", str(SSH), "--events", str(events), "--save", str(kept))
    assert (status, " ns  " in out, "events a second" in err) == (0, True, True)
    stored = json.loads(kept.read_text())
    assert set(stored["candidates"]) == {"p50", "p95"}
    kept.write_text(json.dumps({**stored, "events_per_second": stored["events_per_second"] * 1_000}))
    status, _, err = run(capsys, "rules", "bench", str(SSH), "--events", str(events), "--against", str(kept))
    assert (status, "more than 10% slower" in err) == (1, True)
    kept.write_text(json.dumps({**stored, "events_per_second": 1}))
    assert run(capsys, "rules", "bench", str(SSH), "--events", str(events), "--against", str(kept))[0] == 0


def test_coverage_writes_the_layer_and_holds_the_gate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layer = tmp_path / "layer.json"
    status, out, _ = run(capsys, "rules", "coverage", str(SSH), "--layer", str(layer), "--require", "T1110", "--gate", "1")
    assert (status, "T1110" in out) == (0, True)
    assert json.loads(layer.read_text())["domain"] == "enterprise-attack"
    status, _, err = run(capsys, "rules", "coverage", str(SSH), "--require", "T1195", "--gate", "99")
    assert status == 1
    assert "no rule names T1195" in err
    assert "at least 99 are required" in err


def test_a_rule_that_cannot_be_converted_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "rules", "convert", "ssh_login_failed", "--to", "esql")
    assert (status, "from khien-events-*" in out) == (0, True)
    status, _, err = run(capsys, "rules", "convert", "ssh_bruteforce")
    assert (status, "clock buckets" in err) == (4, True)
    _, out, _ = run(capsys, "rules", "convert", "--json")
    found = json.loads(out)
    assert len(found["queries"]) > 10
    assert all(one["reason"] for one in found["refused"])


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("diff", str(SSH), str(SSH)), 2, "Nothing to run the rules over"),
        (("backtest", str(SSH), "--stored", "yesterday"), 2, "`yesterday` is no period"),
        (("backtest", str(SSH), "--stored", "2026-02-02/2026-02-01"), 2, "is no period"),
        (("backtest", "--expect", "/no/such.yml"), 3, "/no/such.yml"),
        (("bench", "--events", "/no/such.jsonl"), 3, "/no/such.jsonl"),
        (("bench", "--events", str(ROOT / "LICENSE"), "--against", "/no/such.json"), 3, "LICENSE"),
        (("coverage", "--events", "/no/such.jsonl"), 3, "/no/such.jsonl"),
        (("convert", "ssh_bruteforc"), 2, "close to it"),
    ],
)
def test_bad_input_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, sentence: str
) -> None:
    found, _, err = run(capsys, "--home", str(tmp_path), "rules", *words)
    assert (found, sentence in err) == (status, True), err


def test_a_difference_over_nothing_is_no_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistyped day must not be a green check."""
    status, _, err = run(capsys, "--home", str(tmp_path), "rules", "diff", str(SSH), str(SSH), "--stored", "2020-01-01")
    assert (status, "`live 2020-01-01` holds no events" in err) == (3, True)
