"""How many rules the index leaves to be verified for an event, by the matcher's own counters."""

from __future__ import annotations

from dataclasses import dataclass

from khien_engine.detect import Ruleset

from tests.bench.detect.lanes import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Of one lane: rules verified for an event at the median and at the 95th percentile, and the latter in percent of all rules."""

    lane: str
    rules: int
    events: int
    mean: float
    p50: int
    p95: int
    most: int
    p95_percent: float


def candidates(ruleset: Ruleset, lane: Lane) -> Candidates:
    """Line by line."""
    counts = []
    before = ruleset.stats().candidates
    for line in lane.ours.read_bytes().splitlines(keepends=True):
        ruleset.scan(line)
        after = ruleset.stats().candidates
        counts.append(after - before)
        before = after
    counts.sort()
    p95 = _at(counts, 95)
    return Candidates(
        lane=lane.name,
        rules=len(ruleset),
        events=len(counts),
        mean=sum(counts) / len(counts),
        p50=_at(counts, 50),
        p95=p95,
        most=counts[-1],
        p95_percent=100 * p95 / len(ruleset),
    )


def _at(ascending: list[int], percent: int) -> int:
    """The smallest value that so many percent do not exceed."""
    return ascending[max(-(-len(ascending) * percent // 100) - 1, 0)]
