"""The organisation as CSV tables, for spreadsheets: RFC 4180 with a byte-order mark, so that Excel reads Vietnamese.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection); reading takes exactly that
apostrophe away again, so that a round trip gives the same bytes. Lists in a cell are separated by spaces, channels by semicolons.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from incident_api.organisation.reading import Source, Spot, invalid

_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_NEUTRAL = re.compile(r"'+[=+\-@\t\r]")
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Table:
    """One file: its columns, and how a row of it becomes a part of the document and back."""

    name: str
    part: str
    columns: tuple[str, ...]
    key: str | None = None

    @property
    def file(self) -> str:
        """Its name on disk."""
        return f"{self.name}.csv"


_NAME = ("name_vi", "name_en")
_TIME = ("from", "to")
TABLES: tuple[Table, ...] = (
    Table("city", "", ("key", "value")),
    Table("parties", "parties", ("party", "unit"), key="party"),
    Table("units", "units", ("id", *_NAME, *_TIME, "successors"), key="id"),
    Table(
        "assets",
        "assets",
        ("id", *_NAME, "level", "owner", "operator", "flags", "tlp", "data_subjects", "sensitive_subjects", *_TIME),
        key="id",
    ),
    Table("owners", "assets", ("asset", "to", "owner", "operator", "level")),
    Table("networks", "networks", ("cidr", "asset", *_TIME)),
    Table("hosts", "hosts", ("name", "asset", *_TIME)),
    Table(
        "people",
        "people",
        ("id", *_NAME, "roles", "home", "skills", "desk", "clearance", "identities", "units", "availability"),
        key="id",
    ),
    Table("contacts", "contacts", ("id", *_NAME, "unit", "channels", "deputies", "verified_on", *_TIME)),
)
FILES = tuple(table.file for table in TABLES)
_LISTS = frozenset({"successors", "flags", "roles", "skills", "desk", "identities", "units", "deputies"})
_WHOLE = frozenset({"level"})
_CITY = ("id", "version", "name_vi", "name_en", "domain")
Rows = list[tuple[int, dict[str, str]]]


def write(document: Mapping[str, Any]) -> dict[str, str]:
    """Every table by its file's name."""
    cells: dict[str, Iterable[dict[str, Any]]] = {
        "city": ({"key": key, "value": _flat(document).get(key, "")} for key in _CITY),
        "parties": ({"party": party, "unit": unit} for party, unit in document["parties"].items()),
        "units": ({"id": key, **_flat(each)} for key, each in document["units"].items()),
        "assets": ({"id": key, **_flat_asset(each)} for key, each in document["assets"].items()),
        "owners": ({"asset": key, **each} for key, asset in document["assets"].items() for each in asset.get("earlier", ())),
        "networks": document.get("networks", ()),
        "hosts": document.get("hosts", ()),
        "people": ({"id": key, **_flat(each)} for key, each in document["people"].items()),
        "contacts": (_flat_contact(each) for each in document.get("contacts", ())),
    }
    return {table.file: _text(table, cells[table.name]) for table in TABLES}


def read(files: Mapping[str, str], *, base: Mapping[str, Any] | None) -> Source:
    """The document of these tables; a table that is not given is as in `base`. Raises `organisation.invalid`."""
    rows = {table.name: _rows(table, files[table.file]) for table in TABLES if table.file in files}
    document: dict[str, Any] = dict(base or {})
    lines: dict[tuple[str, str | int], int] = {}
    for table in TABLES:
        if table.name in rows and table.name not in {"city", "owners"}:
            document[table.part] = _part(table, rows[table.name], lines)
    if "city" in rows:
        document |= _city(rows["city"])
    if "assets" in rows or "owners" in rows:
        _put_owners(document, rows.get("owners"), base, lines)
    return Source(document, lambda place: _spot(place, lines))


def _city(rows: Rows) -> dict[str, Any]:
    values = {row["key"]: row["value"] for _, row in rows}
    for line, row in rows:
        if row["key"] not in _CITY:
            raise invalid(Spot("city.csv", line, 1), f"`{row['key']}` is not one of {', '.join(_CITY)}")
    names = {"vi": values.get("name_vi", ""), "en": values.get("name_en", "")}
    return {**{key: values[key] for key in ("id", "version", "domain") if key in values}, "name": names}


def _part(table: Table, rows: Rows, lines: dict[tuple[str, str | int], int]) -> Any:
    if table.name == "parties":
        return _keyed(table, rows, lines, lambda row: row["unit"])
    make = _MAKERS.get(table.name, _plain)
    if table.key is not None:
        return _keyed(table, rows, lines, lambda row: make({name: row[name] for name in row if name != table.key}))
    made = []
    for number, (line, row) in enumerate(rows):
        lines[table.part, number] = line
        made.append(_at(table, line, row, make))
    return made


def _keyed(table: Table, rows: Rows, lines: dict[tuple[str, str | int], int], make: Callable[[dict[str, str]], Any]) -> Any:
    made: dict[str, Any] = {}
    key = table.key or ""
    for line, row in rows:
        if row[key] in made:
            raise invalid(Spot(table.file, line, 1), f"`{row[key]}` stands twice")
        lines[table.part, row[key]] = line
        made[row[key]] = _at(table, line, row, make)
    return made


def _at(table: Table, line: int, row: dict[str, str], make: Callable[[dict[str, str]], Any]) -> Any:
    try:
        return make(row)
    except _BadCellError as error:
        raise invalid(Spot(table.file, line, table.columns.index(error.column) + 1), error.reason) from error


class _BadCellError(Exception):
    def __init__(self, column: str, reason: str) -> None:
        super().__init__(reason)
        self.column, self.reason = column, reason


def _plain(row: Mapping[str, str]) -> dict[str, Any]:
    """Names together, lists apart, whole numbers as such, and what is empty left out."""
    found: dict[str, Any] = {}
    if "name_vi" in row:
        found["name"] = {"vi": row["name_vi"], "en": row["name_en"]}
    for name, cell in row.items():
        if name in _NAME or not cell:
            continue
        found[name] = cell.split() if name in _LISTS else _whole(name, cell) if name in _WHOLE else cell
    return found


def _whole(name: str, cell: str) -> int:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 12):  # noqa: PLR2004 - no city has a trillion people
        raise _BadCellError(name, f"`{cell[:40]}` is not a whole number")
    return int(cell)


def _asset(row: Mapping[str, str]) -> dict[str, Any]:
    subjects, sensitive = row["data_subjects"], row["sensitive_subjects"]
    found = _plain({name: cell for name, cell in row.items() if name not in {"data_subjects", "sensitive_subjects"}})
    if subjects or sensitive:
        found["personal_data"] = {"subjects": _whole("data_subjects", subjects or "0")}
        if sensitive:
            found["personal_data"]["sensitive"] = _whole("sensitive_subjects", sensitive)
    return found


def _person(row: Mapping[str, str]) -> dict[str, Any]:
    found = _plain(row)
    if "availability" in found:
        try:
            found["availability"] = float(found["availability"])
        except ValueError as error:
            raise _BadCellError("availability", "not a number between 0 and 1") from error
    return found


def _contact(row: Mapping[str, str]) -> dict[str, Any]:
    found = _plain({name: cell for name, cell in row.items() if name != "channels"})
    channels = [each.strip().partition(":") for each in row["channels"].split(";") if each.strip()]
    found["channels"] = [{"kind": kind, "address": address} for kind, _, address in channels]
    return found


_MAKERS: dict[str, Callable[[Mapping[str, str]], dict[str, Any]]] = {"assets": _asset, "people": _person, "contacts": _contact}


def _put_owners(
    document: dict[str, Any], rows: Rows | None, base: Mapping[str, Any] | None, lines: dict[tuple[str, str | int], int]
) -> None:
    """Earlier owners belong to their assets; without a table of them they stay what they were."""
    earlier: dict[str, list[dict[str, Any]]] = {}
    if rows is None:
        earlier = {key: list(each["earlier"]) for key, each in (base or {}).get("assets", {}).items() if "earlier" in each}
    table = next(each for each in TABLES if each.name == "owners")
    for line, row in rows or ():
        asset = row["asset"]
        if asset not in document.get("assets", {}):
            raise invalid(Spot(table.file, line, 1), f"asset `{asset}` is not known")
        lines["owners", asset] = lines.get(("owners", asset), line)
        earlier.setdefault(asset, []).append(_at(table, line, {name: row[name] for name in row if name != "asset"}, _plain))
    document["assets"] = {
        key: {
            **{name: value for name, value in each.items() if name != "earlier"},
            **({"earlier": earlier[key]} if key in earlier else {}),
        }
        for key, each in document.get("assets", {}).items()
    }


def _rows(table: Table, text: str) -> Rows:
    """Rows with the line they begin on. Spreadsheets of Vietnamese settings separate by semicolons."""
    text = text.removeprefix(_MARK)
    first = text.partition("\n")[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found: Rows = []
    line = 1
    try:
        heads = next(reader, [])
        if heads != list(table.columns):
            column = next(
                (at for at, name in enumerate(table.columns) if at >= len(heads) or heads[at] != name), len(table.columns)
            )
            raise invalid(Spot(table.file, 1, column + 1), f"the columns are {', '.join(table.columns)}")
        line = reader.line_num + 1
        for cells in reader:
            if any(cells):
                if len(cells) != len(table.columns):
                    raise invalid(Spot(table.file, line, len(cells)), f"{len(cells)} cells in place of {len(table.columns)}")
                found.append((line, {name: _read_cell(cell) for name, cell in zip(table.columns, cells, strict=True)}))
            line = reader.line_num + 1
    except csv.Error as error:
        raise invalid(Spot(table.file, line, 1), str(error)) from error
    return found


def _text(table: Table, rows: Iterable[Mapping[str, Any]]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in rows:
        writer.writerow([_write_cell(row.get(name)) for name in table.columns])
    return _MARK + out.getvalue()


def _write_cell(value: Any) -> str:
    text = "" if value is None else " ".join(value) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _read_cell(cell: str) -> str:
    return cell[1:] if _NEUTRAL.match(cell) else cell


def _flat(part: Mapping[str, Any]) -> dict[str, Any]:
    return {**part, "name_vi": part["name"]["vi"], "name_en": part["name"]["en"]}


def _flat_asset(part: Mapping[str, Any]) -> dict[str, Any]:
    data = part.get("personal_data", {})
    return {**_flat(part), "data_subjects": data.get("subjects"), "sensitive_subjects": data.get("sensitive")}


def _flat_contact(part: Mapping[str, Any]) -> dict[str, Any]:
    return {**_flat(part), "channels": "; ".join(f"{each['kind']}:{each['address']}" for each in part["channels"])}


def _spot(place: tuple[str | int, ...], lines: Mapping[tuple[str, str | int], int]) -> Spot:
    """File, line and column of a part of the document; what is in no table given stands in the one it would be in."""
    part = str(place[0]) if place else ""
    table = next((each for each in TABLES if each.part == part), TABLES[0])
    if part == "assets" and len(place) > 2 and place[2] == "earlier":  # noqa: PLR2004 - assets / id / earlier
        table = next(each for each in TABLES if each.name == "owners")
        return Spot(table.file, lines.get(("owners", place[1]), 1), 1)
    line = lines.get((part, place[1]), 1) if len(place) > 1 else 1
    names = [str(each) for each in place[2:]]
    column = next((table.columns.index(each) for each in _aliases(names) if each in table.columns), 0)
    return Spot(table.file, line, column + 1)


def _aliases(names: list[str]) -> list[str]:
    """Columns that hold what these members of the document hold, the most exact first."""
    return [
        *names,
        "_".join(names[:2]),
        *({"subjects": "data_subjects", "sensitive": "sensitive_subjects"}.get(each, "") for each in names),
    ]
