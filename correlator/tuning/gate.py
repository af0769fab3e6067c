"""Before an exception or suppression is in force: replayed on the rule's true cases. One that hides a true case is refused."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from correlator.compiler.ruleset import RuleSet
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import CaseFile, case_files, read_cases
from correlator.rule_tests.inputs import lines_of
from correlator.rule_tests.runner import counted, rule_under_test
from correlator.tuning.entry import Entry, Kind
from correlator.tuning.tuned import tuned
from khien.clock import Clock
from khien.errors import KhienError


def replay_true_cases(
    entry: Entry, rule: DetectionRule | CorrelationRule, rules: RuleSet, folders: Sequence[Path], *, scratch: Path, clock: Clock
) -> int:
    """How many true cases still alert with the entry in force. Raises `tuning.hides_true_case` for one that does not.

    A suppression merges alerts and hides none; an entry for a rule that correlations look at must leave them as they were, which
    the whole set shows: every case of a correlation over the rule is replayed too.
    """
    if entry.kind is Kind.SUPPRESSION:
        return 0
    changed = tuned(rules, [entry])
    if entry.id in changed.without_rule:
        raise KhienError("tuning.not_a_rule", rule=rule.rule.name)
    replayed = 0
    with Bench(scratch, changed.rules, clock=clock) as bench:
        for file in _files(bench, rule, folders):
            for case in file.cases:
                if not case.expect.is_true_case:
                    continue
                found = [alert for alert in bench.run(lines_of(file, case)) if alert.rule.id == rule.rule.id]
                if counted(case, len(found), "alerts") is not None:
                    raise KhienError("tuning.hides_true_case", rule=rule.rule.name, case=case.name, location=case.location)
                replayed += 1
    return replayed


def _files(bench: Bench, rule: DetectionRule | CorrelationRule, folders: Sequence[Path]) -> list[CaseFile]:
    found = []
    for folder in folders:
        for path in case_files(folder) if folder.is_dir() else []:
            try:
                file = read_cases(path)
                if rule_under_test(bench, file).rule.id == rule.rule.id:
                    found.append(file)
            except KhienError:
                continue  # `khien rules test` names broken cases; here only this rule's matter
    return found
