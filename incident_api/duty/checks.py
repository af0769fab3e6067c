"""What is wrong with a rota for the next 30 days: gaps, thin nights and holidays, leave against duty, hours, rest; and a score."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from incident_api.duty.layers import Need
from incident_api.duty.resolving import Plan, is_day_off
from incident_api.duty.roster import Roster, gaps_between, rests_of, runs_of
from incident_api.duty.rota import Rota
from incident_api.duty.shift import Shift
from incident_api.duty.wall import DAY, DAY_US, HOUR_US, absolute, wall
from khien.errors import KhienError

AHEAD_US = 30 * DAY_US
REST_US = 11 * HOUR_US
LONGEST = dt.timedelta(hours=12)
#: The night of the check of depth (the Labour Code's, Article 106: 22:00 to 06:00).
NIGHT = (dt.time(22), dt.time(6))
Kind = Literal["gap", "one_deep", "thin_holiday", "leave", "rest", "long", "double"]
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault. `layers`: those that are to be mended; `person`: whom it is about, if one."""

    kind: Kind
    start_us: int
    end_us: int
    role: str
    layers: tuple[str, ...] = ()
    person: str | None = None
    found: int = 0
    wanted: int = 0

    @property
    def is_hole(self) -> bool:
        """Whether somebody who must be there is missing."""
        return self.kind == "gap"


@dataclass(frozen=True, slots=True)
class Checked:
    """All faults of a window in order of time, and the score: the mean of coverage and balance, each 0 to 1."""

    start_us: int
    end_us: int
    findings: tuple[Finding, ...]
    coverage: float
    balance: float

    @property
    def score(self) -> float:
        """The mean."""
        return (self.coverage + self.balance) / 2


def check(rota: Rota, roster: Roster, *, start_us: int, end_us: int | None = None) -> Checked:
    """Look at a window, 30 days by default. Work and rest are looked at a day further to both sides, faults told inside only."""
    until = end_us if end_us is not None else start_us + AHEAD_US
    shifts = roster.between(start_us - DAY_US, until + DAY_US)
    findings: list[Finding] = []
    for need in rota.needs:
        findings += _cover(rota, roster.plan, need, shifts, (start_us, until))
    findings += _leave(roster, start_us, until)
    findings += _work(shifts, rota.zone)
    inside = (each for each in findings if each.start_us < until and each.end_us > start_us)
    return Checked(
        start_us=start_us,
        end_us=until,
        findings=tuple(sorted(inside, key=lambda each: (each.start_us, each.kind, each.role, each.person or ""))),
        coverage=_coverage(rota, shifts, start_us, until),
        balance=_balance(rota, shifts, start_us, until),
    )


def refuse_holes(rota: Rota, *, plan: Plan, now_us: int) -> None:
    """Raise `duty.hole` for the first hole of the next 30 days by the layers alone, with what to mend."""
    roster = Roster(version=rota.version, plan=plan)
    shifts = roster.between(now_us, now_us + AHEAD_US)
    for need in rota.needs:
        for each in _thin(rota, need, shifts, [(now_us, now_us + AHEAD_US)], at_least=need.at_least, kind="gap", deepest=1):
            raise hole(rota, each)


def hole(rota: Rota, finding: Finding) -> KhienError:
    """The sentence that names role, layer, day and hour."""
    start, end = wall(finding.start_us, rota.zone), wall(finding.end_us, rota.zone)
    return KhienError(
        "duty.hole",
        role=finding.role,
        layers=", ".join(finding.layers) or "–",
        start=f"{start:%d/%m/%Y %H:%M}",
        end=f"{end:%d/%m/%Y %H:%M}",
        found=finding.found,
        wanted=finding.wanted,
    )


def _cover(rota: Rota, plan: Plan, need: Need, shifts: Sequence[Shift], window: Span) -> list[Finding]:
    found = _thin(rota, need, shifts, [window], at_least=need.at_least, kind="gap", deepest=1)
    if need.night_depth:
        nights = _days(rota.zone, window, begin=NIGHT[0], end=NIGHT[1])
        found += _thin(rota, need, shifts, nights, at_least=need.night_depth, kind="one_deep", deepest=2)
    if need.holiday_depth:
        days = _days(rota.zone, window)
        off = [span for span in days if is_day_off(plan.days_off, wall(span[0], rota.zone).date(), need.holiday_names)]
        found += _thin(rota, need, shifts, off, at_least=need.holiday_depth, kind="thin_holiday", deepest=1)
    return found


def _thin(
    rota: Rota, need: Need, shifts: Sequence[Shift], windows: Iterable[Span], *, at_least: int, kind: Kind, deepest: int
) -> list[Finding]:
    """Spans of the windows in which fewer different people than needed are there."""
    ours = [each for each in shifts if each.role == need.role and each.priority <= deepest]
    seats = dict.fromkeys(layer.place for layer in rota.layers if layer.role == need.role and layer.priority == 1)
    found: list[Finding] = []
    for low, high in windows:
        here = [each for each in ours if each.start_us < high and each.end_us > low]
        moments = sorted({low, high, *(m for each in here for m in (each.start_us, each.end_us) if low < m < high)})
        for one, other in itertools.pairwise(moments):
            there = [each for each in here if each.is_at(one)]
            people = len({each.person for each in there})
            if people >= at_least:
                continue
            empty = [seat for seat in seats if not any(each.seat == seat for each in there)] or list(seats)
            layers = tuple(layer.id for layer in rota.layers if layer.place in empty)
            last = found[-1] if found else None
            if last is not None and last.end_us == one and (last.found, last.layers) == (people, layers):
                found[-1] = Finding(kind, last.start_us, other, need.role, layers, found=people, wanted=at_least)
            else:
                found.append(Finding(kind, one, other, need.role, layers, found=people, wanted=at_least))
    return found


def _days(zone: str, window: Span, *, begin: dt.time | None = None, end: dt.time | None = None) -> list[Span]:
    """The days of a window, or the part of each from one hour to another, over midnight if it must be."""
    found = []
    day = wall(window[0], zone).date() - DAY
    while day <= wall(window[1], zone).date():
        one = dt.datetime.combine(day, begin or dt.time())
        other = dt.datetime.combine(day, end) if end is not None else one + DAY
        span = absolute(one, zone), absolute(other if other > one else other + DAY, zone)
        low, high = max(span[0], window[0]), min(span[1], window[1])
        if low < high:
            found.append((low, high))
        day += DAY
    return found


def _leave(roster: Roster, start_us: int, end_us: int) -> list[Finding]:
    """Where somebody is away in their own shift and the seat stays empty."""
    plan = roster.plan
    if not plan.absences:
        return []
    as_if = Roster("", Plan(zone=plan.zone, layers=plan.layers, replacements=plan.replacements, days_off=plan.days_off))
    kept = roster.between(start_us, end_us)
    found = []
    for shift in as_if.between(start_us, end_us):
        for low, high in plan.away.get(shift.person, ()):
            one, other = max(low, shift.start_us, start_us), min(high, shift.end_us, end_us)
            if one >= other:
                continue
            holders = [each for each in kept if each.seat == shift.seat and each.start_us < other and each.end_us > one]
            found += [
                Finding("leave", gap[0], gap[1], shift.role, (shift.layer,), person=shift.person)
                for gap in gaps_between(holders, one, other)
            ]
    return found


def _work(shifts: Iterable[Shift], zone: str) -> list[Finding]:
    """Hours and rest of whoever works at the desk; who is on call from home rests."""
    found = []
    people: dict[str, list[Shift]] = {}
    for each in shifts:
        if each.presence == "desk":
            people.setdefault(each.person, []).append(each)
    for person, worked in people.items():
        role = worked[0].role
        runs = runs_of(worked)
        # By the wall clock: the night in which the clock goes back has an hour more, and nobody can change that.
        found += [Finding("long", *run, role, person=person) for run in runs if wall(run[1], zone) - wall(run[0], zone) > LONGEST]
        found += [Finding("rest", *rest, role, person=person) for rest in rests_of(runs) if rest[1] - rest[0] < REST_US]
        ordered = sorted(worked, key=lambda each: each.start_us)
        for one, other in itertools.pairwise(ordered):
            if other.start_us < one.end_us:
                layers = (one.layer, other.layer)
                found.append(Finding("double", other.start_us, min(one.end_us, other.end_us), role, layers, person=person))
    return found


def _coverage(rota: Rota, shifts: Sequence[Shift], start_us: int, end_us: int) -> float:
    """The share of the needed time at which enough were there."""
    whole, missing = 0, 0
    for need in rota.needs:
        if need.at_least:
            whole += end_us - start_us
            gaps = _thin(rota, need, shifts, [(start_us, end_us)], at_least=need.at_least, kind="gap", deepest=1)
            missing += sum(each.end_us - each.start_us for each in gaps)
    return 1.0 if not whole else 1 - missing / whole


def _balance(rota: Rota, shifts: Sequence[Shift], start_us: int, end_us: int) -> float:
    """Of every pair of people of one role the smaller number of hours by the larger, as a mean; standing by does not count."""
    ratios: list[float] = []
    for role in dict.fromkeys(need.role for need in rota.needs):
        members = {name for layer in rota.layers if layer.role == role and layer.priority == 1 for name in layer.members}
        hours = dict.fromkeys(members, 0)
        for each in shifts:
            if each.role == role and each.priority == 1:
                inside = max(0, min(each.end_us, end_us) - max(each.start_us, start_us))
                hours[each.person] = hours.get(each.person, 0) + inside
        for one, other in itertools.combinations(hours.values(), 2):
            ratios.append(1.0 if not max(one, other) else min(one, other) / max(one, other))
    return sum(ratios) / len(ratios) if ratios else 1.0
