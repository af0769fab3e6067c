"""The ledger: `read = stored + duplicates + rejected + spooled`, for each stream and in all (reliability design, section 2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from correlator.checkpoint import STORE, Checkpoint
from correlator.ingest.log import IngestLog


@dataclass(frozen=True, slots=True)
class StreamAccount:
    """One stream. `dropped`: what the sensor itself gave up and said so; it was never read here."""

    sensor: str
    epoch: int
    dataset: str
    read: int
    stored: int
    duplicates: int
    spooled: int
    dropped: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_balanced(self) -> bool:
        """Whether every event that was read is accounted for."""
        return self.read == self.stored + self.duplicates + self.spooled + sum(self.rejected.values())


@dataclass(frozen=True, slots=True)
class Ledger:
    """All streams, and what became of matches: `matched = alerted + grouped + suppressed` at rest."""

    streams: tuple[StreamAccount, ...]
    matches: Mapping[str, int]
    #: Of all datasets: alerts that wait for a sink, and those that one will never take; `balanced` is about events.
    alerts_waiting: int = 0
    alerts_refused: int = 0

    @property
    def is_balanced(self) -> bool:
        """Whether every stream is."""
        matches = self.matches
        settled = sum(matches.get(name, 0) for name in ("alerted", "grouped", "suppressed"))
        return all(stream.is_balanced for stream in self.streams) and matches.get("matched", 0) == settled

    def total(self, name: str) -> int:
        """One column, added up over the streams."""
        return sum(int(getattr(stream, name)) for stream in self.streams)

    def rejected(self) -> dict[str, int]:
        """Rejects by reason over all streams."""
        added: Counter[str] = Counter()
        for stream in self.streams:
            added.update(stream.rejected)
        return dict(sorted(added.items()))

    def as_json(self) -> dict[str, Any]:
        """For machines: the totals, the streams and the matches."""
        columns = ("read", "stored", "duplicates", "spooled", "dropped")
        return {
            "balanced": self.is_balanced,
            **{name: self.total(name) for name in columns},
            "rejected": self.rejected(),
            "matches": dict(self.matches),
            "alerts": {"waiting": self.alerts_waiting, "refused": self.alerts_refused},
            "streams": [
                {
                    "sensor": stream.sensor,
                    "epoch": stream.epoch,
                    "dataset": stream.dataset,
                    **{name: getattr(stream, name) for name in columns},
                    "rejected": dict(stream.rejected),
                    "balanced": stream.is_balanced,
                }
                for stream in self.streams
            ],
        }


def read_ledger(log: IngestLog, checkpoint: Checkpoint, *, dataset: str | None = None) -> Ledger:
    """Recount from both files. `spooled` is counted in the log itself, so the sum can fail and then shows a defect."""
    account = checkpoint.account()
    marks, waiting = log.account(after=account.cursors.get(STORE, 0))
    streams = tuple(
        StreamAccount(
            sensor=mark.sensor,
            epoch=mark.epoch,
            dataset=mark.dataset,
            read=mark.acked_seq - mark.dropped + mark.duplicates,
            stored=account.stored.get((mark.sensor, mark.epoch), 0),
            duplicates=mark.duplicates,
            spooled=waiting.get((mark.sensor, mark.epoch), 0),
            dropped=mark.dropped,
            rejected=account.rejected.get((mark.sensor, mark.epoch), {}),
        )
        for mark in marks
        if dataset is None or mark.dataset == dataset
    )
    matches: Counter[str] = Counter()
    for name, counts in account.counts.items():
        if dataset is None or name == dataset:
            matches.update(counts)
    return Ledger(
        streams=streams,
        matches=dict(sorted(matches.items())),
        alerts_waiting=checkpoint.waiting_alerts(),
        alerts_refused=checkpoint.refused_alerts(),
    )
