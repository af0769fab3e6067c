"""The command line as a person and a script meet it: sentences, hints, exit statuses, both languages, JSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from khien.app.cli import build_parser, main
from khien.language import LANGUAGES, Language

RECORDING = Path(__file__).resolve().parents[3] / "lab" / "recording"


def test_without_a_command_the_help_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en"]) == 0
    out = capsys.readouterr().out
    assert "khien replay capture.pcapng" in out
    assert "exit status: 0 done" in out


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_command_has_its_help_in_both_languages(language: Language) -> None:
    other: Language = "vi" if language == "en" else "en"
    assert build_parser(language).format_help() != build_parser(other).format_help()


def test_a_missing_file_is_one_sentence_a_hint_and_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "replay", "/nowhere/x.pcap"]) == 3
    assert capsys.readouterr().err == "khien: error input.not_found: `/nowhere/x.pcap` does not exist\n\nhint: Check the path\n"


def test_the_same_error_speaks_vietnamese(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language=vi", "replay", "/nowhere/x.pcap"]) == 3
    assert capsys.readouterr().err.startswith("khien: lỗi input.not_found: Không tìm thấy `/nowhere/x.pcap`\n\ngợi ý: ")


def test_wrong_usage_is_status_2_in_the_persons_language(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--language", "vi", "replay"])
    assert ended.value.code == 2
    assert "thiếu tham số" in capsys.readouterr().err


def test_json_is_for_machines(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["--language", "en", "replay", "--json", str(RECORDING / "cong-tt" / "auth.log")]) == 0
    document = orjson.loads(capfdbinary.readouterr().out)
    assert document["ledger"]["balanced"] is True
    assert document["events"] == document["files"][0]["events"] > 200
    assert any(alert["rule"]["name"] == "ssh_bruteforce" for alert in document["alerts"])


def test_events_come_out_one_a_line_in_event_time_order(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "events.jsonl"
    assert main(["--language", "en", "replay", "--events", str(out), str(RECORDING / "cong-tt" / "auth.log")]) == 0
    times = [orjson.loads(line)["@timestamp"] for line in out.read_bytes().splitlines()]
    assert times == sorted(times)
    assert f"events: {len(times)}" in capsys.readouterr().err


def test_a_rule_with_an_error_is_named_with_its_place_and_status_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rule = tmp_path / "broken.yml"
    rule.write_text("title: x\nid: 1\nlogsource: {product: khien}\ndetection: {s: {a|nosuch: 1}, condition: s}\n", encoding="utf-8")
    assert main(["--language", "en", "rules", "check", str(rule)]) == 4
    assert "broken.yml" in capsys.readouterr().out


def test_a_broken_rule_never_stops_the_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "broken.yml").write_text("title: [\n", encoding="utf-8")
    shipped = Path(__file__).resolve().parents[3] / "rules" / "linux" / "ssh"
    for path in shipped.glob("*.yml"):
        (folder / path.name).write_bytes(path.read_bytes())
    auth = str(RECORDING / "cong-tt" / "auth.log")
    assert main(["--language", "en", "replay", "--rules", str(folder), auth]) == 0
    printed = capsys.readouterr()
    assert "cong-tt" in printed.out
    assert "rules that are off: 1" in printed.err


def test_the_shipped_policy_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--language", "en", "policy", "check"]) == 0
    assert "signed by city_pc_office" in capsys.readouterr().out


def test_setup_twice_changes_nothing_and_issues_the_sensors_certificate(tmp_path: Path) -> None:
    arguments = ["--home", str(tmp_path / "home"), "--language", "en", "setup", "--sensor", "gateway1"]
    assert main(arguments) == 0
    certificate = tmp_path / "home" / "ca" / "issued" / "sensor" / "gateway1" / "identity.pem"
    before = certificate.read_bytes()
    assert main(arguments) == 0
    assert certificate.read_bytes() == before


def test_health_of_a_part_that_does_not_run_is_status_5(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--home", str(tmp_path), "--language", "en", "health", "--sensor", "nobody"]) == 5
    assert "`nobody` does not answer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["replay", "--again", "x"], 2, "`--again` needs `--keep`"),
        (["replay", "--json", "--events", "-", "x"], 2, "cannot both write to standard output"),
        (["replay", "--format", "nope", "x"], 2, "`nope` is not a log format"),
        (["replay", "/dev/zero"], 3, "`/dev/zero` is a device or a pipe"),
        (["serve", "--port", "8444"], 2, "The three ports must differ"),
        (["incident-api", "--database", "junk"], 2, "an address of SQLite or PostgreSQL"),
    ],
)
def test_what_cannot_work_is_said_before_anything_begins(
    arguments: list[str], status: int, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--home", str(tmp_path / "home"), "--language", "en", *arguments]) == status
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["serve", "--port", "99999"], ["replay", "--utc-offset", "99999", "x"]])
def test_a_number_out_of_its_range_is_wrong_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--language", "en", *arguments])
    assert ended.value.code == 2
    assert arguments[1] in capsys.readouterr().err


def test_events_that_cannot_be_written_are_an_error_of_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = str(tmp_path / "nowhere" / "events.jsonl")
    assert main(["--language", "en", "replay", "--events", target, str(RECORDING / "quan-tri" / "auth.log")]) == 7
    assert f"`{target}` cannot be written" in capsys.readouterr().err


def test_a_full_disk_behind_the_output_is_one_sentence() -> None:
    command = [sys.executable, "-m", "khien", "--language", "en", "formats"]
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False, text=True)
    assert ran.returncode == 7
    assert ran.stderr.startswith("khien: error system.refused: The system refused `standard output`: No space left on device")


def test_a_home_that_is_a_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tmp_path / "home"
    home.write_text("x", encoding="utf-8")
    assert main(["--home", str(home), "--language", "en", "setup"]) == 7
    assert f"`{home}` cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["rules", "check"], ["rules", "test"], ["replay", "--rules"], ["correlator", "--rules"]])
def test_rules_that_are_not_there_are_an_error_of_every_command(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = str(tmp_path / "nowhere")
    more = [str(RECORDING / "cong-tt" / "auth.log")] if words[0] == "replay" else []
    assert main(["--home", str(tmp_path / "home"), "--language", "en", *words, nowhere, *more]) == 4
    assert "There is no folder or file of rules" in capsys.readouterr().err


def test_a_rejected_rule_is_a_sentence_and_a_hint_in_the_persons_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.yml").write_text("title: [\n", encoding="utf-8")
    assert main(["--language", "vi", "rules", "check", str(tmp_path)]) == 4
    printed = capsys.readouterr().out
    assert "broken.yml:" in printed
    assert "Tệp không phải YAML hợp lệ" in printed
    assert "gợi ý: " in printed
    assert "không dùng bí danh" in printed
    assert "Rejection(" not in printed
