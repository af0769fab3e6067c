"""`khien rules explain`: the tree on paper, a stored alert, and a sentence for everything that is not there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from khien.app.cli import main
from tests.correlator.stream import RULES, Plant, login

ROOT = Path(__file__).resolve().parents[3]
AUTH = ROOT / "lab" / "recording" / "cong-tt" / "auth.log"
FAILED = '{"event": {"dataset": "host.auth", "action": "login", "outcome": "failure"}, "process": {"name": "NAME"}}'


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["--language", "en", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_the_tree_shows_what_was_wanted_and_what_was_there(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "rules", "explain", "ssh_login_failed", FAILED.replace("NAME", "login"))
    assert status == 0
    assert "ssh_login_failed: does not hit" in out
    assert "✓ selection: event.outcome wants failure, is failure" in out
    assert "✗ selection: process.name wants sshd, is login   ← fails first here" in out


def test_an_event_of_another_logsource_was_never_considered(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "rules", "explain", "ssh_login_failed", '{"event": {"dataset": "web.access"}}')
    assert "not considered: logsource; the rule looks at host.auth, the event is web.access" in out


def test_a_file_of_printed_objects_is_read_one_by_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = tmp_path / "events.json"
    objects = [json.loads(FAILED.replace("NAME", name)) for name in ("sshd", "login")]
    events.write_text("\n".join(json.dumps(one, indent=2) for one in objects))
    _, out, _ = run(capsys, "rules", "explain", "--json", "ssh_login_failed", str(events))
    assert [one["hit"] for one in json.loads(out)["events"]] == [True, False]
    assert json.loads(out)["events"][1]["first_failing"]["field"] == "process.name"


def test_a_stored_alert_is_explained_from_its_stored_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = str(tmp_path / "home")
    _, out, _ = run(capsys, "--home", home, "replay", "--keep", "--json", "--year", "2026", str(AUTH))
    alert = next(one for one in json.loads(out)["alerts"] if one["rule"]["name"] == "ssh_bruteforce")
    status, out, _ = run(capsys, "--home", home, "rules", "explain", "--json", "--alert", alert["id"])
    found = json.loads(out)
    assert status == 0
    assert found["groups"][0]["holds"] is True
    assert list(found["groups"][0]["group"].values()) == alert["group"]["values"]
    status, _, err = run(capsys, "--home", home, "rules", "explain", "--alert", "0" * 32)
    assert (status, "There is no stored alert" in err) == (3, True)


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["ssh_bruteforc", "{}"], 2, "close to it: ssh_bruteforce"),
        (["ssh_login_failed"], 2, "at least one event"),
        (["ssh_login_failed", "{nonsense"], 3, "not a JSON object"),
        (["ssh_bruteforce", '{"khien": 5}'], 3, "not a JSON object of the frame"),
        (["ssh_bruteforce", "--live"], 3, "is not there"),
        (["ssh_login_failed", "--live"], 2, "needs a correlation"),
        (["ssh_bruteforce", "203.0.113.9", "--live"], 2, "FIELD=VALUE: source.ip"),
        (["ssh_login_failed", "2d33e061d1faa093-1-1"], 3, "neither a file nor a stored event"),
    ],
)
def test_what_is_not_there_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], status: int, sentence: str
) -> None:
    found, _, err = run(capsys, "--home", str(tmp_path / "home"), "rules", "explain", *words)
    assert (found, sentence in err) == (status, True), err


def test_a_live_group_is_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plant = Plant(tmp_path)
    plant.promise(-1)
    plant.events([login(second) for second in range(5)])
    plant.promise(4.5)
    plant.settle()
    words = ["--home", str(tmp_path), "rules", "explain", "ssh_bruteforce"]
    more = ["--live", "--rules", str(RULES)]
    status, out, err = run(capsys, *words, "source.ip=203.0.113.9", *more)
    assert status == 0, err
    assert "  live: seen up to 2026-02-02T02:40:04.500000Z, held by gate auth.log; 0 events wait\n" in out
    assert "  source.ip=203.0.113.9: 5 (gte 8), 5 events since 2026-02-02T02:40:00.000000Z\n" in out
    assert "    3 more and it fires; the first leaves the window after 2026-02-02T02:42:00.000000Z;" in out
    assert len([line for line in out.splitlines() if line.startswith("      2026-")]) == 5
    _, out, _ = run(capsys, *words, "--json", *more)
    assert json.loads(out)["groups"][0]["missing"] == 3
    plant.close()
