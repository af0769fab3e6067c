"""The rules and cases printed in the guide compile and hold."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import read_cases
from correlator.rule_tests.runner import CaseRunner
from khien.clock import SystemClock

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "rules.md"
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The guide's blocks as the files that a reader would make of them: a detection, a correlation, its cases."""
    detection, correlation, cases = BLOCKS
    names = ("timeclock_login_failed.yml", "timeclock_bruteforce.yml", "timeclock_bruteforce.test.yml")
    for name, text in zip(names, (detection, correlation, cases), strict=True):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_rules_of_the_guide_compile(folder: Path) -> None:
    rules = compile_folders([folder])
    assert (rules.rejections, rules.compiled) == ((), 2)


def test_the_cases_of_the_guide_hold(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = read_cases(folder / "timeclock_bruteforce.test.yml")
    with Bench(tmp_path_factory.mktemp("bench"), compile_folders([folder]), clock=SystemClock()) as bench:
        verdicts = [verdict for case in file.cases for verdict in CaseRunner(bench, file).judge(case)]
    assert [verdict.name for verdict in verdicts if verdict.problem] == []
    assert len(verdicts) > len(file.cases), "nothing was derived"
