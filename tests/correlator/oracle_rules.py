"""What the oracle reads: Sigma documents and events, with nothing of the compiler.

Its detections are maps of fields to values, compared folded; that is all that the vectors need.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import yaml

SECOND = 1_000_000
ENTITY_FIELDS = ("source.ip", "destination.ip", "host.hostname", "host.name", "user.name")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
_EXPRESSION = re.compile(r"[()]|[A-Za-z_][A-Za-z0-9_]*")

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """An event: its id is (stream, epoch, number), its fields are flat."""

    time_us: int
    event_id: tuple[str, int, int]
    fields: Event

    @property
    def name(self) -> str:
        return "-".join(map(str, self.event_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """A correlation, or a rule on single events (`kind` event), as its document says it."""

    id: str
    name: str
    kind: str
    level: str
    span_us: int
    rules: tuple[str, ...] = ()
    group: tuple[str, ...] = ()
    aliases: Mapping[str, Mapping[str, str]] | None = None
    bounds: tuple[tuple[str, Fraction], ...] = ()
    expression: str = ""
    fields: tuple[str, ...] = ()
    percentile: Fraction = Fraction(50)
    fire: str = "episode"
    expect: tuple[tuple[str, ...], ...] | None = None
    generate: bool = False
    selection: Event | None = None
    members: tuple[Definition, ...] = ()
    depth: int = 0


def read(text: str) -> list[Definition]:
    """The rules of a text of Sigma documents, each behind those that it refers to."""
    waiting = [_correlation(one) if "correlation" in one else _detection(one) for one in yaml.safe_load_all(text)]
    known: dict[str, Definition] = {}
    while waiting:
        ready = [one for one in waiting if all(name in known for name in one.rules)]
        assert ready, "a reference leads nowhere, or round"
        for one in ready:
            waiting.remove(one)
            members = tuple(known[name] for name in one.rules)
            depth = 1 + max(member.depth for member in members) if members else 0
            known[one.name] = known[one.id] = replace(one, members=members, depth=depth)
    return list({one.id: one for one in known.values()}.values())


def is_silent(definition: Definition, rules: Sequence[Definition]) -> bool:
    """Whether it makes no alerts: informational, or looked at and no reference says `generate: true`."""
    users = [one for one in rules if definition.id in {member.id for member in one.members}]
    return definition.level == "informational" or (bool(users) and not any(one.generate for one in users))


def hits(definition: Definition, event: Event) -> bool:
    """Whether a detection's selection holds of an event."""
    return all(
        {fold(str(one)) for one in _list(wanted)} & {fold(text) for text in texts(event, field)}
        for field, wanted in (definition.selection or {}).items()
    )


def texts(event: Event, field: str) -> list[str]:
    """The values of a field as texts; numbers and truth values as JSON writes them."""
    return [{True: "true", False: "false"}[one] if isinstance(one, bool) else str(one) for one in _list(event.get(field, []))]


def group_text(event: Event, field: str) -> str | None:
    """What a field groups by: its value; of several their JSON list."""
    found = texts(event, field)
    return None if not found else found[0] if len(found) == 1 else "[" + ",".join(f'"{text}"' for text in found) + "]"


def numbers(event: Event, field: str) -> list[Fraction]:
    """What numeric types compute with: JSON numbers and texts written like one, below 10^18, rounded to 12 decimals."""
    values = [one for one in _list(event.get(field, [])) if not isinstance(one, bool) and len(str(one)) <= 64]
    exact = [Fraction(Decimal(str(one))) for one in values if _NUMBER.fullmatch(str(one))]
    return [Fraction(round(one * 10**12), 10**12) for one in exact if abs(one) < 10**18]


def decimal(value: Fraction) -> str:
    """A measure as it is shown: at most 12 decimals, half to even, no trailing zeros."""
    scaled = round(value * 10**12)
    whole, rest = divmod(abs(scaled), 10**12)
    return ("-" if scaled < 0 else "") + f"{whole}.{rest:012d}".rstrip("0").rstrip(".")


def fold(text: str) -> str:
    """Simple case folding, as far as the tests' texts need it."""
    return unicodedata.normalize("NFC", text).lower()


def is_true(expression: str, seen: Iterable[str]) -> bool:
    """An expression over names, of the names of the rules that hit. Python binds not, and, or just as Sigma does.

    Only `True`, `False`, the three words and parentheses are ever evaluated.
    """
    hit = set(seen)
    words = [word if word in {"and", "or", "not", "(", ")"} else str(word in hit) for word in _EXPRESSION.findall(expression)]
    return bool(eval(" ".join(words), {"__builtins__": {}}))


def _detection(document: Mapping[str, Any]) -> Definition:
    level = document.get("level", "medium")
    group = tuple(document.get("khien", {}).get("group", ENTITY_FIELDS))
    selection = document["detection"]["selection"]
    name, rule_id = document.get("name", document["title"]), document["id"]
    return Definition(id=rule_id, name=name, kind="event", level=level, span_us=600 * SECOND, group=group, selection=selection)


def _correlation(document: Mapping[str, Any]) -> Definition:
    body, khien = document["correlation"], document.get("khien", {})
    condition = body.get("condition")
    rules = tuple(_list(body.get("rules", _names(condition))))
    asked = condition if isinstance(condition, dict) else {}
    bounds = tuple((key, _fraction(value)) for key, value in asked.items() if key not in {"field", "percentile"})
    if condition is None and body["type"] == "temporal_ordered":
        bounds = (("gte", Fraction(len(rules))),)
    group = tuple(_list(body.get("group-by", [])))
    expect = khien.get("expect")
    return Definition(
        id=document["id"],
        name=document.get("name", document["title"]),
        kind=body["type"],
        level=document.get("level", "medium"),
        span_us=int(body["timespan"][:-1]) * _UNITS[body["timespan"][-1]] * SECOND,
        rules=rules,
        group=group,
        aliases=body.get("aliases", {}),
        bounds=bounds,
        expression=condition if isinstance(condition, str) else "",
        fields=tuple(_list(asked.get("field", []))),
        percentile=_fraction(asked.get("percentile", 50)),
        fire=khien.get("fire", "episode"),
        expect=None if expect is None else ((),) if expect is True else _groups(expect, group),
        generate=body.get("generate", False),
    )


def _groups(expect: Sequence[Any], group: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(str(one[name]) for name in group) if isinstance(one, dict) else (str(one),) for one in expect)


def _names(condition: Any) -> list[str]:
    words = _EXPRESSION.findall(condition) if isinstance(condition, str) else []
    return list(dict.fromkeys(word for word in words if word not in {"and", "or", "not", "(", ")"}))


def _fraction(value: float) -> Fraction:
    return Fraction(Decimal(str(value)))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
