"""What an import would change: added, changed, ended and removed, table by table; the dry run shows it before anything happens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from incident_api.coordination.organisation import Organisation
from incident_api.organisation.writing import document_of

Kind = Literal["added", "changed", "ended", "removed"]
KINDS: tuple[Kind, ...] = ("added", "changed", "ended", "removed")


@dataclass(frozen=True, slots=True)
class Change:
    """One row. `fields`: what differs."""

    table: str
    id: str
    kind: Kind
    fields: tuple[str, ...] = ()


def compare(before: Organisation, after: Organisation) -> tuple[Change, ...]:
    """Every row that differs, in the order of the tables."""
    old, new = document_of(before), document_of(after)
    return tuple(change for table in _TABLES for change in _table(table, _rows(table, old), _rows(table, new)))


def counts(changes: tuple[Change, ...]) -> dict[Kind, int]:
    """How many of each kind."""
    return {kind: sum(change.kind == kind for change in changes) for kind in KINDS}


_TABLES = ("city", "parties", "units", "assets", "networks", "hosts", "people", "contacts")
_LISTED = {"networks": "cidr", "hosts": "name", "contacts": "id"}


def _rows(table: str, document: dict[str, Any]) -> dict[str, Any]:
    if table == "city":
        return {key: document[key] for key in ("id", "version", "name", "domain")}
    if table in _LISTED:
        # One thing may stand several times, for different days.
        return {_label(table, row): row for row in document.get(table, ())}
    return dict(document.get(table, {}))


def _label(table: str, row: dict[str, Any]) -> str:
    start = row.get("from")
    return f"{row[_LISTED[table]]} ({start})" if start else str(row[_LISTED[table]])


def _table(table: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for key, row in new.items():
        if key not in old:
            yield Change(table, key, "added")
        elif row != old[key]:
            fields = _differing(old[key], row)
            has_ended = isinstance(row, dict) and fields == ("to",) and "to" not in old[key]
            yield Change(table, key, "ended" if has_ended else "changed", fields)
    yield from (Change(table, key, "removed") for key in old if key not in new)


def _differing(old: Any, new: Any) -> tuple[str, ...]:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return ()
    return tuple(sorted(name for name in {*old, *new} if old.get(name) != new.get(name)))
