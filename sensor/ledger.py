"""The sensor's accounts: for each source, what it read and what became of it.

`read = spooled + Σ rejected(reason) + Σ dropped(reason)`, at every moment. The accounts travel in the spool's own records
(`sensor.record`), so they are durable together with the events they count, and the record that the correlator has
acknowledged says exactly how much of each source has arrived.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

from sensor.sources.source import Position, SourceBatch


@dataclass(slots=True)
class SourceAccount:
    """One source, since the spool was made. `counters` are the source's own totals since this start."""

    read: int = 0
    spooled: int = 0
    rejected: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)
    position: Position | None = None
    promise_us: int | None = None
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def balance(self) -> int:
        """0 when every thing that was read is accounted for."""
        return self.read - self.spooled - sum(self.rejected.values()) - sum(self.dropped.values())


class Ledger:
    """All sources of a sensor; belongs to the spool's thread."""

    def __init__(self) -> None:
        self.accounts: dict[str, SourceAccount] = {}
        #: Length of the reject file as of the last durable record.
        self.rejects_bytes = 0

    @classmethod
    def decode(cls, state: bytes) -> Self:
        """The ledger in a record's state. Raises ValueError for anything else."""
        document: dict[str, Any] = orjson.loads(state)
        ledger = cls()
        ledger.rejects_bytes = int(document.get("rejects_bytes", 0))
        for name, account in document.get("sources", {}).items():
            ledger.accounts[name] = SourceAccount(**account)
        return ledger

    def encode(self) -> bytes:
        """The state that goes into a record."""
        return orjson.dumps({"sources": self.accounts, "rejects_bytes": self.rejects_bytes})

    def account(self, source: str) -> SourceAccount:
        """The account of a source, opened when it is new."""
        return self.accounts.setdefault(source, SourceAccount())

    def take(self, batch: SourceBatch, *, dropped: str | None = None) -> None:
        """Book a batch: its events as spooled, or as dropped for this reason."""
        account = self.account(batch.source)
        account.read += batch.read
        if dropped is None:
            account.spooled += batch.count
        else:
            _add(account.dropped, dropped, batch.count)
        for reject in batch.rejects:
            _add(account.rejected, reject.reason, 1)
        account.position = batch.position or account.position
        account.counters.update(batch.counters)

    def balance(self) -> int:
        """0 when all accounts balance."""
        return sum(abs(account.balance) for account in self.accounts.values())


def spooled_by_source(state: bytes | None) -> Mapping[str, int]:
    """How many events of each source stand before this state."""
    if state is None:
        return {}
    return {name: account.spooled for name, account in Ledger.decode(state).accounts.items()}


def _add(counts: dict[str, int], reason: str, count: int) -> None:
    if count:
        counts[reason] = counts.get(reason, 0) + count
