"""Every line that the engine writes is an event by the schema: the recorded lab day, and real captures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from khien_engine import EngineError
from khien_engine.logs import LogParser, detect_format
from khien_engine.packet import CaptureReader, PacketSettings

from khien.schema import validate

LAB = Path(__file__).resolve().parents[3] / "lab" / "recording"


def problems(lines: Iterator[bytes]) -> tuple[int, Counter[str]]:
    """Number of lines, and each distinct problem with how often it occurs."""
    found: Counter[str] = Counter()
    count = 0
    for line in lines:
        count += 1
        found.update(str(problem) for problem in validate(line, stamped=False))
    return count, found


def capture_lines(path: Path) -> Iterator[bytes]:
    """The lines of a capture; of a file that is no capture, none."""
    try:
        for batch in CaptureReader(str(path), PacketSettings()):
            yield from batch.lines.splitlines()
    except EngineError:
        return


def log_lines(path: Path) -> Iterator[bytes]:
    """The events of a log file whose format the engine knows; of another, none."""
    content = path.read_bytes()
    log_format = detect_format(content[:65_536])
    if log_format is not None:
        ended = content if content.endswith(b"\n") else content + b"\n"
        yield from LogParser(log_format, source=str(path), year=2025, host="may-chu").parse(ended).lines.splitlines()


def test_every_event_of_the_recorded_logs_is_valid() -> None:
    logs = sorted(LAB.rglob("*.log"))
    count, found = problems(line for path in logs for line in log_lines(path))
    assert len(logs) > 5
    assert count > 1_000
    assert found == Counter()


@pytest.mark.timeout(120)
def test_every_event_of_the_public_log_collections_is_valid(test_data: Path) -> None:
    logs = sorted(path for path in (test_data / "logs").rglob("*") if path.is_file())
    count, found = problems(line for path in logs for line in log_lines(path))
    assert count > 5_000
    assert found == Counter()


def test_every_line_of_the_recorded_day_is_valid() -> None:
    count, found = problems(capture_lines(LAB / "capture.pcapng"))
    assert count > 1_000
    assert found == Counter()


@pytest.mark.timeout(300)
def test_every_line_of_all_real_captures_is_valid(test_data: Path) -> None:
    captures = sorted(path for path in (test_data / "pcap").rglob("*") if path.suffix in {".pcap", ".pcapng", ".cap", ".trace"})
    count, found = problems(line for path in captures for line in capture_lines(path))
    assert count > 20_000
    assert found == Counter()
