"""Read a capture to its end: all lines, the batches they came in, the account."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from khien_engine.packet import Batch, CaptureReader, PacketSettings

if TYPE_CHECKING:
    from khien_engine.packet import PacketStats


@dataclass(frozen=True, slots=True)
class Reading:
    """What a capture gave."""

    batches: tuple[Batch, ...]
    stats: "PacketStats"

    @property
    def lines(self) -> bytes:
        """All lines, in order."""
        return b"".join(batch.lines for batch in self.batches)

    def events(self, dataset: str) -> list[dict[str, Any]]:
        """Decoded events of one dataset."""
        decoded = [orjson.loads(line) for line in self.lines.splitlines()]
        return [event for event in decoded if event["event"]["dataset"] == dataset]


def read(path: str, settings: PacketSettings | None = None) -> Reading:
    """Read `path` to its end."""
    reader = CaptureReader(path, settings or PacketSettings())
    batches = tuple(reader)
    return Reading(batches=batches, stats=reader.stats())
