"""Random rules and events out of the values of real rules: so that what should match often does, and what nearly does, too."""

from __future__ import annotations

import json
import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from correlator import ir

FIELDS = ("message", "process.executable", "process.command_line", "url.original", "winlog.event_data.Data", "a.b.c", "n", "t")
ROUTES = (
    "windows.sysmon:1",
    "windows.sysmon:13",
    "windows.sysmon",
    "windows.security:4688",
    "windows.*",
    "network.dns",
    "host.auth",
)
DATASETS = ("windows.sysmon", "windows.security", "windows.dns-server", "network.dns", "host.auth", "web.access")
CODES: tuple[Any, ...] = ("1", 13, "4688", "x", None, ["13"])
_WORDS = (
    "",
    "a",
    "ế",
    "Đà Nẵng",
    "\\",
    "%2e",
    "\n",
    "cmd.exe /c ",
    "10.1.2.3",
    "2026-11-23T09:30:00Z",
    "4624",
    "-0.5",
    "true",
    "ſ",
    "İ",
)


def random_rules(chance: random.Random, leaves: Sequence[ir.Leaf], *, count: int) -> list[ir.Rule]:
    """Programs of up to four levels over leaves that were moved to a few fields."""
    rules = []
    for number in range(count):
        routes: tuple[str, ...] | None = tuple(chance.sample(ROUTES, chance.randint(1, 3)))
        routes = None if chance.random() < 0.3 else () if chance.random() < 0.05 else routes
        rules.append(ir.Rule(f"r{number}", _node(chance, leaves, depth=chance.randint(0, 3)), routes))
    return rules


def random_event(chance: random.Random, leaves: Sequence[ir.Leaf]) -> bytes:
    """A line with some of the fields: values of the rules' own, mangled a little, in lists, nested, flat, encoded."""
    head: dict[str, Any] = {}
    if chance.random() < 0.95:
        head["dataset"] = chance.choice(DATASETS)
    code = chance.choice(CODES)
    if code is not None:
        head["code"] = code
    event: dict[str, Any] = {"event": head}
    for field in FIELDS:
        if chance.random() < 0.6:
            _put(chance, event, field, _value(chance, leaves))
    return json.dumps(event, ensure_ascii=chance.random() < 0.5).encode() + b"\n"


def _node(chance: random.Random, leaves: Sequence[ir.Leaf], *, depth: int) -> ir.Node:
    if depth == 0:
        return _leaf(chance, leaves)
    kind = chance.random()
    if kind < 0.2:
        return ir.Not(_node(chance, leaves, depth=depth - 1))
    nodes = tuple(_node(chance, leaves, depth=chance.randint(0, depth - 1)) for _ in range(chance.choice((1, 2, 3, 10))))
    return ir.And(nodes[:3]) if kind < 0.6 else ir.Or(nodes)


def _leaf(chance: random.Random, leaves: Sequence[ir.Leaf]) -> ir.Leaf:
    field = chance.choice(FIELDS)
    kind = chance.random()
    if kind < 0.08:
        part: ir.Part = chance.choice(("minute", "hour", "day", "week", "month", "year"))
        relation: ir.TimeRelation = chance.choice(("eq", "lt", "lte", "gt", "gte"))
        return ir.Time(
            field, part, relation, chance.randint(0, 60), chance.choice((((0, 0),), ((0, 25_200), (1_700_000_000, 3_600))))
        )
    if kind < 0.12:
        return ir.FieldRef(field, chance.choice(FIELDS), chance.choice(("equals", "contains", "startswith", "endswith")))
    if kind < 0.18:
        return chance.choice(
            (ir.Null(field), ir.Exists(field, value=True), ir.Exists(field, value=False), ir.Bool(field, value=True))
        )
    if kind < 0.24:
        return ir.Compare(field, chance.choice(("lt", "lte", "gt", "gte")), chance.choice(("4624", "-0.5", "10", "1e2")))
    leaf = chance.choice(leaves)
    if isinstance(leaf, ir.Text | ir.Regex) and leaf.field is not None:
        return replace(leaf, field=field, decoded=chance.random() < 0.3)
    return leaf if leaf.field is None else replace(leaf, field=field)


def _value(chance: random.Random, leaves: Sequence[ir.Leaf]) -> Any:
    kind = chance.random()
    if kind < 0.06:
        return None
    if kind < 0.12:
        return chance.choice((0, 4624, -0.5, 1e300, 9007199254740993, True, False))
    if kind < 0.2:
        return [_value(chance, leaves) for _ in range(chance.randint(0, 3))]
    if kind < 0.24:
        return {"inner": _text(chance, leaves)}
    return _text(chance, leaves)


def _text(chance: random.Random, leaves: Sequence[ir.Leaf]) -> str:
    leaf = chance.choice(leaves)
    match leaf:
        case ir.Text(_, parts, _, _):
            text = "".join(part if isinstance(part, str) else chance.choice(_WORDS) for part in parts)
        case ir.Number(_, value):
            text = value
        case ir.Regex(_, pattern, _, _):
            text = pattern.replace("\\", "")
        case _:
            text = chance.choice(_WORDS)
    kind = chance.random()
    if kind < 0.15:
        text = text.upper()
    elif kind < 0.25:
        text = text.swapcase()
    elif kind < 0.35:
        text = unicodedata.normalize("NFD", text)
    elif kind < 0.45:
        text = quote(text)
    elif kind < 0.55 and text:
        place = chance.randrange(len(text))
        text = text[:place] + text[place + 1 :]
    if chance.random() < 0.3:
        text = chance.choice(_WORDS) + text + chance.choice(_WORDS)
    return text


def _put(chance: random.Random, event: dict[str, Any], field: str, value: Any) -> None:
    """Nested, flat, or through a list of objects."""
    names = field.split(".")
    if len(names) == 1 or chance.random() < 0.2:
        event[field] = value
        return
    place = event
    for name in names[:-1]:
        inner = place.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        place = inner
    place[names[-1]] = value
    if chance.random() < 0.1 and names[0] != "event":
        event[names[0]] = [event[names[0]], {"x": 1}]
