"""What travels from a sensor to the correlator, and the two verbs that carry it (docs/concepts/contracts.md, section 3)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

#: A promise that a source will never give anything more (end of a file).
END = 2**63 - 1

#: Limits of one batch, the same on both sides.
BATCH_EVENTS = 1_000
BATCH_BYTES = 1 << 20
#: Longest line, newline included; keeps one event inside a batch and inside Elasticsearch's comfort.
LINE_BYTES = 65_536
#: What a compressed batch may become; a bomb stops here.
INFLATED_BYTES = 16 << 20


class BatchKind(StrEnum):
    """What the body holds."""

    EVENTS = "events"
    PROMISE = "promise"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Batch:
    """A closed range of one stream.

    `events`: `count` newline-terminated lines with seq `first_seq … first_seq + count - 1`. `promise`: count 0, body JSON
    `{source: µs}`. `gap`: count events that were dropped on purpose, body JSON `{"class": …, "reason": …}`.
    """

    sensor: str
    epoch: int
    first_seq: int
    count: int
    kind: BatchKind
    dataset: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Ack:
    """Everything up to `acked_seq` of this epoch is durable at the correlator.

    `server_time_us` lets a sensor measure its clock's offset instead of guessing it.
    """

    epoch: int
    acked_seq: int
    server_time_us: int


class Transport(Protocol):
    """The way to a correlator: in process (replay) or HTTPS (sensor); one contract suite for both."""

    def mark(self, epoch: int) -> Ack:
        """Where the correlator stands in this epoch."""

    def send(self, batch: Batch) -> Ack:
        """Deliver; returns only after the batch is durable there. Raises `KhienError` with a `delivery.*` code."""
