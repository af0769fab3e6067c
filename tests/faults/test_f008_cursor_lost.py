"""F008: the cursor is empty, missing or nonsense; the sensor rewinds to the server's mark and stores nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages


@pytest.mark.fault("F008")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("content", [None, b"", b"\0" * 8_192, b"nonsense" * 1_024])
def test_a_lost_cursor_costs_a_rewind_to_the_servers_mark_and_nothing_else(
    ingest: Ingest, tmp_path: Path, content: bytes | None
) -> None:
    first, second, folder = tmp_path / "first.log", tmp_path / "second.log", tmp_path / "sensor"
    first.write_text("".join(f"first {number}\n" for number in range(3_000)))
    second.write_text("".join(f"second {number}\n" for number in range(3_000)))
    run_once(folder, ingest.server.url, ingest.certificate, "--read", first)
    # The correlator lost its newest third (a restore); the sensor's cursor would claim that all is there.
    ingest.double.marks["gateway", 1] = 2_000
    del ingest.double.events["gateway", 1][2_000:]
    cursor = folder / "spool" / "cursor"
    cursor.unlink() if content is None else cursor.write_bytes(content)
    run_once(folder, ingest.server.url, ingest.certificate, "--read", first, "--read", second)
    assert messages(ingest.double.lines()) == first.read_text().splitlines() + second.read_text().splitlines()
    assert ingest.double.duplicates == 0
    assert ingest.double.gaps == []
