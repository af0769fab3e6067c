"""The meaning of a field filter, once: what may be asked of a field, and whether an event answers it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from khien.errors import KhienError
from khien.schema import FieldType, load_schema

_NOT_BY_VALUE = frozenset({FieldType.TEXT, FieldType.OBJECTS})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def field_type(name: str) -> FieldType:
    """The type of a field that can be filtered by value; KhienError `store.unknown_field` otherwise."""
    field = load_schema().find(name)
    if field is None or field.type in _NOT_BY_VALUE or (field.type is FieldType.FLATTENED and field.name == name):
        raise KhienError("store.unknown_field", field=name)
    return field.type


def parse_value(name: str, value: str) -> str | int | float | bool | Network:
    """The value in the field's own type; KhienError `store.bad_query` when it has none."""
    try:
        match field_type(name):
            case FieldType.LONG:
                return int(value)
            case FieldType.DOUBLE:
                return float(value)
            case FieldType.BOOLEAN:
                return {"true": True, "false": False}[value]
            case FieldType.IP:
                return ipaddress.ip_network(value, strict=False)
            case _:
                return value
    except (ValueError, KeyError) as error:
        raise KhienError("store.bad_query", reason=f"`{value}` is no value of `{name}`") from error


@lru_cache(maxsize=256)
def field_matcher(name: str, values: tuple[str, ...]) -> Callable[[Mapping[str, object]], bool]:
    """A test of an event: does the field hold one of the values (any element of a list counts)."""
    kind = field_type(name)
    wanted = [parse_value(name, value) for value in values]
    path = tuple(name.split("."))

    def matches(event: Mapping[str, object]) -> bool:
        return any(_equals(kind, found, one) for found in _values_at(event, path) for one in wanted)

    return matches


def _values_at(value: object, path: tuple[str, ...]) -> Iterator[object]:
    """Values at a dotted path; lists on the way are looked through, and a flattened object's names may hold dots themselves."""
    if isinstance(value, list):
        for element in value:
            yield from _values_at(element, path)
    elif not path:
        yield value
    elif isinstance(value, dict):
        for length in range(1, len(path) + 1):
            name = ".".join(path[:length])
            if name in value:
                yield from _values_at(value[name], path[length:])


def _equals(kind: FieldType, found: object, wanted: str | float | Network) -> bool:
    match kind:
        case FieldType.IP:
            return isinstance(wanted, Network) and isinstance(found, str) and _is_inside(found, wanted)
        case FieldType.LONG | FieldType.DOUBLE:
            return isinstance(found, int | float) and not isinstance(found, bool) and found == wanted
        case FieldType.FLATTENED:
            return _as_keyword(found) == wanted
        case _:
            return found == wanted and isinstance(found, bool) == isinstance(wanted, bool)


def _is_inside(address: str, network: Network) -> bool:
    try:
        return ipaddress.ip_address(address) in network
    except ValueError:
        return False


def _as_keyword(value: object) -> str:
    """How Elasticsearch's flattened type reads a leaf."""
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
