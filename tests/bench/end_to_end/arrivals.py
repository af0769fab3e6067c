"""When the markers' alerts came: what the sink wrote down, as latencies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Seconds from a marker's event time to the first arrival of its alert; `missing` never came."""

    kind: str
    sent: int
    missing: int
    p50: float
    p95: float
    p99: float
    most: float


def latency(path: Path, kind: str, *, sent: int) -> Latency:
    """Of one kind of marker."""
    first: dict[int, int] = {}
    for line in path.read_text("ascii").splitlines():
        arrived, found, event = line.split()
        if found == kind:
            first.setdefault(int(event), int(arrived))
    seconds = sorted((arrived - event) / 1e6 for event, arrived in first.items())
    return Latency(
        kind=kind,
        sent=sent,
        missing=sent - len(seconds),
        p50=at(seconds, 50),
        p95=at(seconds, 95),
        p99=at(seconds, 99),
        most=seconds[-1] if seconds else float("nan"),
    )


def at(ascending: list[float], percent: int) -> float:
    """The smallest value that so many percent do not exceed."""
    return ascending[max(-(-len(ascending) * percent // 100) - 1, 0)] if ascending else float("nan")


def others(path: Path) -> int:
    """Arrivals of alerts that are no markers', growth included."""
    return sum(" other " in line for line in path.read_text("ascii").splitlines())
