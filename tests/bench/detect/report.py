"""What the benchmark of detection found: rows with bounds, as JSON, as a table, and in docs/benchmarks.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEGIN, END = "<!-- detect: begin -->", "<!-- detect: end -->"


@dataclass(frozen=True, slots=True)
class Bound:
    """Detection design, section 14. `floor` and `goal` are lower bounds where `is_more`, else upper ones."""

    floor: float
    goal: float
    is_more: bool = False


#: By the beginning of the figure's name.
BOUNDS: dict[str, Bound] = {
    "match:": Bound(1.0, 2.0, is_more=True),
    "differences without an explanation": Bound(0, 0),
    "candidates p95": Bound(4.0, 2.0),
    "compile cold": Bound(20.0, 10.0),
    "compile cached": Bound(1.5, 0.5),
    "correlate: matches a second": Bound(500_000, 1_000_000, is_more=True),
    "value_count of 1,800 values": Bound(2.0, 1.3),
    "bytes an idle group": Bound(300, 150),
    "a million idle groups, MB": Bound(300, 150),
    "a million groups back": Bound(10.0, 10.0),
    # Sent and acknowledged at the rate asked for; what is not a whole number of ticks may lack at either end.
    "end to end: events a second": Bound(4_990, 9_990, is_more=True),
    "end to end: event → alert": Bound(2.0, 2.0),
    "end to end: correlation's alert": Bound(2.0, 2.0),
    "end to end: alerts that never came": Bound(0, 0),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number beside its bounds."""

    name: str
    value: float
    floor: float
    goal: float
    is_more: bool

    @property
    def word(self) -> str:
        """`goal` or `met` or `missed`."""
        if self._reaches(self.goal):
            return "goal met"
        return "met" if self._reaches(self.floor) else "missed"

    def _reaches(self, bound: float) -> bool:
        return self.value >= bound if self.is_more else self.value <= bound

    def document(self) -> dict[str, object]:
        """For machines."""
        return {**asdict(self), "floor_met": self._reaches(self.floor), "goal_met": self._reaches(self.goal)}


def figure(name: str, value: float) -> Figure:
    """With the bounds of its name."""
    bound = next(bound for begin, bound in BOUNDS.items() if name.startswith(begin))
    return Figure(name, value, bound.floor, bound.goal, bound.is_more)


def keep(path: Path, part: str, found: Mapping[str, object]) -> dict[str, Any]:
    """Put one part into the result file; what other parts have put there, perhaps at this moment, stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known[part] = found
    partial = path.with_suffix(f".{part}.partial")
    partial.write_text(json.dumps(known, indent=2) + "\n", encoding="utf-8")
    partial.replace(path)
    return known


def figures_table(figures: Sequence[Figure]) -> str:
    """A row a bound, as Markdown."""
    lines = ["| figure | value | floor | goal | |", "|---|---:|---:|---:|---|"]
    for one in figures:
        sign = "≥" if one.is_more else "≤"
        floor, goal = (f"{sign} {bound:,.10g}" for bound in (one.floor, one.goal))
        lines.append(f"| {one.name} | {_shown(one.value)} | {floor} | {goal} | {one.word} |")
    return "\n".join(lines)


def lanes_table(speeds: Sequence[dict[str, object]]) -> str:
    """A row a lane, as Markdown."""
    lines = [
        "| lane | events | bytes, ours / flat | matches | khien /CPU s | rsigma /CPU s | ratio, by round | MiB, khien / rsigma |",
        "|---|---:|---:|---:|---:|---:|---|---:|",
    ]
    for one in speeds:
        ratios = one["ratios"]
        shown = ", ".join(map(str, ratios)) if isinstance(ratios, (list, tuple)) else ""
        lines.append(
            f"| {one['lane']} | {one['events']:,} | {one['ours_bytes']:,} / {one['flat_bytes']:,} | {one['matches']:,} "
            f"| {one['events_per_second']:,.0f} | {one['peer_events_per_second']:,.0f} | {shown} "
            f"| {one['memory_mib']:,.0f} / {one['peer_memory_mib']:,.0f} |"
        )
    return "\n".join(lines)


def _shown(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"


def write_docs(path: Path, said: str, tables: Sequence[str], *, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Replace what stands between the two marks of the page."""
    begin, end = marks
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n{said}\n\n" + "\n\n".join(tables) + f"\n{end}{after}", encoding="utf-8")
