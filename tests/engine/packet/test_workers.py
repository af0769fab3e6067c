"""However many engines read a capture, the batches are the same, byte for byte (docs/adr/0010-workers.md)."""

from pathlib import Path

import pytest
from khien_engine import EngineError
from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import Reading, read

FOLDERS = ("tcpdump", "zeek", "ndpi", "suricata-verify", "arkime", "attacks", "ja4")
#: One in this many belongs to the fast set; the slow one takes all.
SAMPLE = 12


def found(captures: Path, folder: str) -> list[Path]:
    """Everything under a folder that may be a capture."""
    return sorted(path for path in (captures / folder).rglob("*") if path.is_file() and ".pcap" in path.name)


def batches(reading: Reading) -> list[tuple[bytes, int, int]]:
    """All that a batch tells."""
    return [(batch.lines, batch.count, batch.last_time_us) for batch in reading.batches]


def same(path: Path) -> bool:
    """Compare one, two and three workers; whether the file was a capture."""
    try:
        one = read(str(path), PacketSettings(batch_lines=7))
    except EngineError:
        return False
    for workers in (2, 3):
        many = read(str(path), PacketSettings(batch_lines=7, workers=workers))
        assert batches(many) == batches(one), (path, workers)
        assert many.stats == one.stats, (path, workers)
    return True


@pytest.mark.parametrize("folder", FOLDERS)
def test_two_and_three_workers_write_what_one_writes(captures: Path, folder: str) -> None:
    assert sum(same(path) for path in found(captures, folder)[::SAMPLE]) > 0


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", FOLDERS)
def test_two_and_three_workers_write_what_one_writes_of_every_capture(captures: Path, folder: str) -> None:
    assert sum(same(path) for path in found(captures, folder)) > len(found(captures, folder)) // 3


def test_each_of_two_workers_has_flows_of_its_own(captures: Path) -> None:
    # Otherwise the comparison above would prove nothing: a capture with many pairs of hosts must be divided.
    path = captures / "ndpi/WebattackRCE.pcap"
    one, two = (read(str(path), PacketSettings(workers=workers)) for workers in (1, 2))
    assert one.stats["flows"] > 100
    assert batches(one) == batches(two)


def test_a_reader_that_goes_away_ends_all_workers(captures: Path) -> None:
    from khien_engine.packet import CaptureReader  # noqa: PLC0415 - only here

    reader = CaptureReader(str(captures / "ndpi/WebattackRCE.pcap"), PacketSettings(workers=3, batch_lines=1))
    next(iter(reader))
    reader.close()
    assert list(reader) == []
