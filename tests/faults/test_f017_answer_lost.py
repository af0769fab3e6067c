"""F017: the connection is reset after a batch was sent and before its answer came; nothing is stored twice."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.proxy import FaultProxy, Link
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages


@pytest.mark.fault("F017")
@pytest.mark.timeout(90)
def test_batches_whose_answer_was_lost_are_stored_once(ingest: Ingest, tmp_path: Path) -> None:
    chance, lost = random.Random(17), 0

    def lose_answer(link: Link) -> bool:
        """The first four connections die at an answer, after the handshake and some batches are through."""
        nonlocal lost
        if lost < 4 and link.up > 20_000 and chance.random() < 0.5:
            lost += 1
            return True
        return False

    recorded = tmp_path / "app.log"
    recorded.write_text("".join(f"line {number} {chance.random()}\n" for number in range(20_000)))
    with FaultProxy((ingest.server.host, ingest.server.port), lose_answer=lose_answer) as proxy:
        run_once(tmp_path / "sensor", proxy.url, ingest.certificate, "--read", recorded)
        assert proxy.resets == 4
    assert messages(ingest.double.lines()) == recorded.read_text().splitlines()
    status = json.loads((tmp_path / "sensor" / "status.json").read_text())
    assert status["acknowledged_seq"] == 20_000
    assert status["delivery"]["retries"] == 4


@pytest.mark.fault("F017")
@pytest.mark.timeout(60)
def test_the_answer_lost_before_a_crash_is_made_good_by_the_servers_mark(ingest: Ingest, tmp_path: Path) -> None:
    recorded = tmp_path / "app.log"
    recorded.write_text("".join(f"line {number}\n" for number in range(3_000)))
    run_once(tmp_path / "sensor", ingest.server.url, ingest.certificate, "--read", recorded)
    # As if no answer had ever reached the disk of the sensor.
    (tmp_path / "sensor" / "spool" / "cursor").unlink()
    run_once(tmp_path / "sensor", ingest.server.url, ingest.certificate, "--read", recorded)
    assert messages(ingest.double.lines()) == recorded.read_text().splitlines()
    assert ingest.double.duplicates == 0
