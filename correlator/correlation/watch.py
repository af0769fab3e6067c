"""The watches of a plan: the core counts for them by name, here stands what their alerts say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from khien_engine import correlate

from correlator.plan import MOST_GROUPS, CorrelationRule, DetectionRule, Plan
from correlator.plan_document import dumps
from khien.alert import AlertRule


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule as alerts name it: on single events, or a correlation. `name` is unique for rule and version."""

    name: str
    rule: AlertRule
    detection: DetectionRule | None = None
    correlation: CorrelationRule | None = None


class Watches:
    """All watches of a plan; `native` is the same for the core."""

    def __init__(self, plan: Plan, *, most_groups: int = MOST_GROUPS, ir: bytes = b"") -> None:
        self.most_groups = most_groups
        document = dumps(plan, most_groups=most_groups)
        self.native = correlate.Plan(document)
        #: What decides what is found, as bytes: other bytes, other rules.
        self.rules = ir + document
        self.plan = plan
        self.rule_ids: Mapping[int, str] = {rule.number: rule.rule.id for rule in plan.detections}
        self._by_id: Mapping[str, DetectionRule] = {rule.rule.id: rule for rule in plan.detections}
        self.by_name: dict[str, Watch] = {}
        for rule in plan.detections:
            name = f"{rule.rule.id}@{rule.rule.version}"
            self.by_name[name] = Watch(name, rule.rule, detection=rule)
        for correlation in plan.correlations:
            self.by_name[correlation.watch] = Watch(correlation.watch, correlation.rule, correlation=correlation)

    def detections(self, rule_ids: Iterable[str]) -> list[DetectionRule]:
        """The rules on single events of these ids that still exist."""
        return [self._by_id[rule_id] for rule_id in rule_ids if rule_id in self._by_id]
