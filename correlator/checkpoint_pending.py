"""A large state is read in parts; events that waited are matched again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate, islice
from typing import Any

from correlator.correlation.lane import Hit, Lane


def parts(found: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Rows, so many at a time: a state of a million groups is not to be in memory twice."""
    rest = iter(found)
    while part := list(islice(rest, size)):
        yield part


def load_pending(lane: Lane, part: list[tuple[str, int, bytes]], scan: Callable[[bytes], list[Hit]]) -> None:
    """Events that waited; a line that no rule hits any more falls out."""
    lines = b"".join(line for _, _, line in part)
    starts = accumulate((len(line) for _, _, line in part), initial=0)
    by_start = {start: (event_id, time_us) for start, (event_id, time_us, _) in zip(starts, part, strict=False)}
    hits = scan(lines)
    lane.native.restore_pending(lines, hits, [by_start.pop(start)[1] for start, _, _ in hits])
    lane.unmatched.extend(event_id for event_id, _ in by_start.values())
