"""What a sensor can say about itself at any moment: its accounts, its spool, its delivery."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from khien.clock import format_utc
from sensor.delivery import Delivery
from sensor.ledger import Ledger, spooled_by_source
from sensor.spool import Spool


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source. `acknowledged` is how many of `spooled` the correlator has; `counters` are the source's own totals."""

    name: str
    read: int
    spooled: int
    acknowledged: int
    rejected: Mapping[str, int]
    dropped: Mapping[str, int]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """The whole sensor. `balance` is 0 unless something is unaccounted for; `refusal` is why the correlator refuses it."""

    time_us: int
    sensor: str
    dataset: str
    epoch: int
    last_seq: int
    acknowledged_epoch: int
    acknowledged_seq: int
    sources: tuple[SourceStatus, ...]
    balance: int
    lost: Mapping[str, int]
    undeliverable: Mapping[str, int]
    spool_bytes: int
    spool_used_percent: int
    delivery: Mapping[str, int]
    clock_offset_us: int | None
    last_error: str
    refusal: str | None

    def encode(self) -> bytes:
        """As JSON, the time also for people."""
        document: dict[str, Any] = orjson.loads(orjson.dumps(self))
        document["time"] = format_utc(self.time_us)
        return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"

    def write(self, path: Path) -> None:
        """Replace the status file in one rename; it is for reading only, so it need not be durable."""
        fresh = path.with_name(f".{path.name}.new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "wb") as file:
            file.write(self.encode())
        fresh.replace(path)

    def health(self) -> dict[str, str | int]:
        """One line's worth."""
        fields: dict[str, str | int] = {
            "last_seq": self.last_seq,
            "acknowledged": self.acknowledged_seq,
            "spool_bytes": self.spool_bytes,
            "spool_percent": self.spool_used_percent,
            "balance": self.balance,
            "retries": self.delivery["retries"],
        }
        for source in self.sources:
            fields[f"{source.name}.read"] = source.read
            fields[f"{source.name}.spooled"] = source.spooled
            fields[f"{source.name}.acknowledged"] = source.acknowledged
            for noun, counts in (("rejected", source.rejected), ("dropped", source.dropped), ("counter", source.counters)):
                fields.update({f"{source.name}.{noun}.{name}": count for name, count in counts.items() if count})
        return fields


def take_status(*, spool: Spool, ledger: Ledger, delivery: Delivery, time_us: int, clock_offset_us: int | None) -> SensorStatus:
    """Gather it from the parts of a running sensor; the numbers are at most one group commit apart."""
    acknowledged = spooled_by_source(delivery.acknowledged_state)
    sources = tuple(
        SourceStatus(
            name=name,
            read=account.read,
            spooled=account.spooled,
            acknowledged=acknowledged.get(name, 0),
            rejected=dict(account.rejected),
            dropped=dict(account.dropped),
            counters=dict(account.counters),
        )
        for name, account in sorted(ledger.accounts.copy().items())
    )
    counts, mark = delivery.counts, delivery.mark
    return SensorStatus(
        time_us=time_us,
        sensor=spool.sensor,
        dataset=spool.dataset,
        epoch=spool.epoch,
        last_seq=spool.next_seq - 1,
        acknowledged_epoch=mark.epoch if mark else spool.epoch,
        acknowledged_seq=mark.seq if mark else 0,
        sources=sources,
        balance=ledger.balance(),
        lost=delivery.reader_losses,
        undeliverable=dict(counts.undeliverable),
        spool_bytes=spool.catalogue.size_bytes(),
        spool_used_percent=round(spool.used_share * 100),
        delivery={"batches": counts.batches, "events": counts.events, "retries": counts.retries, "rewinds": counts.rewinds},
        clock_offset_us=clock_offset_us,
        last_error=counts.last_error,
        refusal=str(delivery.refusal) if delivery.refusal else None,
    )
