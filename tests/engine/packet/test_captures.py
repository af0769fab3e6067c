"""Every capture of the test data ends without a crash, and its account adds up."""

from pathlib import Path

import orjson
import pytest
from khien_engine import EngineError
from khien_engine.packet import PacketSettings

from tests.engine.packet.reading import read

FOLDERS = ("tcpdump", "zeek", "ndpi", "suricata-verify", "arkime", "attacks", "ja4")
#: One in this many belongs to the fast set.
SAMPLE = 15
MAX_LINE = 65_536


def found(captures: Path, folder: str) -> list[Path]:
    """Everything under a folder that may be a capture; those that are none say so by their code."""
    return sorted(path for path in (captures / folder).rglob("*") if path.is_file() and ".pcap" in path.name)


def check(path: Path) -> bool:
    """Read one file; whether it was a capture."""
    try:
        reading = read(str(path), PacketSettings(checksums="off"))
    except EngineError as error:
        assert error.code in {"capture.not_a_capture", "capture.empty_file"}  # noqa: PT017 - some files are none
        return False
    stats = reading.stats
    assert stats["read"] == stats["decoded"] + sum(stats["undecoded"].values()), path
    assert "engine_panic" not in stats["undecoded"], path
    assert sum(stats["flow_ends"].values()) == stats["flows"], path
    assert stats["flows_living"] == 0, path
    lines = reading.lines.splitlines(keepends=True)
    assert len(lines) == sum(stats["events"].values()), path
    packets = 0
    for line in lines:
        assert len(line) <= MAX_LINE, path
        event = orjson.loads(line)
        if event["event"]["action"] == "flow-end" and "parent" not in event["khien"].get("tunnel", {}):
            packets += event["network"]["packets"]
    assert packets == stats["decoded"] - stats["without_flow"] + stats["aggregated"], path
    return True


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_sample_of_the_captures_is_read_to_the_end(captures: Path, folder: str) -> None:
    checked = [check(path) for path in found(captures, folder)[::SAMPLE]]
    assert any(checked)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_capture_is_read_to_the_end(captures: Path, folder: str) -> None:
    checked = [check(path) for path in found(captures, folder)]
    assert sum(checked) > len(checked) // 3


@pytest.mark.parametrize("read_size", [1, 7, 4_096])
def test_the_size_of_a_read_changes_no_byte(captures: Path, read_size: int) -> None:
    for path in found(captures, "attacks")[:3]:
        whole = read(str(path))
        assert read(str(path), PacketSettings(read_size=read_size, batch_lines=3)).lines == whole.lines
