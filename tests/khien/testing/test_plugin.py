"""The plug-in, in a repository outside of ours: the guide's own files are the repository, another pytest runs them."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "guide" / "testing-rules.md"
BLOCKS = dict[str, list[str]]()
for language, text in re.findall(r"^```(\w+)\n(.*?)^```", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
    BLOCKS.setdefault(language, []).append(text)
LOG = "Mar  2 08:00:00 gate1 sshd[7]: Accepted password for lan from 10.1.2.3 port 50122 ssh2\n"
#: Loaded by name where the installed distribution is older than the entry point.
LOAD = [] if "khien" in {one.name for one in importlib.metadata.entry_points(group="pytest11")} else ["-p", "khien.testing.plugin"]

pytestmark = pytest.mark.timeout(120)


def run(folder: Path, *words: str) -> tuple[int, str]:
    found = subprocess.run(
        [sys.executable, "-m", "pytest", *LOAD, "-p", "no:cacheprovider", "-p", "no:randomly", *words],
        cwd=folder, capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    return found.returncode, found.stdout + found.stderr


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    rule, cases = BLOCKS["yaml"]
    folder = tmp_path / "rules" / "timeclock"
    folder.mkdir(parents=True)
    (folder / "timeclock_refused.yml").write_text(rule, encoding="utf-8")
    (folder / "timeclock_refused.test.yml").write_text(cases, encoding="utf-8")
    return tmp_path


def test_our_distribution_registers_the_plug_in() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"khien": "khien.testing.plugin"}


def test_the_guides_repository_passes_and_its_cases_notice_every_mutant(repository: Path) -> None:
    status, out = run(repository, "rules", "--khien-mutate", "-v")
    assert status == 0, out
    assert "8 passed" in out
    assert "timeclock_refused.test.yml::somebody else is refused PASSED" in out


def test_the_guides_python_tests_hold(repository: Path) -> None:
    (repository / "tests").mkdir()
    (code,) = BLOCKS["py"]
    (repository / "tests" / "auth.log").write_text(LOG)
    (repository / "tests" / "test_timeclock.py").write_text(code, encoding="utf-8")
    status, out = run(repository, "tests")
    assert status == 0, out
    assert "4 passed" in out


def test_a_replay_runs_the_rules_of_the_configuration(repository: Path) -> None:
    day = ROOT / "lab" / "recording" / "cong-tt" / "auth.log"
    (repository / "pyproject.toml").write_text(f'[tool.pytest.ini_options]\nkhien_rules = ["{ROOT / "rules" / "linux"}"]\n')
    (repository / "test_day.py").write_text(
        "def test_day(khien_replay):\n"
        f"    names = {{alert.rule.name for alert in khien_replay({str(day)!r}, year=2026).alerts}}\n"
        "    assert 'ssh_bruteforce' in names\n"
    )
    status, out = run(repository, "test_day.py")
    assert status == 0, out


def test_a_case_that_fails_says_where_it_stands_and_why_it_was_written(repository: Path) -> None:
    cases = repository / "rules" / "timeclock" / "timeclock_refused.test.yml"
    cases.write_text(cases.read_text().replace("user.name: lan", "user.name: admin"))
    status, out = run(repository, "rules")
    assert status == 1
    assert "why: People mistype." in out
    assert "somebody else is refused: 1 alerts, at most 0 expected" in out
    assert re.search(r"timeclock_refused\.test\.yml:1[0-9]$", out, re.MULTILINE), out
    assert "Traceback" not in out


def test_a_selection_that_no_case_pins_fails_only_the_mutation(repository: Path) -> None:
    cases = repository / "rules" / "timeclock" / "timeclock_refused.test.yml"
    text = cases.read_text()
    other = "  - {name: n, why: W, input: {events: [{user.name: lan, event.outcome: success}]}, expect: {exactly: 0}}\n"
    cases.write_text(text[: text.index("  - name: the administrator gets in")] + other)
    assert run(repository, "rules")[0] == 0
    status, out = run(repository, "rules", "--khien-mutate")
    assert status == 1
    assert "selection `login` dropped: no case notices" in out


def test_cases_that_cannot_be_read_are_a_sentence_with_the_line(repository: Path) -> None:
    (repository / "rules" / "timeclock" / "timeclock_refused.test.yml").write_text("cases:\n  - {name: a, why: b, input: {}}\n")
    status, out = run(repository, "rules")
    assert status == 2
    assert "timeclock_refused.test.yml:2" in out
    assert "`input` is one of `events`, `log`, `capture`" in out
    assert "Traceback" not in out


def test_a_rejected_rule_is_named_with_its_reason(repository: Path) -> None:
    rule = repository / "rules" / "timeclock" / "timeclock_refused.yml"
    rule.write_text(rule.read_text().replace("user.name: admin", "user.name|nosuch: admin"))
    status, out = run(repository, "rules")
    assert status == 1
    assert "no rule of this file was compiled" in out
    assert "nosuch" in out


def test_a_correlation_finds_its_members_from_a_single_file(repository: Path) -> None:
    shipped = ROOT / "rules" / "linux" / "ssh"
    for name in ("ssh_login_failed.yml", "ssh_login_failed_packets.yml", "ssh_bruteforce.yml", "ssh_bruteforce.test.yml"):
        folder = repository / "rules" / ("base" if "failed" in name else "ssh")
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes((shipped / name).read_bytes())
    status, out = run(repository, "rules/ssh/ssh_bruteforce.test.yml")
    assert status == 0, out


def verdicts_by_name(repository: Path) -> dict[str, str]:
    """What `khien rules test` says of the rules that have no cases."""
    found = subprocess.run(
        [sys.executable, "-m", "khien", "rules", "test", "--json", "rules"],
        cwd=repository, capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    problems = {Path(one["file"]).name: one["problem"] for one in json.loads(found.stdout) if one["problem"]}
    return {name.removesuffix(".test.yml"): str(problem) for name, problem in problems.items()}


@pytest.mark.parametrize("named", ["rules", ".", "rules/timeclock/other.yml"])
def test_a_rule_without_cases_fails_in_both_by_name(repository: Path, named: str) -> None:
    rule = (repository / "rules" / "timeclock" / "timeclock_refused.yml").read_text()
    other = rule.replace("5d0b6c52", "6d0b6c52").replace("name: timeclock_refused", "name: other")
    (repository / "rules" / "timeclock" / "other.yml").write_text(other)
    (repository / "rules" / "compose.yml").write_text("services: {a: {image: b}}\n")
    assert verdicts_by_name(repository)["other"] == "the rule has no cases"
    status, out = run(repository, named, "-v")
    assert status == 1, out
    assert "rules/timeclock/other.yml::has the required cases FAILED" in out
    assert "the rule has no cases" in out
    assert "compose.yml" not in out


def test_rules_of_which_none_has_cases_fail_by_name_too(repository: Path) -> None:
    (repository / "rules" / "timeclock" / "timeclock_refused.test.yml").unlink()
    status, out = run(repository, "rules", "-v")
    assert verdicts_by_name(repository) == {"timeclock_refused": "the rule has no cases"}
    assert (status, "timeclock_refused.yml::has the required cases FAILED" in out) == (1, True)


def test_a_rule_named_to_pytest_stands_for_its_cases(repository: Path) -> None:
    status, out = run(repository, "rules/timeclock/timeclock_refused.yml")
    assert (status, "7 passed" in out) == (0, True), out


def test_a_filter_owes_no_cases_in_either(repository: Path) -> None:
    (repository / "rules" / "ours.yml").write_text(
        "title: Ours\nid: 44444444-4444-4444-8444-444444444444\nlogsource: {product: khien, service: host.auth}\n"
        "filter: {rules: [timeclock_refused], f: {source.ip: 10.9.9.9}, condition: not f}\n"
    )
    assert verdicts_by_name(repository) == {}
    assert run(repository, "rules")[0] == 0


def test_rules_among_a_projects_own_tests_are_its_fixtures(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "rule.yml").write_text(BLOCKS["yaml"][0], encoding="utf-8")
    (tmp_path / "tests" / "test_one.py").write_text("def test_one(): pass\n")
    for named in ("tests", "."):
        status, out = run(tmp_path, named)
        assert (status, "1 passed" in out) == (0, True), out


def test_another_tools_test_yml_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chart.test.yml").write_text("suite: something else\n")
    assert run(tmp_path, ".")[0] == 5  # nothing collected


def test_the_plug_in_costs_a_foreign_run_no_import_of_khien(tmp_path: Path) -> None:
    (tmp_path / "test_foreign.py").write_text(
        "import sys\n\n\ndef test_foreign():\n"
        "    assert not [name for name in sys.modules if name.startswith(('correlator', 'sigma'))]\n"
    )
    assert run(tmp_path, ".")[0] == 0
