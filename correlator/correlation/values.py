"""What correlation reads from a decoded event: group values, counted values, entities, and who was touched."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from correlator.plan import EntityField
from correlator.reference import flat, lookup
from khien.alert import Entity, EntityKind, EntityRole
from khien.fold import normal

#: A list in an event names at most this many entities or counts this many values; the rest is left out and counted by nobody:
#: a guess, far above what a parser writes.
MOST_VALUES = 64

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Facts:
    """What an event adds to the alert that it belongs to."""

    entities: tuple[tuple[str, str, str], ...]
    assets: tuple[str, ...]
    units: tuple[str, ...]
    sensor: str


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


def facts(event: Event, entities: Iterable[EntityField]) -> Facts:
    """Entities, assets, units and sensor of an event."""
    found = {(entity.kind.value, entity.role.value, value): None for entity in entities for value in texts(event, entity.field)}
    return Facts(
        entities=tuple(found),
        assets=tuple(texts(event, "khien.asset")),
        units=tuple(texts(event, "khien.unit")),
        sensor="".join(texts(event, "khien.sensor")[:1]),
    )


def entities_of(parts: Iterable[Facts], *, most: int) -> tuple[Entity, ...]:
    """The distinct entities of several events, in the events' order."""
    found = {entity: None for part in parts for entity in part.entities}
    return tuple(Entity(kind=EntityKind(kind), role=EntityRole(role), value=value) for kind, role, value in list(found)[:most])


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
