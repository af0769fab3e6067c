"""What follows from a true case of a correlation without being written: the same events in other orders, and at the window's edges.

Arrival shuffled, the earliest event last, every batch twice, a restart in the middle, a second group mixed in (all: the same
alerts); of the first alert the events that made it fire, alone (must fire), one less (must not), the window exactly full
(must), one microsecond too wide (must not).
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from correlator.plan import CorrelationRule
from correlator.reference import flat, lookup
from correlator.rule_tests.bench import Bench, Outcome
from correlator.rule_tests.case import RuleCase
from correlator.rule_tests.edges import moved, rising_edges, time_of
from correlator.rule_tests.verdict import Verdict
from khien.alert import EVENT_IDS_KEPT, Alert
from khien.event import encode
from khien.fold import normal
from khien.ids import EventId

#: Most events of a case that is run again in other orders; larger ones are run as written only, and the verdict says so.
MOST_DERIVED = 500


class Derivation:
    """Everything derived from one true case of one correlation."""

    def __init__(self, bench: Bench, rule: CorrelationRule, case: RuleCase) -> None:
        self._bench = bench
        self._rule = rule
        self._case = case

    def verdicts(self, lines: Sequence[bytes], alerts: Sequence[Alert]) -> Iterator[Verdict]:
        """One verdict for each; what could not be derived says why in its note."""
        name = self._case.name
        if len(lines) > MOST_DERIVED:
            yield Verdict(f"{name}: derived", note=f"left out: more than {MOST_DERIVED} events")
            return
        expected = _outcomes(alerts)
        order = list(range(len(lines)))
        random.Random(name).shuffle(order)  # noqa: S311 - a repeatable order, no secret
        yield Verdict(f"{name}: shuffled", _same(expected, self._alerts(lines, order=order)))
        yield Verdict(f"{name}: late", _same(expected, self._alerts(lines, order=_earliest_last(lines), early_promise=True)))
        yield Verdict(f"{name}: twice", _same(expected, self._alerts(lines, twice=True)))
        yield Verdict(f"{name}: restarted", _same(expected, self._alerts(lines, restart=True)))
        yield from self._two_groups(lines, alerts)
        yield from self._boundary(lines, alerts)

    def _alerts(self, lines: Sequence[bytes], **how: Any) -> list[Alert]:
        return [alert for alert in self._bench.run(lines, **how) if alert.rule.id == self._rule.rule.id]

    def _two_groups(self, lines: Sequence[bytes], alerts: Sequence[Alert]) -> Iterator[Verdict]:
        """The same events of somebody else between them: each group must alert as it does alone."""
        name = f"{self._case.name}: two groups"
        fields = sorted({field for member in self._rule.members for field in member.group_fields})
        if not fields or not alerts:
            return
        others = _of_nobody_expected(lines, fields, self._rule)
        numbers = [member.number for member in self._rule.members if member.number is not None]
        if [self._bench.hits(lines, number) for number in numbers] != [self._bench.hits(others, number) for number in numbers]:
            yield Verdict(name, note="left out: the rule asks for the very values of the group, so nobody else can have them")
            return
        if _changes_counted(self._rule, fields):
            yield Verdict(name, note="left out: the counted field is one of the group")
            return
        mixed = [number for pair in zip(range(len(lines)), range(len(lines), 2 * len(lines)), strict=True) for number in pair]
        found = self._alerts([*lines, *others], order=mixed)
        groups = {alert.group.values for alert in alerts}
        first = [alert for alert in found if alert.group.values in groups]
        problem = _same(_outcomes(alerts), first)
        # Who is not named under `expect` is never judged: his events must change nothing.
        expected = len(alerts) if self._rule.expect is not None else 2 * len(alerts)
        if problem is None and len(found) != expected:
            problem = f"{len(found)} alerts of two groups, {expected} expected"
        yield Verdict(name, problem)

    def _boundary(self, lines: Sequence[bytes], alerts: Sequence[Alert]) -> Iterator[Verdict]:
        rule, name = self._rule, self._case.name
        if rule.expect is not None:
            yield Verdict(f"{name}: boundary", note="left out: windows of `expect` stand fast; cases at their ends are written")
        elif not rule.is_rising or not alerts:
            return  # what a `not` waits for is moved in the false cases
        elif not rule.counts_events:
            yield from rising_edges(name, rule, lines, self._alerts)
        else:
            yield from self._counted_boundary(lines, alerts[0])

    def _counted_boundary(self, lines: Sequence[bytes], alert: Alert) -> Iterator[Verdict]:
        """The alert names the events that counted, which saves looking for them."""
        rule, name = self._rule, self._case.name
        needed = int(alert.explanation.observed or 0)
        ids = [EventId.parse(event_id) for event_id in alert.event_ids]
        chosen = [lines[event_id.epoch - 1] for event_id in ids if alert.window.start_us <= time_of(lines[event_id.epoch - 1])]
        chosen = [line for line in chosen if time_of(line) <= alert.window.end_us][:needed]
        if needed > EVENT_IDS_KEPT or len(chosen) != needed or needed < 2:  # noqa: PLR2004 - a pair has a distance
            yield from rising_edges(name, rule, lines, self._alerts)
            return
        yield Verdict(f"{name}: just enough", None if self._alerts(chosen) else "the events that fired do not fire alone")
        yield Verdict(f"{name}: one less", "fires with one event less" if self._alerts(chosen[:-1]) else None)
        start_us = time_of(chosen[0])
        full = [*chosen[:-1], moved(chosen[-1], start_us + rule.timespan_us)]
        yield Verdict(f"{name}: window exactly full", None if self._alerts(full) else "silent when the window is exactly full")
        over = [*chosen[:-1], moved(chosen[-1], start_us + rule.timespan_us + 1)]
        yield Verdict(f"{name}: 1 µs too wide", "fires 1 µs beyond the timespan" if self._alerts(over) else None)


def _earliest_last(lines: Sequence[bytes]) -> list[int]:
    order = sorted(range(len(lines)), key=lambda number: time_of(lines[number]))
    return [*order[1:], order[0]]


def _changes_counted(rule: CorrelationRule, fields: Sequence[str]) -> bool:
    return any(field in fields for field in rule.value_fields)


def _of_nobody_expected(lines: Sequence[bytes], fields: Sequence[str], rule: CorrelationRule) -> list[bytes]:
    """The events of somebody else, and of nobody whom `expect` names: a step that leads to a named one is passed over."""
    named = {normal(value) for group in rule.expect or () for value in group}
    step = 1
    found = [_of_somebody_else(line, fields, step) for line in lines]
    while named & {normal(str(value)) for line in found for value in _values(line, fields)}:
        step += 1
        found = [_of_somebody_else(line, fields, step) for line in lines]
    return found


def _values(line: bytes, fields: Sequence[str]) -> list[Any]:
    event = orjson.loads(line)
    return [value for field in fields for value in flat(lookup(event, field)) if value is not None]


def _of_somebody_else(line: bytes, fields: Sequence[str], step: int) -> bytes:
    event: dict[str, Any] = orjson.loads(line)
    for field in fields:
        *above, last = field.split(".")
        place: Any = event
        for name in above:
            place = place.get(name) if isinstance(place, dict) else None
        if isinstance(place, dict) and place.get(last) is not None:
            place[last] = _other(place[last], step)
    return encode(event)


def _other(value: Any, step: int) -> Any:
    """Another value of the same kind and, for an address, of the same small network; each step leads to another."""
    if isinstance(value, list):
        return [_other(one, step) for one in value]
    if isinstance(value, (int, float)):
        return value + step
    text = str(value)
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{text}{step + 1}"
    return str(ipaddress.ip_address(int(address) ^ step))


def _outcomes(alerts: Sequence[Alert]) -> list[Outcome]:
    return sorted((Outcome.of(alert) for alert in alerts), key=lambda one: (one.window, one.group, one.events))


def _same(expected: list[Outcome], alerts: Sequence[Alert]) -> str | None:
    found = _outcomes(alerts)
    return None if found == expected else f"other alerts: {found} instead of {expected}"
