"""F014: SIGTERM; the sensor is drained within 10 s and what is not delivered stays in the spool."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.filled_spool import segments
from tests.faults.sensor_process import run_once, start
from tests.sensor.plain_lines import messages


@pytest.mark.fault("F014")
@pytest.mark.timeout(90)
@pytest.mark.parametrize("is_up", [True, False], ids=["correlator up", "correlator down"])
def test_sigterm_ends_within_ten_seconds_and_keeps_the_spool(ingest: Ingest, tmp_path: Path, *, is_up: bool) -> None:
    log, folder = tmp_path / "app.log", tmp_path / "sensor"
    log.write_text("".join(f"{number} {os.urandom(16).hex()}\n" for number in range(20_000)))
    server = ingest.server.url if is_up else "https://127.0.0.1:1"
    process = start(folder, server, ingest.certificate, "--log", log)
    try:
        deadline = time.monotonic() + 30
        while not (folder / "spool").exists() or sum(path.stat().st_size for path in segments(folder)) < 20_000:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert time.monotonic() - began < 10
    assert process.returncode == 0
    assert "event=sensor_stopped" in errors
    if not is_up:
        assert ingest.double.lines() == []
    run_once(folder, ingest.server.url, ingest.certificate, "--log", log)
    assert messages(ingest.double.lines()) == log.read_text().splitlines()
