"""Comparisons that hold whatever an event says, or never do; and rules that nothing but these decides."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cache
from typing import Any

import re2

from correlator import ir
from khien.schema.field import FieldType, load_schema

#: What each part of a time can be (week: ISO 8601).
_PARTS = {"minute": (0, 59), "hour": (0, 23), "day": (1, 31), "week": (1, 53), "month": (1, 12)}
_PORTS = (0, 65_535)
#: Protocols whose integers have a sign (RFC 5905, section 7.3: poll and precision; RFC 3416, section 3: Integer32).
_SIGNED = ("ntp.", "snmp.")
#: An expression that finds each of these finds everything: every printable character alone, a letter of Vietnamese, a long text.
_PROBES = (*map(chr, range(32, 127)), "ệ", "\x01", "x" * 300)


def constant(leaf: ir.Leaf) -> bool | None:  # noqa: PLR0911 - one case a kind
    """What the comparison says of every value that its field can have; None when that depends on the value."""
    match leaf:
        case ir.Text(_, parts) if parts and all(part == 0 for part in parts):
            return True
        case ir.Exists(_, truth) if truth:
            return True
        case ir.Regex(_, pattern, flags):
            return True if _finds_everything(pattern, flags) else None
        case ir.Compare(field, relation, value):
            return _of_range(relation, Decimal(value), _range_of(field))
        case ir.Time(_, part, relation, value):
            return _of_range(relation, Decimal(value), _PARTS.get(part))
        case ir.Cidr(_, network) if network.endswith("/0"):
            return True
    return None


def is_idiom(leaf: ir.Leaf) -> bool:
    """Sigma's ways to say that a field is there: nothing to warn of where they stand beside a comparison."""
    return isinstance(leaf, ir.Text | ir.Exists)


def holds_of_everything(program: ir.Node) -> bool:
    """Whether nothing but constant comparisons makes the rule hit: it does so whatever the other comparisons say."""
    return _holds(program, lambda leaf: constant(leaf) is True) and _holds(program, lambda leaf: constant(leaf) is not False)


def _holds(node: ir.Node, truth: Callable[[ir.Leaf], bool]) -> bool:
    """Depth is bounded by the representation (`ir.MAX_DEPTH`)."""
    match node:
        case ir.And(nodes):
            return all(_holds(inner, truth) for inner in nodes)
        case ir.Or(nodes):
            return any(_holds(inner, truth) for inner in nodes)
        case ir.Not(inner):
            return not _holds(inner, truth)
        case leaf:
            return truth(leaf)


def _of_range(relation: str, value: Decimal, bounds: tuple[int, int | None] | None) -> bool | None:  # noqa: PLR0911 - one a relation
    """Whether all or none of the numbers from the lower to the upper bound stand in this relation to the value."""
    if bounds is None:
        return None
    low, high = bounds
    above = high is not None and high < value
    below = low > value
    match relation:
        case "eq":
            return False if above or below else None
        case "lt":
            return True if above else (False if low >= value else None)
        case "lte":
            return True if above or high == value else (False if below else None)
        case "gt":
            return True if below else (False if above or high == value else None)
        case "gte":
            return True if low >= value else (False if above else None)
    return None


@cache
def _range_of(name: str) -> tuple[int, int | None] | None:
    """What our own schema says of a number; of other fields nothing is known."""
    field = load_schema().fields.get(name)
    if field is None or field.type is not FieldType.LONG or name.startswith(_SIGNED):
        return None
    return _PORTS if name.rpartition(".")[2] == "port" else (0, None)


@cache
def _finds_everything(pattern: str, flags: str) -> bool:
    try:
        compiled: Any = re2.compile(f"(?{flags}){pattern}" if flags else pattern)
    except re2.error:
        return False
    return all(compiled.search(probe) is not None for probe in _PROBES)
