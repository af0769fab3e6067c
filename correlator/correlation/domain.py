"""One dataset: its sources, its main lane, and a lane for each stream that is catching up behind the watermark.

A sensor that was cut off comes back with a backlog. It must not hold everybody else, and its events must not be lost for detection:
they run through a lane of their own, in their own order, until the stream has caught up. What was found there is marked incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from correlator.correlation.lane import BEGINNING, Hit, Lane
from correlator.correlation.watch import Watches
from correlator.correlation.watermark import SourceKey, Sources
from khien.alert import Alert
from khien.clock import MICROSECONDS

#: An event from further in the future than this has a wrong clock (detection design, section 5).
SKEW_US = 300 * MICROSECONDS
#: Pending events are kept with their lines; beyond this many the oldest are evaluated early, and that is counted.
MOST_PENDING = 200_000
#: A replay's clock is nobody's business.
_NO_BOUND = 2**63 - 1

Stream = tuple[str, int]
#: The name of the main lane; the others are called after their stream.
MAIN: Stream = ("", 0)


class Domain:
    """Events and promises of one dataset in, alerts out. `counts` add up: `matched = alerted + grouped + suppressed + waiting`."""

    def __init__(self, dataset: str, watches: Watches, *, most_pending: int = MOST_PENDING) -> None:
        self.dataset = dataset
        self.sources = Sources(has_absence=dataset == "live")
        self.counts: Counter[str] = Counter()
        self.lanes: dict[Stream, Lane] = {}
        self._watches = watches
        self._most_pending = most_pending
        self.lane(MAIN)

    def lane(self, stream: Stream) -> Lane:
        """The lane of this name, made when it is new."""
        if stream not in self.lanes:
            self.lanes[stream] = lane = Lane(self.dataset, self._watches, is_main=stream == MAIN)
            lane.counts = self.counts
        return self.lanes[stream]

    def observe(self, lines: bytes, hits: list[Hit], *, ingested_us: int) -> None:
        """Lines that rules hit. `ingested_us` is when they were taken in: the bound of what a clock may claim."""
        latest_us = ingested_us + SKEW_US if self.dataset == "live" else _NO_BOUND
        main = self.lane(MAIN)
        for sensor, epoch, places in main.observe(lines, hits, ingested_us=ingested_us, latest_us=latest_us):
            stream = (sensor, epoch)
            self.lane(stream).observe_late(
                lines,
                [hits[place] for place in places],
                ingested_us=ingested_us,
                latest_us=latest_us,
                target_us=self._target(stream),
            )
            self._advance_late(stream)
        self._hold_pending(main)

    def promise(self, key: SourceKey, *, promise_us: int, now_us: int, ingested_us: int) -> None:
        """A source has given everything up to `promise_us`; a live clock may not promise the future."""
        if self.dataset == "live" and promise_us > ingested_us + SKEW_US and promise_us < 2**62:
            self.counts["skewed_promises"] += 1
            promise_us = ingested_us + SKEW_US
        self.sources.promise(key, promise_us=promise_us, now_us=now_us)
        self.advance(now_us=now_us)

    def advance(self, *, now_us: int) -> None:
        """Evaluate what the promises allow."""
        main = self.lane(MAIN)
        main.is_complete = not self.sources.absent
        main.advance(self.sources.watermark(floor_us=main.watermark_us, now_us=now_us))
        for stream in self.late_streams:
            self._advance_late(stream)

    def look(self, *, now_us: int) -> None:
        """The clock moved: somebody may be absent now."""
        self.sources.look(now_us=now_us)
        self.advance(now_us=now_us)

    @property
    def late_streams(self) -> list[Stream]:
        """The streams that have a lane of their own."""
        return [stream for stream in self.lanes if stream != MAIN]

    @property
    def waiting(self) -> int:
        """Matches (event and rule) that wait for the watermark."""
        return sum(lane.native.waiting for lane in self.lanes.values())

    @property
    def is_finished(self) -> bool:
        """Everything was promised, and nothing is open: the domain may be forgotten."""
        return self.sources.is_ended and all(lane.is_idle for lane in self.lanes.values())

    def take_alerts(self) -> Iterator[Alert]:
        """The alerts that are new or grew since the last time, each once, in the order of their ids."""
        found: dict[str, Alert] = {}
        for lane in self.lanes.values():
            found.update(lane.alerts)
            lane.alerts = {}
        yield from (found[alert_id] for alert_id in sorted(found))

    def _target(self, stream: Stream) -> int:
        """How far a stream behind the watermark may be evaluated: what it has promised, and never beyond the others."""
        main_us = self.lanes[MAIN].watermark_us
        promised = self.sources.stream_promise(*stream)
        return main_us if promised is None else min(promised, main_us)

    def _advance_late(self, stream: Stream) -> None:
        lane = self.lanes[stream]
        promised = self.sources.stream_promise(*stream)
        lane.advance(self._target(stream))
        if lane.is_idle and not lane.has_changes and (promised is None or promised >= self.lanes[MAIN].watermark_us):
            del self.lanes[stream]

    def _hold_pending(self, lane: Lane) -> None:
        """Bounded memory: the oldest tenth is evaluated before its watermark, counted, and marked incomplete."""
        while (count := lane.native.pending_count) > self._most_pending:
            first_us = lane.native.pending_time(count // 10)
            if first_us is None:
                return
            self.counts["forced"] += count // 10
            complete, lane.is_complete = lane.is_complete, False
            lane.advance(max(first_us, BEGINNING + 1))
            lane.is_complete = complete
