"""Events as Arrow tables: typed by the schema, nothing lost, readable by pandas and polars."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa

import khien
from khien.capture import arrow

RECORDING = Path(__file__).resolve().parents[3] / "lab" / "recording" / "capture.pcapng"


def test_there_is_a_row_for_every_event_and_a_typed_column_for_every_field() -> None:
    capture = khien.read(RECORDING)
    table = capture.to_arrow("network.dns")
    assert table.num_rows == capture.account.events["network.dns"]
    assert table.schema.field("@timestamp").type == pa.timestamp("us", tz="UTC")
    assert table.schema.field("source.port").type == pa.int64()
    assert table.schema.field("dns.resolved_ip").type == pa.list_(pa.string())
    assert pa.types.is_struct(table.schema.field("dns.answers").type.value_type)


def test_values_are_those_of_the_events() -> None:
    capture = khien.read(RECORDING)
    events = list(capture.events("network.http"))
    rows = capture.to_arrow("network.http").to_pylist()
    assert [row["url.original"] for row in rows] == [event["url"].get("original") for event in events]
    assert [row["khien.packet"] for row in rows] == [event["khien"]["packet"] for event in events]


def test_chunks_with_different_columns_become_one_table() -> None:
    table = arrow.table([*[{"source": {"port": 1}}] * 9_000, {"destination": {"port": 2}}])
    assert table.num_rows == 9_001
    assert table.column("destination.port").null_count == 9_000


def test_a_dataset_that_does_not_occur_is_an_empty_table() -> None:
    assert khien.read(RECORDING).to_arrow("network.modbus").num_rows == 0


def test_pandas_and_polars_read_the_table() -> None:
    table = khien.read(RECORDING).to_arrow("network.flow")
    assert len(pd.DataFrame(table.to_pandas())) == table.num_rows
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    assert frame.height == table.num_rows


def test_what_the_schema_calls_flattened_is_json_text() -> None:
    event = {"@timestamp": "2026-11-10T02:00:00.000000Z", "khien": {"icmp": {"quoted": {"destination": {"port": 53}}}}}
    assert arrow.table([event]).column("khien.icmp.quoted").to_pylist() == ['{"destination":{"port":53}}']
