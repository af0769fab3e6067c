"""A lane: one dataset's events in event time, from the buffer before the watermark to the alerts behind it."""

from __future__ import annotations

import heapq
from collections import Counter, OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial

import orjson

from correlator.correlation.episode import Entry, Firing
from correlator.correlation.group import Closing, Rising
from correlator.correlation.values import Event, facts
from correlator.correlation.watch import Feed, Watch, Watches
from correlator.plan import MOST_GROUPS
from khien.alert import Alert
from khien.ids import EventId

#: Before the first promise nothing is behind us.
BEGINNING = -(2**63)

GroupKey = tuple[str, tuple[str, ...]]
State = Rising | Closing


@dataclass(frozen=True, slots=True, order=True)
class Pending:
    """An event that some rule hit and that waits for the watermark; ordered by event time, then id."""

    time_us: int
    order: EventId
    line: bytes = field(compare=False)
    hits: tuple[int, ...] = field(compare=False)


@dataclass(slots=True)
class Changes:
    """What moved since the last checkpoint; the checkpoint takes it and writes it in one transaction."""

    added: dict[EventId, Pending] = field(default_factory=dict)
    removed: set[EventId] = field(default_factory=set)
    groups: set[GroupKey] = field(default_factory=set)
    alerts: dict[str, Alert] = field(default_factory=dict)

    @property
    def is_any(self) -> bool:
        """Whether there is something to write."""
        return bool(self.added or self.removed or self.groups or self.alerts)


class Lane:
    """Pending events, groups and timers of one dataset. `counts` says what became of every match."""

    def __init__(self, dataset: str, watches: Watches, *, most_groups: int = MOST_GROUPS) -> None:
        self.dataset = dataset
        self.watermark_us = BEGINNING
        self.is_complete = True
        self.counts: Counter[str] = Counter()
        self.changes = Changes()
        self.pending: list[Pending] = []
        self.groups: dict[str, OrderedDict[tuple[str, ...], State]] = {}
        self._watches = watches
        self._most_groups = most_groups
        self._rank = 0
        self._timers: list[tuple[int, str, tuple[str, ...]]] = []

    def observe(self, pending: Pending) -> None:
        """An event ahead of the watermark: it waits for its turn."""
        heapq.heappush(self.pending, pending)
        self.changes.added[pending.order] = pending
        self.changes.removed.discard(pending.order)

    def advance(self, watermark_us: int) -> None:
        """Everything up to this event time has been seen: evaluate it in order, then end what is over."""
        if watermark_us <= self.watermark_us:
            return
        self.watermark_us = watermark_us
        while self.pending and self.pending[0].time_us <= watermark_us:
            # What was over before this event is ended before it, so that a long step and many short ones see the same groups.
            self._end(self.pending[0].time_us - 1)
            self._release(heapq.heappop(self.pending))
        self._end(watermark_us)

    def restore(self, pending: Iterable[Pending], groups: Iterable[tuple[str, tuple[str, ...], State]]) -> None:
        """Take back what a checkpoint kept."""
        self.pending = list(pending)
        heapq.heapify(self.pending)
        for name, key, state in sorted(groups, key=lambda item: item[2].rank):
            self._rank = state.rank
            self.groups.setdefault(name, OrderedDict())[key] = state
            heapq.heappush(self._timers, (state.ends_us, name, key))

    def state(self, name: str, key: tuple[str, ...]) -> State | None:
        """The state of one group, if it lives."""
        groups = self.groups.get(name)
        return None if groups is None else groups.get(key)

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing is open."""
        return not self.pending and not any(self.groups.values())

    def _release(self, pending: Pending) -> None:
        if self.changes.added.pop(pending.order, None) is None:
            self.changes.removed.add(pending.order)
        event: Event = orjson.loads(pending.line)
        event_id = str(pending.order)
        outcomes: Counter[int] = Counter()
        for watch in self._watches.of(pending.hits):
            entry = Entry(pending.time_us, event_id, facts(event, watch.entities))
            feeds = watch.feeds(event, event_id, pending.hits)
            if not feeds:
                self.counts["group_missing"] += 1
            for feed in feeds:
                grew = self._feed(watch, feed, entry, event, pending.hits)
                if watch.detection is not None:
                    outcomes[watch.detection.number] = 1 if grew else 2
        for number in pending.hits:
            self.counts["matched"] += 1
            self.counts[("suppressed", "grouped", "alerted")[outcomes[number]]] += 1

    def _feed(self, watch: Watch, feed: Feed, entry: Entry, event: Event, hits: tuple[int, ...]) -> bool:
        """Give an event to a group; whether it grew an alert that was already there."""
        groups = self.groups.setdefault(watch.name, OrderedDict())
        key = feed.group.key
        state = groups.get(key)
        if state is None:
            state = self._new_state(watch, feed, entry, event, hits)
            groups[key] = state
            heapq.heappush(self._timers, (state.ends_us, watch.name, key))
            self._hold_quota(watch, groups)
        self._touch(watch.name, key)
        if isinstance(state, Closing):
            state.take(feed.keys, entry)
            return False
        before = state.episode
        episode = state.feed(feed.keys, entry, partial(self._fire, watch, feed, entry, event, hits))
        if episode is None:
            return False
        self._note(episode.alert())
        is_grown = episode is before
        self.counts["alerts_grown" if is_grown else "alerts_opened"] += 1
        return is_grown

    def _touch(self, name: str, key: tuple[str, ...]) -> None:
        """Most recent now; the rank is kept, so that a restart knows the same order."""
        groups = self.groups[name]
        groups.move_to_end(key)
        self._rank += 1
        groups[key].rank = self._rank
        self.changes.groups.add((name, key))

    def _new_state(self, watch: Watch, feed: Feed, entry: Entry, event: Event, hits: tuple[int, ...]) -> State:
        if watch.rising_at is not None:
            return Rising(needed=watch.rising_at, timespan_us=watch.timespan_us, last_us=entry.time_us)
        return Closing(
            timespan_us=watch.timespan_us,
            group=feed.group,
            first=entry,
            sample=orjson.dumps(event),
            rule_ids=self._watches.rule_ids(watch, hits),
        )

    def _fire(self, watch: Watch, feed: Feed, entry: Entry, event: Event, hits: tuple[int, ...], entries: list[Entry]) -> Alert:
        return Firing(
            watch=watch,
            dataset=self.dataset,
            group=feed.group,
            start_us=entries[0].time_us,
            end_us=entry.time_us,
            first_event_id=entry.event_id,
            entries=entries,
            event_count=len({one.event_id for one in entries}),
            observed=len(entries),
            is_complete=self.is_complete,
            detections=self._watches.detections(self._watches.rule_ids(watch, hits)),
            event=event,
        ).alert()

    def _judge(self, watch: Watch, state: Closing) -> None:
        """A closing window is over: an alert, if its condition holds."""
        observed = state.event_count if watch.kind == "event_count" else len(state.keys)
        if not watch.threshold.holds(observed):
            return
        last = Entry(state.last_us, state.event_ids[-1], state.first.facts)
        alert = Firing(
            watch=watch,
            dataset=self.dataset,
            group=state.group,
            start_us=state.first.time_us,
            end_us=state.ends_us,
            first_event_id=state.first.event_id,
            entries=[state.first, *(Entry(state.first.time_us, state.first.event_id, one) for one in state.facts), last],
            event_count=state.event_count,
            observed=observed,
            is_complete=self.is_complete,
            detections=self._watches.detections(state.rule_ids),
            event=orjson.loads(state.sample),
        ).alert()
        self._note(alert.model_copy(update={"event_ids": tuple(state.event_ids)}))
        self.counts["alerts_opened"] += 1

    def _note(self, alert: Alert) -> None:
        self.changes.alerts[alert.id] = alert

    def _end(self, watermark_us: int) -> None:
        """Forget groups that can no longer matter; judge windows that are over. Timers are re-armed, never moved."""
        while self._timers and self._timers[0][0] <= watermark_us:
            _, name, key = heapq.heappop(self._timers)
            state = self.state(name, key)
            if state is None:
                continue
            if state.ends_us > watermark_us:
                heapq.heappush(self._timers, (state.ends_us, name, key))
                continue
            if isinstance(state, Closing):
                self._judge(self._watches.by_name[name], state)
            del self.groups[name][key]
            self.changes.groups.add((name, key))

    def _hold_quota(self, watch: Watch, groups: OrderedDict[tuple[str, ...], State]) -> None:
        """Too many groups: the least recent that counted least goes, so that a flood of newcomers drives out newcomers."""
        if len(groups) <= self._most_groups:
            return
        candidates = [key for key, _ in zip(groups, range(_CANDIDATES), strict=False)]
        victim = min(candidates, key=lambda key: groups[key].weight)
        # Those that counted more go to the back: the next search begins behind them.
        for key in candidates:
            if groups[key].weight > 1 and key != victim:
                self._touch(watch.name, key)
        del groups[victim]
        self.changes.groups.add((watch.name, victim))
        self.counts["groups_evicted"] += 1


#: How many of the least recent groups are looked at to find one that counted little.
_CANDIDATES = 64
