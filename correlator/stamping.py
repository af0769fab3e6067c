"""An entry of the ingest log, stamped: what the store keeps and the rules see.

The stamp is a function of the entry and the inventory, so reading an entry again after a crash gives the same lines.
"""

from __future__ import annotations

from dataclasses import dataclass

from khien_engine import detect

from correlator.ingest.accept import unpack
from correlator.ingest.log import LogEntry
from khien.clock import format_utc
from khien.errors import KhienError

#: Why an event is rejected whose batch the ingest log cannot give back.
UNREADABLE = "log_unreadable"


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that is kept apart: its place in the stream, why, and its bytes.

    The frame refuses lines as they came; the store refuses stamped ones (`is_stamped`).
    """

    sensor: str
    epoch: int
    seq: int
    dataset: str
    reason: str
    ingested_us: int
    line: bytes
    is_stamped: bool = False


@dataclass(frozen=True, slots=True)
class StampedEntry:
    """`lines`: stamped, newline-terminated; `seqs`: the seq of each, in order; `rejects`: those that the frame refuses."""

    entry: LogEntry
    lines: bytes
    seqs: tuple[int, ...]
    rejects: tuple[Reject, ...]


def stamp_entry(entry: LogEntry, inventory: detect.Inventory | None) -> StampedEntry:
    """Stamp the events of one entry."""
    try:
        body = unpack(entry.body)
    except KhienError:
        return _unreadable(entry)
    stamped = detect.stamp(
        body,
        sensor=entry.sensor,
        epoch=entry.epoch,
        first_seq=entry.first_seq,
        dataset=entry.dataset,
        ingested=format_utc(entry.ingested_us),
        inventory=inventory,
    )
    reasons = dict(stamped.rejected)
    raw = body.split(b"\n") if reasons else []
    return StampedEntry(
        entry=entry,
        lines=stamped.lines,
        seqs=tuple(entry.first_seq + index for index in range(entry.count) if index not in reasons),
        rejects=tuple(
            Reject(
                sensor=entry.sensor,
                epoch=entry.epoch,
                seq=entry.first_seq + index,
                dataset=entry.dataset,
                reason=reason,
                ingested_us=entry.ingested_us,
                line=raw[index] + b"\n",
            )
            for index, reason in sorted(reasons.items())
        ),
    )


def _unreadable(entry: LogEntry) -> StampedEntry:
    """A batch that the disk has damaged since it was acknowledged: each event is a reject, the bytes stay with the first."""
    rejects = tuple(
        Reject(
            sensor=entry.sensor,
            epoch=entry.epoch,
            seq=entry.first_seq + index,
            dataset=entry.dataset,
            reason=UNREADABLE,
            ingested_us=entry.ingested_us,
            line=b"" if index else entry.body,
        )
        for index in range(entry.count)
    )
    return StampedEntry(entry=entry, lines=b"", seqs=(), rejects=rejects)


def stamp_reject(reject: Reject, inventory: detect.Inventory | None) -> bytes:
    """A reject as a stamped line with its own id; empty when the frame still refuses it."""
    if reject.is_stamped:
        return reject.line
    return detect.stamp(
        reject.line,
        sensor=reject.sensor,
        epoch=reject.epoch,
        first_seq=reject.seq,
        dataset=reject.dataset,
        ingested=format_utc(reject.ingested_us),
        inventory=inventory,
    ).lines
