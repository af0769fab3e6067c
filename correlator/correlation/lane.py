"""A lane: one dataset's events in event time, or those of one stream that is catching up. The core counts, here alerts are made.

The core says that a condition became true or went on; the alert with its explanation is built once, when it begins, and kept for
as long as its episode is open (docs/adr/0011-correlation-in-rust.md).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from khien_engine import correlate

from correlator.correlation.episode import alert_of, grown
from correlator.correlation.pressure import Pressures
from correlator.correlation.watch import Watches
from khien.alert import Alert

#: Before the first promise nothing is behind us.
BEGINNING = -(2**63)
#: The core stops after so many firings until they are taken: each carries its sample line.
MOST_FIRINGS = 2_000
#: Open alerts kept in memory; of the others the checkpoint has the first words.
MOST_OPEN = 20_000

#: The lane of one stream that catches up gets this part of what the main lane may take.
_LATE_PART = 8

#: A line that rules hit: first byte, one past its newline, numbers of the rules.
Hit = tuple[int, int, list[int]]


class Lane:
    """Pending events, groups and timers, and the open alerts. `counts` says what became of every match."""

    def __init__(self, dataset: str, watches: Watches, *, is_main: bool) -> None:
        self.dataset = dataset
        most_bytes = watches.most_bytes if is_main else watches.most_bytes // _LATE_PART
        self.native = correlate.Lane(watches.native, is_main=is_main, most_bytes=most_bytes)
        self.counts: Counter[str] = Counter()
        #: New or grown since they were last taken.
        self.alerts: dict[str, Alert] = {}
        #: Watches that have more groups than their quota.
        self.pressures = Pressures(dataset, watches, most_bytes=most_bytes)
        #: Episodes to write and to delete with the next checkpoint: number → watch.
        self.opened: dict[int, str] = {}
        self.closed: set[int] = set()
        #: Ids of events that waited in the checkpoint and that no rule hits any more.
        self.unmatched: list[str] = []
        self.recall: Callable[[int], bytes] | None = None
        self._open: dict[int, Alert | bytes] = {}
        self._watches = watches

    @property
    def watermark_us(self) -> int:
        """Everything up to here has been seen."""
        return self.native.watermark_us

    @watermark_us.setter
    def watermark_us(self, watermark_us: int) -> None:
        self.native.watermark_us = watermark_us

    @property
    def is_complete(self) -> bool:
        """Whether all sources speak: alerts say so."""
        return self.native.is_complete

    @is_complete.setter
    def is_complete(self, is_complete: bool) -> None:
        self.native.is_complete = is_complete

    def observe(self, lines: bytes, hits: list[Hit], *, ingested_us: int, latest_us: int) -> list[tuple[str, int, list[int]]]:
        """Lines and their hits; gives (sensor, epoch, places) of hits behind the watermark."""
        late = self.native.observe(lines, hits, ingested_us, latest_us)
        self.collect()
        return late

    def observe_late(self, lines: bytes, hits: list[Hit], *, ingested_us: int, latest_us: int, target_us: int) -> None:
        """Lines behind the main watermark, of this lane's stream, evaluated up to `target_us`."""
        self.native.observe_late(lines, hits, ingested_us, latest_us, target_us)
        self.collect()

    def advance(self, watermark_us: int) -> None:
        """Everything up to this event time has been seen: evaluate it in order, then end what is over."""
        while not self.native.advance(watermark_us, MOST_FIRINGS):
            self.collect()
        self.collect()
        self.pressures.end(watermark_us)

    def collect(self) -> None:
        """Make alerts of what the core says."""
        changes = self.native.take_changes()
        self.counts.update(dict(changes.counts))
        for eviction in changes.evictions:
            alert = self.pressures.add(eviction, is_complete=self.is_complete)
            self.alerts[alert.id] = alert
        for firing in changes.firings:
            watch = self._watches.by_name[firing.watch]
            alert = alert_of(watch, firing, dataset=self.dataset, detections=self._watches.detections(watch, firing.members))
            self.alerts[alert.id] = alert
            if firing.episode is not None:
                self._open[firing.episode] = alert
                self.opened[firing.episode] = firing.watch
                self.closed.discard(firing.episode)
        for growth in changes.growths:
            alert = grown(self.opening(growth.episode), growth)
            self.alerts[alert.id] = alert
        for number in changes.closed:
            self._open.pop(number, None)
            if self.opened.pop(number, None) is None:
                self.closed.add(number)

    def opening(self, number: int) -> Alert:
        """The alert of an open episode as it was first written."""
        found = self._open.get(number)
        if found is None and self.recall is not None:
            found = self.recall(number)
        if isinstance(found, bytes) and found:
            found = self._open[number] = Alert.model_validate_json(found)
        if not isinstance(found, Alert):
            message = f"the checkpoint has no episode {number}"
            raise KeyError(message)
        return found

    def keep_open(self, episodes: Sequence[tuple[int, bytes]]) -> None:
        """Open alerts as a checkpoint kept them."""
        self._open.update(episodes)

    @property
    def openings(self) -> dict[int, Alert]:
        """The open alerts of a lane that was never written."""
        return {number: self.opening(number) for number in self.opened}

    def adopt(self, watches: Sequence[str], other: Lane, openings: Mapping[int, Alert], *, left: Sequence[int]) -> None:
        """What the other lane leaves open of these watches takes the place of what is open here, but for the `left` episodes."""
        groups = [group for group in other.native.snapshot()[0] if group[0] in watches]
        self.native.replace(list(watches), groups, list(left))
        self.collect()
        for number, alert in openings.items():
            if number not in left and other.opened[number] in watches:
                self._open[number] = alert
                self.opened[number] = other.opened[number]

    def written(self) -> None:
        """The checkpoint has all of it: what is there need not be kept here too."""
        self.opened.clear()
        self.closed.clear()
        self.unmatched.clear()
        for number in list(self._open)[: max(len(self._open) - MOST_OPEN, 0)]:
            del self._open[number]

    @property
    def has_changes(self) -> bool:
        """Whether there is something to write."""
        return bool(self.alerts or self.opened or self.closed or self.unmatched) or self.native.has_changes

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is open."""
        return self.native.is_idle
