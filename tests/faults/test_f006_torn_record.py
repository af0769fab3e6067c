"""F006: the last record of the spool is torn; it is cut with one warning, the sensor is up in 2 s, nothing is lost or doubled."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from sensor.record import FRAME, Priority
from sensor.segment import Found, SegmentReader, read_header
from sensor.spool import Spool
from tests.faults.conftest import Ingest
from tests.faults.filled_spool import fill_spool, segments
from tests.faults.sensor_process import run_once
from tests.sensor.plain_lines import messages, plain_event


def record_starts(path: Path) -> list[int]:
    """Where each record of a segment begins, and the file's end."""
    head = read_header(path)
    assert head is not None
    reader = SegmentReader(path)
    found = [item.at for item in reader.walk(start=head[1], limit=reader.size(), first_seq=1) if isinstance(item, Found)]
    reader.close()
    return [*found, path.stat().st_size]


@pytest.mark.fault("F006")
@pytest.mark.timeout(90)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.98])
def test_a_torn_last_record_is_cut_once_and_its_events_are_read_again(ingest: Ingest, tmp_path: Path, share: float) -> None:
    recorded, folder = tmp_path / "app.log", tmp_path / "sensor"
    recorded.write_text("".join(f"line {number}\n" for number in range(5_000)))
    fill_spool(folder, recorded)
    path = segments(folder)[-1]
    starts = record_starts(path)
    # What stands behind the events goes as well, as if the crash had come in the middle of their last record.
    start, end = starts[-4], starts[-3]
    with path.open("r+b") as file:
        file.truncate(start + round((end - start) * share))
    began = time.monotonic()
    errors = run_once(folder, ingest.server.url, ingest.certificate, "--read", recorded)
    assert time.monotonic() - began < 10
    assert errors.count("event=spool_torn_tail") == (1 if share else 0)
    assert path.stat().st_size == start
    assert messages(ingest.double.lines()) == recorded.read_text().splitlines()
    status = json.loads((folder / "status.json").read_text())
    assert status["balance"] == 0
    assert status["lost"] == {}


@pytest.mark.fault("F006")
def test_a_full_segment_with_a_torn_end_is_open_again_in_two_seconds(tmp_path: Path) -> None:
    notices: list[str] = []
    spool = Spool(tmp_path / "spool", sensor="gateway", dataset="live", notice=lambda event, _fields: notices.append(event))
    lines = b"".join(plain_event(f"{number * 2654435761 % 2**64:x} {number}") for number in range(1_000))
    # Single events make the most records, which is the longest scan.
    for line in lines.split(b"\n")[:-1] * 20:
        spool.append(line + b"\n", count=1, priority=Priority.LOG, state=b"{}")
        spool.promise({"s": 1}, state=b"{}")
    spool.sync()
    last = spool.next_seq - 1
    spool.close()
    path = max((tmp_path / "spool").glob("*.seg"))
    with path.open("ab") as file:
        file.write(FRAME.pack(10_000, 1, last + 1, 1, 2, 0) + b"half a record")
    began = time.process_time()
    again = Spool(tmp_path / "spool", sensor="gateway", dataset="live", notice=lambda event, _fields: notices.append(event))
    # By processor time: other work on the machine must not make this red.
    assert time.process_time() - began < 2
    assert notices == ["spool_torn_tail"]
    assert again.next_seq == last + 1
    again.close()
