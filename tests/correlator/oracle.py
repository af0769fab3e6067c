"""The definition of correlation, recomputed from everything: no windows kept, no state, nothing clever.

Written from docs/reference/correlation.md (its sections are named here), not from the code that it judges. Everything is looked at
again for every event, so it is slow; that is the point.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tests.correlator.oracle_rules import Definition, Event, Seen, fold, group_text, hits, is_silent, numbers, texts
from tests.correlator.oracle_windows import Fed, Place, contributing, holds, is_rising, observed, total

#: Behind all events of its time: where a firing stands that no event made (section 6).
LAST = ("\U0010ffff", 0, 0)


@dataclass(frozen=True, slots=True)
class Said:
    """What an alert says, as far as it is defined."""

    name: str
    group: tuple[tuple[str, str], ...]
    start_us: int
    end_us: int
    first_firing: str
    hits: int
    event_count: int
    last_us: int
    event_ids: tuple[str, ...]
    observed: str


@dataclass(frozen=True, slots=True)
class Watched:
    """When a dataset was watched: its first watermark that was a time, and the last; None where there was none (section 5).

    Not `is_ended`: it goes on, so that nothing behind the last watermark has been judged yet.
    """

    first_us: int | None = None
    last_us: int | None = None
    is_ended: bool = True
    #: A rule that was changed looks at nothing beyond (section 10).
    until_us: int | None = None

    def has_passed(self, time_us: int) -> bool:
        """Whether everything up to this time has been seen."""
        if self.until_us is not None and time_us > self.until_us:
            return False
        return self.is_ended or (self.last_us is not None and time_us <= self.last_us)


@dataclass(slots=True)
class Outcome:
    """A firing, and how the alert that it began has grown."""

    said: Said
    fired: Fed


def alerts(
    rules: Sequence[Definition], events: Sequence[Seen], watched: Watched = Watched(), *,
    given: Mapping[str, Sequence[Outcome]] | None = None, firings: dict[str, list[Outcome]] | None = None,
) -> set[Said]:  # fmt: skip
    """All alerts of these rules (inner ones first) over these events; of two with one id the later state counts (section 8).

    `given`: firings of rules that are not evaluated here, by id. `firings` takes those of the others.
    """
    found: dict[tuple[object, ...], Said] = {}
    firings = {} if firings is None else firings
    seen = [event for event in events if watched.has_passed(event.time_us)]
    for definition in rules:
        if given is not None and definition.id in given:
            firings[definition.id] = list(given[definition.id])
            continue
        feds = _groups(definition, seen, firings)
        found_here = absences(definition, feds, watched) if definition.expect is not None else _judged(definition, feds)
        firings[definition.id] = [one for one in found_here if watched.has_passed(one.fired.time_us)]
        if not is_silent(definition, rules):
            for one in sorted(firings[definition.id], key=lambda outcome: outcome.fired.order):
                group = tuple(fold(value) for _, value in one.said.group)
                found[definition.id, group, one.said.start_us, one.said.first_firing] = one.said
    return set(found.values())


def rising(definition: Definition, fed: Sequence[Fed]) -> list[Outcome]:
    """Section 3: every event at which the condition holds begins an alert or makes one grow."""
    found: list[Outcome] = []
    forgotten, held_us = 0, None
    for index, now in enumerate(fed):
        window = [one for one in fed[forgotten : index + 1] if now.time_us - one.time_us <= definition.span_us]
        if not holds(definition, window):
            continue
        if definition.fire == "episode" and held_us is not None and now.time_us - held_us <= definition.span_us:
            found[-1].said = grown(found[-1].said, now)
        else:
            found.append(_fired(definition, contributing(definition, window), now, observed(definition, window)))
        held_us = now.time_us
        if definition.fire == "reset":
            forgotten = index + 1
    return found


def grown(said: Said, now: Fed) -> Said:
    """The alert after one more event at which its condition holds."""
    ids = tuple(dict.fromkeys([*said.event_ids, *now.event_ids]))[:100]
    count = said.event_count + now.weight
    return replace(said, hits=said.hits + 1, event_count=count, last_us=max(said.last_us, now.time_us), event_ids=ids)


def closing(definition: Definition, fed: Sequence[Fed]) -> list[Outcome]:
    """Section 4: windows one after another, each from an event over the timespan, judged as a whole."""
    found, rest = [], list(fed)
    while rest:
        end_us = rest[0].time_us + definition.span_us
        inside = [one for one in rest if one.time_us <= end_us]
        rest = rest[len(inside) :]
        if holds(definition, inside):
            said = _said(definition, inside, inside[0], (inside[0].time_us, end_us), total(definition, inside))
            found.append(Outcome(said, _firing(definition, said, (end_us, LAST))))
    return found


def absences(definition: Definition, feds: dict[tuple[str, ...], list[Fed]], watched: Watched) -> list[Outcome]:
    """Section 5: every expected group in every whole window of the clock that was watched; rows of windows are one alert."""
    found: list[Outcome] = []
    span, times = definition.span_us, [one.time_us for fed in feds.values() for one in fed]
    begin = watched.first_us + 1 if watched.first_us is not None else min(times, default=None)
    ends = [end for end in (watched.last_us, max(times, default=None)) if end is not None]
    if begin is None or not ends:
        return []
    for expected in sorted(definition.expect or ()):
        fed = sorted(feds.get(tuple(fold(value) for value in expected), []), key=lambda one: one.order)
        row = None
        for start in range(-(-begin // span) * span, max(ends) + 2 - span, span):
            inside = [one for one in fed if start <= one.time_us < start + span]
            if not holds(definition, inside):
                row = None
            elif row is None:
                group = tuple(zip(definition.group, expected, strict=True))
                ids = tuple(dict.fromkeys(name for one in inside for name in one.event_ids))[:100]
                count, end = sum(one.weight for one in inside), start + span - 1
                said = Said(definition.name, group, start, end, "", 1, count, end, ids, total(definition, inside))
                row = Outcome(said, _firing(definition, said, (end, LAST)))
                found.append(row)
            else:
                row.said = replace(row.said, hits=row.said.hits + 1, last_us=start + span - 1)
    return found


def _judged(definition: Definition, feds: dict[tuple[str, ...], list[Fed]]) -> list[Outcome]:
    judge = rising if is_rising(definition) else closing
    return [one for fed in feds.values() for one in judge(definition, sorted(fed, key=lambda one: one.order))]


def _groups(definition: Definition, events: Sequence[Seen], firings: dict[str, list[Outcome]]) -> dict[tuple[str, ...], list[Fed]]:
    """Section 1: the events of each group. Firings of inner correlations come as events (section 6)."""
    found: dict[tuple[str, ...], list[Fed]] = {}
    members = definition.members or (definition,)
    for event in events:
        by_key: dict[tuple[str, ...], tuple[tuple[str, ...], set[int]]] = {}
        for position, member in enumerate(members):
            if member.kind == "event" and hits(member, event.fields):
                values = _values(definition, position, event)
                if values is not None:
                    key = tuple(fold(value) for value in values)
                    by_key.setdefault(key, (values, set()))[1].add(position)
        for key, (values, positions) in by_key.items():
            one = Fed(
                (event.time_us, event.event_id), (0, "", ()), event.name, (event.name,), 1, values, frozenset(positions),
                _counted(definition, event.fields), tuple(one for name in definition.fields for one in numbers(event.fields, name)),
            )  # fmt: skip
            if _brings(definition, one):
                found.setdefault(key, []).append(one)
    for position, member in enumerate(members):
        for outcome in firings.get(member.id, []) if member.kind != "event" else []:
            one = _as_event(definition, position, outcome)
            if _brings(definition, one):
                found.setdefault(tuple(fold(value) for value in one.shown), []).append(one)
    return found


def _values(definition: Definition, position: int, event: Seen) -> tuple[str, ...] | None:
    if definition.kind == "event":
        return tuple(f"{name}={value}" for name in definition.group if (value := group_text(event.fields, name)) is not None)
    values = [group_text(event.fields, _field(definition, name, position)) for name in definition.group]
    return None if None in values else tuple(value for value in values if value is not None)


def _field(definition: Definition, name: str, position: int) -> str:
    return (definition.aliases or {}).get(name, {}).get(definition.rules[position], name)


def _counted(definition: Definition, event: Event) -> tuple[str, ...]:
    if len(definition.fields) == 1:
        return tuple(sorted({fold(text) for text in texts(event, definition.fields[0])}))
    parts = [group_text(event, name) for name in definition.fields]
    return () if None in parts else ("\0".join(fold(part) for part in parts if part is not None),)


def _brings(definition: Definition, one: Fed) -> bool:
    match definition.kind:
        case "value_count":
            return bool(one.keys)
        case "value_sum" | "value_avg" | "value_median" | "value_percentile":
            return bool(one.numbers)
        case _:
            return True


def _as_event(definition: Definition, position: int, outcome: Outcome) -> Fed:
    """A firing as the outer correlation sees it: group-by names and `value`, nothing else."""
    fields = {"value": outcome.said.observed, **dict(outcome.said.group)}
    shown = tuple(fields[_field(definition, name, position)] for name in definition.group)
    counted = tuple(one for name in definition.fields for one in numbers(fields, name))
    keys = _counted(definition, fields)
    return replace(outcome.fired, shown=shown, positions=frozenset([position]), keys=keys, numbers=counted)


def _fired(definition: Definition, parts: Sequence[Fed], now: Fed, seen: str) -> Outcome:
    said = _said(definition, parts, now, (parts[0].time_us, now.time_us), seen)
    return Outcome(said, _firing(definition, said, now.place))


def _firing(definition: Definition, said: Said, place: Place) -> Fed:
    """A firing as an event; `turn` puts inner ones first, then names of watches, then groups."""
    key = tuple(fold(value) for _, value in said.group)
    return Fed(place, (definition.depth, definition.id, key), said.first_firing, said.event_ids, said.event_count, (), frozenset())


def _said(definition: Definition, parts: Sequence[Fed], now: Fed, window: tuple[int, int], seen: str) -> Said:
    if definition.kind == "event":
        pairs = [value.partition("=") for value in now.shown]
        group = tuple((name, value) for name, _, value in pairs)
    else:
        group = tuple(zip(definition.group, now.shown, strict=True))
    ids = tuple(dict.fromkeys(name for one in parts for name in one.event_ids))[:100]
    count = sum(one.weight for one in parts)
    return Said(definition.name, group, *window, now.name, 1, count, parts[-1].time_us, ids, seen)
