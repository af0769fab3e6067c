"""One field of an event, and the list of all of them as `events.yaml` and `events/<protocol>.yaml` state it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import yaml


class FieldType(StrEnum):
    """The types of Elasticsearch that we use; `objects` is a list of objects whose fields follow by name."""

    KEYWORD = "keyword"
    TEXT = "text"
    WILDCARD = "wildcard"
    LONG = "long"
    DOUBLE = "double"
    BOOLEAN = "boolean"
    IP = "ip"
    DATE = "date"
    FLATTENED = "flattened"
    OBJECTS = "objects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field by its dotted name. `eve` and `zeek` are the names in Suricata's EVE and Zeek's logs, empty where there is none."""

    name: str
    type: FieldType
    description: Mapping[str, str]
    is_ecs: bool = False
    is_list: bool = False
    is_always: bool = False
    is_stamped: bool = False
    is_searched: bool = False
    values: tuple[str, ...] = ()
    eve: str = ""
    zeek: str = ""

    @property
    def path(self) -> tuple[str, ...]:
        """The name's parts from the outside in."""
        return tuple(self.name.split("."))


@dataclass(frozen=True)
class Schema:
    """All fields in the order of the file."""

    version: int
    ecs_version: str
    fields: Mapping[str, Field]

    @cached_property
    def containers(self) -> frozenset[str]:
        """Names that are only objects around fields."""
        found: set[str] = set()
        for field in self.fields.values():
            parts = field.path
            found.update(".".join(parts[:length]) for length in range(1, len(parts)))
        return frozenset(found - set(self.fields))

    @cached_property
    def searched(self) -> tuple[Field, ...]:
        """The fields of free text, in the order they are indexed."""
        return tuple(field for field in self.fields.values() if field.is_searched)

    def find(self, name: str) -> Field | None:
        """The field that holds this name: itself, or the flattened field above it."""
        if name in self.fields:
            return self.fields[name]
        parts = name.split(".")
        for length in range(len(parts) - 1, 0, -1):
            above = self.fields.get(".".join(parts[:length]))
            if above is not None:
                return above if above.type is FieldType.FLATTENED else None
        return None


@cache
def load_schema() -> Schema:
    """The schema of this release, read once."""
    package = files(__package__)
    document = _document(package.joinpath("events.yaml"))
    fields = dict(document["fields"])
    parts = (part for part in package.joinpath("events").iterdir() if part.name.endswith(".yaml"))
    for part in sorted(parts, key=lambda part: part.name):
        more = _document(part)
        repeated = fields.keys() & more.keys()
        if repeated:
            message = f"{part.name}: {', '.join(sorted(repeated))} stand elsewhere already"
            raise ValueError(message)
        fields.update(more)
    return Schema(
        version=document["version"],
        ecs_version=document["ecs_version"],
        fields={name: _field(name, entry) for name, entry in fields.items()},
    )


def _document(place: Traversable) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document: dict[str, Any] = yaml.load(place.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 - a safe loader
    return document


_KEYS = frozenset({"type", "ecs", "list", "always", "stamped", "search", "values", "eve", "zeek", "en", "vi"})


def _field(name: str, entry: Mapping[str, Any]) -> Field:
    unknown = entry.keys() - _KEYS
    if unknown:
        message = f"{name}: unknown {', '.join(sorted(unknown))}"
        raise ValueError(message)
    return Field(
        name=name,
        type=FieldType(entry["type"]),
        description={"en": entry["en"], "vi": entry["vi"]},
        is_ecs=entry.get("ecs", False),
        is_list=entry.get("list", False),
        is_always=entry.get("always", False),
        is_stamped=entry.get("stamped", False),
        is_searched=entry.get("search", False),
        values=tuple(entry.get("values", ())),
        eve=entry.get("eve", ""),
        zeek=entry.get("zeek", ""),
    )
