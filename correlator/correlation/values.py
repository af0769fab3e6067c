"""What correlation reads from a decoded event, for explanations: group values and counted values, as the core reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from correlator.reference import flat, lookup
from khien.fold import normal

#: A list in an event names at most this many entities or counts this many values; the rest is left out and counted by nobody:
#: a guess, far above what a parser writes.
MOST_VALUES = 64

Event = Mapping[str, Any]


def texts(event: Event, field: str) -> list[str]:
    """The values of a field as texts, numbers by their JSON text; the flat key first, then nested, through lists of objects."""
    return [text for value in flat(lookup(event, field)) if (text := _text(value)) is not None][:MOST_VALUES]


def group_value(event: Event, field: str) -> str | None:
    """The one value that groups by this field; a list of several is its JSON text, a missing field is None."""
    found = texts(event, field)
    if not found:
        return None
    return found[0] if len(found) == 1 else orjson.dumps(found).decode()


def counted_values(event: Event, fields: Sequence[str]) -> list[str]:
    """What value_count counts: each value of one field, or the tuple of several; compared as folded text. Missing: nothing."""
    if len(fields) == 1:
        return sorted({normal(text) for text in texts(event, fields[0])})
    parts = [group_value(event, field) for field in fields]
    return (
        [] if any(part is None for part in parts) else [orjson.dumps([normal(part) for part in parts if part is not None]).decode()]
    )


def visible(value: Any) -> Any:
    """The same with each U+0000 in its texts written as its JSON escape: PostgreSQL text cannot hold the character."""
    match value:
        case str():
            return value.replace("\0", "\\u0000")
        case Mapping():
            return {visible(name): visible(inner) for name, inner in value.items()}
        case list() | tuple():
            return [visible(inner) for inner in value]
        case _:
            return value


def _text(value: object) -> str | None:
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return orjson.dumps(value).decode()
        case _:
            return None
