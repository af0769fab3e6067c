"""The crate's tables of fields against what it writes and against the schema."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from khien_engine.packet import datasets

from khien.schema import load_schema
from khien.schema.field import FieldType
from tests.engine.packet.conftest import ROOT
from tests.engine.packet.reading import read

FIELDS = ROOT / "engine/packet/fields"
TABLE: dict[str, dict[str, str]] = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(FIELDS.glob("*.yaml"))
}
PYTHON_TYPES = {"long": int, "boolean": bool, "keyword": str, "ip": str, "date": str, "double": float}


def members(value: object, name: str = "") -> Iterator[tuple[str, object]]:
    """The leaves of an event with their dotted names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from members(inner, f"{name}.{key}" if name else key)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner, f"{name}[]")
    else:
        yield name, value


def decoded(captures: Path) -> Iterator[dict[str, Any]]:
    for path in sorted((captures / "suricata-verify").rglob("*.pcap")):
        for line in read(str(path)).lines.splitlines():
            yield orjson.loads(line)


@pytest.mark.timeout(120)
def test_every_field_that_is_written_is_in_the_table_with_its_type(captures: Path) -> None:
    wrong: dict[tuple[str, str, str], object] = {}
    seen = set()
    for event in decoded(captures):
        dataset = event["event"]["dataset"].removeprefix("network.")
        seen.add(dataset)
        known = TABLE["common"] | TABLE[dataset]
        for name, value in members(event):
            if type(value) is not PYTHON_TYPES.get(known.get(name, "")):
                wrong[dataset, name, type(value).__name__] = value
    assert wrong == {}
    assert {"flow", "dns", "http", "tls", "ssh", "icmp", "file", "anomaly"} <= seen


def test_there_is_a_table_for_every_dataset_that_the_engine_knows_once_it_is_written() -> None:
    known = {name.removeprefix("network.") for name in datasets()}
    assert TABLE.keys() - {"common"} <= known


def test_every_field_of_the_tables_is_in_the_schema_with_the_same_type() -> None:
    schema = load_schema()
    wrong = []
    for dataset, fields in TABLE.items():
        for name, kind in fields.items():
            field = schema.find(name.replace("[]", ""))
            same = field is not None and field.type in {FieldType(kind), FieldType.FLATTENED, FieldType.TEXT, FieldType.WILDCARD}
            if not same:
                wrong.append((dataset, name, kind))
    assert wrong == []


def test_nothing_that_ingest_stamps_is_in_the_tables() -> None:
    names = {name for fields in TABLE.values() for name in fields}
    assert not names & {"event.id", "event.ingested", "khien.dataset", "khien.sensor", "khien.epoch", "khien.seq"}
