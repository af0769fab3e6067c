"""F067: a capture is cut at any byte; the packets before the cut are told, the cut is located, nothing else happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from khien_engine import EngineError
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import dns_query, pcap_bytes, udp_frame
from tests.engine.packet.reading import Reading, read
from tests.engine.packet.test_reader import pcapng_bytes

FRAMES = [(1_700_000_000.5 + index, udp_frame(dns_query(f"host{index}.vn", index))) for index in range(5)]
FILE_HEADER, RECORD_HEADER, MAGIC = 24, 16, 4
#: Sums are not looked at, so that a cut cannot change what the others mean.
SETTINGS = PacketSettings(checksums="off")


def names(reading: Reading) -> list[str]:
    return [event["dns"]["question"]["name"] for event in reading.events("network.dns")]


@pytest.mark.fault("F067")
def test_a_classic_capture_cut_at_any_byte_keeps_what_is_before_the_cut(tmp_path: Path) -> None:
    whole = pcap_bytes(FRAMES)
    record = RECORD_HEADER + len(FRAMES[0][1])
    path = tmp_path / "cut.pcap"
    for length in range(MAGIC, len(whole) + 1):
        path.write_bytes(whole[:length])
        reading = read(str(path), SETTINGS)
        kept, rest = divmod(max(length - FILE_HEADER, 0), record)
        assert names(reading) == [f"host{index}.vn" for index in range(kept)]
        assert (reading.stats["read"], reading.stats["decoded"]) == (kept, kept)
        is_cut = length < FILE_HEADER or rest > 0
        assert (reading.stats["damage_reason"] is not None) == is_cut
        assert reading.stats["anomalies"].get("capture_damaged", 0) == is_cut
        assert len(reading.events("network.anomaly")) == is_cut
        if length > FILE_HEADER and is_cut:
            assert reading.stats["damage_offset"] == FILE_HEADER + kept * record


@pytest.mark.fault("F067")
def test_a_cut_inside_the_magic_is_no_capture(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    for length in range(1, MAGIC):
        path.write_bytes(pcap_bytes(FRAMES)[:length])
        with pytest.raises(EngineError, match=r"capture\.not_a_capture"):
            read(str(path), SETTINGS)


@pytest.mark.fault("F067")
def test_a_pcapng_cut_at_any_byte_gives_a_growing_part_of_the_whole(tmp_path: Path) -> None:
    whole = pcapng_bytes("<", 6)
    path = tmp_path / "cut.pcapng"
    seen: list[str] = []
    for length in range(MAGIC, len(whole) + 1):
        path.write_bytes(whole[:length])
        reading = read(str(path), SETTINGS)
        found = names(reading)
        assert found[: len(seen)] == seen
        assert reading.stats["read"] == len(found)
        seen = found
    assert seen == [f"host{index}.vn" for index in range(5)]
