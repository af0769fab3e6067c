"""One dataset: its sources, its main lane, and a lane for each stream that is catching up behind the watermark.

A sensor that was cut off comes back with a backlog. It must not hold everybody else, and its events must not be lost for detection:
they run through a lane of their own, in their own order, until the stream has caught up. What was found there is marked incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from correlator.correlation.lane import BEGINNING, Lane, Pending
from correlator.correlation.watch import Watches
from correlator.correlation.watermark import SourceKey, Sources
from correlator.plan import MOST_GROUPS
from khien.alert import Alert
from khien.clock import MICROSECONDS

#: An event from further in the future than this has a wrong clock (detection design, section 5).
SKEW_US = 300 * MICROSECONDS
#: Pending events are kept with their lines; beyond this many the oldest are evaluated early, and that is counted.
MOST_PENDING = 200_000

Stream = tuple[str, int]
#: The name of the main lane; the others are called after their stream.
MAIN: Stream = ("", 0)


class Domain:
    """Events and promises of one dataset in, alerts out. `counts` add up: `matched = alerted + grouped + suppressed + waiting`."""

    def __init__(self, dataset: str, watches: Watches, *, most_groups: int = MOST_GROUPS, most_pending: int = MOST_PENDING) -> None:
        self.dataset = dataset
        self.sources = Sources(has_absence=dataset == "live")
        self.counts: Counter[str] = Counter()
        self.lanes: dict[Stream, Lane] = {}
        self._watches = watches
        self._most_groups = most_groups
        self._most_pending = most_pending
        self.lane(MAIN)

    def lane(self, stream: Stream) -> Lane:
        """The lane of this name, made when it is new."""
        if stream not in self.lanes:
            self.lanes[stream] = lane = Lane(self.dataset, self._watches, most_groups=self._most_groups)
            lane.counts = self.counts
        return self.lanes[stream]

    def observe(self, pending: Pending, *, ingested_us: int) -> None:
        """An event that a rule hit. `ingested_us` is when it was taken in: the bound of what a clock may claim."""
        if self.dataset == "live" and pending.time_us > ingested_us + SKEW_US:
            self.counts["skewed"] += 1
            pending = Pending(ingested_us, pending.order, pending.line, pending.hits)
        main = self.lane(MAIN)
        if pending.time_us > main.watermark_us:
            main.observe(pending)
            self._hold_pending(main)
            return
        self.counts["late"] += 1
        stream = (pending.order.sensor, pending.order.epoch)
        lane = self.lane(stream)
        # Behind its own stream's promise too: nothing orders it any more, so it is evaluated as it comes.
        lane.watermark_us = min(lane.watermark_us, pending.time_us - 1)
        lane.is_complete = False
        lane.observe(pending)
        self._advance_late(stream)

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
        return sum(len(pending.hits) for lane in self.lanes.values() for pending in lane.pending)

    @property
    def is_finished(self) -> bool:
        """Everything was promised, and nothing is open: the domain may be forgotten."""
        return self.sources.is_ended and all(lane.is_idle for lane in self.lanes.values())

    def take_alerts(self) -> Iterator[Alert]:
        """The alerts that are new or grew since the last time, each once, in the order of their ids."""
        found: dict[str, Alert] = {}
        for lane in self.lanes.values():
            found.update(lane.changes.alerts)
            lane.changes.alerts = {}
        yield from (found[alert_id] for alert_id in sorted(found))

    def _advance_late(self, stream: Stream) -> None:
        lane = self.lanes[stream]
        main_us = self.lanes[MAIN].watermark_us
        promised = self.sources.stream_promise(*stream)
        lane.advance(main_us if promised is None else min(promised, main_us))
        if lane.is_idle and not lane.changes.is_any and (promised is None or promised >= main_us):
            del self.lanes[stream]

    def _hold_pending(self, lane: Lane) -> None:
        """Bounded memory: the oldest tenth is evaluated before its watermark, counted, and marked incomplete."""
        if len(lane.pending) <= self._most_pending:
            return
        times = sorted(pending.time_us for pending in lane.pending)
        self.counts["forced"] += len(times) // 10
        complete, lane.is_complete = lane.is_complete, False
        lane.advance(max(times[len(times) // 10], BEGINNING + 1))
        lane.is_complete = complete
