"""Assignment over random cities: there is never nobody, the same inputs give the same person, and the work is shared."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incident_api.assignments.simulation import Past, World, simulate
from incident_api.coordination.assignment import CandidateInput
from incident_api.coordination.organisation import Organisation, RosterPerson
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.organisation.parts import TLP_ORDER, Text
from incident_api.people.rights import ROLE_CAPACITY, capacity_of
from khien.alert import Level
from tests.incident_api.city import ROOT, START_US
from tests.incident_api.coordination import fair_shares
from tests.incident_api.coordination.city_rules import policy

CITY = Organisation.load(ROOT / "coordination" / "example")
_HOUR_US = 3_600_000_000
_UNITS = st.sets(st.sampled_from(sorted(CITY.units)), max_size=2).map(lambda each: tuple(sorted(each)))
_SKILLS = st.sets(st.sampled_from(["web", "mail", "network", "host"]), max_size=2).map(lambda each: tuple(sorted(each)))
_ROLES = sorted(ROLE_CAPACITY)
#: The role of the policy's last rung: a city without anybody in it is refused at import.
_LAST = "pc_office.head"
_NAME = Text(vi="x", en="x")


@dataclass(frozen=True)
class _Made:
    """What differs between two worlds: the rest would make a failure's report unreadable."""

    people: tuple[CandidateInput, ...]
    rota: Rota

    @property
    def world(self) -> World:
        """The whole."""
        roster = Roster(version="1", plan=self.rota.plan())
        return World(policy=policy(), policy_sha256="0" * 64, organisation=CITY, roster=roster, people=self.people)


@st.composite
def _worlds(draw: st.DrawFn) -> _Made:
    """People of any role, state and scope, and a rota of some of them, with leave."""
    count = draw(st.integers(1, 9))
    people: dict[str, RosterPerson] = {}
    states: dict[str, tuple[bool, bool]] = {}
    for number in range(count):
        role = _LAST if number == 0 else draw(st.sampled_from(_ROLES))
        name = f"person.{number}"
        people[name] = RosterPerson(
            name=_NAME,
            roles=(role,),
            home=draw(st.sampled_from(sorted(CITY.units))),
            skills=draw(_SKILLS),
            clearance=draw(st.sampled_from(TLP_ORDER)),
            identities=draw(st.sampled_from([(), ("an",), ("BENSEN\\an",)])),
            units=draw(_UNITS),
            availability=draw(st.sampled_from([0.1, 0.5, 1.0])),
        )
        states[name] = draw(st.booleans()), draw(st.booleans())
    layers = [
        {
            "id": f"layer-{number}",
            "role": people[member].roles[0],
            "priority": draw(st.integers(1, 2)),
            "start": "2026-11-01T07:00",
            "shift_hours": draw(st.sampled_from([8, 12, 168])),
            "members": [member],
        }
        for number, member in enumerate(draw(st.lists(st.sampled_from(sorted(people)), min_size=1, max_size=4, unique=True)))
    ]
    away = draw(st.lists(st.sampled_from(sorted(people)), max_size=3, unique=True))
    leave = [{"person": name, "from": "2026-11-20T00:00", "to": "2026-12-20T00:00", "reason": "x"} for name in away]
    rota = Rota.model_validate({"version": "1", "zone": "Asia/Ho_Chi_Minh", "layers": layers, "leave": leave})
    candidates = tuple(
        CandidateInput(
            person=name,
            roles=each.roles,
            duty=(),
            capacity=capacity_of(each.roles),
            on_leave=False,
            is_active=states[name][0],
            has_log_in=states[name][1],
            clearance=each.clearance,
            skills=each.skills,
            desk=(),
            identities=each.identities,
            load=0.0,
            last_assigned_us=0,
            holds_same_asset=False,
            units=each.units,
            availability=each.availability,
        )
        for name, each in people.items()
    )
    return _Made(candidates, rota)


_pasts = st.lists(
    st.builds(
        Past,
        object_id=st.uuids().map(lambda each: each.hex[:16]),
        at_us=st.integers(START_US, START_US + 200 * _HOUR_US),
        first_us=st.just(START_US),
        level=st.sampled_from(list(Level)),
        tags=st.sampled_from([(), ("attack.exfiltration",), ("attack.reconnaissance",)]),
        assets=st.sampled_from([(), ("cong-tt",), ("quoc-phong",), ("lan-p-an-binh", "mail"), ("unheard-of",)]),
        units=_UNITS,
        skills=_SKILLS,
        identities=st.sampled_from([(), ("an",), ("an@bensen.example", "binh")]),
    ),
    min_size=1,
    max_size=6,
    unique_by=lambda each: each.object_id,
)


def _never_nobody(world: World, pasts: list[Past]) -> None:
    report = simulate(pasts, world)
    names = {each.person for each in world.people}
    assert len(report.outcomes) == len(pasts)
    assert all(each.would in names for each in report.outcomes)
    shuffled = World(
        policy=world.policy,
        policy_sha256=world.policy_sha256,
        organisation=world.organisation,
        roster=world.roster,
        people=tuple(reversed(world.people)),
    )
    again = simulate(list(reversed(pasts)), shuffled)
    assert [each.would for each in again.outcomes] == [each.would for each in report.outcomes]
    for each in report.outcomes:
        # Of record only when nobody who is on duty may have it; a disabled account only when there is no other.
        chosen = next(person for person in world.people if person.person == each.would)
        assert each.unattended or chosen.is_active


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_worlds(), _pasts)
def test_there_is_never_nobody_in_any_city(made: _Made, pasts: list[Past]) -> None:
    _never_nobody(made.world, pasts)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_worlds(), _pasts)
def test_there_is_never_nobody_in_a_thousand_cities(made: _Made, pasts: list[Past]) -> None:
    _never_nobody(made.world, pasts)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_alerts_on_the_rota_of_the_city_are_shared_within_fifteen_percent() -> None:
    shares = fair_shares.simulated()
    assert shares.unattended == 0
    assert shares.max_over_mean <= 1.15, shares.weights
