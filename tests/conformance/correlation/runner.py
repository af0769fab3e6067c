"""Runs vectors: what the oracle says of them. Other implementations come as functions of the same shape."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

from tests.conformance.correlation.vector import START_US, Expected, Vector
from tests.correlator.oracle import Said, Watched, alerts
from tests.correlator.oracle_change import alerts_over_change
from tests.correlator.oracle_rules import Definition, Seen, read

Implementation = Callable[[Vector], Sequence[Expected]]
STREAM = "0123456789abcdef"
SKEW_US = 300_000_000
ABSENT_AFTER_US = 10_000_000


def by_definition(vector: Vector) -> list[Expected]:
    """What the definition says of the events that were delivered."""
    log, watched = heard(vector)
    if vector.then:
        return sorted((one for _, one in _over_change(vector, log, watched)), key=lambda one: one.key)
    return sorted((_expected(said) for said in alerts(read(vector.rules), log, watched)), key=lambda one: one.key)


def _over_change(vector: Vector, log: Sequence[Seen], watched: Watched) -> list[tuple[str, Expected]]:
    old, new = read(vector.rules), read(vector.rules_after)
    known = {one.name: one for one in new}
    changed = {one.name for one in old if known.get(one.name) != one}
    before = replace(vector, arrival=vector.arrival[: vector.arrival.index("change")])
    at_us = heard(before)[1].last_us
    return by_definition_over_change(old, new, changed=changed, log=log, watched=watched, at_us=at_us)


def by_definition_over_change(
    old: Sequence[Definition], new: Sequence[Definition], *, changed: Collection[str], log: Sequence[Seen], watched: Watched,
    at_us: int | None,
) -> list[tuple[str, Expected]]:  # fmt: skip
    """What the definition says when rules change, and under which version."""
    found = alerts_over_change(old, new, changed=changed, events=log, watched=watched, at_us=at_us)
    return [(word, _expected(said)) for word, said in found]


def _expected(said: Said) -> Expected:
    return Expected(
        rule=said.name,
        group=dict(said.group),
        start=said.start_us - START_US,
        end=said.end_us - START_US,
        fired_by=int(said.first_firing.rpartition("-")[2]) if said.first_firing else None,
        last=said.last_us - START_US,
        hits=said.hits,
        event_count=said.event_count,
        events=tuple(int(name.rpartition("-")[2]) for name in said.event_ids),
        observed=said.observed,
    )


def heard(vector: Vector) -> tuple[list[Seen], Watched]:
    """The events, wrong clocks put right, and the first and the last watermark (section 5 of the detection design)."""
    log: dict[int, Seen] = {}
    promises: dict[str, tuple[int, int]] = {}
    marks: list[int] = []
    clock, is_ended = 0, False
    for kind, value in vector.steps():
        if kind == "clock":
            clock = value
        elif kind == "end":
            is_ended = True
        elif kind == "event":
            is_wrong = vector.is_live and value["at"] > clock + SKEW_US
            log.setdefault(value["id"], seen(value, clock if is_wrong else value["at"]))
        elif kind == "promise":
            for source, promise in value.items():
                held = min(promise, clock + SKEW_US) if vector.is_live else promise
                promises[source] = (max(promises.get(source, (held, 0))[0], held), clock)
        alive = [promise for promise, said in promises.values() if not vector.is_live or clock - said <= ABSENT_AFTER_US]
        if kind == "promise":
            marks.append(max([min(alive) + START_US, *marks[-1:]]))
    return list(log.values()), Watched(marks[0] if marks else None, marks[-1] if marks else None, is_ended)


def seen(event: dict[str, Any], at: int) -> Seen:
    """An event as the oracle reads it."""
    fields = {name: value for name, value in event.items() if name not in {"id", "at"}}
    return Seen(START_US + at, (STREAM, 1, event["id"]), fields)


def difference(vector: Vector, found: Sequence[Expected]) -> str | None:
    """In words, what is not as expected."""
    wanted, got = {one.key: one for one in vector.expect}, {one.key: one for one in found}
    if wanted == got and len(found) == len(got):
        return None
    missing = [str(one) for key, one in wanted.items() if key not in got]
    extra = [str(one) for key, one in got.items() if key not in wanted]
    return f"{vector.name}: missing {missing or 'none'}; not expected {extra or 'none'}"
