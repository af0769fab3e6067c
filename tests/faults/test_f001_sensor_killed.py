"""F001: kill -9 the sensor at random points; what files held arrives once, in order, and the ledger balances."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.sensor_process import run_once, start
from tests.sensor.plain_lines import messages


def kill_many_times(ingest: Ingest, folder: Path, *, kills: int, seed: int) -> None:
    """Write, rotate and kill; then let a last run end in order, and compare with what was written."""
    chance = random.Random(seed)
    log, recorded = folder / "app.log", folder / "old.log"
    recorded.write_text("".join(f"old {number}\n" for number in range(30_000)))
    written: list[str] = []
    words = (folder / "sensor", ingest.server.url, ingest.certificate, "--log", log, "--read", recorded)
    log.touch()
    run_once(*words)
    rejected = 0
    for _ in range(kills):
        process = start(*words)
        deadline = time.monotonic() + chance.uniform(0.2, 0.9)
        while time.monotonic() < deadline:
            lines = [f"new {len(written) + number}" for number in range(chance.randrange(1, 400))]
            with log.open("a") as file:
                file.write("".join(line + "\n" for line in lines) + "bad line\n")
            rejected += 1
            written += lines
            if chance.random() < 0.02:
                log.rename(folder / f"app.log.{len(written):09d}")
            time.sleep(0.005)
        process.kill()
        process.communicate()
    log.touch()  # it may just have been rotated
    run_once(*words)
    arrived = messages(ingest.double.lines())
    assert [line for line in arrived if line.startswith("old")] == [f"old {number}" for number in range(30_000)]
    assert [line for line in arrived if line.startswith("new")] == written
    assert ingest.double.gaps == []
    status = json.loads((folder / "sensor" / "status.json").read_text())
    accounts = {account["name"]: account for account in status["sources"]}
    assert accounts["app.log"]["read"] == len(written) + rejected
    assert accounts["app.log"]["acknowledged"] == accounts["app.log"]["spooled"] == len(written)
    assert accounts["app.log"]["rejected"] == {"parse_plain": rejected}
    assert accounts["old.log"]["acknowledged"] == accounts["old.log"]["read"] == 30_000
    assert status["balance"] == 0
    kept = (folder / "sensor" / "rejected.jsonl").read_text().splitlines()
    assert len(kept) == rejected


@pytest.mark.fault("F001")
@pytest.mark.timeout(120)
def test_a_sensor_killed_at_20_random_points_loses_and_doubles_nothing(ingest: Ingest, tmp_path: Path) -> None:
    kill_many_times(ingest, tmp_path, kills=20, seed=1)


@pytest.mark.slow
@pytest.mark.fault("F001")
@pytest.mark.timeout(900)
def test_a_sensor_killed_at_200_random_points_loses_and_doubles_nothing(ingest: Ingest, tmp_path: Path) -> None:
    kill_many_times(ingest, tmp_path, kills=200, seed=2)
