"""Every crafted case, read by the engine: what it says is told, what it forbids is not, its anomalies are named."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from khien_engine.packet import PacketSettings

from tests.engine.packet.conftest import pcap_bytes
from tests.engine.packet.reading import read
from tests.traffic import evasion, malformed, tunnels
from tests.traffic.case import CASES, Case, Told

#: Imported for the cases that they register.
MODULES = (evasion, malformed, tunnels)
#: Cut and bent packets have no right sums.
OFF = PacketSettings(checksums="off")


def value(event: dict[str, Any], path: str) -> Any:
    """The member at a dotted path, or none."""
    found: Any = event
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def is_told(events: list[dict[str, Any]], told: Told) -> bool:
    dataset, path, wanted = told
    return any(event["event"]["dataset"] == dataset and value(event, path) == wanted for event in events)


@pytest.mark.parametrize("case", CASES.values(), ids=str)
def test_the_engine_tells_what_happened(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "case.pcap"
    frames = list(case.frames())
    path.write_bytes(pcap_bytes((1_700_000_000 + number / 100, frame) for number, frame in enumerate(frames)))
    reading = read(str(path), OFF)
    events = [orjson.loads(line) for line in reading.lines.splitlines()]
    assert reading.stats["read"] == len(frames)
    assert [told for told in case.told if not is_told(events, told)] == []
    assert [told for told in case.untold if is_told(events, told)] == []
    assert case.anomalies - reading.stats["anomalies"].keys() == set()
    assert "engine_panic" not in reading.stats["anomalies"]
