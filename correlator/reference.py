"""What a rule means, in plain Python: the oracle of `khien_engine.detect.Ruleset` and the maker of explanations.

It walks the whole program over a decoded event, without an index; detection design, sections 1 and 2, is its specification.
"""

from __future__ import annotations

import ipaddress
import json
import operator
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, TypeAlias
from urllib.parse import unquote

import re2

from correlator import ir
from correlator.time_part import part_of_time
from khien.fold import fold, normal


@dataclass(frozen=True, slots=True)
class RawNumber:
    """A number of an event as it was written: text rules see its text, number rules its exact value."""

    text: str


Value: TypeAlias = str | RawNumber | bool | None
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
#: Longest text read as a number, and largest exponent: beyond it a value is text only.
_MAX_NUMBER = 64
_MAX_EXPONENT = 400

_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_RELATIONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}

#: Where keywords do not look: names and bookkeeping of the frame, not words of what was observed.
_FRAME = frozenset({"@timestamp", "ecs", "khien", "event"})


def read_event(line: bytes | str) -> dict[str, Any]:
    """Decode one line, numbers kept as they were written."""
    event: dict[str, Any] = json.loads(line, parse_int=RawNumber, parse_float=RawNumber)
    return event


def evaluate(rule: ir.Rule, event: Mapping[str, Any]) -> bool:
    """Whether the rule hits the event; one of its routes must lead there, an event without a dataset sees every rule."""
    return is_routed(rule, event) and _holds(rule.program, event)


def is_routed(rule: ir.Rule, event: Mapping[str, Any]) -> bool:
    """Whether the rule looks at such events (contracts, section 4): a dimension decides only when both sides state it."""
    if rule.datasets is None:
        return True
    dataset = next((value for value in flat(lookup(event, "event.dataset")) if isinstance(value, str)), None)
    codes = (_text(value) for value in flat(lookup(event, "event.code")) if isinstance(value, (str, RawNumber, int, float)))
    code = next((text for text in codes if text is not None and text not in {"true", "false"}), None)
    return any(_leads_to(route, dataset, code) for route in rule.datasets)


def _leads_to(route: str, dataset: str | None, code: str | None) -> bool:
    name, _, wanted = route.partition(":")
    if dataset is None:
        return True
    if name.endswith(".*"):
        return dataset.startswith(name.removesuffix("*"))
    return name == dataset and (not wanted or code is None or code == wanted)


@dataclass(frozen=True, slots=True)
class Explanation:
    """One node of the tree: why the rule did or did not hit.

    `routing` is the outermost node: false means the rule was never considered for this dataset. Leaves say what they looked
    at (`field`, after mapping), what they wanted and what was there (`actual` is empty when the field is missing).
    """

    kind: Literal["routing", "and", "or", "not", "leaf"]
    truth: bool
    children: tuple[Explanation, ...] = ()
    selection: str | None = None
    field: str | None = None
    expected: str = ""
    actual: tuple[str, ...] = ()

    def first_failing(self) -> Explanation | None:
        """The leftmost leaf (or negation) that made the rule fail; None when it hit."""
        if self.truth:
            return None
        for child in self.children:
            if self.kind in {"routing", "and", "or"} and not child.truth:
                return child.first_failing()
        return self


def explain(rule: ir.Rule, event: Mapping[str, Any], *, selections: Mapping[ir.Leaf, str] | None = None) -> Explanation:
    """The whole tree with each leaf's truth; true exactly when `evaluate` is. `selections` names where a leaf was written."""
    tree = _explain(rule.program, event, selections or {})
    routed = is_routed(rule, event)
    dataset = tuple(_shown(value) for value in lookup(event, "event.dataset"))
    return Explanation(
        kind="routing",
        truth=routed and tree.truth,
        children=(tree,) if routed else (),
        field="event.dataset",
        expected="*" if rule.datasets is None else " | ".join(rule.datasets),
        actual=dataset,
    )


def _explain(node: ir.Node, event: Mapping[str, Any], selections: Mapping[ir.Leaf, str]) -> Explanation:
    match node:
        case ir.And(nodes) | ir.Or(nodes):
            children = tuple(_explain(inner, event, selections) for inner in nodes)
            truths = (child.truth for child in children)
            if isinstance(node, ir.And):
                return Explanation(kind="and", truth=all(truths), children=children)
            return Explanation(kind="or", truth=any(truths), children=children)
        case ir.Not(inner):
            child = _explain(inner, event, selections)
            return Explanation(kind="not", truth=not child.truth, children=(child,))
        case leaf:
            values = _keyword_values(event) if leaf.field is None else _values(event, leaf.field)
            return Explanation(
                kind="leaf",
                truth=_holds(leaf, event),
                selection=selections.get(leaf),
                field=leaf.field,
                expected=describe(leaf),
                actual=tuple(_shown(value) for value in values),
            )


def describe(leaf: ir.Leaf) -> str:  # noqa: PLR0911 - one case a kind
    """What a leaf wants, close to how Sigma writes it."""
    match leaf:
        case ir.Text(_, parts, cased, _):
            return ("cased: " if cased else "") + "".join(part if isinstance(part, str) else "*?"[part] for part in parts)
        case ir.Number(_, value):
            return value
        case ir.Bool(_, truth) | ir.Exists(_, truth):
            return ("exists: " if isinstance(leaf, ir.Exists) else "") + ("true" if truth else "false")
        case ir.Null():
            return "null"
        case ir.Regex(_, pattern, flags, _):
            return f"re{'|' + flags if flags else ''}: {pattern}"
        case ir.Cidr(_, network):
            return f"cidr: {network}"
        case ir.Time(_, part, relation, number, offsets):
            zone = "" if offsets == ((0, 0),) else " (local)"
            return f"{part}{zone} {relation}: {number}"
        case ir.Compare(_, relation, value):
            return f"{relation}: {value}"
        case ir.FieldRef(_, other, mode):
            return f"fieldref {mode}: {other}"


def _holds(node: ir.Node, event: Mapping[str, Any]) -> bool:  # noqa: PLR0911 - one case a kind
    match node:
        case ir.And(nodes):
            return all(_holds(inner, event) for inner in nodes)
        case ir.Or(nodes):
            return any(_holds(inner, event) for inner in nodes)
        case ir.Not(inner):
            return not _holds(inner, event)
        case ir.Null(field):
            return all(value is None for value in flat(lookup(event, field)))
        case ir.Exists(field, wanted):
            return any(True for _ in lookup(event, field)) is wanted
        case ir.FieldRef(field, other, mode):
            return any(_related(left, right, mode) for left in _texts(event, field) for right in _texts(event, other))
        case leaf if leaf.field is None:
            return any(_matches(leaf, value) for value in _keyword_values(event))
        case leaf:
            return any(_matches(leaf, value) for value in _values(event, leaf.field))


def _matches(leaf: ir.Leaf, value: Value) -> bool:  # noqa: PLR0911 - one case a kind
    match leaf:
        case ir.Text(field, parts, cased, decoded):
            pattern = _wildcards(parts, cased, field is None)
            return any(
                pattern.fullmatch(unicodedata.normalize("NFC", text) if cased else normal(text)) is not None
                for text in _forms(value, decoded)
            )
        case ir.Number(None, number):
            text = _text(value)
            return text is not None and fold(number) in normal(text)
        case ir.Number(_, number):
            return (own := _number(value)) is not None and own == Decimal(number)
        case ir.Bool(_, truth):
            return value is truth or (isinstance(value, str) and normal(value) == ("true" if truth else "false"))
        case ir.Regex(_, expression, flags, decoded):
            regex = _regex(expression, flags)
            return any(regex.search(unicodedata.normalize("NFC", text)) is not None for text in _forms(value, decoded))
        case ir.Time(_, part, relation, number, offsets):
            own_part = part_of_time(value, part, offsets) if isinstance(value, str) else None
            return own_part is not None and _RELATIONS[relation](own_part, number)
        case ir.Cidr(_, network):
            return isinstance(value, str) and _is_inside(value, network)
        case ir.Compare(_, relation, number):
            return (own := _number(value)) is not None and _RELATIONS[relation](own, Decimal(number))
        case _:
            return False


def _related(left: str, right: str, mode: ir.Mode) -> bool:
    match mode:
        case "equals":
            return left == right
        case "contains":
            return right in left
        case "startswith":
            return left.startswith(right)
        case "endswith":
            return left.endswith(right)


def _forms(value: Value, decoded: bool) -> list[str]:  # noqa: FBT001 - as the leaf says
    """The value as text, and percent-decoded once when a leaf wants that too (RFC 3986, section 2.1)."""
    text = _text(value)
    if text is None:
        return []
    if decoded and isinstance(value, str) and _ESCAPE.search(text):
        return [text, unquote(text)]
    return [text]


def lookup(event: Mapping[str, Any], field: str) -> list[Any]:
    """What stands under a dotted name: the flat key first, else nested, through lists of objects; empty when missing."""
    if field in event:
        return [event[field]]
    found: list[Any] = [event]
    for name in field.split("."):
        found = [item[name] for item in _objects(found) if name in item]
    return found


def _objects(values: Iterable[Any]) -> Iterator[Mapping[str, Any]]:
    for value in values:
        if isinstance(value, Mapping):
            yield value
        elif isinstance(value, list):
            yield from _objects(value)


def flat(values: Iterable[Any]) -> Iterator[Any]:
    """Elements of lists in lists, one by one; objects as they are."""
    for value in values:
        if isinstance(value, list):
            yield from flat(value)
        else:
            yield value


def _values(event: Mapping[str, Any], field: str) -> Iterator[Value]:
    return (value for value in flat(lookup(event, field)) if not isinstance(value, Mapping))


def _texts(event: Mapping[str, Any], field: str) -> list[str]:
    return [normal(text) for value in _values(event, field) if (text := _text(value)) is not None]


def _keyword_values(event: Mapping[str, Any]) -> Iterator[Value]:
    for name, value in event.items():
        if name.partition(".")[0] not in _FRAME:
            yield from _leaf_values(value)
    yield from _values(event, "event.original")


def _leaf_values(value: object) -> Iterator[Value]:
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from _leaf_values(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaf_values(inner)
    elif value is None or isinstance(value, (str, RawNumber, bool)):
        yield value
    elif isinstance(value, (int, float)):
        yield RawNumber(json.dumps(value))


def _text(value: object) -> str | None:
    """A value as text rules see it: numbers and truth values by their JSON text."""
    match value:
        case str():
            return value
        case RawNumber(text):
            return text
        case bool():
            return "true" if value else "false"
        case int() | float():
            return json.dumps(value)
        case _:
            return None


def _number(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    text = _text(value)
    if text is None or len(text) > _MAX_NUMBER or not text.isascii() or _NUMBER.fullmatch(text) is None:
        return None
    exponent = text.lower().partition("e")[2]
    return Decimal(text) if not exponent or (len(exponent) < 6 and abs(int(exponent)) <= _MAX_EXPONENT) else None  # noqa: PLR2004


@lru_cache(maxsize=65_536)
def _wildcards(parts: ir.Parts, cased: bool, is_keyword: bool) -> re.Pattern[str]:  # noqa: FBT001 - a cache key
    """As a pattern that Python matches whole; each literal is quoted."""
    pattern = "".join(re.escape(part if cased else fold(part)) if isinstance(part, str) else (".*?", ".")[part] for part in parts)
    return re.compile(f".*?{pattern}.*?" if is_keyword else pattern, re.DOTALL)


@lru_cache(maxsize=4_096)
def _regex(pattern: str, flags: str) -> Any:
    return re2.compile(f"(?{flags}){pattern}" if flags else pattern)


def _is_inside(text: str, network: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        address = address.ipv4_mapped or address
    inside = ipaddress.ip_network(network)
    return address.version == inside.version and address in inside


def _shown(value: object) -> str:
    text = _text(value)
    return "null" if value is None else text if text is not None else "{…}"
