"""The JSON Schema of a stamped line, made from the field list (draft 2020-12)."""

from __future__ import annotations

from collections.abc import Mapping

from khien.schema.field import Field, FieldType, Schema, load_schema
from khien.schema.validation import TIME_PATTERN

Json = dict[str, object]

_LONG_BOUND = 2**63
_SCALARS: Mapping[FieldType, Json] = {
    FieldType.KEYWORD: {"type": "string", "minLength": 1, "not": {"const": "-"}},
    FieldType.TEXT: {"type": "string", "minLength": 1, "not": {"const": "-"}},
    FieldType.WILDCARD: {"type": "string", "minLength": 1, "not": {"const": "-"}},
    FieldType.LONG: {"type": "integer", "minimum": -_LONG_BOUND, "maximum": _LONG_BOUND - 1},
    FieldType.DOUBLE: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.IP: {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
    FieldType.DATE: {"type": "string", "pattern": TIME_PATTERN},
    FieldType.FLATTENED: {"type": "object", "minProperties": 1},
}


def event_json_schema() -> Json:
    """The schema of a line as the stores keep it."""
    schema = load_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:khien:event:{schema.version}",
        "title": "Khiên event",
        **_object(schema, prefix=""),
    }


def _object(schema: Schema, *, prefix: str) -> Json:
    """An object of the fields below a prefix; no other member is allowed."""
    members: dict[str, Json] = {}
    for name in schema.fields:
        if name.startswith(prefix):
            member = name.removeprefix(prefix).partition(".")[0]
            if member not in members:
                members[member] = _member(schema, f"{prefix}{member}")
    found: Json = {"type": "object", "properties": members, "additionalProperties": False, "minProperties": 1}
    required = [member for member in members if _is_always(schema, f"{prefix}{member}")]
    return found | ({"required": required} if required else {})


def _member(schema: Schema, name: str) -> Json:
    field = schema.fields.get(name)
    if field is None:
        return _object(schema, prefix=f"{name}.")
    return {"description": field.description["en"], **_value(schema, field)}


def _value(schema: Schema, field: Field) -> Json:
    if field.type is FieldType.OBJECTS:
        return {"type": "array", "minItems": 1, "items": _object(schema, prefix=f"{field.name}.")}
    scalar = dict(_SCALARS[field.type])
    if field.values:
        scalar["enum"] = list(field.values)
    return {"type": "array", "minItems": 1, "items": scalar} if field.is_list else scalar


def _is_always(schema: Schema, name: str) -> bool:
    """Whether the member, or something inside it, is in every event."""
    return any(field.is_always for field in schema.fields.values() if field.name == name or field.name.startswith(f"{name}."))
