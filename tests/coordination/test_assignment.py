"""Who gets an alert: every rule, every exclusion, the order, the ladder and the repeatability."""

from __future__ import annotations

import hashlib
import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incident_api.coordination.assignment import CandidateInput, Decision, Facts, Inputs, decide, holds
from incident_api.coordination.policy import Policy, policy_of, read_policy_folder
from incident_api.people.rights import ROLE_CAPACITY
from khien.alert import Level
from khien.errors import KhienError

FOLDER = Path(__file__).resolve().parents[2] / "coordination" / "vn-2026"
POLICY: Policy = policy_of(read_policy_folder(FOLDER), path=FOLDER)
FACTS = Facts(
    object_id="2f28bdcf98dfb63d",
    level=Level.HIGH,
    tags=(),
    assets=("cong-tt",),
    asset_level=3,
    asset_flags=(),
    units=("vp-ubnd",),
    skills=(),
    identities=(),
)


def person(name: str, role: str = "irt.analyst", *, priority: int | None = 1, **changes: object) -> CandidateInput:
    plain = CandidateInput(
        person=name,
        roles=(role,),
        duty=() if priority is None else ((role, priority),),
        capacity=ROLE_CAPACITY[role],
        on_leave=False,
        is_active=True,
        has_log_in=True,
        clearance="AMBER+STRICT",
        skills=(),
        desk=(),
        identities=(),
        load=0.0,
        last_assigned_us=0,
        holds_same_asset=False,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # names of fields


LAST = person("head", "pc_office.head", priority=None)


def decided(*candidates: CandidateInput, facts: Facts = FACTS, excluded: tuple[str, ...] = ()) -> Decision:
    inputs = Inputs(policy_sha256="0" * 64, rota_version="1", facts=facts, candidates=(*candidates, LAST), excluded=excluded)
    return decide(POLICY, inputs)


# Each rule of the policy: facts for which it decides, and facts that differ in one point for which it does not hold.
RULE_CASES = {
    "p01": ({"asset_flags": ("military",), "asset_level": 4}, {"asset_flags": ()}),
    "p02": ({"level": Level.CRITICAL, "asset_level": 4}, {"asset_level": 3}),
    "p03": ({"level": Level.CRITICAL, "asset_level": 3}, {"level": Level.HIGH}),
    "p04": ({"level": Level.LOW, "tags": ("attack.reconnaissance",)}, {"tags": ("attack.t1190",)}),
    "p05": ({"tags": ("attack.command_and_control",), "asset_level": 2}, {"tags": ()}),
    "p06": ({"asset_level": 2}, {"asset_level": 3}),
    "p07": ({"asset_level": 3}, {"asset_level": 2}),
}


@pytest.mark.parametrize("rule_id", RULE_CASES)
def test_a_rule_decides_its_own_case_and_does_not_hold_for_the_neighbour(rule_id: str) -> None:
    changes, neighbour = RULE_CASES[rule_id]
    rule = next(each for each in POLICY.rules if each.id == rule_id)
    positive = replace(FACTS, **changes)  # type: ignore[arg-type]  # names of fields
    assert decided(person("a"), facts=positive).deciding_rule == rule_id
    negative = replace(positive, **neighbour)  # type: ignore[arg-type]  # names of fields
    assert not holds(rule, negative, unknown_level=POLICY.unknown_asset_level)


def test_every_rule_of_the_policy_has_its_case() -> None:
    assert {rule.id for rule in POLICY.rules} == {*RULE_CASES, "p99"}


def test_an_asset_that_nobody_registered_counts_as_level_three() -> None:
    decision = decided(person("a"), facts=replace(FACTS, assets=(), asset_level=None))
    assert decision.deciding_rule == "p07"
    assert decision.lead == "irt"


def test_a_critical_alert_on_level_three_tells_the_police_duty_officer() -> None:
    decision = decided(person("a"), facts=replace(FACTS, level=Level.CRITICAL))
    assert decision.inform == ("police.duty", "irt.shift_lead")


EXCLUSIONS = {
    "on_leave": {"on_leave": True},
    "account_disabled": {"is_active": False},
    "off_duty": {"duty": ()},
    "no_log_in": {"has_log_in": False},
    "clearance": {"clearance": "GREEN"},
    "capacity": {"capacity": "observer"},
    "skills": {"skills": ("mail",)},
    "unit_scope": {"units": ("so-yt",)},
    "conflict_of_interest": {"identities": ("nguyen.van.a",), "skills": ("web",)},
}


@pytest.mark.parametrize("reason", EXCLUSIONS)
def test_who_may_not_have_it_is_left_out_with_the_reason(reason: str) -> None:
    facts = replace(FACTS, skills=("web",), identities=("nguyen.van.a",))
    fit = person("fit", skills=("web",), load=9.0)
    unfit = replace(person("unfit", skills=("web",)), **EXCLUSIONS[reason])  # type: ignore[arg-type]  # names of fields
    decision = decided(unfit, fit, facts=facts)
    assert decision.person == "fit"
    assert {each.person: each.exclusion for each in decision.weighed} == {"unfit": reason, "fit": None}


@pytest.mark.parametrize("written", ["BENSEN\\nguyen.van.a", "nguyen.van.a@bensen.example", "nguyen.van.a"])
def test_the_owner_of_the_hit_account_does_not_get_it_however_a_log_writes_the_account(written: str) -> None:
    hit = replace(FACTS, identities=(written,))
    decision = decided(person("owner", identities=("nguyen.van.a",)), person("other", load=9.0), facts=hit)
    assert decision.person == "other"


def test_clearance_is_compared_with_what_this_alert_asks_for() -> None:
    cleared, other = person("cleared", clearance="RED", load=9.0), person("other", clearance="AMBER+STRICT")
    assert decided(cleared, other, facts=replace(FACTS, tlp="AMBER+STRICT")).person == "other"
    decision = decided(cleared, other, facts=replace(FACTS, tlp="RED"))
    assert decision.person == "cleared"
    assert {each.person: each.exclusion for each in decision.weighed}["other"] == "clearance"


def test_when_nobody_may_have_it_the_least_unfit_of_the_last_rung_is_of_record() -> None:
    """A disabled account bears a name on a record least; somebody on leave can be called back."""
    disabled = replace(LAST, person="aa", is_active=False)
    away = replace(LAST, person="bb", on_leave=True)
    inputs = Inputs(policy_sha256="0" * 64, rota_version="1", facts=FACTS, candidates=(disabled, away))
    decision = decide(POLICY, inputs)
    assert (decision.person, decision.is_unattended, decision.decided_by) == ("bb", True, "last_resort")
    assert [rung.eligible for rung in decision.rungs] == [0] * len(POLICY.ladder)
    with pytest.raises(KhienError) as caught:
        decide(POLICY, replace(inputs, candidates=()))
    assert caught.value.code == "alert.nobody_at_all"


ORDER = [
    ("same_asset", {"holds_same_asset": True, "load": 5.0}, {"desk": ("cong-tt",)}),
    ("desk", {"desk": ("cong-tt",), "load": 5.0}, {}),
    ("load", {"load": 1.0, "last_assigned_us": 9}, {"load": 2.0}),
    ("last_assigned", {"last_assigned_us": 1}, {"last_assigned_us": 2}),
]


@pytest.mark.parametrize(("criterion", "winner", "loser"), ORDER)
def test_the_first_difference_decides(criterion: str, winner: dict[str, object], loser: dict[str, object]) -> None:
    for first, second in (("a", "b"), ("b", "a")):
        decision = decided(person(first, **winner), person(second, **loser))  # type: ignore[arg-type]  # names of fields
        assert (decision.person, decision.decided_by) == (first, criterion)


def test_whom_the_policy_names_comes_before_everything_else() -> None:
    rules = tuple(rule.model_copy(update={"named": ("a",)}) for rule in POLICY.rules)
    candidates = (person("a", load=9.0), person("b", holds_same_asset=True, desk=("cong-tt",)), LAST)
    inputs = Inputs(policy_sha256="0" * 64, rota_version="1", facts=FACTS, candidates=candidates, excluded=())
    decision = decide(POLICY.model_copy(update={"rules": rules}), inputs)
    assert (decision.person, decision.decided_by) == ("a", "named")


@pytest.mark.parametrize(("severity", "weight"), [(4, 3.0), (3, 2.0), (2, 1.0), (1, 0.5)])
def test_open_work_weighs_what_the_response_rules_say(severity: int, weight: float) -> None:
    assert POLICY.load.of(severity) == weight


def test_a_tie_is_drawn_by_hash_and_not_by_the_order_of_names() -> None:
    objects = [f"{number:016x}" for number in range(64)]
    winners = {decided(person("a"), person("b"), facts=replace(FACTS, object_id=each)).person for each in objects}
    assert winners == {"a", "b"}

    digest = {name: hashlib.sha256(f"{FACTS.object_id}\n{name}".encode()).hexdigest() for name in ("a", "b")}
    expected = min(digest, key=digest.__getitem__)
    decision = decided(person("a"), person("b"))
    assert (decision.person, decision.decided_by) == (expected, "lot")


def test_an_overloaded_person_is_skipped_while_anybody_eligible_is_below() -> None:
    busy = person("busy", desk=("cong-tt",), load=12.0)
    assert decided(busy, person("free", load=11.5)).person == "free"
    assert decided(busy, person("busier", load=30.0)).person == "busy"


def test_without_the_skill_on_duty_the_next_rung_drops_the_skill() -> None:
    decision = decided(person("a", skills=("mail",)), facts=replace(FACTS, skills=("web",)))
    assert decision.person == "a"
    assert [(rung.id, rung.eligible) for rung in decision.rungs] == [("on_duty", 0), ("any_skill", 1)]
    assert not decision.is_unattended


LADDER = [
    (person("standby", priority=2), "next_layer", False),
    (person("lead", "irt.shift_lead"), "shift_lead", False),
    (person("leader", "irt.leader", priority=None), "leader", True),
    (person("asleep", priority=None), "team", True),
]


@pytest.mark.parametrize(("only", "rung", "unattended"), LADDER)
def test_the_ladder_climbs_to_whoever_is_left(only: CandidateInput, rung: str, *, unattended: bool) -> None:
    decision = decided(only)
    assert decision.person == only.person
    assert decision.rungs[-1].id == rung
    assert decision.is_unattended is unattended


def test_with_nobody_at_all_the_duty_line_of_the_pc_office_has_it_and_it_is_unattended() -> None:
    decision = decided()
    assert (decision.person, decision.is_unattended) == ("head", True)


def test_who_did_not_take_it_is_not_asked_again() -> None:
    assert decided(person("a", desk=("cong-tt",)), person("b"), excluded=("a",)).person == "b"


_candidates = st.builds(
    person,
    st.sampled_from([f"person.{number}" for number in range(8)]),
    st.sampled_from(["irt.analyst", "irt.shift_lead", "irt.leader", "police.duty", "auditor"]),
    priority=st.sampled_from([1, 2, None]),
    on_leave=st.booleans(),
    is_active=st.booleans(),
    has_log_in=st.booleans(),
    clearance=st.sampled_from(["CLEAR", "AMBER", "RED"]),
    load=st.sampled_from([0.0, 2.5, 12.0, 40.0]),
    skills=st.sampled_from([(), ("web",)]),
)
_facts = st.builds(
    replace,
    st.just(FACTS),
    level=st.sampled_from(list(Level)),
    asset_level=st.sampled_from([None, 1, 2, 3, 4, 5]),
    asset_flags=st.sampled_from([(), ("military",)]),
    tags=st.sampled_from([(), ("attack.exfiltration",), ("attack.reconnaissance",)]),
    skills=st.sampled_from([(), ("web",)]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(_candidates, max_size=8, unique_by=lambda each: each.person), _facts, st.randoms())
def test_there_is_never_nobody_and_the_same_inputs_give_the_same_person(
    candidates: list[CandidateInput], facts: Facts, chance: random.Random
) -> None:
    first = decided(*candidates, facts=facts)
    assert first.person in {"head", *(each.person for each in candidates)}
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    second = decided(*shuffled, facts=facts)
    assert second.person == first.person
    assert decided(*candidates, facts=facts) == first


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_ten_thousand_alerts_are_shared_evenly() -> None:
    """Without named assignee, open work or desk, the heaviest load is within 15 % of the mean (response design, section 6)."""
    chance = random.Random(20261123)
    given_us = dict.fromkeys((f"a{number}" for number in range(6)), 0)
    total = dict.fromkeys(given_us, 0.0)
    open_work: list[tuple[str, float]] = []
    for number in range(10_000):
        level = chance.choice(list(Level))
        loads = {name: sum(weight for holder, weight in open_work if holder == name) for name in given_us}
        candidates = [person(name, load=loads[name], last_assigned_us=given_us[name]) for name in given_us]
        chosen = decided(*candidates, facts=replace(FACTS, object_id=f"{number:016x}", level=level)).person
        weight = POLICY.load.of(level.severity)
        given_us[chosen], total[chosen] = number + 1, total[chosen] + weight
        open_work.append((chosen, weight))
        open_work = open_work[-40:]
    assert max(total.values()) / (sum(total.values()) / len(total)) <= 1.15
