"""Past alerts replayed on another policy, organisation or rota: who would have been called, and which clocks would have broken.

Pure: nothing is written and nobody is told. What cannot be known is assumed and said so: whoever would have been called takes the
alert after the time that it took in fact, an alert that nobody took stays untaken, and an assignee of record only (nobody on duty)
lets the clock break. Open work is counted as it would have been: each alert weighs on whom the simulation gave it, until it ended.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from incident_api.alerts import grouping
from incident_api.assignments import gathering
from incident_api.coordination.assignment import CandidateInput, Decision, Facts, Inputs, decide
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.duty.roster import Roster
from incident_api.organisation.placing import placed
from khien.alert import Alert, Level
from khien.clock import MICROSECONDS

_MINUTE_US = 60 * MICROSECONDS
_DAY_US = 1440 * _MINUTE_US
#: Alerts of one simulation; what is beyond is counted as left off.
MOST = 10_000
_LADDER = {"shift_lead": ("irt.shift_lead",), "leader": ("irt.leader", "irt.deputy")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One alert that arrived, as it was dealt with. `was` None: nobody ever had it (it comes from a file)."""

    object_id: str
    at_us: int
    first_us: int
    level: Level
    tags: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    skills: tuple[str, ...] = ()
    identities: tuple[str, ...] = ()
    was: str | None = None
    was_unattended: bool = False
    due_us: int | None = None
    taken_us: int | None = None
    ended_us: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the alerts are replayed on. `people`: everybody without duty, leave and work."""

    policy: Policy
    policy_sha256: str
    organisation: Organisation
    roster: Roster
    people: tuple[CandidateInput, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """Somebody who would have been told, and by which step."""

    at_us: int
    step: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One alert: what was and what would have been. A clock is None where none runs or nothing is known."""

    object_id: str
    at_us: int
    level: Level
    was: str | None
    would: str
    deciding_rule: str
    rung: str
    decided_by: str
    unattended: bool
    calls: tuple[Call, ...]
    due_us: int
    was_broken: bool | None
    would_break: bool


@dataclass(frozen=True, slots=True)
class Share:
    """How many alerts a person had, and would have had."""

    person: str
    was: int
    would: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The whole comparison. `left_off`: alerts beyond the limit, which were not replayed."""

    outcomes: tuple[Outcome, ...]
    left_off: int = 0
    shares: tuple[Share, ...] = ()
    changed: int = 0
    unattended_was: int = 0
    unattended_would: int = 0
    broken_was: int = 0
    broken_would: int = 0


@dataclass(slots=True)
class _Work:
    """What people would have had on their hands."""

    load: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    last_us: dict[str, int] = field(default_factory=dict)
    #: (end, number, person, weight) of what is open, the earliest end first.
    open: list[tuple[int, int, str, float]] = field(default_factory=list)
    #: (person, systems, taken, ended) of what was taken.
    taken: list[tuple[str, frozenset[str], int, int]] = field(default_factory=list)

    def until(self, at_us: int) -> None:
        """Forget what ended."""
        while self.open and self.open[0][0] <= at_us:
            _end, _number, person, weight = heapq.heappop(self.open)
            self.load[person] -= weight
        self.taken = [each for each in self.taken if each[3] > at_us]

    def holders(self, assets: Sequence[str], *, at_us: int, since_us: int) -> frozenset[str]:
        """Who had taken something open on one of these systems by then."""
        return frozenset(
            person
            for person, systems, taken_us, _end in self.taken
            if since_us <= taken_us <= at_us and not systems.isdisjoint(assets)
        )


def simulate(past: Iterable[Past], world: World) -> Report:
    """Replay these alerts in the order in which they arrived. Raises `alert.nobody_at_all` as the real thing would."""
    ordered = sorted(past, key=lambda each: (each.at_us, each.object_id))
    work = _Work()
    outcomes = []
    for number, each in enumerate(ordered[:MOST]):
        work.until(each.at_us)
        inputs = _inputs(world, each, work)
        decision = decide(world.policy, inputs)
        outcomes.append(_outcome(world, each, inputs, decision))
        _give(world, each, decision, work, number=number)
    shown = ordered[:MOST]
    was, would = Counter(each.was for each in shown if each.was), Counter(each.would for each in outcomes)
    return Report(
        outcomes=tuple(outcomes),
        left_off=len(ordered) - len(shown),
        shares=tuple(Share(person, was[person], would[person]) for person in sorted({*was, *would})),
        changed=sum(each.was is not None and each.was != each.would for each in outcomes),
        unattended_was=sum(each.was_unattended for each in shown),
        unattended_would=sum(each.unattended for each in outcomes),
        broken_was=sum(bool(each.was_broken) for each in outcomes),
        broken_would=sum(each.would_break for each in outcomes),
    )


def past_of_alerts(alerts: Iterable[Alert], organisation: Organisation) -> list[Past]:
    """The arrivals that a file of alerts makes: the first of each matter; what people did with them is not known."""
    found: dict[tuple[str, str], Past] = {}
    for alert in sorted(alerts, key=lambda each: (each.last_us, each.id)):
        here = placed(organisation, alert, now_us=alert.last_us)
        key = (here.dataset, grouping.triage_key(here, organisation))
        found.setdefault(
            key,
            Past(
                object_id=grouping.group_id(dataset=here.dataset, key=key[1], first_alert_id=here.id),
                at_us=here.last_us,
                first_us=here.first_us,
                level=here.rule.level,
                tags=here.rule.tags,
                assets=tuple(sorted(set(here.assets))),
                units=tuple(sorted(set(here.units))),
                skills=here.rule.skills,
                identities=tuple(grouping.identities(here)),
            ),
        )
    return list(found.values())


def _inputs(world: World, each: Past, work: _Work) -> Inputs:
    duty: dict[str, set[tuple[str, int]]] = {}
    for shift in world.roster.shifts_at(each.at_us):
        duty.setdefault(shift.person, set()).add((shift.role, shift.priority))
    holders = work.holders(each.assets, at_us=each.at_us, since_us=each.at_us - world.policy.same_asset_days * _DAY_US)
    candidates = tuple(
        replace(
            person,
            duty=tuple(sorted(duty.get(person.person, ()))),
            on_leave=world.roster.is_on_leave(person.person, at_us=each.at_us),
            load=round(work.load[person.person], 6) / person.availability,
            last_assigned_us=work.last_us.get(person.person, 0),
            holds_same_asset=person.person in holders,
        )
        for person in world.people
    )
    level, flags = gathering.asset_facts(world.organisation, each.assets, at_us=each.first_us)
    facts = Facts(
        object_id=each.object_id,
        level=each.level,
        tags=each.tags,
        assets=each.assets,
        asset_level=level,
        asset_flags=flags,
        units=each.units,
        skills=tuple(sorted(each.skills)),
        identities=each.identities,
        tlp=gathering.tlp_of(world.organisation, each.assets, at_least=(world.policy.alert_tlp,)),
    )
    return Inputs(policy_sha256=world.policy_sha256, rota_version=world.roster.version, facts=facts, candidates=candidates)


def _outcome(world: World, each: Past, inputs: Inputs, decision: Decision) -> Outcome:
    deadline = world.policy.deadlines[each.level]
    due_us = _after(world, each.at_us, deadline.minutes, business=deadline.time == "business")
    is_late = each.taken_us is None or each.taken_us > due_us
    return Outcome(
        object_id=each.object_id,
        at_us=each.at_us,
        level=each.level,
        was=each.was,
        would=decision.person,
        deciding_rule=decision.deciding_rule,
        rung=decision.rungs[-1].id,
        decided_by=decision.decided_by,
        unattended=decision.is_unattended,
        calls=tuple(_calls(world, each, inputs, decision)),
        due_us=due_us,
        was_broken=None if each.due_us is None else each.taken_us is None or each.taken_us > each.due_us,
        # Of a file nobody knows when somebody would have taken it: only an unattended alert is sure to break.
        would_break=decision.is_unattended or (each.was is not None and is_late),
    )


def _calls(world: World, each: Past, inputs: Inputs, decision: Decision) -> list[Call]:
    """Whom the rules tell at once, and whom each step that is due before somebody took it."""
    calls = [Call(each.at_us, "inform", person) for person in _on_duty(world, decision.inform, at_us=each.at_us)]
    told = [decision.person]
    deadline = world.policy.deadlines[each.level]
    for step in deadline.steps:
        at_us = _after(world, each.at_us, step.after_minutes, business=deadline.time == "business")
        if step.after_minutes and each.taken_us is not None and each.taken_us <= at_us:
            break
        if step.after_minutes and each.was is None:
            break
        if step.notify == "assignee":
            person = decision.person
        elif step.notify == "next_on_duty":
            person = decide(world.policy, replace(inputs, excluded=tuple(sorted(told)))).person
        else:
            on_duty = _on_duty(world, _LADDER[step.notify], at_us=at_us)
            person = on_duty[0] if on_duty else decision.person
        told.append(person)
        calls.append(Call(at_us, step.notify, person))
    return calls


def _on_duty(world: World, roles: Iterable[str], *, at_us: int) -> list[str]:
    shifts = world.roster.shifts_at(at_us)
    return list(dict.fromkeys(shift.person for role in roles for shift in shifts if shift.role == role and shift.priority == 1))


def _after(world: World, at_us: int, minutes: int, *, business: bool) -> int:
    return world.policy.calendar.after_working_minutes(at_us, minutes) if business else at_us + minutes * _MINUTE_US


def _give(world: World, each: Past, decision: Decision, work: _Work, *, number: int) -> None:
    """It weighs on whoever would have it until it ended; what never ended weighs until the end."""
    weight = world.policy.load.of(each.level.severity)
    end_us = each.ended_us if each.ended_us is not None else 2**62
    work.load[decision.person] += weight
    work.last_us[decision.person] = each.at_us
    heapq.heappush(work.open, (end_us, number, decision.person, weight))
    if each.taken_us is not None and each.assets:
        work.taken.append((decision.person, frozenset(each.assets), each.taken_us, end_us))
