"""Every case beside every rule, and what is derived from it, through the real path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import CaseFile, RuleCase, case_files, read_cases
from correlator.rule_tests.runner import CaseRunner
from khien.clock import SystemClock

RULES = Path(__file__).parents[2] / "rules"
FILES = [read_cases(path) for path in case_files(RULES)]


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return compile_folders([RULES])


@pytest.fixture(scope="module")
def bench(rules: RuleSet) -> Iterator[Bench]:
    # In memory where the machine has it: a run is a dozen durable commits, three times slower on a busy disk.
    memory = Path("/dev/shm")
    with (
        TemporaryDirectory(prefix="khien-rules-", dir=memory if memory.is_dir() else None) as folder,
        Bench(Path(folder), rules, clock=SystemClock()) as bench,
    ):
        yield bench


def named(file: CaseFile) -> str:
    return str(file.rule_file.relative_to(RULES))


@pytest.mark.parametrize(
    ("file", "case"),
    [pytest.param(file, case, id=f"{named(file)}: {case.name}") for file in FILES for case in file.cases],
)
def test_the_case_holds_and_so_does_what_follows_from_it(bench: Bench, file: CaseFile, case: RuleCase) -> None:
    problems = [f"{verdict.name}: {verdict.problem}" for verdict in CaseRunner(bench, file).judge(case) if verdict.problem]
    assert not problems, case.location


@pytest.mark.parametrize("file", FILES, ids=named)
def test_a_rule_has_two_true_and_two_false_cases_and_a_near_miss(file: CaseFile) -> None:
    assert file.lacking() is None


def test_every_rule_of_the_pack_compiles_and_has_its_cases(rules: RuleSet) -> None:
    assert rules.rejections == ()
    tested = {file.rule_file for file in FILES}
    documents = [path for path in RULES.rglob("*.yml") if not path.name.endswith(".test.yml") and path.name != "site.yml"]
    untested = [path for path in documents if path not in tested]
    assert untested == []
