"""F007: one bit of the spool flips; that record is told as `crc`, the rest is delivered."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from sensor.segment import Found, SegmentReader, read_header
from tests.faults.conftest import Ingest
from tests.faults.filled_spool import fill_spool, segments
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages


def records(path: Path) -> list[Found]:
    head = read_header(path)
    assert head is not None
    reader = SegmentReader(path)
    found = [item for item in reader.walk(start=head[1], limit=reader.size(), first_seq=1) if isinstance(item, Found)]
    reader.close()
    return found


@pytest.mark.fault("F007")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("seed", range(4))
def test_a_flipped_bit_costs_its_own_record_and_is_counted(ingest: Ingest, tmp_path: Path, seed: int) -> None:
    recorded, folder = tmp_path / "app.log", tmp_path / "sensor"
    recorded.write_text("".join(f"line {number}\n" for number in range(6_000)))
    fill_spool(folder, recorded)
    (path,) = segments(folder)
    chance = random.Random(seed)
    # Not the last one: a damaged end is a torn end, which is case 6.
    victim = chance.choice([record for record in records(path) if record.frame.count][:-1])
    content = bytearray(path.read_bytes())
    content[chance.randrange(victim.at, victim.end)] ^= 1 << chance.randrange(8)
    path.write_bytes(content)
    run_once(folder, ingest.server.url, ingest.certificate, "--read", recorded)
    lost = range(victim.frame.first_seq, victim.frame.next_seq)
    wanted = [line for number, line in enumerate(recorded.read_text().splitlines(), start=1) if number not in lost]
    assert messages(ingest.double.lines()) == wanted
    assert ingest.double.gaps == [(lost.start, len(lost), {"class": "unknown", "reason": "crc"})]
    status = json.loads((folder / "status.json").read_text())
    assert status["lost"] == {"crc": len(lost)}
    # The ledger: read = stored + told as lost.
    assert status["sources"][0]["read"] == len(wanted) + len(lost) == 6_000
    assert status["acknowledged_seq"] == 6_000
