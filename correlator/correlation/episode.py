"""An episode: one alert that grows while its condition holds, and how its first words are written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from correlator import reference
from correlator.correlation.values import Event, Facts, entities_of, visible
from correlator.correlation.watch import Group, Watch
from correlator.plan import DetectionRule
from khien.alert import EVENT_IDS_KEPT, Alert, Explanation, Leaf, Window
from khien.alert import Group as AlertGroup
from khien.ids import AlertId

#: An alert names at most this many entities, and carries a sample event up to this size.
MOST_ENTITIES = 100
_LARGEST_SAMPLE_BYTES = 8_192
_LONGEST_VALUE = 500
_MOST_LEAVES = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """An event that counts: when, which, and what it adds."""

    time_us: int
    event_id: str
    facts: Facts


@dataclass(slots=True)
class Episode:
    """The alert as it was first written, and what grew since: hits, last time, event ids; nothing else changes."""

    opened: Alert
    hits: int
    last_us: int
    event_ids: list[str]
    event_count: int

    @classmethod
    def open(cls, alert: Alert) -> Episode:
        """A new episode."""
        return cls(alert, alert.hits, alert.last_us, list(alert.event_ids), alert.event_count)

    def grow(self, *, time_us: int, event_id: str) -> None:
        """One more event for which the condition holds."""
        self.hits += 1
        self.event_count += 1
        self.last_us = max(self.last_us, time_us)
        if len(self.event_ids) < EVENT_IDS_KEPT:
            self.event_ids.append(event_id)

    def alert(self) -> Alert:
        """The alert as it is now."""
        return self.opened.model_copy(
            update={
                "hits": self.hits,
                "last_us": self.last_us,
                "event_ids": tuple(self.event_ids),
                "event_count": self.event_count,
            }
        )


@dataclass(frozen=True, slots=True)
class Firing:
    """What is known when a condition becomes true. `entries` in (time, id) order, `first_event_id`: the event that fired."""

    watch: Watch
    dataset: str
    group: Group
    start_us: int
    end_us: int
    first_event_id: str
    entries: Sequence[Entry]
    event_count: int
    observed: int
    is_complete: bool
    detections: Sequence[DetectionRule]
    event: Event

    def alert(self) -> Alert:
        """The alert as it is first written; its id is made of the values as they are, its text is what every store can hold."""
        alert = self._alert()
        if "\\u0000" not in alert.model_dump_json():
            return alert
        return Alert.model_validate(visible(alert.model_dump()))

    def _alert(self) -> Alert:
        ids = list(dict.fromkeys(entry.event_id for entry in self.entries))
        parts = [entry.facts for entry in self.entries]
        return Alert(
            id=AlertId.of(
                rule_id=self.watch.rule.id,
                rule_version=self.watch.rule.version,
                dataset=self.dataset,
                group=self._id_group(),
                window_start_us=self.start_us,
                first_event_id=self.first_event_id,
            ),
            dataset=self.dataset,
            rule=self.watch.rule,
            severity=self.watch.rule.level.severity,
            group=AlertGroup(fields=self.group.fields, values=self.group.values),
            window=Window(start_us=self.start_us, end_us=self.end_us),
            first_us=self.start_us,
            last_us=max(entry.time_us for entry in self.entries),
            hits=1,
            event_ids=tuple(ids[:EVENT_IDS_KEPT]),
            event_count=self.event_count,
            entities=entities_of(parts, most=MOST_ENTITIES),
            assets=_distinct(asset for part in parts for asset in part.assets),
            units=_distinct(unit for part in parts for unit in part.units),
            sensors=_distinct(part.sensor for part in parts if part.sensor),
            complete=self.is_complete,
            explanation=self._explanation(),
        )

    def _id_group(self) -> list[tuple[str, str]]:
        """Folded values: how a name was capitalised makes no other alert."""
        key = self.group.key
        values = key[1::2] if self.watch.detection is not None else key
        return list(zip(self.group.fields, values, strict=True))

    def _explanation(self) -> Explanation:
        leaves = tuple(leaf for rule in self.detections for leaf in leaves_of(rule, self.event))[:_MOST_LEAVES]
        sample = sample_of(self.event, [leaf.field for leaf in leaves if leaf.field])
        rule = self.watch.correlation
        if rule is None:
            condition = self.watch.detection.condition if self.watch.detection else ""
            return Explanation(kind="event", condition=condition, leaves=leaves, sample=sample)
        field = f" of {', '.join(rule.value_fields)}" if rule.value_fields else ""
        return Explanation(
            kind=rule.measure.value,
            condition=f"{rule.measure.value}{field} {rule.threshold.text()}",
            leaves=leaves,
            sample=sample,
            threshold=rule.threshold.text(),
            observed=self.observed,
            timespan_us=rule.timespan_us,
            members=tuple({member.rule_id: dict(member.title) for member in rule.members}.values()),
        )


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


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
