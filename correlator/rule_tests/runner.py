"""Judges a file of cases: what was written, and what can be derived from it (`derived`).

A silent detection is judged by its matches, a silent correlation (`generate: false`, informational) by its own firings.
A near miss must be one: one comparison away, or events that the correlation did look at. A case that no rule could fail is a fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import orjson

from correlator import ir, reference
from correlator.compiler.documents import read_documents
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import CaseFile, RuleCase
from correlator.rule_tests.derived import Derivation
from correlator.rule_tests.edges import absence_edges
from correlator.rule_tests.inputs import lines_of
from correlator.rule_tests.verdict import Verdict
from khien.alert import Alert
from khien.errors import KhienError


class CaseRunner:
    """Runs the cases of one file on a bench."""

    def __init__(self, bench: Bench, file: CaseFile) -> None:
        self._file = file
        self.rule = rule_under_test(bench, file)
        #: What a silent correlation finds reaches people only through others: its cases hear it itself.
        self._bench = bench.aloud() if isinstance(self.rule, CorrelationRule) and self.rule.is_silent else bench

    def judge(self, case: RuleCase) -> Iterator[Verdict]:
        """The case as written, then everything derived from it."""
        lines = lines_of(self._file, case)
        if isinstance(self.rule, DetectionRule) and self.rule.is_silent:
            found = len(self._bench.matches(lines, self.rule.number))
            yield Verdict(case.name, counted(case, found, "matches") or _cannot_fail(case, len(lines)))
        else:
            alerts = self.alerts(lines)
            yield Verdict(case.name, counted(case, len(alerts), "alerts") or said(case, alerts) or _cannot_fail(case, len(lines)))
            if case.expect.is_true_case and isinstance(self.rule, CorrelationRule):
                yield from Derivation(self._bench, self.rule, case).verdicts(lines, alerts)
            elif isinstance(self.rule, CorrelationRule) and self.rule.expression is not None:
                hits = partial(self._bench.hits, lines)
                yield from absence_edges(case.name, self.rule, lines, self.alerts, hits)
        if case.is_near_miss:
            yield Verdict(f"{case.name}: is a near miss", self._near_miss(lines))

    def alerts(self, lines: Sequence[bytes]) -> list[Alert]:
        """The alerts of the rule under test."""
        return [alert for alert in self._bench.run(lines) if alert.rule.id == self.rule.rule.id]

    def _looked_at(self, outer: CorrelationRule) -> set[int]:
        """The numbers of the detections below a correlation, of a chain also those of its inner ones."""
        by_id = {rule.rule.id: rule for rule in self._bench.rules.plan.correlations}
        numbers: set[int] = set()
        waiting, seen = [outer], {outer.rule.id}
        while waiting:
            for member in waiting.pop().members:
                if member.number is not None:
                    numbers.add(member.number)
                elif member.rule_id in by_id and member.rule_id not in seen:
                    seen.add(member.rule_id)
                    waiting.append(by_id[member.rule_id])
        return numbers

    def _near_miss(self, lines: list[bytes]) -> str | None:
        if isinstance(self.rule, CorrelationRule):
            looked_at = any(self._bench.matches(lines, number) for number in sorted(self._looked_at(self.rule)))
            return None if looked_at else "none of its events is one that the correlation looks at"
        program = self.rule.program
        near = any(_is_one_leaf_away(program, orjson.loads(line)) for line in lines)
        return None if near else "no event is one comparison away from a hit"


def rule_under_test(bench: Bench, file: CaseFile) -> CorrelationRule | DetectionRule:
    """The rule that the cases are about. Raises `rule_test.invalid` when the file does not say which."""
    plan = bench.rules.plan
    rules: list[CorrelationRule | DetectionRule] = [*plan.correlations, *plan.detections]
    here = {str(document.content.get("id")) for document in read_documents(file.rule_file)}
    found = [rule for rule in rules if rule.rule.id in here and file.rule in {None, rule.rule.id, rule.rule.name}]
    loud = [rule for rule in found if not rule.is_silent]
    chosen = loud if len(loud) == 1 else found
    if len(chosen) != 1:
        detail = "the file holds several rules: name one with `rule`" if found else _not_compiled(bench, file)
        raise KhienError("rule_test.invalid", location=str(file.path), detail=detail)
    return chosen[0]


def _not_compiled(bench: Bench, file: CaseFile) -> str:
    """The reason of the load accounting, if it has this file."""
    for rejection in bench.rules.rejections:
        if Path(rejection.location.partition(":")[0]).name == file.rule_file.name:
            return f"no rule of this file was compiled: {rejection}"
    return "no rule of this file was compiled"


def counted(case: RuleCase, found: int, what: str) -> str | None:
    """What is wrong with this number of alerts, or None."""
    expect = case.expect
    if found < expect.least:
        return f"{found} {what}, at least {expect.least} expected"
    if expect.most is not None and found > expect.most:
        return f"{found} {what}, at most {expect.most} expected"
    return None


def said(case: RuleCase, alerts: Sequence[Alert]) -> str | None:
    """What is wrong with what the alerts say, or None."""
    for alert in alerts:
        if case.expect.level is not None and alert.rule.level is not case.expect.level:
            return f"level {alert.rule.level.value}, {case.expect.level.value} expected"
    group = dict(case.expect.group)
    if group and not any(
        group.items() <= dict(zip(alert.group.fields, alert.group.values, strict=True)).items() for alert in alerts
    ):
        shown = [dict(zip(alert.group.fields, alert.group.values, strict=True)) for alert in alerts]
        return f"no alert of the group {group}; found {shown}"
    return None


def _cannot_fail(case: RuleCase, events: int) -> str | None:
    """A case that holds whatever the rule says proves nothing."""
    expect = case.expect
    if expect.least > 0 or (expect.most is not None and expect.most < events):
        return None
    return "no rule could fail this case: it allows any number of alerts that its events can make"


def _is_one_leaf_away(rule: ir.Rule, event: dict[str, object]) -> bool:
    """Whether the rule misses the event, and turning one comparison around would make it hit."""
    if not reference.is_routed(rule, event):
        return False
    leaves = list(dict.fromkeys(ir.leaves_of(rule.program)))
    truth = {leaf: reference.evaluate(ir.Rule(rule.id, leaf), event) for leaf in leaves}
    if _holds(rule.program, truth):
        return False
    return any(_holds(rule.program, {**truth, leaf: not truth[leaf]}) for leaf in leaves)


def _holds(node: ir.Node, truth: dict[ir.Leaf, bool]) -> bool:
    match node:
        case ir.And(nodes):
            return all(_holds(inner, truth) for inner in nodes)
        case ir.Or(nodes):
            return any(_holds(inner, truth) for inner in nodes)
        case ir.Not(inner):
            return not _holds(inner, truth)
        case leaf:
            return truth[leaf]
