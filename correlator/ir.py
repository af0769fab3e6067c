"""The intermediate representation of rules, version 2 (docs/concepts/contracts.md, section 9).

Immutable values; a rule carries its leaves itself. `dump_unit` writes one rule, each of its leaves once and in the order of first
use, so the same rule gives the same bytes whichever rules stand beside it; `join` makes the document that the engine reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import orjson

VERSION = 2
#: Deepest program; the engine refuses more, so that hostile nesting cannot exhaust a stack.
MAX_DEPTH = 64

#: Literals and wildcards in order; 0 is `*` (any run), 1 is `?` (one character).
Parts: TypeAlias = tuple[str | int, ...]
ANY_RUN = 0
ONE_CHARACTER = 1

Relation = Literal["lt", "lte", "gt", "gte"]
Mode = Literal["equals", "contains", "startswith", "endswith"]
Part = Literal["minute", "hour", "day", "week", "month", "year"]
TimeRelation = Literal["eq", "lt", "lte", "gt", "gte"]


class IrError(ValueError):
    """A document is not the representation; `location` is a JSON pointer."""

    def __init__(self, reason: str, *, location: str) -> None:
        super().__init__(f"{location}: {reason}")
        self.reason = reason
        self.location = location


@dataclass(frozen=True, slots=True)
class Text:
    """A text with wildcards, the whole value; without a field a substring of any value. Literals are NFC, not folded.

    `decoded`: the value as it is, or percent-decoded once.
    """

    op: ClassVar[str] = "text"
    field: str | None
    parts: Parts
    cased: bool = False
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A number, written as text so that no digit is lost."""

    op: ClassVar[str] = "number"
    field: str | None
    value: str


@dataclass(frozen=True, slots=True)
class Bool:
    """`true` or `false`."""

    op: ClassVar[str] = "bool"
    field: str | None
    value: bool


@dataclass(frozen=True, slots=True)
class Null:
    """Nothing there: missing, null, or a list of nothing else."""

    op: ClassVar[str] = "null"
    field: str


@dataclass(frozen=True, slots=True)
class Regex:
    """A regular expression in the common dialect, unanchored; flags of `ims`; `decoded` as in `Text`."""

    op: ClassVar[str] = "regex"
    field: str | None
    pattern: str
    flags: str = ""
    decoded: bool = False


@dataclass(frozen=True, slots=True)
class Cidr:
    """An address inside a network."""

    op: ClassVar[str] = "cidr"
    field: str
    network: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A number in a relation to another."""

    op: ClassVar[str] = "compare"
    field: str
    relation: Relation
    value: str


@dataclass(frozen=True, slots=True)
class Exists:
    """Presence, nothing else."""

    op: ClassVar[str] = "exists"
    field: str
    value: bool


@dataclass(frozen=True, slots=True)
class FieldRef:
    """Two fields of one event: any value of the first in the mode's relation to any value of the other."""

    op: ClassVar[str] = "fieldref"
    field: str
    other: str
    mode: Mode = "equals"


@dataclass(frozen=True, slots=True)
class Time:
    """A part of a time in relation to a number. `offsets`: (seconds since 1970, seconds east of UTC from there on), ascending."""

    op: ClassVar[str] = "time"
    field: str
    part: Part
    relation: TimeRelation
    value: int
    offsets: tuple[tuple[int, int], ...] = ((0, 0),)


Leaf: TypeAlias = Text | Number | Bool | Null | Regex | Cidr | Compare | Exists | FieldRef | Time
_LEAVES: Mapping[str, type[Leaf]] = {
    each.op: each for each in (Text, Number, Bool, Null, Regex, Cidr, Compare, Exists, FieldRef, Time)
}


@dataclass(frozen=True, slots=True)
class And:
    """All of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of them."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Not this one."""

    node: Node


Node: TypeAlias = And | Or | Not | Leaf


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule; `datasets` are its routes (contracts, section 4): None = every event, empty = none."""

    id: str
    program: Node
    datasets: tuple[str, ...] | None = None


def dumps(rules: Iterable[Rule]) -> bytes:
    """The document for the engine; rule numbers are positions in `rules`."""
    return join(dump_unit(rule) for rule in rules)


def join(units: Iterable[bytes]) -> bytes:
    """The document of rules that are already written."""
    return b'{"version":%d,"units":[%s]}' % (VERSION, b",".join(units))


def dump_unit(rule: Rule) -> bytes:
    """One rule."""
    table: dict[Leaf, int] = {}
    program = _dump_node(rule.program, table)
    datasets = None if rule.datasets is None else list(rule.datasets)
    leaves = [_dump_leaf(leaf) for leaf in table]
    return orjson.dumps({"id": rule.id, "datasets": datasets, "leaves": leaves, "program": program})


def loads(document: bytes) -> list[Rule]:
    """The rules of a document; raises `IrError` at the first thing that is not in the contract."""
    tree = _json(document)
    if not isinstance(tree, dict) or tree.get("version") != VERSION:
        raise IrError("unknown version", location="/version")
    return [_load_unit(unit, f"/units/{index}") for index, unit in enumerate(_list(tree.get("units"), "/units"))]


def load_unit(unit: bytes) -> Rule:
    """One rule; raises `IrError`."""
    return _load_unit(_json(unit), "")


def leaves_of(node: Node) -> Iterable[Leaf]:
    """Every leaf of a program, from the left, repeated ones too."""
    match node:
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from leaves_of(inner)
        case Not(inner):
            yield from leaves_of(inner)
        case leaf:
            yield leaf


def _dump_node(node: Node, table: dict[Leaf, int]) -> dict[str, Any]:
    match node:
        case And(nodes):
            return {"and": [_dump_node(inner, table) for inner in nodes]}
        case Or(nodes):
            return {"or": [_dump_node(inner, table) for inner in nodes]}
        case Not(inner):
            return {"not": _dump_node(inner, table)}
        case leaf:
            return {"leaf": table.setdefault(leaf, len(table))}


def _dump_leaf(leaf: Leaf) -> dict[str, Any]:
    return {"op": leaf.op, **{name: getattr(leaf, name) for name in leaf.__dataclass_fields__}}


def _json(document: bytes) -> Any:
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise IrError("not JSON", location="") from error


def _load_unit(tree: object, location: str) -> Rule:
    match tree:
        case {"id": str(identifier), "datasets": (None | list()) as datasets, "leaves": list(written), "program": program}:
            pass
        case _:
            raise IrError("not a rule", location=location)
    if datasets is not None and not all(isinstance(name, str) for name in datasets):
        raise IrError("not a rule", location=location)
    leaves = [_load_leaf(leaf, f"{location}/leaves/{index}") for index, leaf in enumerate(written)]
    program = _load_node(program, leaves, f"{location}/program")
    return Rule(identifier, program, None if datasets is None else tuple(datasets))


def _load_node(tree: object, leaves: Sequence[Leaf], location: str, depth: int = 1) -> Node:
    if depth > MAX_DEPTH:
        raise IrError("nested too deep", location=location)
    if not isinstance(tree, dict) or len(tree) != 1:
        raise IrError("not a node of a program", location=location)
    match tree:
        case {"and": list(nodes)} if nodes:
            return And(tuple(_load_node(node, leaves, f"{location}/and/{n}", depth + 1) for n, node in enumerate(nodes)))
        case {"or": list(nodes)} if nodes:
            return Or(tuple(_load_node(node, leaves, f"{location}/or/{n}", depth + 1) for n, node in enumerate(nodes)))
        case {"not": node}:
            return Not(_load_node(node, leaves, f"{location}/not", depth + 1))
        case {"leaf": int(number)} if 0 <= number < len(leaves):
            return leaves[number]
        case _:
            raise IrError("not a node of a program", location=location)


def _load_leaf(tree: object, location: str) -> Leaf:
    if not isinstance(tree, dict) or tree.get("op") not in _LEAVES:
        raise IrError("unknown leaf", location=location)
    kind = _LEAVES[tree["op"]]
    members = {name: value for name, value in tree.items() if name != "op"}
    if "parts" in members:
        members["parts"] = tuple(_list(members["parts"], f"{location}/parts"))
    if "offsets" in members:
        members["offsets"] = tuple(tuple(_list(pair, location)) for pair in _list(members["offsets"], f"{location}/offsets"))
    try:
        leaf = kind(**members)
    except TypeError as error:
        raise IrError("members are missing or unknown", location=location) from error
    if leaf.field is None and kind not in {Text, Number, Bool, Regex}:
        raise IrError("needs a field", location=location)
    return leaf


def _list(tree: object, location: str) -> list[Any]:
    if not isinstance(tree, list):
        raise IrError("not a list", location=location)
    return tree
