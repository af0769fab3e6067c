"""`khien rules check` and `test` at the command line: exit statuses for CI, JSON for machines, a sentence for each bad input."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from khien.app.cli import main

ROOT = Path(__file__).resolve().parents[3]
RULE = """title: A root login
id: 11111111-1111-4111-8111-111111111111
logsource: {product: khien, service: host.auth}
detection: {root: {user.name: root, LogonType: 3}, idle: {a.b: 1}, condition: root}
level: low
"""


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    status = main(["--language", "en", "rules", *words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err


def test_a_warning_has_code_and_place_and_fails_under_strict_only(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "root.yml").write_text(RULE)
    status, out, err = run(capsys, "check", str(tmp_path))
    assert status == 0
    assert "root.yml:4: warning: the selection `idle` is not used in the condition [unused_selection]" in out
    assert "no table maps the field `LogonType`" in out
    assert "1 documents = 1 compiled + 0 rejected + 0 disabled" in err
    assert run(capsys, "check", "--strict", str(tmp_path))[0] == 1


def test_ignored_warnings_do_not_fail_and_an_unknown_one_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "root.yml").write_text(RULE)
    _, out, _ = run(capsys, "check", "--json", str(tmp_path))
    codes = sorted({one["code"] for one in json.loads(out)["warnings"]})
    words = [word for code in codes for word in ("--ignore", code)]
    assert run(capsys, "check", "--strict", *words, str(tmp_path))[0] == 0
    status, _, err = run(capsys, "check", "--ignore", "nonsense", str(tmp_path))
    assert (status, "There is no warning of the code `nonsense`" in err) == (2, True)


def test_the_json_accounts_for_every_document_by_kind_and_names_the_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yml").write_text(RULE)
    (tmp_path / "b.yml").write_text("title: [\n")
    off = RULE.replace("8111-111111111111", "8111-111111111112") + "status: deprecated\n"
    (tmp_path / "c.yml").write_text(off)
    quiet = RULE.replace("8111-111111111111", "8111-111111111113").replace("level: low", "level: informational")
    (tmp_path / "d.yml").write_text(quiet)
    status, out, _ = run(capsys, "check", "--json", str(tmp_path))
    found = json.loads(out)
    assert status == 4
    assert found["documents"] == found["compiled"] + sum(found["rejected"].values()) + found["disabled"] == 4
    assert found["kinds"] == {"detections": 2, "correlations": 0, "filters": 0}
    assert {one["location"].partition(":")[0]: one["because"] for one in found["silent"]} == {
        "b.yml": "rejected", "c.yml": "disabled", "d.yml": "informational",
    }  # fmt: skip
    assert found["rejections"][0]["code"] == "rule.yaml"


def test_many_warnings_of_one_kind_are_counted_and_all_shows_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(9):
        (tmp_path / f"r{number}.yml").write_text(RULE.replace("8111-111111111111", f"8111-11111111111{number}"))
    _, out, _ = run(capsys, "check", str(tmp_path))
    assert out.count("[unused_selection]") == 5 + 1
    assert "… and 4 more of [unused_selection]" in out
    _, out, _ = run(capsys, "check", "--all", str(tmp_path))
    assert out.count("[unused_selection]") == 9


def test_a_failed_case_is_status_1_and_stands_in_the_junit_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "root.yml").write_text(RULE)
    report = tmp_path / "report.xml"
    status, out, _ = run(capsys, "test", "--junit", str(report), str(tmp_path))
    assert status == 1
    assert "the rule has no cases" in out
    assert 'failures="1"' in report.read_text()
    status, _, err = run(capsys, "test", "--junit", str(tmp_path / "no" / "folder.xml"), str(tmp_path))
    assert (status, "folder.xml" in err) == (3, True) or status == 7


def test_shipped_rules_of_one_folder_pass(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "test", "--json", str(ROOT / "rules" / "self"))
    verdicts = json.loads(out)
    assert (status, [one for one in verdicts if one["problem"]]) == (0, [])
    assert f"{len(verdicts)} checks, 0 failed" in err


def test_a_name_of_any_bytes_is_shown_as_escapes_in_text_and_in_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = RULE.replace("root: {", "root|nonsense: {")
    for name in (b"r\xff\xe9.yml", b"evil\n\x1b[31m: x.yml"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text(broken + "bad: [\n")
    status, out, _ = run(capsys, "check", str(tmp_path))
    assert status == 4
    assert "\x1b" not in out
    assert r"r\udcff\udce9.yml:" in out
    assert r"evil\n\x1b[31m: x.yml:" in out
    status, out, err = run(capsys, "check", "--json", str(tmp_path))
    assert (status, json.loads(out)["rejected"], err) == (4, {"yaml": 2}, "")
    assert len(json.loads(out)["silent"]) == 2


def test_a_link_out_of_the_folder_is_rejected_and_one_inside_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules, outside = tmp_path / "rules", tmp_path / "outside"
    (rules / "..data").mkdir(parents=True)
    outside.mkdir()
    (rules / "..data" / "real.txt").write_text(RULE)
    (outside / "secret.yml").write_text(RULE.replace("8111-111111111111", "8111-111111111112"))
    (rules / "in.yml").symlink_to("..data/real.txt")
    (rules / "out.yml").symlink_to(outside / "secret.yml")
    (rules / "folder").symlink_to(outside)
    (rules / "gone.yml").symlink_to(tmp_path / "nowhere")
    (rules / "..link").symlink_to("..data")
    status, out, err = run(capsys, "check", "--json", str(rules))
    found = json.loads(out)
    assert (status, err) == (4, "")
    assert (found["compiled"], found["documents"]) == (1, 4)
    assert {one["location"]: one["detail"] for one in found["rejections"]} == {
        "folder": "a link to a folder",
        "gone.yml": "a link that leads out of the folder",
        "out.yml": "a link that leads out of the folder",
    }
    assert {one["location"].partition(":")[0] for one in found["warnings"]} == {"in.yml"}
    assert run(capsys, "check", str(rules / "out.yml"))[0] == 0


@pytest.mark.parametrize("condition", ["(" * 400 + "root" + ")" * 400, "not " * 20_000 + "root"])
def test_a_condition_of_any_depth_costs_its_own_document_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], condition: str
) -> None:
    (tmp_path / "good.yml").write_text(RULE)
    other = RULE.replace("8111-111111111111", "8111-111111111112")
    (tmp_path / "deep.yml").write_text(other.replace("condition: root", f'condition: "{condition}"'))
    status, out, _ = run(capsys, "check", "--json", str(tmp_path))
    found = json.loads(out)
    assert (status, found["compiled"], len(found["rejections"])) == (4, 1, 1)
    assert found["rejections"][0]["location"].startswith("deep.yml")


def test_a_pipe_among_the_rules_is_refused_and_not_waited_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.yml").write_text(RULE)
    os.mkfifo(tmp_path / "pipe.yml")
    status, out, _ = run(capsys, "check", "--json", str(tmp_path))
    found = json.loads(out)
    assert (status, found["compiled"]) == (4, 1)
    assert [one["detail"] for one in found["rejections"]] == ["not an ordinary file"]


def test_a_rejection_has_its_code_and_a_doubled_id_says_where_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.yml").write_text(RULE)
    (tmp_path / "b.yml").write_text(RULE)
    status, out, _ = run(capsys, "check", str(tmp_path))
    assert status == 4
    assert "b.yml:2: The id or name is already taken: `11111111-1111-4111-8111-111111111111`: a.yml:2 [duplicate-id]" in out


def test_an_archive_is_named_with_the_verb_that_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with zipfile.ZipFile(tmp_path / "release.zip", "w") as made:
        made.writestr("rules/a.yml", RULE)
    status, _, err = run(capsys, "check", str(tmp_path / "release.zip"))
    assert status == 4
    assert "release.zip` is an archive, not a folder of rules" in err
    assert f"khien rules import {tmp_path / 'release.zip'}" in err
