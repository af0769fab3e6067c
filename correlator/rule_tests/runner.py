"""Judges a file of cases: what was written, and what can be derived from it.

From a true case of a correlation: arrival shuffled, every batch twice, a restart in the middle, one event less, the window exactly
full, and one microsecond too wide. A near miss must be one: one comparison away, or events that the correlation did look at.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import orjson

from correlator import ir, reference
from correlator.compiler.documents import read_documents
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_tests.bench import Bench, Outcome
from correlator.rule_tests.case import CaseFile, RuleCase
from correlator.rule_tests.inputs import lines_of
from khien.alert import EVENT_IDS_KEPT, Alert
from khien.clock import format_utc, parse_utc
from khien.errors import KhienError
from khien.ids import EventId

_TIME = slice(len('{"@timestamp":"'), len('{"@timestamp":"') + 27)
#: Most events of a case that is run again in other orders; larger ones are run as written only, and the verdict says so.
MOST_DERIVED = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was checked. `problem` is None when it held; `note` says what was left out."""

    name: str
    problem: str | None = None
    note: str = ""


class CaseRunner:
    """Runs the cases of one file on a bench."""

    def __init__(self, bench: Bench, file: CaseFile) -> None:
        self._bench = bench
        self._file = file
        self._rule = _rule_under_test(bench, file)

    def judge(self, case: RuleCase) -> Iterator[Verdict]:
        """The case as written, then everything derived from it."""
        lines = lines_of(self._file, case)
        if isinstance(self._rule, DetectionRule) and self._rule.is_silent:
            found = len(self._bench.matches(lines, self._rule.number))
            yield Verdict(case.name, _counted(case, found, "matches"))
        else:
            alerts = self._alerts(lines)
            yield Verdict(case.name, _counted(case, len(alerts), "alerts") or _said(case, alerts))
            yield from self._derived(case, lines, alerts)
        if case.is_near_miss:
            yield Verdict(f"{case.name}: is a near miss", self._near_miss(lines))

    def _alerts(self, lines: Sequence[bytes], **how: bool) -> list[Alert]:
        return [alert for alert in self._bench.run(lines, **how) if alert.rule.id == self._rule.rule.id]  # type: ignore[arg-type]

    def _derived(self, case: RuleCase, lines: list[bytes], alerts: list[Alert]) -> Iterator[Verdict]:
        if not case.expect.is_true_case or not isinstance(self._rule, CorrelationRule):
            return
        if len(lines) > MOST_DERIVED:
            yield Verdict(f"{case.name}: derived", note=f"left out: more than {MOST_DERIVED} events")
            return
        expected = _outcomes(alerts)
        order = list(range(len(lines)))
        random.Random(case.name).shuffle(order)  # noqa: S311 - a repeatable order, no secret
        shuffled = [alert for alert in self._bench.run(lines, order=order) if alert.rule.id == self._rule.rule.id]
        yield Verdict(f"{case.name}: shuffled", _same(expected, shuffled))
        yield Verdict(f"{case.name}: twice", _same(expected, self._alerts(lines, twice=True)))
        yield Verdict(f"{case.name}: restarted", _same(expected, self._alerts(lines, restart=True)))
        yield from self._boundary(case, self._rule, lines, alerts)

    def _boundary(self, case: RuleCase, rule: CorrelationRule, lines: list[bytes], alerts: list[Alert]) -> Iterator[Verdict]:
        """Of the first alert the events that made it fire, alone: they must fire, one less must not, nor a wider window."""
        if rule.threshold.rising_at is None or not alerts:
            return
        alert = alerts[0]
        needed = alert.explanation.observed or 0
        ids = [EventId.parse(event_id) for event_id in alert.event_ids]
        chosen = [lines[event_id.epoch - 1] for event_id in ids if alert.window.start_us <= _time(lines[event_id.epoch - 1])]
        chosen = [line for line in chosen if _time(line) <= alert.window.end_us][:needed]
        if needed > EVENT_IDS_KEPT or len(chosen) != needed or needed < 2:  # noqa: PLR2004 - a pair has a distance
            yield Verdict(f"{case.name}: boundary", note="left out: the alert does not name each event that counts")
            return
        yield Verdict(f"{case.name}: just enough", None if self._alerts(chosen) else "the events that fired do not fire alone")
        yield Verdict(f"{case.name}: one less", "fires with one event less" if self._alerts(chosen[:-1]) else None)
        start_us = _time(chosen[0])
        full = [*chosen[:-1], _moved(chosen[-1], start_us + rule.timespan_us)]
        yield Verdict(f"{case.name}: window exactly full", None if self._alerts(full) else "silent when the window is exactly full")
        over = [*chosen[:-1], _moved(chosen[-1], start_us + rule.timespan_us + 1)]
        yield Verdict(f"{case.name}: 1 µs too wide", "fires 1 µs beyond the timespan" if self._alerts(over) else None)

    def _near_miss(self, lines: list[bytes]) -> str | None:
        if isinstance(self._rule, CorrelationRule):
            looked_at = any(self._bench.matches(lines, member.number) for member in self._rule.members)
            return None if looked_at else "none of its events is one that the correlation looks at"
        program = self._rule.program
        near = any(_is_one_leaf_away(program, orjson.loads(line)) for line in lines)
        return None if near else "no event is one comparison away from a hit"


def _rule_under_test(bench: Bench, file: CaseFile) -> CorrelationRule | DetectionRule:
    plan = bench.rules.plan
    rules: list[CorrelationRule | DetectionRule] = [*plan.correlations, *plan.detections]
    here = {str(document.content.get("id")) for document in read_documents(file.rule_file)}
    found = [rule for rule in rules if rule.rule.id in here and file.rule in {None, rule.rule.id, rule.rule.name}]
    loud = [rule for rule in found if not rule.is_silent]
    chosen = loud if len(loud) == 1 else found
    if len(chosen) != 1:
        detail = "no rule of this file was compiled" if not found else "the file holds several rules: name one with `rule`"
        raise KhienError("rule_test.invalid", location=str(file.path), detail=detail)
    return chosen[0]


def _counted(case: RuleCase, found: int, what: str) -> str | None:
    expect = case.expect
    if found < expect.least:
        return f"{found} {what}, at least {expect.least} expected"
    if expect.most is not None and found > expect.most:
        return f"{found} {what}, at most {expect.most} expected"
    return None


def _said(case: RuleCase, alerts: list[Alert]) -> str | None:
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


def _outcomes(alerts: list[Alert]) -> list[Outcome]:
    return sorted((Outcome.of(alert) for alert in alerts), key=lambda one: (one.window, one.group, one.events))


def _same(expected: list[Outcome], alerts: list[Alert]) -> str | None:
    found = _outcomes(alerts)
    return None if found == expected else f"other alerts: {found} instead of {expected}"


def _time(line: bytes) -> int:
    return parse_utc(line[_TIME].decode("ascii"))


def _moved(line: bytes, time_us: int) -> bytes:
    return line[: _TIME.start] + format_utc(time_us).encode() + line[_TIME.stop :]


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
