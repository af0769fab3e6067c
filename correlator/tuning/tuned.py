"""A rule set with its exceptions in force: other programs in the plan, nothing else, so that any matcher and core runs it.

An exception silences its own rule only. Where correlations look at the rule, they keep looking at it as it was written: the rule
gets a second program for its own alerts. For each exception a silent rule `tuning.<id>` hits what it took away, to count it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from correlator import ir
from correlator.compiler.documents import Document
from correlator.compiler.ruleset import RuleSet, compile_documents
from correlator.plan import CorrelationRule, DetectionRule, Plan
from correlator.program import Program
from correlator.tuning.entry import Entry, Kind
from khien.alert import AlertRule, Level
from khien.errors import KhienError

#: The silent rule that counts what an exception took away.
PREFIX = "tuning."
_SYNTHETIC_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True)
class Tuned:
    """The set to run, which rule numbers count for which entry, and entries without a rule: it was removed or rejected."""

    rules: RuleSet
    counters: Mapping[int, str]
    without_rule: tuple[str, ...]


def tuned(rules: RuleSet, entries: Sequence[Entry]) -> Tuned:
    """The set with these exceptions in force; suppressions are the alerts' business (`fold`)."""
    exceptions = [entry for entry in entries if entry.kind is Kind.EXCEPTION]
    if not exceptions:
        return Tuned(rules, {}, ())
    made = _Making(rules)
    for rule_id in dict.fromkeys(entry.rule_id for entry in exceptions):
        made.apply(rule_id, [entry for entry in exceptions if entry.rule_id == rule_id])
    plan = Plan(detections=tuple(made.detections), correlations=tuple(made.correlations))
    changed = replace(rules, ir=ir.join(rule.compiled.unit for rule in plan.detections), plan=plan)
    return Tuned(changed, made.counters, tuple(made.without_rule))


def condition_of(entry: Entry) -> ir.Node:
    """What an exception asks of an event, compiled as Sigma is. Raises KhienError `rule.*` with the entry as its place."""
    when = {item: list(values) for item, values in (entry.when or {}).items()}
    content = {
        "title": entry.id,
        "id": _SYNTHETIC_ID,
        "logsource": {"product": "khien", "service": "host.auth"},
        "detection": {"when": when, "condition": "when"},
        "level": "informational",
    }
    compiled = compile_documents([Document(path=entry.id or entry.rule_name, line=1, content=content, lines={})])
    for rejection in compiled.rejections:
        raise rejection.error()
    return compiled.plan.detections[0].program.program


class _Making:
    def __init__(self, rules: RuleSet) -> None:
        self.detections = list(rules.plan.detections)
        self.correlations = list(rules.plan.correlations)
        self.counters: dict[int, str] = {}
        self.without_rule: list[str] = []
        self._looked_at = {member.number for rule in rules.plan.correlations for member in rule.members}

    def apply(self, rule_id: str, entries: list[Entry]) -> None:
        conditions = dict(self._conditions(entries))
        if not conditions:
            return
        for place, rule in enumerate(self.detections):
            if rule.rule.id == rule_id and not rule.is_silent and not rule.rule.id.startswith(PREFIX):
                self._except_detection(place, rule, conditions)
                return
        for place, correlation in enumerate(self.correlations):
            if correlation.rule.id == rule_id and all(member.number is not None for member in correlation.members):
                self._except_correlation(place, correlation, conditions)
                return
        self.without_rule += conditions

    def _conditions(self, entries: list[Entry]) -> Iterator[tuple[str, ir.Node]]:
        """Those that compile; one that no longer does hides nothing, and is named."""
        for entry in entries:
            try:
                yield entry.id, condition_of(entry)
            except KhienError:
                self.without_rule.append(entry.id)

    def _except_detection(self, place: int, rule: DetectionRule, conditions: Mapping[str, ir.Node]) -> None:
        for entry_id, condition in conditions.items():
            self._count(entry_id, rule, condition)
        compiled = _without(rule, conditions)
        if rule.number in self._looked_at:
            self.detections[place] = replace(rule, is_silent=True)
            self.detections.append(replace(rule, number=len(self.detections), compiled=compiled))
        else:
            self.detections[place] = replace(rule, compiled=compiled)

    def _except_correlation(self, place: int, correlation: CorrelationRule, conditions: Mapping[str, ir.Node]) -> None:
        members = []
        for member in correlation.members:
            assert member.number is not None
            rule = self.detections[member.number]
            for entry_id, condition in conditions.items():
                self._count(entry_id, rule, condition)
            number = len(self.detections)
            self.detections.append(replace(rule, number=number, compiled=_without(rule, conditions), is_silent=True))
            members.append(replace(member, number=number))
        self.correlations[place] = replace(correlation, members=tuple(members))

    def _count(self, entry_id: str, rule: DetectionRule, condition: ir.Node) -> None:
        number = len(self.detections)
        self.counters[number] = entry_id
        counting = ir.Rule(f"{PREFIX}{entry_id}", ir.And((rule.program.program, condition)), rule.program.datasets)
        self.detections.append(
            DetectionRule(
                number=number,
                rule=_counting(entry_id, rule.rule),
                compiled=Program.of(counting, rule.selections),
                group=(),
                entities=(),
                condition=f"{rule.rule.name} and {entry_id}",
                is_silent=True,
            )
        )


def _without(rule: DetectionRule, conditions: Mapping[str, ir.Node]) -> Program:
    """The rule and none of these; in explanations a comparison of an exception carries the exception's id."""
    nodes = tuple(conditions.values())
    program = ir.And((rule.program.program, ir.Not(nodes[0] if len(nodes) == 1 else ir.Or(nodes))))
    named = {leaf: entry_id for entry_id, node in conditions.items() for leaf in ir.leaves_of(node)}
    return Program.of(replace(rule.program, program=program), {**named, **rule.selections})


def _counting(entry_id: str, rule: AlertRule) -> AlertRule:
    name = f"{PREFIX}{entry_id}"
    text = {"en": name, "vi": name}
    return AlertRule(id=f"{name}.{rule.id}", version=rule.version, name=name, title=text, description=text, level=Level.LOW)
