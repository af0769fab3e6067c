"""Ten thousand alerts on the rota of the example city: how evenly the rules share the work (response design, section 6)."""

from __future__ import annotations

import random
from dataclasses import dataclass

from incident_api.assignments.simulation import Past, World, simulate
from incident_api.coordination.assignment import CandidateInput
from incident_api.coordination.organisation import Organisation
from incident_api.duty.roster import Roster
from incident_api.people.rights import capacity_of
from khien.alert import Level
from tests.incident_api.city import ROOT, START_US
from tests.incident_api.coordination.city_rules import policy

_ALERTS, _A_DAY = 10_000, 150
_HOUR_US = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Shares:
    """Weight of what each analyst was given, and how many alerts found nobody on duty."""

    weights: dict[str, float]
    unattended: int

    @property
    def max_over_mean(self) -> float:
        """1: everybody was given the same."""
        return max(self.weights.values()) / (sum(self.weights.values()) / len(self.weights))


def simulated(*, seed: int = 20261123) -> Shares:
    """150 alerts a day for 67 days, without named assignee, desk, skill or open incident; each ends within a day."""
    chance, city = random.Random(seed), Organisation.load(ROOT / "coordination" / "example")
    people = tuple(
        CandidateInput(
            person=name,
            roles=each.roles,
            duty=(),
            capacity=capacity_of(each.roles),
            on_leave=False,
            is_active=True,
            has_log_in=True,
            clearance=each.clearance,
            skills=each.skills,
            desk=(),
            identities=(),
            load=0.0,
            last_assigned_us=0,
            holds_same_asset=False,
        )
        for name, each in sorted(city.people.items())
    )
    roster = Roster(version="1", plan=city.rota.plan())
    world = World(policy=policy(), policy_sha256="0" * 64, organisation=city, roster=roster, people=people)
    pasts = []
    for number in range(_ALERTS):
        at_us = START_US + int(number * 24 * _HOUR_US / _A_DAY)
        level = chance.choices(list(Level), weights=(8, 4, 2, 1))[0]
        ended = at_us + chance.randrange(_HOUR_US // 4, 24 * _HOUR_US)
        pasts.append(Past(object_id=f"{number:016x}", at_us=at_us, first_us=at_us, level=level, ended_us=ended))
    report = simulate(pasts, world)
    weights = dict.fromkeys((name for name in city.people if name.startswith("irt.analyst")), 0.0)
    for each in report.outcomes:
        weights[each.would] += policy().load.of(each.level.severity)
    return Shares(weights=weights, unattended=report.unattended_would)
