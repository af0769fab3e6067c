"""`--show NAME`: the rows of a test (or capture, or log) that found no partner, each with the nearest of ours."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.conformance.engine import read, split
from tests.conformance.zeek.baseline import Cell, Log, typed
from tests.conformance.zeek.comparison import IGNORED, differing, pair
from tests.conformance.zeek.registry import Row
from tests.conformance.zeek.suite import SETTINGS, our_rows, works


def show(root: Path, name: str) -> Iterator[str]:
    """The lines to print."""
    found = list(works(root, lambda place: name in place))
    if not found:
        yield f"no log whose place holds {name}"
    for work in found:
        events = read(work.capture, split(SETTINGS)[0]).events
        for log in work.logs:
            yield from _show(log, list(typed(log, work.types)), our_rows(events, log))


def _show(log: Log, expected: list[dict[str, Cell]], ours: list[Row]) -> Iterator[str]:
    missing, extra = pair(expected, ours)
    yield f"{log.place}: {len(expected) - len(missing)} of {len(expected)} rows, {len(extra)} extra"
    for row in missing:
        yield f"  missing  {_shown(row)}"
        if extra:
            nearest = min(extra, key=lambda other: len(differing(row, other)))
            for column in differing(row, nearest):
                yield f"    {column}: expected {row[column]!r}, got {nearest[column]!r}"
    for other in extra:
        yield f"  extra    {_shown(other)}"


def _shown(row: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value!r}" for name, value in row.items() if name not in IGNORED and value is not None)
