"""The plug-in, in a repository outside of ours: the guide's own files are the repository, another pytest runs them."""

from __future__ import annotations

import importlib.metadata
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


def test_another_tools_test_yml_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chart.test.yml").write_text("suite: something else\n")
    assert run(tmp_path, ".")[0] == 5  # nothing collected


def test_the_plug_in_costs_a_foreign_run_no_import_of_khien(tmp_path: Path) -> None:
    (tmp_path / "test_foreign.py").write_text(
        "import sys\n\n\ndef test_foreign():\n"
        "    assert not [name for name in sys.modules if name.startswith(('correlator', 'sigma'))]\n"
    )
    assert run(tmp_path, ".")[0] == 0
