"""A correlation and its events: each group's fullest window, the count against the threshold, and who counted.

This is the seam for the correlation core: whoever keeps the groups answers with a `GroupExplanation`, and the command line and
the page show it. `groups_of` recomputes it from the definition (docs/reference/correlation.md) over events that are at hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from khien_engine import detect

from correlator.compiler.ruleset import RuleSet
from correlator.correlation.values import counted_values, group_value
from correlator.plan import CorrelationRule, Measure, expression_holds
from correlator.rule_tests.bench import hits_of
from correlator.rule_tests.edges import time_of
from khien.clock import Clock
from khien.fold import normal

#: What can be recounted from the definition alone; of the others the events are named and the measure is left to the core.
COUNTED = frozenset({Measure.EVENT_COUNT, Measure.VALUE_COUNT, Measure.TEMPORAL})


@dataclass(frozen=True, slots=True)
class GroupExplanation:
    """One group. `observed` None: the measure of this type is not recounted here. What only a running core knows is None elsewhere.

    `watermark_us`, `held_by`: how far event time is complete, and which source holds it. `left_us`: what is left of the window.
    """

    group: Mapping[str, str]
    window_start_us: int
    window_end_us: int
    observed: int | None
    holds: bool | None
    events: tuple[int, ...]
    members: Mapping[str, int]
    watermark_us: int | None = None
    held_by: str | None = None
    left_us: int | None = None


@dataclass(frozen=True, slots=True)
class CorrelationExplanation:
    """All groups, the closest first. `unseen`: events that no member hits; `without_group`: those that lack a group-by field."""

    rule: CorrelationRule
    groups: tuple[GroupExplanation, ...]
    unseen: tuple[int, ...]
    without_group: tuple[int, ...]
    counts: Mapping[str, int]

    @property
    def threshold(self) -> str:
        """What must hold, as the rule has it."""
        return "condition over rule names" if self.rule.expression is not None else self.rule.threshold.text()

    def as_json(self) -> dict[str, Any]:
        """For machines; event numbers count from 0 in the order given."""
        rule = self.rule.rule
        return {
            "kind": self.rule.measure.value,
            "rule": {"id": rule.id, "name": rule.name, "version": rule.version, "silent": self.rule.is_silent},
            "threshold": self.threshold,
            "timespan_us": self.rule.timespan_us,
            "group_by": list(self.rule.group_by),
            "groups": [
                {
                    "group": dict(group.group),
                    "window": {"start_us": group.window_start_us, "end_us": group.window_end_us},
                    "observed": group.observed,
                    "holds": group.holds,
                    "events": list(group.events),
                    "members": dict(group.members),
                    "watermark_us": group.watermark_us,
                    "held_by": group.held_by,
                    "left_us": group.left_us,
                }
                for group in self.groups
            ],
            "unseen": list(self.unseen),
            "without_group": list(self.without_group),
            "counts": dict(self.counts),
        }


@dataclass(frozen=True, slots=True)
class _Fed:
    number: int
    time_us: int
    members: tuple[str, ...]
    keys: tuple[str, ...]


def explain_correlation(rules: RuleSet, rule: CorrelationRule, lines: Sequence[bytes], *, clock: Clock) -> CorrelationExplanation:
    """The groups of framed events, from the definition."""
    hits = hits_of(detect.Ruleset(rules.ir), lines, clock=clock)
    numbers = {member.number for member in rule.members}
    unseen = tuple(place for place, found in enumerate(hits) if not numbers & found)
    groups: dict[tuple[str, ...], list[_Fed]] = defaultdict(list)
    shown: dict[tuple[str, ...], tuple[str, ...]] = {}
    grouped: set[int] = set()
    for place, line in enumerate(lines):
        event = orjson.loads(line)
        for values, members in _groups(rule, event, hits[place]):
            key = tuple(normal(value) for value in values)
            grouped.add(place)
            keys = _keys(rule, event, place, members)
            if keys or rule.measure not in COUNTED:
                shown.setdefault(key, values)
                groups[key].append(_Fed(place, time_of(line), members, keys))
    without = tuple(place for place in range(len(lines)) if place not in grouped and place not in unseen)
    found = [_fullest(rule, dict(zip(rule.group_by, shown[key], strict=True)), fed) for key, fed in groups.items()]
    found.sort(key=lambda group: (group.holds is not True, -(group.observed or 0), group.window_start_us))
    return CorrelationExplanation(rule=rule, groups=tuple(found), unseen=unseen, without_group=without, counts={})


def with_counts(explanation: CorrelationExplanation, counts: Mapping[str, int]) -> CorrelationExplanation:
    """The same with what a correlator counted: evictions, late events, events without a group."""
    return replace(explanation, counts=counts)


def _groups(
    rule: CorrelationRule, event: Mapping[str, Any], hits: frozenset[int]
) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    by_key: dict[tuple[str, ...], tuple[tuple[str, ...], list[str]]] = {}
    for member in rule.members:
        if member.number is None or member.number not in hits:
            continue
        values = tuple(group_value(event, field) for field in member.group_fields)
        known = tuple(value for value in values if value is not None)
        if len(known) == len(values):
            by_key.setdefault(tuple(normal(value) for value in known), (known, []))[1].append(member.rule_id)
    yield from ((values, tuple(members)) for values, members in by_key.values())


def _keys(rule: CorrelationRule, event: Mapping[str, Any], place: int, members: tuple[str, ...]) -> tuple[str, ...]:
    match rule.measure:
        case Measure.VALUE_COUNT:
            return tuple(counted_values(dict(event), rule.value_fields))
        case Measure.TEMPORAL:
            return members
        case _:
            return (str(place),)


def _fullest(rule: CorrelationRule, group: Mapping[str, str], fed: list[_Fed]) -> GroupExplanation:
    """The window with the most keys; of closing conditions the first whose condition holds, else the first of all."""
    fed = sorted(fed, key=lambda one: (one.time_us, one.number))
    windows = list(_sliding(fed, rule.timespan_us) if rule.is_rising else _anchored(fed, rule.timespan_us))
    counted: Callable[[list[_Fed]], int] = lambda window: len({key for one in window for key in one.keys})  # noqa: E731
    if rule.is_rising:
        best = max(windows, key=counted)
    else:
        best = next((window for window in windows if _holds(rule, window, counted(window))), windows[0])
    members: dict[str, int] = defaultdict(int)
    for one in best:
        for member in one.members:
            members[member] += 1
    is_counted = rule.measure in COUNTED
    end_us = best[-1].time_us if rule.is_rising else best[0].time_us + rule.timespan_us
    return GroupExplanation(
        group=group,
        window_start_us=best[0].time_us,
        window_end_us=end_us,
        observed=counted(best) if is_counted else None,
        holds=_holds(rule, best, counted(best)) if is_counted else None,
        events=tuple(one.number for one in best),
        members=dict(members),
    )


def _holds(rule: CorrelationRule, window: list[_Fed], observed: int) -> bool:
    if rule.expression is not None:
        present = {member for one in window for member in one.members}
        return expression_holds(rule.expression, [place for place, one in enumerate(rule.members) if one.rule_id in present])
    return rule.threshold.holds(observed)


def _sliding(fed: list[_Fed], timespan_us: int) -> Iterator[list[_Fed]]:
    start = 0
    for end, last in enumerate(fed):
        while fed[start].time_us < last.time_us - timespan_us:
            start += 1
        yield fed[start : end + 1]


def _anchored(fed: list[_Fed], timespan_us: int) -> Iterator[list[_Fed]]:
    window: list[_Fed] = []
    for one in fed:
        if window and one.time_us > window[0].time_us + timespan_us:
            yield window
            window = []
        window.append(one)
    yield window
