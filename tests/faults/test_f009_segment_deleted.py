"""F009: somebody deletes a segment of the spool; its exact range is told as `spool_gap`, and the sensor goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.filled_spool import fill_spool, segments
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages


@pytest.mark.fault("F009")
@pytest.mark.timeout(60)
def test_a_deleted_segment_is_a_gap_with_its_range(ingest: Ingest, tmp_path: Path) -> None:
    folder, files = tmp_path / "sensor", [tmp_path / f"{name}.log" for name in ("a", "b", "c")]
    for number, path in enumerate(files):
        path.write_text("".join(f"{path.name} {line}\n" for line in range(1_500)))
        fill_spool(folder, *files[: number + 1])
    assert len(segments(folder)) == 3
    segments(folder)[1].unlink()
    run_once(folder, ingest.server.url, ingest.certificate, *(word for path in files for word in ("--read", path)))
    assert messages(ingest.double.lines()) == files[0].read_text().splitlines() + files[2].read_text().splitlines()
    assert ingest.double.gaps == [(1_501, 1_500, {"class": "unknown", "reason": "spool_gap"})]
    status = json.loads((folder / "status.json").read_text())
    assert status["lost"] == {"spool_gap": 1_500}
    assert (status["acknowledged_seq"], status["last_seq"]) == (4_500, 4_500)
