"""A watch: what the core evaluates. A rule on single events and a correlation are the same machine.

`event_count`, `value_count` and `temporal` all ask for *n different keys within the timespan* (keys: event ids, values, rules), and
a single-event rule is one event within ten minutes, so one state serves all four.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from correlator.correlation.values import Event, counted_values, group_value
from correlator.plan import CorrelationRule, DetectionRule, EntityField, Measure, Plan, Relation, Threshold
from khien.alert import AlertRule
from khien.clock import MICROSECONDS
from khien.fold import normal

#: An episode of a single-event rule ends this long after its last hit (architecture, Detection).
EPISODE_US = 600 * MICROSECONDS
_ONE = Threshold(((Relation.GTE, Fraction(1)),))


@dataclass(frozen=True, slots=True)
class Group:
    """The group of an alert: `key` is folded and decides, `values` are as the event had them."""

    fields: tuple[str, ...]
    key: tuple[str, ...]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """What one event brings to one group of a watch: the keys that it adds."""

    group: Group
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """One rule as the core sees it. `name` is unique for rule and version: state belongs to a version."""

    name: str
    kind: str
    rule: AlertRule
    timespan_us: int
    threshold: Threshold
    rising_at: int | None
    entities: tuple[EntityField, ...]
    detection: DetectionRule | None = None
    correlation: CorrelationRule | None = None

    def feeds(self, event: Event, event_id: str, hits: Iterable[int]) -> list[Feed]:
        """The groups that this event belongs to; empty when a group field or the counted value is missing."""
        if self.detection is not None:
            return [Feed(_detection_group(self.detection, event), (event_id,))]
        if self.correlation is None:
            return []
        return _correlation_feeds(self.correlation, event, event_id, frozenset(hits))


class Watches:
    """All watches of a plan, by the rule number that feeds them."""

    def __init__(self, plan: Plan) -> None:
        self._by_id: Mapping[str, DetectionRule] = {rule.rule.id: rule for rule in plan.detections}
        self._ids = {rule.number: rule.rule.id for rule in plan.detections}
        self.by_name: dict[str, Watch] = {}
        self._by_number: dict[int, list[Watch]] = {}
        for rule in plan.detections:
            if not rule.is_silent:
                self._add(_of_detection(rule), [rule.number])
        for correlation in plan.correlations:
            if not correlation.is_silent:
                self._add(
                    _of_correlation(correlation), [member.number for member in correlation.members if member.number is not None]
                )

    def of(self, hits: Iterable[int]) -> list[Watch]:
        """The watches that these rule numbers feed, each once, in a fixed order."""
        return list({watch.name: watch for number in hits for watch in self._by_number.get(number, ())}.values())

    def rule_ids(self, watch: Watch, hits: Iterable[int]) -> tuple[str, ...]:
        """The detection rules among these hits that this watch looks at, by id: numbers change when rules are added."""
        if watch.detection is not None:
            return (watch.detection.rule.id,)
        members = {member.number for member in watch.correlation.members} if watch.correlation else set[int]()
        return tuple(self._ids[number] for number in hits if number in members)

    def detections(self, rule_ids: Iterable[str]) -> list[DetectionRule]:
        """The rules of these ids that still exist."""
        return [self._by_id[rule_id] for rule_id in rule_ids if rule_id in self._by_id]

    def _add(self, watch: Watch, numbers: Iterable[int]) -> None:
        self.by_name[watch.name] = watch
        for number in numbers:
            self._by_number.setdefault(number, []).append(watch)


def _of_detection(rule: DetectionRule) -> Watch:
    return Watch(
        name=f"{rule.rule.id}@{rule.rule.version}",
        kind="event",
        rule=rule.rule,
        timespan_us=EPISODE_US,
        threshold=_ONE,
        rising_at=1,
        entities=rule.entities,
        detection=rule,
    )


def _of_correlation(rule: CorrelationRule) -> Watch:
    return Watch(
        name=f"{rule.rule.id}@{rule.rule.version}",
        kind=rule.measure.value,
        rule=rule.rule,
        timespan_us=rule.timespan_us,
        threshold=rule.threshold,
        rising_at=rule.threshold.rising_at,
        entities=rule.entities,
        correlation=rule,
    )


def _detection_group(rule: DetectionRule, event: Event) -> Group:
    """The rule's group, else its entities: of both the fields that the event has, so that no hit is ever without an alert."""
    fields = rule.group or tuple(dict.fromkeys(entity.field for entity in rule.entities))
    found = [(field, value) for field in fields if (value := group_value(event, field)) is not None]
    return Group(
        fields=tuple(field for field, _ in found),
        key=tuple(part for field, value in found for part in (field, normal(value))),
        values=tuple(value for _, value in found),
    )


def _correlation_feeds(rule: CorrelationRule, event: Event, event_id: str, hits: frozenset[int]) -> list[Feed]:
    """By group: rules that look at the same event through different aliases may put it into different groups."""
    found: dict[tuple[str, ...], tuple[Group, list[str]]] = {}
    for member in rule.members:
        if member.number not in hits:
            continue
        values = [group_value(event, field) for field in member.group_fields]
        if any(value is None for value in values):
            continue
        shown = tuple(value for value in values if value is not None)
        group = Group(fields=rule.group_by, key=tuple(normal(value) for value in shown), values=shown)
        found.setdefault(group.key, (group, []))[1].append(member.rule_id)
    return [Feed(group, keys) for group, member_ids in found.values() if (keys := _keys(rule, event, event_id, member_ids))]


def _keys(rule: CorrelationRule, event: Event, event_id: str, member_ids: list[str]) -> tuple[str, ...]:
    match rule.measure:
        case Measure.EVENT_COUNT:
            return (event_id,)
        case Measure.VALUE_COUNT:
            return tuple(counted_values(event, rule.value_fields))
        case Measure.TEMPORAL:
            return tuple(sorted(set(member_ids)))
        case _:
            message = f"{rule.measure} is refused before it comes here (correlator/compiler/runnable.py)"
            raise NotImplementedError(message)
