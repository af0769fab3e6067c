"""The intermediate representation of rules, version 1 (docs/concepts/contracts.md, section 9).

Immutable values; a rule carries its leaves itself. `dumps` writes the document that the engine reads, with each leaf once,
in the order of first use, so the same rules give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeAlias

import orjson

VERSION = 1
#: Deepest program; the engine refuses more, so that hostile nesting cannot exhaust a stack.
MAX_DEPTH = 64

#: Literals and wildcards in order; 0 is `*` (any run), 1 is `?` (one character).
Parts: TypeAlias = tuple[str | int, ...]
ANY_RUN = 0
ONE_CHARACTER = 1

Relation = Literal["lt", "lte", "gt", "gte"]
Mode = Literal["equals", "contains", "startswith", "endswith"]


class IrError(ValueError):
    """A document is not the representation; `location` is a JSON pointer."""

    def __init__(self, reason: str, *, location: str) -> None:
        super().__init__(f"{location}: {reason}")
        self.reason = reason
        self.location = location


@dataclass(frozen=True, slots=True)
class Text:
    """A text with wildcards, the whole value; without a field a substring of any value. Literals are NFC, not folded."""

    op: ClassVar[str] = "text"
    field: str | None
    parts: Parts
    cased: bool = False


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
    """A regular expression in the common dialect, unanchored; flags of `ims`."""

    op: ClassVar[str] = "regex"
    field: str | None
    pattern: str
    flags: str = ""


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


Leaf: TypeAlias = Text | Number | Bool | Null | Regex | Cidr | Compare | Exists | FieldRef
_LEAVES: Mapping[str, type[Leaf]] = {each.op: each for each in (Text, Number, Bool, Null, Regex, Cidr, Compare, Exists, FieldRef)}


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
    """One rule; `datasets` are the values of `event.dataset` it looks at, None = every event."""

    id: str
    program: Node
    datasets: tuple[str, ...] | None = None


def dumps(rules: Iterable[Rule]) -> bytes:
    """The document for the engine; rule numbers are positions in `rules`."""
    table: dict[Leaf, int] = {}
    lowered = [
        {
            "id": rule.id,
            "datasets": None if rule.datasets is None else list(rule.datasets),
            "program": _dump_node(rule.program, table),
        }
        for rule in rules
    ]
    return orjson.dumps({"version": VERSION, "leaves": [_dump_leaf(leaf) for leaf in table], "rules": lowered})


def loads(document: bytes) -> list[Rule]:
    """The rules of a document; raises `IrError` at the first thing that is not in the contract."""
    try:
        tree = orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise IrError("not JSON", location="") from error
    if not isinstance(tree, dict) or tree.get("version") != VERSION:
        raise IrError("unknown version", location="/version")
    leaves = [_load_leaf(leaf, f"/leaves/{index}") for index, leaf in enumerate(_list(tree.get("leaves"), "/leaves"))]
    return [_load_rule(rule, leaves, f"/rules/{index}") for index, rule in enumerate(_list(tree.get("rules"), "/rules"))]


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


def _load_rule(tree: object, leaves: Sequence[Leaf], location: str) -> Rule:
    match tree:
        case {"id": str(identifier), "datasets": None, "program": program}:
            return Rule(identifier, _load_node(program, leaves, f"{location}/program"))
        case {"id": str(identifier), "datasets": list(datasets), "program": program} if all(
            isinstance(name, str) for name in datasets
        ):
            return Rule(identifier, _load_node(program, leaves, f"{location}/program"), tuple(datasets))
        case _:
            raise IrError("not a rule", location=location)


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
