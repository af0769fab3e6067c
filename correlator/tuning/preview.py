"""What an exception would have taken away from the days that are stored: told before anybody relies on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from khien_engine import detect

from correlator.compiler.ruleset import RuleSet
from correlator.tuning.entry import Entry
from correlator.tuning.tuned import tuned

#: As far back as a preview looks.
PREVIEW_DAYS = 30
_BATCH = 1_000


def would_take(entry: Entry, rules: RuleSet, lines: Iterable[bytes]) -> tuple[int, int]:
    """Of stored lines: how many were read, and how many of them the exception would have taken away."""
    changed = tuned(rules, [entry])
    ruleset = detect.Ruleset(changed.rules.ir)
    read = taken = 0
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            read, taken = read + len(batch), taken + _taken(ruleset, batch, changed.counters)
            batch = []
    return read + len(batch), taken + _taken(ruleset, batch, changed.counters)


def _taken(ruleset: detect.Ruleset, batch: Sequence[bytes], counters: Collection[int]) -> int:
    joined = b"".join(line.rstrip(b"\n") + b"\n" for line in batch)
    return sum(any(number in counters for number in hits) for _, _, hits in ruleset.scan(joined))
