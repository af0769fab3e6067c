"""The definition of correlation, recomputed from everything: no windows kept, no state, nothing clever.

Written from docs/reference/rule.md ("When an alert begins and ends"), not from the code it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """An event as the oracle sees it: `rules` are the names of the detection rules that hit it."""

    time_us: int
    event_id: tuple[str, int, int]
    rules: frozenset[str]
    fields: tuple[tuple[str, str], ...]

    def get(self, field: str) -> str | None:
        return dict(self.fields).get(field)

    @property
    def place(self) -> tuple[int, tuple[str, int, int]]:
        return (self.time_us, self.event_id)

    @property
    def name(self) -> str:
        sensor, epoch, seq = self.event_id
        return f"{sensor}-{epoch}-{seq}"


@dataclass(frozen=True, slots=True)
class Definition:
    """A correlation, or a rule on single events (`kind` event): what the rule file says, in the oracle's words."""

    name: str
    kind: str
    rules: tuple[str, ...]
    span_us: int
    at_least: int | None = None
    closing: Callable[[int], bool] | None = None
    group: tuple[str, ...] = ()
    value: str = ""
    aliases: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What an alert says, as far as it is defined."""

    name: str
    group: tuple[str, ...]
    start_us: int
    first_firing: str
    hits: int
    event_count: int
    last_us: int
    event_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fed:
    """An event that belongs to a group, and the keys that it brings."""

    event: Seen
    keys: tuple[str, ...]


def alerts(definition: Definition, events: Sequence[Seen]) -> set[Said]:
    """All alerts of one definition over all events."""
    found: set[Said] = set()
    for group, fed in groups(definition, events).items():
        ordered = sorted(fed, key=lambda one: one.event.place)
        rise = definition.at_least is not None
        found |= rising(definition, group, ordered) if rise else closing(definition, group, ordered)
    return found


def groups(definition: Definition, events: Sequence[Seen]) -> dict[tuple[str, ...], list[Fed]]:
    """Which events belong to which group; an event without its group field or value belongs to none."""
    found: dict[tuple[str, ...], dict[Seen, set[str]]] = {}
    for event in events:
        for rule in definition.rules:
            if rule not in event.rules:
                continue
            values = {name: event.get(field_of(definition, name, rule)) for name in definition.group}
            if definition.kind == "event":
                values = {name: value for name, value in values.items() if value is not None}
            if any(value is None for value in values.values()):
                continue
            group = tuple(f"{name}={str(value).lower()}" for name, value in values.items())
            found.setdefault(group, {}).setdefault(event, set()).add(rule)
    return {
        group: [Fed(event, keys) for event, rules in members.items() if (keys := keys_of(definition, event, rules))]
        for group, members in found.items()
    }


def field_of(definition: Definition, name: str, rule: str) -> str:
    """A group-by name in the events of one rule."""
    return next((field for alias, of, field in definition.aliases if (alias, of) == (name, rule)), name)


def keys_of(definition: Definition, event: Seen, rules: set[str]) -> tuple[str, ...]:
    """What is counted: events, values or rules."""
    match definition.kind:
        case "event" | "event_count":
            return (event.name,)
        case "value_count":
            value = event.get(definition.value)
            return () if value is None else (value.lower(),)
        case _:
            return tuple(sorted(rules))


def rising(definition: Definition, group: tuple[str, ...], fed: Sequence[Fed]) -> set[Said]:
    """Runs of those events at which the condition holds, each no further than the span from the one before."""
    needed = definition.at_least or 1
    runs: list[tuple[list[Seen], list[Fed]]] = []  # what was in the window when it opened, and the events of the run
    for index, now in enumerate(fed):
        recent = most_recent(definition, fed[: index + 1], now)
        if len(recent) < needed:
            continue
        if runs and now.event.time_us - runs[-1][1][-1].event.time_us <= definition.span_us:
            runs[-1][1].append(now)
        else:
            window = sorted(set(recent[:needed]), key=lambda event: event.place)
            runs.append((window, [now]))
    return {said(definition, group, window, run) for window, run in runs}


def most_recent(definition: Definition, fed: Sequence[Fed], now: Fed) -> list[Seen]:
    """For each different key inside the window that ends now, the last event that had it; the most recent first."""
    last: dict[str, tuple[tuple[int, int], Seen]] = {}
    for index, one in enumerate(fed):
        if now.event.time_us - one.event.time_us <= definition.span_us:
            for number, key in enumerate(one.keys):
                last[key] = ((index, number), one.event)
    return [event for _, event in sorted(last.values(), key=lambda item: item[0], reverse=True)]


def said(definition: Definition, group: tuple[str, ...], window: Sequence[Seen], run: Sequence[Fed]) -> Said:
    ids = [event.name for event in window] + [one.event.name for one in run[1:]]
    return Said(
        name=definition.name,
        group=group,
        start_us=window[0].time_us,
        first_firing=run[0].event.name,
        hits=len(run),
        event_count=len(ids),
        last_us=run[-1].event.time_us,
        event_ids=tuple(ids[:100]),
    )


def closing(definition: Definition, group: tuple[str, ...], fed: Sequence[Fed]) -> set[Said]:
    """Windows one after another, each from an event over the span, judged as a whole."""
    found: set[Said] = set()
    rest = list(fed)
    while rest:
        end_us = rest[0].event.time_us + definition.span_us
        inside = [one for one in rest if one.event.time_us <= end_us]
        rest = rest[len(inside) :]
        count = len({key for one in inside for key in one.keys})
        assert definition.closing is not None
        if definition.closing(count):
            names = [one.event.name for one in inside]
            first, last = inside[0].event, inside[-1].event
            found.add(Said(definition.name, group, first.time_us, names[0], 1, len(names), last.time_us, tuple(names[:100])))
    return found
