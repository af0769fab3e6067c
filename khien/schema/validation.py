"""Checks an event line against the schema: for tests, importers and format authors, not for the data path.

The same statement as the generated JSON Schema (a test holds the two together), without a dependency and a hundred times faster.
"""

from __future__ import annotations

import ipaddress
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from khien.delivery import LINE_BYTES
from khien.schema.field import Field, FieldType, load_schema

#: RFC 3339 in UTC with six decimals, as every producer writes it.
TIME_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
_TIME = re.compile(TIME_PATTERN)
_LONG_BOUND = 2**63


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: the dotted place (`dns.answers.0.ttl`) and a short statement of it."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


def validate(line: bytes, *, stamped: bool = True) -> list[Problem]:
    """Everything wrong with one line (with or without its newline); empty when it is right.

    `stamped=False` is for what a producer writes, before ingest adds `event.id`, the dataset and the sensor.
    """
    if len(line.rstrip(b"\n")) + 1 > LINE_BYTES:
        return [Problem("", f"longer than {LINE_BYTES} bytes")]
    try:
        event = json.loads(line, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except ValueError as error:
        return [Problem("", f"not JSON: {error}")]
    if not isinstance(event, dict):
        return [Problem("", "not an object")]
    problems = [*_frame(event), *_members(event, prefix="")]
    problems += _presence(event, stamped=stamped)
    if not unicodedata.is_normalized("NFC", line.decode("utf-8")):
        problems.append(Problem("", "text is not NFC"))
    return problems


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        message = f"`{next(name for name in names if names.count(name) > 1)}` occurs twice in one object"
        raise ValueError(message)
    return found


def _no_constant(text: str) -> object:
    message = f"`{text}` is not a JSON number"
    raise ValueError(message)


def _frame(event: Mapping[str, object]) -> Iterator[Problem]:
    names = list(event)
    if names[:2] != ["@timestamp", "event"]:
        yield Problem("", "`@timestamp` and `event` must come first, in this order")
    if names[-1:] != ["khien"]:
        yield Problem("", "`khien` must come last")


def _presence(event: Mapping[str, object], *, stamped: bool) -> Iterator[Problem]:
    for field in load_schema().fields.values():
        if not (field.is_always or field.is_stamped):
            continue
        is_there = _reach(event, field.path)
        if field.is_stamped and not stamped and is_there:
            yield Problem(field.name, "only ingest writes this field")
        if field.is_always and not is_there and (stamped or not field.is_stamped):
            yield Problem(field.name, "is missing")
    event_object = event.get("event")
    if isinstance(event_object, dict) and event_object.get("kind") != "metric":
        for name in ("category", "type"):
            dataset = str(event_object.get("dataset", ""))
            if name not in event_object and not dataset.startswith("app."):
                yield Problem(f"event.{name}", "is missing")


def _reach(value: object, path: tuple[str, ...]) -> bool:
    for part in path:
        if not isinstance(value, dict) or part not in value:
            return False
        value = value[part]
    return True


def _members(members: Mapping[str, object], *, prefix: str) -> Iterator[Problem]:
    schema = load_schema()
    for name, value in members.items():
        dotted = f"{prefix}{name}"
        field = schema.fields.get(dotted)
        if field is not None:
            yield from _value(field, value)
        elif dotted not in schema.containers:
            yield Problem(dotted, "is not a field of the schema")
        elif not isinstance(value, dict) or not value:
            yield Problem(dotted, "must be an object with members")
        else:
            yield from _members(value, prefix=f"{dotted}.")


def _value(field: Field, value: object) -> Iterator[Problem]:
    if field.type is FieldType.OBJECTS:
        yield from _objects(field, value)
    elif field.is_list:
        if not isinstance(value, list) or not value:
            yield Problem(field.name, "must be a list with elements")
            return
        for element in value:
            yield from _scalar(field, element)
    else:
        yield from _scalar(field, value)


def _objects(field: Field, value: object) -> Iterator[Problem]:
    if not isinstance(value, list) or not value:
        yield Problem(field.name, "must be a list with elements")
        return
    for element in value:
        if not isinstance(element, dict) or not element:
            yield Problem(field.name, "must hold objects with members")
        else:
            yield from _members(element, prefix=f"{field.name}.")


def _scalar(field: Field, value: object) -> Iterator[Problem]:
    message = _CHECKS[field.type](value)
    if message is not None:
        yield Problem(field.name, message)
    elif field.values and value not in field.values:
        yield Problem(field.name, f"`{value}` is not one of {', '.join(field.values)}")


def _text(value: object) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    return "must not be empty or `-`" if value in {"", "-"} else None


def _long(value: object) -> str | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return None if is_whole and -_LONG_BOUND <= int(str(value)) < _LONG_BOUND else "must be a whole number of 64 bits"


def _double(value: object) -> str | None:
    return None if isinstance(value, int | float) and not isinstance(value, bool) else "must be a number"


def _boolean(value: object) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _date(value: object) -> str | None:
    return None if isinstance(value, str) and _TIME.fullmatch(value) else "must be a UTC time with six decimals"


def _ip(value: object) -> str | None:
    try:
        address = ipaddress.ip_address(value) if isinstance(value, str) else None
    except ValueError:
        address = None
    if address is None:
        return "must be an address"
    mapped = getattr(address, "ipv4_mapped", None)  # section 5 of RFC 5952 recommends dots here; Python writes hex
    written = f"::ffff:{mapped}" if mapped else str(address)
    return None if written == value else f"must be written `{written}` (RFC 5952)"


def _flattened(value: object) -> str | None:
    return None if isinstance(value, dict) and value else "must be an object with members"


_CHECKS: Mapping[FieldType, Callable[[object], str | None]] = {
    FieldType.KEYWORD: _text,
    FieldType.TEXT: _text,
    FieldType.WILDCARD: _text,
    FieldType.LONG: _long,
    FieldType.DOUBLE: _double,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: _date,
    FieldType.IP: _ip,
    FieldType.FLATTENED: _flattened,
}
