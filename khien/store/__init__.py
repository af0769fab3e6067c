"""Event stores: one small interface, SQLite and Elasticsearch behind it."""

from khien.store.event_store import EventStore
from khien.store.health import HealthState, StoreHealth
from khien.store.opening import open_store
from khien.store.query import AlertPage, AlertQuery, Cursor, EventPage, EventQuery, FieldFilter
from khien.store.result import Outcome, PutResult, Rejection, RejectReason

__all__ = [
    "AlertPage",
    "AlertQuery",
    "Cursor",
    "EventPage",
    "EventQuery",
    "EventStore",
    "FieldFilter",
    "HealthState",
    "Outcome",
    "PutResult",
    "RejectReason",
    "Rejection",
    "StoreHealth",
    "open_store",
]
