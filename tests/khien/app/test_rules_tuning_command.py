"""`khien rules except | suppress | tuning`: from the officer's line to what is in force, and every refusal one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from khien_engine import detect

from correlator.rule_tests.inputs import inline
from khien.app.cli import main
from khien.clock import SystemClock, format_utc
from khien.home import Home
from khien.store.sqlite.store import SqliteEventStore

WHO = ("--owner", "lan", "--reason", "the weekly scan of the IT office")
SCANNER = "source.ip=10.1.2.3"


def run(capsys: pytest.CaptureFixture[str], home: Path, *words: str) -> tuple[int, str, str]:
    status = main(["--home", str(home), "--language", "en", "rules", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_an_exception_is_added_listed_renewed_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, tmp_path, "except", "web_scanner", SCANNER, *WHO, "--days", "7")
    assert status == 0, err
    assert "T0001 is in force for web_scanner until" in err
    assert "true cases still alert" in err
    _, out, _ = run(capsys, tmp_path, "tuning")
    assert "T0001 v1  exception  web_scanner: source.ip=10.1.2.3" in out
    assert "0 taken away; lan: the weekly scan of the IT office" in out
    assert run(capsys, tmp_path, "tuning", "--renew", "T0001", "--days", "60")[0] == 0
    assert run(capsys, tmp_path, "tuning", "--remove", "T0001")[0] == 0
    _, out, err = run(capsys, tmp_path, "tuning", "--json")
    found = json.loads(out)
    assert found["entries"] == []
    assert [one["action"] for one in found["changes"]] == ["add", "renew", "remove"]
    assert found["changes"][1]["entry"]["version"] == 2


def test_what_needed_a_second_person_needs_one_again_to_be_renewed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, tmp_path, "except", "web_shell_called", SCANNER, *WHO, "--approved-by", "minh")[0] == 0
    status, _, err = run(capsys, tmp_path, "tuning", "--renew", "T0001")
    assert (status, "a second person must approve" in err) == (2, True)
    assert run(capsys, tmp_path, "tuning", "--renew", "T0001", "--approved-by", "Lan")[0] == 2
    assert run(capsys, tmp_path, "tuning", "--renew", "T0001", "--approved-by", "hoa")[0] == 0


def test_a_suppression_is_added(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, tmp_path, "suppress", "port_scan", "--by", "source.ip", "--for", "24h", *WHO, "--json")
    assert status == 0
    assert json.loads(out)["window_us"] == 24 * 3_600_000_000


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (("except", "web_scanner", SCANNER, "--owner", "lan", "--reason", "noise"), 2, "at least ten characters"),
        (("except", "web_scanner", SCANNER, *WHO, "--days", "365"), 2, "1 to 90 days"),
        (("except", "web_scanner", "source.ip", *WHO), 2, "The condition `source.ip` is not understood"),
        (("except", "web_scanner", "user_agent.original=sqlmap", *WHO), 2, "Whoever attacks chooses `user_agent.original`"),
        (("except", "web_scanner", "source.ip|startswith=10.", *WHO), 2, "is a part of an address, which may be any network"),
        (("except", "web_scanner", "nosuchfield=1", *WHO), 2, "No event has a field `nosuchfield`"),
        (("except", "ssh_bruteforce", "source.nosuch=1", *WHO), 2, "No event has a field `source.nosuch`"),
        (("except", "ssh_login_failed", SCANNER, *WHO), 2, "makes no alerts of its own"),
        (("except", "web_scaner", SCANNER, *WHO), 2, "close to it: web_scanner"),
        (("except", "web_shell_called", SCANNER, *WHO), 2, "a second person must approve"),
        (("suppress", "port_scan", "--by", "user.name", "--for", "24h", *WHO), 2, "have no group field `user.name`"),
        (("suppress", "port_scan", "--by", "source.ip", "--for", "9d", *WHO), 2, "at most 168 hours"),
        (("tuning", "--remove", "T0009"), 2, "There is no exception or suppression `T0009`"),
    ],
)
def test_a_refusal_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int, sentence: str
) -> None:
    found, _, err = run(capsys, tmp_path, *words)
    assert (found, sentence in err) == (status, True), err
    assert not (tmp_path / "tuning" / "tuning.jsonl").exists()


def test_an_exception_that_hides_a_true_case_is_refused_with_the_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, tmp_path, "except", "ssh_bruteforce", "source.ip|cidr=203.0.113.0/24", *WHO)
    assert status == 4
    assert "It would hide a true case of `ssh_bruteforce`" in err


def test_a_journal_changed_by_hand_is_said_with_status_7(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, tmp_path, "except", "web_scanner", SCANNER, *WHO)
    path = tmp_path / "tuning" / "tuning.jsonl"
    path.write_bytes(path.read_bytes().replace(b"10.1.2.3", b"10.9.9.9"))
    status, _, err = run(capsys, tmp_path, "tuning")
    assert status == 7
    assert "was changed by hand (line 1: was changed after it was written): nothing of it is in force" in err


def test_the_stored_days_are_looked_at_before_anybody_relies_on_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two requests of the scanner to one path each, an hour ago, and one of somebody else."""
    clock = SystemClock()
    hour_ago = format_utc(clock.now_us() - 3_600_000_000)
    web = {"event": {"dataset": "web.access", "category": ["web"]}, "@timestamp": hour_ago, "user_agent.original": "sqlmap/1.7"}
    lines = inline(web, [{"source.ip": "10.1.2.3", "repeat": {"times": 2}}, {"source.ip": "192.0.2.9"}])
    stamped = detect.stamp(b"".join(lines), sensor="s", epoch=1, first_seq=1, dataset="live", ingested=hour_ago, inventory=None)
    store = SqliteEventStore(Home(tmp_path).events, clock=clock)
    store.put_events(stamped.lines)
    store.close()
    status, _, err = run(capsys, tmp_path, "except", "web_attack_tool", SCANNER, *WHO)
    assert status == 0, err
    assert "in the last 30 days it would have taken away 2 of 3 stored events" in err
