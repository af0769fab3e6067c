"""F022: the correlator is restored from yesterday; sensors give again what they kept, the rest is a counted gap."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.conftest import Ingest
from tests.faults.filled_spool import fill_spool, segments
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages


def delivered(ingest: Ingest, folder: Path, files: list[Path]) -> None:
    run_once(folder, ingest.server.url, ingest.certificate, *(word for path in files for word in ("--read", path)))


def restore(ingest: Ingest, *, acked_seq: int) -> None:
    """The correlator of the day when it had only so much."""
    ingest.double.marks["gateway", 1] = acked_seq
    del ingest.double.events["gateway", 1][acked_seq:]


@pytest.mark.fault("F022")
@pytest.mark.timeout(60)
def test_a_restored_correlator_is_repaired_from_kept_segments(ingest: Ingest, tmp_path: Path) -> None:
    folder, files = tmp_path / "sensor", [tmp_path / "a.log", tmp_path / "b.log"]
    for number, path in enumerate(files, start=1):
        path.write_text("".join(f"{path.name} {line}\n" for line in range(1_500)))
        fill_spool(folder, *files[:number])
    wanted = files[0].read_text().splitlines() + files[1].read_text().splitlines()
    delivered(ingest, folder, files)
    assert messages(ingest.double.lines()) == wanted
    restore(ingest, acked_seq=700)
    delivered(ingest, folder, files)
    assert messages(ingest.double.lines()) == wanted
    assert ingest.double.gaps == []
    # Later, when the older segment is no longer kept: what is left comes again, the rest is told.
    restore(ingest, acked_seq=700)
    segments(folder)[0].unlink()
    delivered(ingest, folder, files)
    assert messages(ingest.double.lines()) == wanted[:700] + wanted[1_500:]
    assert ingest.double.gaps == [(701, 800, {"class": "unknown", "reason": "spool_gap"})]
    assert ingest.double.duplicates == 0
