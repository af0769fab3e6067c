"""`khien audit verify` and `export` without the server: exit statuses, the first bad record, and nothing changed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from incident_api.audit.anchoring import run as make_checkpoint
from incident_api.audit.signing_key import new_private_key
from khien.app.cli import main
from khien.clock import ManualClock
from khien.home import Home
from tests.incident_api.city import START_US, alert, city, post


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder of data with a log, a checkpoint, and records behind it."""
    with city(tmp_path) as runtime:
        post(runtime, alert(1))
        make_checkpoint(runtime, runtime.clock.now_us())
        post(runtime, alert(2, rule="b"))
    return tmp_path / "home"


@pytest.fixture(autouse=True)
def _same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("khien.app.audit_command.SystemClock", lambda: ManualClock(START_US))


def run(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    status = main(["--language", "en", "--home", str(home), "audit", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def state(home: Path) -> Path:
    return Home(home).incident_api / "state.db"


def edit(home: Path, statement: str) -> None:
    with sqlite3.connect(state(home)) as connection:
        connection.execute(statement)
    connection.close()


def test_a_whole_log_is_whole_and_verifying_it_changes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = hashlib.sha256(state(home).read_bytes()).hexdigest()
    status, out, err = run(capsys, home, "verify")
    assert status == 0, err
    assert "chain whole; 1 signed checkpoints agree" in out
    assert hashlib.sha256(state(home).read_bytes()).hexdigest() == before
    assert run(capsys, home, "verify", str(state(home)))[0] == 0


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE audit SET actor = 'x' WHERE seq = 3", "record 3: The record was changed"),
        ("DELETE FROM audit WHERE seq = 2", "record 2: A record is missing or was inserted"),
        ("UPDATE audit SET after = '{broken' WHERE seq = 2", "record 2: The record cannot be read"),
        ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)", "Records at the end are missing"),
        ("DELETE FROM audit_checkpoints", ""),
        ("UPDATE audit_checkpoints SET document = '{}'", "checkpoint 1: A checkpoint is missing"),
    ],
)
def test_tampering_ends_with_status_one_and_names_the_place(
    home: Path, capsys: pytest.CaptureFixture[str], statement: str, sentence: str
) -> None:
    edit(home, statement)
    status, out, _ = run(capsys, home, "verify")
    # Without any checkpoint a young log is still whole: the next hour signs it.
    assert (status, sentence in out) == (1 if sentence else 0, True)


def test_an_export_is_verified_anywhere_and_says_in_json_what_is_wrong(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "audit.jsonl"
    assert run(capsys, home, "export", str(file))[0] == 0
    elsewhere = tmp_path / "elsewhere"
    status, out, _ = run(capsys, elsewhere, "verify", str(file), "--json")
    found = json.loads(out)
    assert (status, found["whole"], found["checkpoints"]) == (0, True, 1)
    lines = file.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-2])["act"] == "audit.export"  # taking it along is itself a record
    file.write_bytes(b"".join((*lines[:2], *lines[3:])))
    status, out, _ = run(capsys, elsewhere, "verify", str(file), "--json")
    assert (status, json.loads(out)["fault"]["code"], json.loads(out)["fault"]["record"]) == (1, "number_missing", 2)
    assert "it is already there" in run(capsys, home, "export", str(file))[2]  # never over what is there


def test_another_key_than_the_auditor_s_is_said(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new_private_key(tmp_path / "other.pem")
    status, out, _ = run(capsys, home, "verify", "--key", str(tmp_path / "other.pem.pub"))
    assert (status, "signed with another key" in out) == (1, True)


@pytest.mark.parametrize("content", [None, b"", b"no database at all", b'{"format":"khien-audit-1"}\n'])
def test_what_cannot_be_read_ends_with_status_two(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    file = tmp_path / "file"
    if content is not None:
        file.write_bytes(content)
    status, _, err = run(capsys, home, "verify", str(file))
    assert (status, "cannot be verified" in err) == (2, True)
