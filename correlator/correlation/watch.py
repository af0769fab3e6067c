"""The watches of a plan: the core counts for them by name, here stands what their alerts say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from khien_engine import correlate

from correlator.plan import MOST_GROUPS, CorrelationRule, DetectionRule, Plan
from correlator.plan_document import dumps, dumps_retired
from correlator.retired import NONE_RETIRED, RetiredSet
from khien.alert import AlertRule

#: What the groups of one lane may take; a million idle ones take 300 MB.
MOST_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule as alerts name it: on single events, or a correlation. `name` is unique for rule and version."""

    name: str
    rule: AlertRule
    detection: DetectionRule | None = None
    correlation: CorrelationRule | None = None
    #: Of a version that is no longer in force, the rules that it looks at, as they were.
    retired: tuple[DetectionRule, ...] | None = None


class Watches:
    """All watches of a plan; `native` is the same for the core."""

    def __init__(
        self, plan: Plan, *, most_groups: int = MOST_GROUPS, most_bytes: int = MOST_BYTES, ir: bytes = b"",
        retired: RetiredSet = NONE_RETIRED,
    ) -> None:  # fmt: skip
        self.most_groups = most_groups
        self.most_bytes = most_bytes
        document = dumps(plan, most_groups=most_groups)
        self.native = correlate.Plan(_with_retired(document, retired, most_groups))
        #: What decides what is found, as bytes: other bytes, other rules.
        self.rules = ir + document
        self.plan = plan
        self.retired = retired
        self.rule_ids: Mapping[int, str] = {rule.number: rule.rule.id for rule in (*plan.detections, *retired.detections)}
        self._by_id: Mapping[str, DetectionRule] = {rule.rule.id: rule for rule in plan.detections}
        self.by_name: dict[str, Watch] = {}
        for rule in plan.detections:
            name = f"{rule.rule.id}@{rule.rule.version}"
            self.by_name[name] = Watch(name, rule.rule, detection=rule)
        for correlation in plan.correlations:
            self.by_name[correlation.watch] = Watch(correlation.watch, correlation.rule, correlation=correlation)
        for one in retired.rules:
            self.by_name[one.rule.watch] = Watch(one.rule.watch, one.rule.rule, correlation=one.rule, retired=one.detections)

    def detections(self, watch: Watch, rule_ids: Iterable[str]) -> list[DetectionRule]:
        """The rules on single events of these ids, as the watch looks at them."""
        by_id = self._by_id if watch.retired is None else {rule.rule.id: rule for rule in watch.retired}
        return [by_id[rule_id] for rule_id in rule_ids if rule_id in by_id]


def _with_retired(document: bytes, retired: RetiredSet, most_groups: int) -> bytes:
    """The plan document with the watches of older versions at its end."""
    more = [
        dumps_retired(one.rule, most_groups=most_groups, opens_us=one.opens_us, speaks_us=one.speaks_us, ends_us=one.ends_us)
        for one in retired.rules
    ]
    if not more:
        return document
    watches, end = document[:-2], document[-2:]
    return watches + (b"" if watches.endswith(b"[") else b",") + b",".join(more) + end
