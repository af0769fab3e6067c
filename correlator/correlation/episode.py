"""An alert: how its first words are written when a condition becomes true, and what grows with its episode."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson
from khien_engine import correlate

from correlator import reference
from correlator.correlation.values import Event, visible
from correlator.correlation.watch import Watch
from correlator.plan import AllOf, AnyOf, CorrelationRule, DetectionRule, Expression, MemberHit, NotHit
from khien.alert import Alert, Entity, EntityKind, EntityRole, Explanation, Leaf, Window
from khien.alert import Group as AlertGroup
from khien.ids import AlertId

#: An alert carries a sample event up to this size.
_LARGEST_SAMPLE_BYTES = 8_192
_LONGEST_VALUE = 500
_MOST_LEAVES = 32


def alert_of(watch: Watch, firing: correlate.Firing, *, dataset: str, detections: Sequence[DetectionRule]) -> Alert:
    """The alert as it is first written; its id is made of the values as they are, its text is what every store can hold.

    `detections`: the rules that hit the sample event.
    """
    event: Event = orjson.loads(firing.line) if firing.line else {}
    alert = Alert(
        id=AlertId.of(
            rule_id=watch.rule.id,
            rule_version=watch.rule.version,
            dataset=dataset,
            # Folded values: how a name was capitalised makes no other alert.
            group=list(zip(firing.fields, firing.key, strict=True)),
            window_start_us=firing.start_us,
            first_event_id=firing.first_event_id,
        ),
        dataset=dataset,
        rule=watch.rule,
        severity=watch.rule.level.severity,
        group=AlertGroup(fields=tuple(firing.fields), values=tuple(firing.values)),
        window=Window(start_us=firing.start_us, end_us=firing.end_us),
        first_us=firing.start_us,
        last_us=firing.last_us,
        hits=1,
        event_ids=tuple(firing.event_ids),
        event_count=firing.event_count,
        entities=tuple(Entity(kind=EntityKind(kind), role=EntityRole(role), value=value) for kind, role, value in firing.entities),
        assets=tuple(firing.assets),
        units=tuple(firing.units),
        sensors=tuple(firing.sensors),
        complete=firing.is_complete,
        explanation=_explanation(watch, firing, event, detections),
    )
    if "\\u0000" not in alert.model_dump_json():
        return alert
    return Alert.model_validate(visible(alert.model_dump()))


def grown(opened: Alert, growth: correlate.Growth) -> Alert:
    """The alert as it is now: hits, last time and event ids grow, nothing else changes."""
    return opened.model_copy(
        update={
            "hits": growth.hits,
            "last_us": growth.last_us,
            "event_ids": tuple(growth.event_ids),
            "event_count": growth.event_count,
        }
    )


def _explanation(watch: Watch, firing: correlate.Firing, event: Event, detections: Sequence[DetectionRule]) -> Explanation:
    leaves = tuple(leaf for rule in detections for leaf in leaves_of(rule, event))[:_MOST_LEAVES]
    sample = sample_of(event, [leaf.field for leaf in leaves if leaf.field]) if event else None
    rule = watch.correlation
    if rule is None:
        condition = watch.detection.condition if watch.detection else ""
        return Explanation(kind="event", condition=condition, leaves=leaves, sample=sample)
    field = f" of {', '.join(rule.value_fields)}" if rule.value_fields else ""
    return Explanation(
        kind=rule.measure.value,
        condition=f"{rule.measure.value}{field} {condition_text(rule)}{' (estimated)' if firing.is_estimated else ''}",
        leaves=leaves,
        sample=sample,
        threshold=condition_text(rule),
        observed=int(firing.observed) if firing.observed.lstrip("-").isdecimal() else firing.observed,
        timespan_us=rule.timespan_us,
        members=tuple({member.rule_id: dict(member.title) for member in rule.members}.values()),
        estimated=firing.is_estimated,
    )


def condition_text(rule: CorrelationRule) -> str:
    """What must hold, in words: a number of rules also where the rule asks for all of them."""
    expression = rule.expression
    if expression is None or (isinstance(expression, AllOf) and all(isinstance(node, MemberHit) for node in expression.nodes)):
        return rule.threshold.text()
    return _words(expression, {place: f"\u201c{member.title['en']}\u201d" for place, member in enumerate(rule.members)})


def _words(node: Expression, names: Mapping[int, str]) -> str:
    match node:
        case MemberHit(position):
            return names[position]
        case NotHit(inner):
            return f"not {_words(inner, names)}"
        case AllOf(nodes) | AnyOf(nodes):
            word = " and " if isinstance(node, AllOf) else " or "
            return f"({word.join(_words(inner, names) for inner in nodes)})"


def leaves_of(rule: DetectionRule, event: Event) -> list[Leaf]:
    """The comparisons of a rule that held on this event and were not negated."""
    found: list[Leaf] = []
    stack = [reference.explain(rule.program, event, selections=rule.selections)]
    while stack:
        node = stack.pop()
        if node.kind == "not" or not node.truth:
            continue
        if node.kind == "leaf":
            actual = " | ".join(node.actual)[:_LONGEST_VALUE]
            found.append(
                Leaf(selection=node.selection or "", field=node.field, expected=node.expected[:_LONGEST_VALUE], actual=actual)
            )
        stack.extend(reversed(node.children))
    return found


def sample_of(event: Event, fields: Iterable[str]) -> dict[str, Any]:
    """The event itself, or of a large one the objects that the comparisons looked at."""
    if len(orjson.dumps(event)) <= _LARGEST_SAMPLE_BYTES:
        return dict(event)
    wanted = {"@timestamp", "khien", "source", "destination", *(field.partition(".")[0] for field in fields)}
    small = {
        name: value for name, value in event.items() if name in wanted and len(orjson.dumps(value)) <= _LARGEST_SAMPLE_BYTES // 8
    }
    identity = {name: event["event"][name] for name in ("id", "dataset", "action") if name in event.get("event", {})}
    return {**small, "event": identity}
