"""What every input of a sensor is, and what it gives.

A source runs in a thread of its own and hands over small batches; the spool's thread makes them durable. A source never
decides what is durable: it is told, at start, the position that is.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from sensor.record import Priority
from sensor.rejects import Reject

#: Where a source stands, as plain JSON; only the source itself reads it again.
Position = Mapping[str, int | str]

#: How far behind the newest a source may still bring something (contract, section 2; for logs a guess as for syslog).
LIVE_LATENESS_US = 1_000_000
LOG_LATENESS_US = 5_000_000


@dataclass(frozen=True, slots=True)
class SourceBatch:
    """What a source took in since its last one, together with where it stands behind it.

    `lines`: `count` newline-terminated events. `read`: how many things (log lines, events of a capture) went in;
    `read = count + len(rejects)`. `promise_us`: everything up to then has been given, these lines included. `counters` are
    totals that the source keeps itself (packets the kernel saw and dropped).
    """

    source: str
    lines: bytes = b""
    count: int = 0
    read: int = 0
    rejects: tuple[Reject, ...] = ()
    position: Position | None = None
    promise_us: int | None = None
    counters: Mapping[str, int] = field(default_factory=dict)


class Hand(Protocol):
    """How a source hands a batch over."""

    def __call__(self, batch: SourceBatch) -> bool:
        """Wait until there is room; False when the sensor is stopping and the batch was not taken."""


class Source(Protocol):
    """One input."""

    @property
    def name(self) -> str:
        """What `khien.source` says; unique within the sensor."""

    @property
    def priority(self) -> Priority:
        """Who goes first when the disk is full."""

    @property
    def is_rereadable(self) -> bool:
        """Whether it waits for room (a file), or its events are dropped and counted when there is none (packets, syslog)."""

    def open(self) -> None:
        """Open what needs rights: sockets and files, before root is dropped. Raises `KhienError`."""

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Give everything from `position` on, until the end or until told to stop. Raises `KhienError`."""

    def close(self) -> None:
        """Give descriptors back."""
