"""Eight types × three variants × nine situations.

Fires, one short, window full, one microsecond too narrow, delivered twice, one short delivered twice, shuffled, late, two groups.

Of every variant the table says which events fire, which of them contribute and what is measured; which are one short; and what is
left when the window is a microsecond too narrow for the first. All else is the same events, delivered otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.conformance.correlation.writing import IP, OTHER_IP, SECOND, Alert, Case, rule


@dataclass(frozen=True, slots=True)
class Variant:
    """`feeds`: (seconds, what the event has) that fire with the last one, all of them contributing; `short`: too few of them.

    `narrow`: what fires when the last comes a microsecond after the window of the first: places of the events, and the measure.
    """

    kind: str
    condition: dict[str, Any] | None
    feeds: Sequence[tuple[int, str]]
    short: Sequence[int]
    observed: str
    rules: Sequence[str] = ("red",)
    span: str = "60s"
    narrow: tuple[Sequence[int], str] | None = None
    khien: dict[str, Any] = field(default_factory=dict)

    @property
    def span_s(self) -> int:
        return int(self.span[:-1]) * {"s": 1, "m": 60, "h": 3_600}[self.span[-1]]


def _numeric(kind: str, condition: dict[str, Any], values: Sequence[str], **more: Any) -> Variant:
    feeds = [(10 * number, f"red n={value}") for number, value in enumerate(values)]
    return Variant(kind, {"field": "n", **condition}, feeds, range(1, len(values)), **more)


VARIANTS = [
    Variant("event_count", {"gte": 3}, [(0, "red"), (20, "red"), (40, "red")], [1, 2], "3"),
    Variant("event_count", {"gt": 1}, [(0, "red"), (3, "blue")], [1], "2", rules=("red", "blue"), span="10s"),
    Variant(
        "event_count", {"gte": 4.5}, [(n, "green") for n in (0, 100, 101, 102, 200)], [1, 2, 3, 4], "5", rules=("green",), span="5m"
    ),
    Variant("value_count", {"gte": 2, "field": "user.name"}, [(0, "red user.name=an"), (9, "red user.name=ba")], [1], "2"),
    Variant(
        "value_count", {"gt": 2, "field": "url.path"}, [(0, "red url.path=/a"), (1, "blue url.path=/b"), (2, "red url.path=/c")],
        [1, 3], "3", rules=("red", "blue"), span="5s",
    ),
    Variant(
        "value_count", {"gte": 2, "field": ["user.name", "host.name"]},
        [(0, "red user.name=an host.name=a"), (60, "red user.name=an host.name=b")], [2], "2", span="2m",
    ),
    Variant("temporal", None, [(0, "red"), (30, "blue")], [2], "2", rules=("red", "blue")),
    Variant("temporal", {"gte": 2}, [(0, "green"), (1, "red")], [1], "2", rules=("red", "blue", "green"), span="30s"),
    Variant("temporal", None, [(0, "blue"), (5, "green"), (6, "red")], [1, 3], "3", rules=("red", "blue", "green"), span="1h"),
    Variant("temporal_ordered", None, [(0, "red"), (30, "blue")], [1], "2", rules=("red", "blue")),
    Variant(
        "temporal_ordered", None, [(0, "green"), (1, "red"), (2, "blue")], [1, 3], "3", rules=("green", "red", "blue"), span="10s"
    ),
    Variant("temporal_ordered", {"gte": 2}, [(0, "red"), (4, "green")], [2], "2", rules=("red", "blue", "green"), span="5s"),
    _numeric("value_sum", {"gte": 100}, ["40", "35", "25"], observed="100"),
    _numeric("value_sum", {"gt": 0.3}, ["0.1", "0.2", "0.000000000001"], observed="0.300000000001", span="2m"),
    _numeric("value_sum", {"gte": -1}, ["-2", "1"], observed="-1", span="15s", narrow=([2], "1")),
    _numeric("value_avg", {"gte": 4}, ["1", "1", "10"], observed="4", narrow=([2, 3], "5.5")),
    _numeric("value_avg", {"gt": 2.5}, ["2", "2", "4"], observed="2.666666666667", span="30s", narrow=([2, 3], "3")),
    _numeric("value_avg", {"gte": 0}, ["-1", "1"], observed="0", span="12s", narrow=([2], "1")),
    _numeric("value_median", {"gte": 10}, ["1", "10", "10"], observed="10", narrow=([2, 3], "10")),
    _numeric("value_median", {"gt": 2}, ["1", "4"], observed="2.5", span="2m", narrow=([2], "4")),
    _numeric("value_median", {"gte": 0.5}, ["0", "0.25", "0.75", "9"], observed="0.5", span="45s", narrow=([2, 3, 4], "0.75")),
    _numeric("value_percentile", {"gte": 8.2, "percentile": 90}, ["1", "1", "10"], observed="8.2", narrow=([2, 3], "9.1")),
    _numeric("value_percentile", {"gt": 5, "percentile": 99.9}, ["5", "6"], observed="5.999", span="20s", narrow=([2], "6")),
    _numeric(
        "value_percentile", {"gte": 2.5, "percentile": 25}, ["1", "3", "5", "9"],
        observed="2.5", span="50s", narrow=([2, 3, 4], "4")
    ),
]  # fmt: skip


def cases() -> Iterator[Case]:
    """All of them."""
    for number, variant in enumerate(VARIANTS):
        yield from _situations(variant, f"{variant.kind}_{number % 3 + 1}")


def _situations(variant: Variant, name: str) -> Iterator[Case]:
    ids = list(range(1, len(variant.feeds) + 1))
    fires = [Alert("rule", ids, variant.observed)]
    last = f"{variant.feeds[0][0] + variant.span_s}"
    what = variant.kind
    yield _case(
        variant, f"{name}_fires", f"{what}: the alert begins at the event that makes the condition true", _text(variant), fires
    )
    short = "\n".join(_line(variant, place) for place in variant.short)
    yield _case(variant, f"{name}_one_short", f"{what}: without one of the events the condition never holds", short, [])
    full = _text(variant, last=last)
    yield _case(variant, f"{name}_window_full", f"{what}: events exactly one timespan apart share a window", full, fires)
    narrow = [] if variant.narrow is None else [Alert("rule", list(variant.narrow[0]), variant.narrow[1])]
    wide = _text(variant, last=f"{last}+1us")
    yield _case(variant, f"{name}_window_1us_too_narrow", f"{what}: one microsecond more, and the first event is out", wide, narrow)
    twice = [one for number in ids for one in (number, number)] + [ids[0], "end"]
    yield _case(
        variant,
        f"{name}_delivered_twice",
        f"{what}: an event that is delivered again is the same event",
        _text(variant),
        fires,
        twice,
    )
    twice_short = [1, *range(1, len(variant.short) + 1), 1, "end"]
    pins = f"{what}: an event that is delivered again does not make up for a missing one"
    yield _case(variant, f"{name}_one_short_delivered_twice", pins, short, [], twice_short)
    shuffled = [*reversed(ids), "end"]
    yield _case(variant, f"{name}_shuffled", f"{what}: the order of arrival means nothing", _text(variant), fires, shuffled)
    ahead = (int(variant.feeds[0][0]) * SECOND) - 1
    late = [*ids[1:], {"promise": {"s": ahead}}, ids[0], "end"]
    yield _case(
        variant,
        f"{name}_late",
        f"{what}: an event that comes last, but ahead of the promise, counts at its time",
        _text(variant),
        fires,
        late,
    )
    yield _two_groups(variant, name)


def _two_groups(variant: Variant, name: str) -> Case:
    """The whole of one group and, before each of its events, what is one short of the other: only one fires."""
    lines, ids = [], []
    for place, (seconds, text) in enumerate(variant.feeds, start=1):
        if place in variant.short:
            lines.append(f"{seconds} {text} ip={OTHER_IP}")
        lines.append(f"{seconds} {text} ip={IP}")
        ids.append(len(lines))
    pins = f"{variant.kind}: what happens in one group says nothing of another"
    return _case(variant, f"{name}_two_groups", pins, "\n".join(lines), [Alert("rule", ids, variant.observed)])


def _line(variant: Variant, place: int, seconds: str | None = None) -> str:
    at, text = variant.feeds[place - 1]
    return f"{seconds or at} {text}"


def _text(variant: Variant, *, last: str | None = None) -> str:
    places = range(1, len(variant.feeds) + 1)
    return "\n".join(_line(variant, place, last if place == len(variant.feeds) else None) for place in places)


def _case(
    variant: Variant, name: str, pins: str, events: str, expect: Sequence[Alert], arrival: Sequence[Any] | None = None
) -> Case:
    correlation = rule("rule", variant.kind, variant.condition, rules=variant.rules, span=variant.span)
    return Case(name, pins, [correlation], events, expect, arrival)
