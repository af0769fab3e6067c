"""Rows against rows, as multisets: each expected row takes one of ours that agrees in every column both have."""

from collections.abc import Iterable, Mapping, Sequence

from tests.conformance.zeek.baseline import Cell
from tests.conformance.zeek.registry import Among, IfTold, Row, Value

#: Times and intervals may differ by this (they are taken at slightly different packets).
_TOLERANCE = 0.001
#: Columns that mean nothing here: masked times, ids that are random, what depends on the list of local networks.
IGNORED = frozenset(
    {"ts", "uid", "uids", "fuid", "fuids", "parent_fuid", "orig_fuids", "resp_fuids", "tunnel_parents", "local_orig", "local_resp"}
)


def agrees(expected: Cell, ours: Value) -> bool:
    """Whether one value is the same."""
    if isinstance(ours, Among):
        names = expected.split(",") if isinstance(expected, str) else []
        return ours.name in names or (ours.name is None and ours.later.issuperset(names))
    if isinstance(ours, IfTold):
        return expected is None or expected == ours.text
    if expected is None or ours is None or isinstance(expected, bool) or isinstance(ours, bool):
        return expected is ours
    if isinstance(expected, frozenset | tuple):
        return not isinstance(ours, str | int | float) and _same_list(expected, ours)
    if isinstance(expected, float) and isinstance(ours, int | float):
        return abs(expected - ours) <= _TOLERANCE + 1e-9
    return expected == ours


def _same_list(expected: tuple[str, ...] | frozenset[str], ours: Sequence[str] | Sequence[float]) -> bool:
    if isinstance(expected, frozenset):
        return expected == frozenset(map(str, ours))
    return len(expected) == len(ours) and all(
        abs(float(one) - other) <= _TOLERANCE if isinstance(other, int | float) else one == other
        for one, other in zip(expected, ours, strict=True)
    )


def differing(expected: Mapping[str, Cell], ours: Row) -> list[str]:
    """The columns in which two rows disagree."""
    return [
        column for column, value in expected.items() if column not in IGNORED and column in ours and not agrees(value, ours[column])
    ]


def pair(expected: Sequence[Mapping[str, Cell]], ours: Iterable[Row]) -> tuple[list[Mapping[str, Cell]], list[Row]]:
    """What is left over on both sides when every pair of agreeing rows is taken away."""
    left = list(ours)
    unmatched = []
    for row in expected:
        place = next((index for index, other in enumerate(left) if not differing(row, other)), None)
        if place is None:
            unmatched.append(row)
        else:
            del left[place]
    return unmatched, left
