"""The comparison of the two stores: the same event ids, alert ids and counts, or the demo fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from khien.store import EventStore


@dataclass(frozen=True, slots=True)
class StoreComparison:
    """Counts in both stores, and the first ids that only one of them has."""

    events: tuple[int, int]
    alerts: tuple[int, int]
    only_in_one: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return self.events[0] == self.events[1] and self.alerts[0] == self.alerts[1] and not self.only_in_one


def compare_stores(one: EventStore, other: EventStore, dataset: str) -> StoreComparison:
    """Compare every id of a dataset."""
    different: list[str] = []
    counts = []
    for ids in (lambda store: store.event_ids(dataset), lambda store: store.alert_ids(dataset)):
        left, right = _set(ids, one), _set(ids, other)
        different += sorted(left ^ right)[:10]
        counts.append((len(left), len(right)))
    return StoreComparison(events=counts[0], alerts=counts[1], only_in_one=tuple(different))


def _set(ids: Callable[[EventStore], Iterator[str]], store: EventStore) -> set[str]:
    return set(ids(store))
