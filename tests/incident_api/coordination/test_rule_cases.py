"""Every rule of every shipped policy decides in some case, and none of its conditions is idle."""

from __future__ import annotations

import pytest

from incident_api.coordination.assignment import holds
from incident_api.coordination.rule_cases import cases_of, unreachable
from tests.incident_api.coordination.city_rules import policy

RULES = [(profile, number) for profile in ("vn-2026", "vn-2017") for number in range(len(policy(profile).rules) - 1)]


@pytest.mark.parametrize(("profile", "number"), RULES)
def test_a_rule_decides_a_case_and_holds_for_no_neighbour_of_it(profile: str, number: int) -> None:
    rules = policy(profile)
    rule, cases = rules.rules[number], cases_of(rules)[number]
    assert cases.decides is not None
    assert holds(rule, cases.decides, unknown_level=rules.unknown_asset_level)
    when = rule.when.model_dump(exclude_defaults=True)
    # A level of at most 5, or at least 1, is no condition; each other one has its neighbour.
    assert len(cases.neighbours) == len(when)
    assert [holds(rule, each, unknown_level=rules.unknown_asset_level) for each in cases.neighbours] == [False] * len(when)


@pytest.mark.parametrize("profile", ["vn-2026", "vn-2017"])
def test_only_the_last_rule_holds_for_everything_and_no_other_is_idle(profile: str) -> None:
    rules = policy(profile)
    for cases in cases_of(rules):
        assert all(holds(rules.rules[-1], each, unknown_level=rules.unknown_asset_level) for each in cases.neighbours)
    assert unreachable(rules) == ()


def test_a_rule_behind_one_that_always_holds_first_is_named() -> None:
    rules = policy()
    wide = next(rule for rule in rules.rules if rule.id == "p07")
    narrow = wide.model_copy(update={"id": "late", "when": wide.when.model_copy(update={"asset_level_at_least": 4})})
    shadowed = rules.model_copy(update={"rules": (*rules.rules[:-1], narrow, rules.rules[-1])})
    assert "late" in unreachable(shadowed)
