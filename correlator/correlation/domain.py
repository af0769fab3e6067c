"""One dataset: its sources, its main lane, and a lane for each stream that is catching up behind the watermark.

A sensor that was cut off comes back with a backlog. It must not hold everybody else, and its events must not be lost for detection:
they run through a lane of their own, in their own order, until the stream has caught up. What was found there is marked incomplete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from correlator.correlation.lane import BEGINNING, Hit, Lane
from correlator.correlation.watch import Watches
from correlator.correlation.watermark import SourceKey, Sources
from correlator.gaps import GapLedger, How
from khien.alert import Alert
from khien.clock import MICROSECONDS, parse_utc
from khien.delivery import END

#: An event from further in the future than this has a wrong clock (detection design, section 5).
SKEW_US = 300 * MICROSECONDS
#: Pending events are kept with their lines; beyond this many the oldest are evaluated early, and that is counted.
MOST_PENDING = 200_000
#: The same in bytes of a lane: 200,000 ordinary lines of network events.
MOST_PENDING_BYTES = 256 << 20
#: A stream of which nothing late came for so long is in.
QUIET_US = 60 * MICROSECONDS
_MOST_SHOWN = 100
#: Where the frame of a stamped line has its time.
TIME = slice(len('{"@timestamp":"'), len('{"@timestamp":"') + 27)
#: A replay's clock is nobody's business.
_NO_BOUND = 2**63 - 1

Stream = tuple[str, int]
#: The name of the main lane; the others are called after their stream.
MAIN: Stream = ("", 0)


@dataclass(slots=True)
class Backlog:
    """What came late from one stream: the rules it hit, its first event time, and when the last of it was taken in."""

    rules: set[str] = field(default_factory=set)
    first_us: int = _NO_BOUND
    heard_us: int = 0

    def add(self, rules: Iterable[str], *, first_us: int, heard_us: int) -> None:
        """More of it."""
        self.rules.update(rules)
        self.first_us = min(self.first_us, first_us)
        self.heard_us = max(self.heard_us, heard_us)


class Domain:
    """Events and promises of one dataset in, alerts out. `counts` add up: `matched = alerted + grouped + suppressed + waiting`."""

    def __init__(
        self, dataset: str, watches: Watches, *, most_pending: int = MOST_PENDING, most_pending_bytes: int = MOST_PENDING_BYTES
    ) -> None:
        self.dataset = dataset
        self.sources = Sources(has_absence=dataset == "live")
        self.counts: Counter[str] = Counter()
        self.lanes: dict[Stream, Lane] = {}
        #: What came late and is not yet evaluated again, and of it what a repair under way looks at.
        self.backlogs: dict[Stream, Backlog] = {}
        self.repairing: dict[Stream, Backlog] = {}
        #: Of which time each source, (sensor, name), was evaluated; and those to write with the next checkpoint.
        self.gaps: dict[tuple[str, str], GapLedger] = {}
        self.gaps_changed: set[tuple[str, str]] = set()
        #: Lines to keep with the next checkpoint: when they were taken in, and they.
        self.intake: list[tuple[int, list[bytes]]] = []
        #: What a repair says, whatever the lanes say.
        self.repaired: dict[str, Alert] = {}
        #: Lanes whose groups go with the next checkpoint.
        self.dropped: set[Stream] = set()
        #: The last watermark that was a time.
        self.last_us = BEGINNING
        self._accounted_us = BEGINNING
        self._watches = watches
        self._most_pending = most_pending
        self._most_pending_bytes = most_pending_bytes
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
        if self.is_repaired:
            self.intake.append((ingested_us, [lines[start:end] for start, end, _ in hits]))
        for sensor, epoch, places in main.observe(lines, hits, ingested_us=ingested_us, latest_us=latest_us):
            stream = (sensor, epoch)
            self._note_late(stream, lines, [hits[place] for place in places], ingested_us=ingested_us)
            self.lane(stream).observe_late(
                lines,
                [hits[place] for place in places],
                ingested_us=ingested_us,
                latest_us=latest_us,
                target_us=self._target(stream),
            )
            self._advance_late(stream)
        for lane in list(self.lanes.values()):
            self._hold_pending(lane)

    def promise(self, key: SourceKey, *, promise_us: int, now_us: int, ingested_us: int) -> None:
        """A source has given everything up to `promise_us`; a live clock may not promise the future."""
        if self.dataset == "live" and promise_us > ingested_us + SKEW_US and promise_us < 2**62:
            self.counts["skewed_promises"] += 1
            promise_us = ingested_us + SKEW_US
        self.sources.promise(key, promise_us=promise_us, now_us=now_us)
        self._note_back(key, now_us=now_us)
        self.advance(now_us=now_us)

    def advance(self, *, now_us: int) -> None:
        """Evaluate what the promises allow."""
        main = self.lane(MAIN)
        target_us = self.sources.watermark(floor_us=main.watermark_us, now_us=now_us)
        main.is_complete = not self.sources.absent and (not self.is_repaired or self.sources.are_here(target_us))
        main.advance(target_us)
        self._account()
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
        if self.backlogs or self.repairing or self.repaired:
            return False
        return self.sources.is_ended and all(lane.is_idle for lane in self.lanes.values())

    @property
    def is_repaired(self) -> bool:
        """Whether what comes late is evaluated again; an import promises everything at its end, and nothing in it is late."""
        return self.dataset == "live"

    def ready(self, *, now_us: int) -> list[Stream]:
        """The streams with a backlog that is in."""
        main_us = self.lanes[MAIN].watermark_us
        found = []
        for stream, backlog in self.backlogs.items():
            promised = self.sources.stream_promise(*stream)
            if (promised is not None and promised >= main_us) or now_us - backlog.heard_us >= QUIET_US:
                found.append(stream)
        return found

    def drop_lane(self, stream: Stream) -> None:
        """What this lane holds was evaluated elsewhere."""
        if self.lanes.pop(stream, None) is not None:
            self.dropped.add(stream)

    def mend(self, streams: Iterable[Stream]) -> None:
        """These streams were evaluated together with the others, as far as they promised."""
        wanted, main_us = set(streams), self.last_us
        for (sensor, epoch, name), source in self.sources.by_key.items():
            if (sensor, epoch) in wanted and (sensor, name) in self.gaps:
                self.gaps[sensor, name].mend(BEGINNING, min(source.promise_us, main_us), How.AGAIN)
                self.gaps_changed.add((sensor, name))

    def has_gap(self, from_us: int, to_us: int) -> bool:
        """Whether a source was missing, or seen only alone, in this time."""
        spans = (span for ledger in self.gaps.values() for span in ledger.gaps(from_us=from_us))
        return any(span.from_us <= to_us for span in spans)

    def shown_gaps(self) -> list[dict[str, Any]]:
        """The gaps of each source, the newest hundred."""
        waiting = {sensor for sensor, _ in (*self.backlogs, *self.repairing)}
        return [
            {
                "sensor": sensor,
                "source": name,
                "repair_waits": sensor in waiting,
                "count": len(gaps),
                "gaps": [{"from_us": gap.from_us, "to_us": gap.to_us, "how": gap.how.value} for gap in gaps[-_MOST_SHOWN:]],
            }
            for (sensor, name), ledger in sorted(self.gaps.items())
            if (gaps := ledger.gaps())
        ]

    def _note_late(self, stream: Stream, lines: bytes, hits: list[Hit], *, ingested_us: int) -> None:
        if self.is_repaired:
            rules = {self._watches.rule_ids[number] for _, _, numbers in hits for number in numbers}
            first = min(lines[start + TIME.start : start + TIME.stop] for start, _, _ in hits)
            first_us = parse_utc(first.decode("ascii"))
            self.backlogs.setdefault(stream, Backlog()).add(rules, first_us=first_us, heard_us=ingested_us)

    def _note_back(self, key: SourceKey, *, now_us: int) -> None:
        """A source that was missing speaks: what it promised was seen, alone."""
        sensor, epoch, name = key
        ledger = self.gaps.get((sensor, name))
        if ledger is None or not ledger.gaps():
            return
        before = ledger.spans
        ledger.mend(BEGINNING, min(self.sources.by_key[key].promise_us, self.last_us), How.ALONE)
        if ledger.spans != before:
            self.gaps_changed.add((sensor, name))
            missed_us = min(span.from_us for span in ledger.gaps())
            self.backlogs.setdefault((sensor, epoch), Backlog()).add((), first_us=missed_us, heard_us=now_us)

    def _account(self) -> None:
        """Who was there while the watermark came here."""
        main_us = self.lanes[MAIN].watermark_us
        if not self.is_repaired or main_us == self._accounted_us or not BEGINNING < main_us < END:
            return
        self._accounted_us = self.last_us = main_us
        promises: dict[tuple[str, str], int] = {}
        for (sensor, _, name), source in self.sources.by_key.items():
            promises[sensor, name] = min(source.promise_us, promises.get((sensor, name), END))
        for place, promise_us in promises.items():
            how = How.IN_TIME if promise_us >= main_us else How.MISSING
            self.gaps.setdefault(place, GapLedger()).advance(main_us, how)
            self.gaps_changed.add(place)

    def take_alerts(self) -> Iterator[Alert]:
        """The alerts that are new or grew since the last time, each once, in the order of their ids."""
        found: dict[str, Alert] = {}
        for lane in self.lanes.values():
            found.update(lane.alerts)
            lane.alerts = {}
        found.update(self.repaired)
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
        while (count := lane.native.pending_count) > self._most_pending or lane.native.pending_bytes > self._most_pending_bytes:
            part = max(count // 10, 1)
            first_us = lane.native.pending_time(part)
            if first_us is None:
                # One line alone is no larger than ingest lets it be.
                return
            self.counts["forced"] += part
            complete, lane.is_complete = lane.is_complete, False
            lane.advance(max(first_us, BEGINNING + 1))
            lane.is_complete = complete
