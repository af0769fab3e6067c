"""The one interface of the event stores. SQLite and Elasticsearch stand behind it and pass one contract suite."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from khien.alert import Alert
from khien.store.health import StoreHealth
from khien.store.query import AlertPage, AlertQuery, EventPage, EventQuery
from khien.store.result import PutResult


class EventStore(Protocol):
    """Keeps events and alerts for search.

    Every verb may raise `KhienError` with a `store.*` code; `store.unavailable` and `store.quota_full` mean "try the same again
    later", and trying the same again is always safe.
    """

    def put_events(self, lines: bytes) -> PutResult:
        """Store stamped lines (newline-terminated, `event.id` inside). Durable on return. A known id is a duplicate."""

    def put_alerts(self, alerts: Sequence[Alert]) -> PutResult:
        """Store alerts. The same id with more hits is an update; with the same or fewer it is a duplicate."""

    def get_events(self, ids: Sequence[str], *, dataset: str | None = None) -> dict[str, bytes]:
        """The lines (without newline) of those ids that are there; `dataset` narrows the search and makes it faster."""

    def search_events(self, query: EventQuery) -> EventPage:
        """One page of events."""

    def get_alerts(self, ids: Sequence[str]) -> dict[str, Alert]:
        """The alerts of those ids that are there."""

    def search_alerts(self, query: AlertQuery) -> AlertPage:
        """One page of alerts."""

    def count(self, dataset: str) -> int:
        """Events of one khien.dataset."""

    def event_ids(self, dataset: str) -> Iterator[str]:
        """All event ids of one khien.dataset, ascending as text."""

    def alert_ids(self, dataset: str) -> Iterator[str]:
        """All alert ids of one dataset, ascending."""

    def flush(self) -> None:
        """Make everything put so far findable by search (Elasticsearch finds it within a second anyway)."""

    def health(self) -> StoreHealth:
        """The store's own account; never raises."""

    def close(self) -> None:
        """Give back files and connections; safe to call twice."""
