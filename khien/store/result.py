"""What a store answers to a put: one outcome for each item, in order."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one item. `updated` is for alerts only; a known alert that brings nothing new is a duplicate."""

    STORED = "stored"
    UPDATED = "updated"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class RejectReason(StrEnum):
    """The closed list of reasons, as the ledger counts them."""

    TOO_LARGE = "too_large"
    PARSE_LINE = "parse_line"
    LINE_FRAME = "line_frame"
    MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Rejection:
    """An item that the store will never take as it is; its raw bytes stay with the caller, at `index` of what was put."""

    index: int
    item_id: str | None
    reason: RejectReason
    detail: str


@dataclass(frozen=True, slots=True)
class PutResult:
    """Outcomes in the order of the items; every item has exactly one. What is stored or duplicate is durable."""

    outcomes: tuple[Outcome, ...]
    rejections: tuple[Rejection, ...] = ()

    @property
    def stored(self) -> int:
        """New items."""
        return self.outcomes.count(Outcome.STORED)

    @property
    def updated(self) -> int:
        """Alerts that grew."""
        return self.outcomes.count(Outcome.UPDATED)

    @property
    def duplicates(self) -> int:
        """Items that were there before."""
        return self.outcomes.count(Outcome.DUPLICATE)

    @property
    def rejected(self) -> int:
        """Items that were refused, each with a `Rejection`."""
        return self.outcomes.count(Outcome.REJECTED)
