"""Events as an Arrow table, typed by the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import orjson

from khien.errors import KhienError
from khien.schema import load_schema
from khien.schema.field import FieldType

try:
    import pyarrow as pa
except ImportError as error:
    raise KhienError("package.missing", package="pyarrow", extra="khien[arrow]") from error

#: Columns are made for this many events at a time, so that Python objects do not pile up beside the table.
_CHUNK = 8_192

_TYPES: Mapping[FieldType, pa.DataType] = {
    FieldType.LONG: pa.int64(),
    FieldType.DOUBLE: pa.float64(),
    FieldType.BOOLEAN: pa.bool_(),
    FieldType.DATE: pa.timestamp("us", tz="UTC"),
}


def table(events: Iterable[Mapping[str, Any]]) -> pa.Table:
    """One row an event, one column for each field that occurs, in the order of the schema.

    Lists of objects become lists of structs; what the schema calls flattened stays one JSON text.
    """
    chunks = [_chunk(rows) for rows in _chunks(events)]
    if not chunks:
        return pa.table({})
    whole = pa.concat_tables(chunks, promote_options="permissive")
    order = {name: place for place, name in enumerate(load_schema().fields)}
    return whole.select(sorted(whole.column_names, key=lambda name: order.get(name, len(order))))


def _chunks(events: Iterable[Mapping[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rows: list[dict[str, Any]] = []
    for event in events:
        rows.append(dict(_leaves(event)))
        if len(rows) == _CHUNK:
            yield rows
            rows = []
    if rows:
        yield rows


def _chunk(rows: list[dict[str, Any]]) -> pa.Table:
    names = dict.fromkeys(name for row in rows for name in row)
    return pa.table({name: pa.array([row.get(name) for row in rows], type=_type(name)) for name in names})


def _leaves(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    schema = load_schema()
    for key, inner in value.items():
        name = f"{prefix}{key}"
        field = schema.fields.get(name)
        if isinstance(inner, Mapping) and (field is None or field.type is not FieldType.FLATTENED):
            yield from _leaves(inner, f"{name}.")
        elif field is not None and field.type is FieldType.DATE:
            yield name, datetime.fromisoformat(inner)
        elif field is not None and field.type is FieldType.FLATTENED:
            yield name, inner if isinstance(inner, str) else orjson.dumps(inner).decode()
        else:
            yield name, inner


def _type(name: str) -> pa.DataType | None:
    """The column's type; None lets Arrow find the struct of a list of objects."""
    field = load_schema().fields.get(name)
    if field is None or field.type is FieldType.OBJECTS:
        return None
    inner = _TYPES.get(field.type, pa.string())
    return pa.list_(inner) if field.is_list else inner
