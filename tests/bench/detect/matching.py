"""Matching beside rsigma: first what each finds in the same events, then what each needs for them."""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.bench.detect.lanes import Lane
from tests.bench.detect.sides import Matches, Side, Spent, run

DIFFERENCES = Path(__file__).with_name("differences.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A rule that one side alone finds in some lines of a lane; `why` is empty as long as nobody has explained it."""

    lane: str
    rule: str
    only: str
    lines: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Medians of the rounds, net of start, rules and first use."""

    lane: str
    says: str
    events: int
    ours_bytes: int
    flat_bytes: int
    matches: int
    events_per_second: float
    peer_events_per_second: float
    ratio: float
    ratios: tuple[float, ...]
    memory_mib: float
    peer_memory_mib: float


def differences(lane: Lane, ours: Side, peer: Side) -> tuple[int, list[Difference]]:
    """How many matches both have, and every rule by which the two sets differ."""
    mine, theirs = ours.matches(lane), peer.matches(lane)
    explained = {(one["lane"], one["rule"], one["only"]): one["why"] for one in yaml.safe_load(DIFFERENCES.read_text("utf-8"))}
    found = []
    for only, left, right in ((ours.name, mine, theirs), (peer.name, theirs, mine)):
        for rule, lines in _by_rule(left - right).items():
            why = explained.get((lane.name, rule, only), "")
            found.append(Difference(lane=lane.name, rule=rule, only=only, lines=len(lines), why=why))
    return (mine & theirs).total(), found


def _by_rule(matches: Matches) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for line, rule in sorted(matches):
        found[rule].append(line)
    return found


def speed(lane: Lane, sides: Sequence[Side], *, rounds: int, core: int, matches: int) -> Speed:
    """Every side in turn; a round reads the lane once and `loops` times, and the difference is what the events cost."""
    looped = {side.name: _looped(side.input(lane), lane.loops) for side in sides}
    costs: dict[str, list[float]] = defaultdict(list)
    memory: dict[str, float] = defaultdict(float)
    for turn in range(rounds):
        for side in sides:
            sys.stderr.write(f"{lane.name}: round {turn + 1} of {rounds}, {side.name}\n")
            once = run(side.command(side.input(lane)), core=core)
            often = run(side.command(looped[side.name]), core=core)
            costs[side.name].append(_net(once, often))
            memory[side.name] = max(memory[side.name], often.memory)
    for path in looped.values():
        path.unlink()
    events = lane.events * (lane.loops - 1)
    mine, theirs = costs[sides[0].name], costs[sides[1].name]
    return Speed(
        lane=lane.name,
        says=lane.says,
        events=events,
        ours_bytes=lane.ours_bytes // lane.events,
        flat_bytes=lane.flat_bytes // lane.events,
        matches=matches * (lane.loops - 1),
        events_per_second=events / statistics.median(mine),
        peer_events_per_second=events / statistics.median(theirs),
        ratio=statistics.median(theirs) / statistics.median(mine),
        ratios=tuple(round(their / my, 2) for my, their in zip(mine, theirs, strict=True)),
        memory_mib=memory[sides[0].name],
        peer_memory_mib=memory[sides[1].name],
    )


def _net(once: Spent, often: Spent) -> float:
    return max(often.cpu - once.cpu, 1e-6)


def _looped(path: Path, loops: int) -> Path:
    """The file so many times over, as one file."""
    looped, once = path.with_suffix(".looped"), path.read_bytes()
    with looped.open("wb") as out:
        for _ in range(loops):
            out.write(once)
    return looped
