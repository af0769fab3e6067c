"""Random correlations, streams and arrivals, as vectors: whatever the rule and however its events come, the definition decides."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from tests.conformance.correlation.vector import Vector
from tests.conformance.correlation.writing import COMMON, SECOND, Case, rule

COUNTS = ("event_count", "value_count", "temporal")
MEASURES = (*COUNTS, "temporal_ordered", "value_sum", "value_avg", "value_median", "value_percentile")
#: Beside the measures: what is a shape of its own.
SHAPES = (*MEASURES, "expression", "chain", "absence", "fire")
_COLOURS = ("red", "blue", "green")
_SPANS = (1, 10, 60)
_NUMBERS = ("0", "1", "-1", "2.5", "0.1", '"3"', "10", "1e3", "0.000000000001", '"x"', "[1,2]", "-")
_EXPRESSIONS = (
    "red and blue",
    "red or blue and green",
    "red and not blue",
    "not (red or blue) and green",
    "(red or blue) and green",
)


def draw(chance: random.Random, shape: str) -> Vector:
    """Rules of this shape and a stream; the events arrive in their order."""
    span = chance.choice(_SPANS)
    rules = _rules(chance, shape, span)
    events = "\n".join(_event(chance, span) for _ in range(chance.randint(0, 30)))
    vector = Case("random", "", rules, events).vector()
    return replace(vector, rules=COMMON + vector.rules)


def arriving(chance: random.Random, vector: Vector) -> Vector:
    """The same events in any order, some twice, with true promises in between."""
    order = list(vector.events)
    chance.shuffle(order)
    arrival: list[Any] = []
    for place, event in enumerate(order):
        arrival.append(event["id"])
        rest = [later["at"] for later in order[place + 1 :]]
        if rest and chance.random() < 0.3:
            arrival.append({"promise": {"s": min(rest) - 1}})
        if chance.random() < 0.2:
            arrival.append(chance.choice(order[: place + 1])["id"])
    return replace(vector, arrival=(*_beginning(vector), *arrival, "end"))


def catching_up(chance: random.Random, vector: Vector) -> Vector:
    """The same events, live: source `b` falls silent, the others go on, and its backlog comes in pieces, in any order."""
    late = {event["id"] for event in vector.events if chance.random() < 0.35}
    times = sorted({event["at"] for event in vector.events} | {0})
    cuts = sorted(chance.sample(times, min(len(times), 3)))
    arrival: list[Any] = [{"clock": 0}, {"promise": {"a": -1, "b": -1}}]
    waiting = list(vector.events)
    clock_us = 0
    for place, cut in enumerate([*cuts, times[-1]]):
        now = [event for event in waiting if event["at"] <= cut and event["id"] not in late]
        chance.shuffle(now)
        arrival += [event["id"] for event in now]
        for promise_us in (cuts[max(place - 1, 0)] if place else -1, cut):
            # `a` is never silent for ten seconds.
            clock_us += 6 * SECOND
            arrival += [{"clock": clock_us}, {"promise": {"a": promise_us}}]
        waiting = [event for event in waiting if event not in now]
        if place > 0:
            back = [event for event in waiting if event["at"] <= cut and chance.random() < 0.8]
            chance.shuffle(back)
            arrival += [event["id"] for event in back]
            waiting = [event for event in waiting if event not in back]
            known = [event["at"] for event in waiting if event["id"] in late]
            arrival += [{"promise": {"b": min([cut, *(at - 1 for at in known)])}}] if chance.random() < 0.7 else []
    chance.shuffle(waiting)
    return replace(vector, arrival=(*arrival, *(event["id"] for event in waiting), "end"))


def _beginning(vector: Vector) -> list[Any]:
    """Absence depends on when watching began: that is part of the input, not of the order of arrival."""
    return [{"promise": {"s": -1}}] if "expect:" in vector.rules else []


def _rules(chance: random.Random, shape: str, span: int) -> list[dict[str, Any]]:
    if shape in MEASURES:
        return [_correlation(chance, f"{shape}{number}", shape, span) for number in range(2)]
    if shape == "fire":
        kind = chance.choice(MEASURES)
        bound = _condition(chance, kind, rising=True)
        return [_correlation(chance, how, kind, span, bound, fire=how) for how in ("reset", "every")]
    if shape == "expression":
        return [rule(f"e{n}", "temporal", text, rules=_COLOURS[: 2 + ("green" in text)], span=f"{span}s")
                for n, text in enumerate(chance.sample(_EXPRESSIONS, 2))]  # fmt: skip
    if shape == "absence":
        return [rule("quiet", condition={"lt": chance.choice([1, 2])}, span=f"{span}s", expect=["192.0.2.1", "192.0.2.2"])]
    return _chain(chance, span)


def _chain(chance: random.Random, span: int) -> list[dict[str, Any]]:
    """Two inner ones, one over both and a detection, and one over that."""
    group = chance.choice([["source.ip"], ["source.ip", "user.name"]])
    how: dict[str, Any] = chance.choice([{}, {}, {"fire": "every"}, {"fire": "reset"}])
    first = _correlation(chance, "first", chance.choice(MEASURES), span, group=group)
    kind = chance.choice(MEASURES)
    second = _correlation(chance, "second", kind, span, _condition(chance, kind, rising=True), group=group, **how)
    outer_kind = chance.choice(["event_count", "temporal", "temporal_ordered", "value_sum", "value_count"])
    condition: dict[str, Any] = {"gte": chance.choice([1, 2])}
    if outer_kind == "value_sum":
        condition["field"] = "value"
    if outer_kind == "value_count":
        condition["field"] = "source.ip"
    members = [*chance.sample(["first", "second"], 2), "blue"]
    wider = f"{span * chance.choice([1, 2])}s"
    outer = rule("outer", outer_kind, condition, rules=members, span=wider, group=chance.choice([["source.ip"], None]))
    outer["correlation"]["generate"] = chance.random() < 0.5
    last = rule("last", condition={chance.choice(["gte", "lt"]): 2}, rules=["outer"], span=wider, group=None)
    return [first, second, outer, last]


def _correlation(
    chance: random.Random, name: str, kind: str, span: int, condition: Any = None, *, group: Sequence[str] | None = ("source.ip",),
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    rules = chance.sample(_COLOURS, chance.randint(2, 3) if kind.startswith("temporal") else chance.randint(1, 2))
    if group == ("source.ip",):
        group = chance.choice([("source.ip",), ("source.ip",), ("user.name",), None, ("host",)])
    aliases: dict[str, Any] = {"host": {rules[0]: "source.ip", rules[-1]: "destination.ip"}} if group == ("host",) else {}
    if aliases:
        more["aliases"] = aliases
    asked = condition or _condition(chance, kind, rising=False)
    return rule(name, kind, asked, rules=rules, span=f"{span}s", group=group, **more)


def _condition(chance: random.Random, kind: str, *, rising: bool) -> dict[str, Any]:
    numeric = kind.startswith("value_") and kind != "value_count"
    values = [-1, 0, 1, 2.5, 3, 10] if numeric else [1, 2] if kind.startswith("temporal") else [1, 1.5, 2, 3]
    relation = chance.choice(["gte", "gt"] if rising else ["gte", "gte", "gt", "lt", "lte", "eq", "neq"])
    found: dict[str, Any] = {relation: chance.choice(values)}
    if kind.startswith("temporal") and relation in {"gt", "lt"}:
        found = {relation: 1 if relation == "gt" else 2}
    if not rising and chance.random() < 0.15:
        found = {"gt": 0, "lte": 2}
    if kind.startswith("value_"):
        found["field"] = chance.choice(["user.name", ["user.name", "destination.ip"]]) if kind == "value_count" else "n"
    if kind == "value_percentile":
        found["percentile"] = chance.choice([0, 25, 50, 95, 99.9, 100])
    return found


def _event(chance: random.Random, span: int) -> str:
    """Times gather where windows begin and end."""
    at = chance.choice([0, 1, 2, 3]) * span * SECOND + chance.choice([0, 0, 0, 1, SECOND // 2, SECOND - 1])
    at += chance.choice([0, chance.randrange(span * SECOND)])
    actions = "+".join(chance.sample(_COLOURS, chance.choice([1, 1, 1, 2, 3])))
    pairs = [
        f"ip={chance.choice(['192.0.2.1', '192.0.2.1', '192.0.2.2', '-'])}",
        f"destination.ip={chance.choice(['192.0.2.1', '192.0.2.2', '-'])}",
        f"user.name={chance.choice(['An', 'an', 'ba', '-'])}",
        f"n={chance.choice(_NUMBERS)}",
    ]
    return f"{at // SECOND}.{at % SECOND:06d} {actions} {' '.join(pairs)}"
