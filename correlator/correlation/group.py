"""The state of one group of one watch, and what an event does to it.

Rising (`gte`, `gt`, a single event): the *n* most recently seen keys are enough, because the condition "at least n different keys
within the timespan" holds exactly when the n-th most recent one is inside it. So a group's memory is bounded by its threshold.
Closing (everything else): a window is anchored at the first event and judged when it is over.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from correlator.correlation.episode import Entry, Episode
from correlator.correlation.values import Facts
from correlator.correlation.watch import Group
from khien.alert import EVENT_IDS_KEPT, Alert

#: Distinct values that a closing window counts exactly; thresholds end far below.
MOST_CLOSING_KEYS = 100_000


Fire = Callable[[list[Entry]], Alert]


@dataclass(slots=True)
class Rising:
    """A sliding window: keys with their last event, least recent first; the episode, and when its condition last held."""

    needed: int
    timespan_us: int
    slots: OrderedDict[str, Entry] = field(default_factory=OrderedDict)
    last_us: int = -(2**63)
    episode: Episode | None = None
    held_us: int = -(2**63)
    rank: int = 0

    def feed(self, keys: tuple[str, ...], entry: Entry, fire: Fire) -> Episode | None:
        """Take the next event in (time, id) order. Returns the episode when the condition holds at it.

        Only a late event can be older than the last one. Inside the timespan it counts as if it had come with the last; one that is
        older still is judged alone and leaves the window as it is.
        """
        if entry.time_us < self.last_us:
            if entry.time_us < self.last_us - self.timespan_us:
                return Rising(self.needed, self.timespan_us).feed(keys, entry, fire)
            entry = Entry(self.last_us, entry.event_id, entry.facts)
        for key in keys:
            self.slots.pop(key, None)
            self.slots[key] = entry
        while len(self.slots) > self.needed:
            self.slots.popitem(last=False)
        oldest_us = entry.time_us - self.timespan_us
        while self.slots and next(iter(self.slots.values())).time_us < oldest_us:
            self.slots.popitem(last=False)
        self.last_us = entry.time_us
        if len(self.slots) < self.needed:
            return None
        # A dip below the threshold ends nothing: an attack near it would otherwise be a new alert every minute.
        if self.episode is None or self.held_us < oldest_us:
            self.episode = Episode.open(fire(list(self.slots.values())))
        else:
            self.episode.grow(time_us=entry.time_us, event_id=entry.event_id)
        self.held_us = entry.time_us
        return self.episode

    @property
    def ends_us(self) -> int:
        """From this watermark on the group means nothing any more."""
        return self.last_us + self.timespan_us

    @property
    def weight(self) -> int:
        """How much it has counted: what decides who goes when there are too many groups."""
        return len(self.slots)


@dataclass(slots=True)
class Closing:
    """A window from its first event over the timespan, both ends inside; judged when the watermark has passed its end."""

    timespan_us: int
    group: Group
    first: Entry
    sample: bytes
    rule_ids: tuple[str, ...]
    keys: set[str] = field(default_factory=set)
    event_count: int = 0
    last_us: int = 0
    event_ids: list[str] = field(default_factory=list)
    facts: dict[Facts, None] = field(default_factory=dict)
    rank: int = 0

    def take(self, keys: tuple[str, ...], entry: Entry) -> None:
        """One more event inside the window."""
        if len(self.keys) < MOST_CLOSING_KEYS:
            self.keys.update(keys)
        self.event_count += 1
        self.last_us = entry.time_us
        if len(self.event_ids) < EVENT_IDS_KEPT:
            self.event_ids.append(entry.event_id)
            self.facts[entry.facts] = None

    @property
    def ends_us(self) -> int:
        """The window's last microsecond."""
        return self.first.time_us + self.timespan_us

    @property
    def weight(self) -> int:
        """How much it has counted."""
        return self.event_count
