"""How long acknowledged segments stay: a correlator that lost what it had acknowledged is repaired from them."""

from __future__ import annotations

from dataclasses import dataclass, field

from sensor.catalogue import Catalogue, Segment
from sensor.cursor import Mark

#: Reliability design, section 3: at least 30 min, unless they exceed 2 GiB.
KEEP_SECONDS = 1_800.0
KEEP_BYTES = 2 << 30


@dataclass(slots=True)
class Retention:
    """Unlinks what is acknowledged, old enough or too much; never the newest segment, which knows epoch and seq."""

    catalogue: Catalogue
    keep_seconds: float = KEEP_SECONDS
    keep_bytes: int = KEEP_BYTES
    _acknowledged_at: dict[int, float] = field(default_factory=dict)

    def sweep(self, mark: Mark, *, reading: int, now: float, is_short_of_space: bool = False) -> int:
        """Unlink; the cursor must already be durable at `mark`. Returns how many segments went.

        `reading` is the segment that delivery stands in (promises at its end may be unsent); `now` is monotonic.
        """
        done = [segment for segment in self.catalogue.segments()[:-1] if _is_done(segment, mark, reading)]
        for segment in done:
            self._acknowledged_at.setdefault(segment.header.number, now)
        kept_bytes = sum(segment.end for segment in done)
        gone = 0
        for segment in done:
            age = now - self._acknowledged_at[segment.header.number]
            if not is_short_of_space and age < self.keep_seconds and kept_bytes <= self.keep_bytes:
                break
            segment.path.unlink(missing_ok=True)
            self.catalogue.remove(segment.header.number)
            self._acknowledged_at.pop(segment.header.number, None)
            kept_bytes -= segment.end
            gone += 1
        return gone


def _is_done(segment: Segment, mark: Mark, reading: int) -> bool:
    return segment.header.number < reading and Mark(segment.header.epoch, segment.next_seq - 1) <= mark
