"""What a rule set costs: events a second, rules looked at per event, and the dearest rules."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from khien_engine import detect

from correlator import ir
from correlator.compiler.ruleset import RuleSet
from khien.clock import Clock

#: Each measure is the best of so many rounds: what disturbs a measurement only ever makes it slower.
_ROUNDS = 5
#: A round lasts at least this long; shorter input is scanned again and again.
_SECONDS = 0.3
_SAMPLE = 2_000
#: A rule alone is measured so often; the best counts.
_ALONE = 3
DEAREST = 20
_PERCENTILES = (50, 95)


@dataclass(frozen=True, slots=True)
class Cost:
    """`candidates`: by percentile, rules verified for one event. `dearest`: name and nanoseconds an event, alone in a set."""

    rules: int
    events: int
    events_per_second: float
    candidates: dict[int, int]
    dearest: tuple[tuple[str, float], ...]

    def as_json(self) -> dict[str, Any]:
        """As it is stored and compared."""
        return {
            "rules": self.rules,
            "events": self.events,
            "events_per_second": round(self.events_per_second),
            "candidates": {f"p{percent}": count for percent, count in self.candidates.items()},
            "dearest": [{"rule": name, "nanoseconds_per_event": round(cost, 1)} for name, cost in self.dearest],
        }


def cost(rules: RuleSet, lines: Sequence[bytes], *, clock: Clock, progress: Callable[[int, int], None]) -> Cost:
    """Measure on framed events, one core. Nothing is stored and nothing correlated."""
    whole = detect.Ruleset(rules.ir)
    rate = len(lines) / _seconds(whole, b"".join(lines), clock)
    sample = lines[:: max(len(lines) // _SAMPLE, 1)][:_SAMPLE]
    counts = []
    for line in sample:
        before = whole.stats().candidates
        whole.scan(line)
        counts.append(whole.stats().candidates - before)
    counts.sort()
    joined = b"".join(sample)
    dearest = []
    for number, rule in enumerate(rules.plan.detections):
        alone = detect.Ruleset(ir.join([rule.compiled.unit]))
        dearest.append((rule.rule.name, min(_once(alone, joined, clock) for _ in range(_ALONE)) / len(sample) * 1e9))
        progress(number + 1, len(rules.plan.detections))
    base = min((spent for _, spent in dearest), default=0.0)
    # Reading the event is paid once for all rules: what a rule adds is what it takes beyond the cheapest.
    added = sorted(((name, spent - base) for name, spent in dearest), key=lambda one: -one[1])
    return Cost(
        rules=len(rules.plan.detections),
        events=len(lines),
        events_per_second=rate,
        candidates={percent: counts[min(len(counts) * percent // 100, len(counts) - 1)] for percent in _PERCENTILES},
        dearest=tuple(added[:DEAREST]),
    )


def _once(ruleset: detect.Ruleset, joined: bytes, clock: Clock) -> float:
    started = clock.monotonic()
    ruleset.scan_fully(joined)
    return clock.monotonic() - started


def _seconds(ruleset: detect.Ruleset, joined: bytes, clock: Clock) -> float:
    """Of one scan of all lines, the best of some rounds."""
    best = float("inf")
    for _ in range(_ROUNDS):
        scans, started = 0, clock.monotonic()
        while scans == 0 or clock.monotonic() - started < _SECONDS:
            ruleset.scan(joined)
            scans += 1
        best = min(best, (clock.monotonic() - started) / scans)
    return best
