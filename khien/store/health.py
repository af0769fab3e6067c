"""How a store says that it is well, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class HealthState(StrEnum):
    """`degraded` works with less; `down` neither takes nor answers."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class StoreHealth:
    """`notes` name each thing that is missing or full, in plain words for `doctor`; counts are by khien.dataset kind."""

    state: HealthState
    backend: str
    notes: tuple[str, ...] = ()
    bytes_used: int | None = None
    bytes_quota: int | None = None
    events_dropped: dict[str, int] = field(default_factory=dict)
