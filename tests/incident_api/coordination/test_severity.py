"""What the classes guarantee whatever the answers are, and what a broken file of classes is refused for."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incident_api.coordination.case import AffectedAsset, Case, Severity
from incident_api.coordination.policy import policy_of
from incident_api.coordination.severity import Assessment, Fact, assess
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import COORDINATION, document, policy

RULES = policy().severity
UNKNOWN = policy().unknown_asset_level


def judge(case: Case) -> Assessment:
    return assess(RULES, RULES.complete(case), unknown_level=UNKNOWN)


def answers(fact: Fact) -> st.SearchStrategy[bool | int | str]:
    if fact.type == "boolean":
        return st.booleans()
    return st.integers(0, 5000) if fact.type == "count" else st.sampled_from(sorted(fact.choices))


FACTS = st.fixed_dictionaries({}, optional={name: answers(fact) for name, fact in RULES.facts.items()})
ASSETS = st.lists(st.builds(AffectedAsset, st.just("a"), st.sampled_from([None, 1, 2, 3, 4, 5])), min_size=1, max_size=3).map(tuple)
FLAGS = st.frozensets(st.sampled_from(sorted(RULES.flags)))


@given(st.builds(Case, ASSETS, FACTS, FLAGS))
def test_every_case_has_a_class_a_reason_and_a_lead(case: Case) -> None:
    found = judge(case)
    assert found.lead in policy().leads
    if "military" in case.flags:
        assert found.severity is None
    else:
        assert found.rule in found.matched


@given(st.builds(Case, ASSETS, FACTS, FLAGS), st.sampled_from(sorted(set(RULES.flags) - {"military"})))
def test_one_more_flag_never_lowers_the_class(case: Case, flag: str) -> None:
    before = judge(case)
    after = judge(Case(case.assets, case.facts, case.flags | {flag}))
    if before.severity is not None and after.severity is not None:
        assert after.severity.rank >= before.severity.rank


def test_unanswered_questions_that_could_raise_the_class_are_named() -> None:
    case = Case((AffectedAsset("dvc", 3),), {"main_service": True, "data_leaked": True, "subjects": 300})
    asked = {each.rule: each.facts for each in judge(case).could_raise}
    assert asked["s103"] == ("down_minutes",)
    assert asked["s205"] == ("sensitive_data",)
    # On level 3 nobody needs to know whether a level 4 service was interrupted.
    assert "s102" not in asked


def test_a_yes_is_no_number_and_a_number_is_no_yes() -> None:
    for facts in ({"subjects": True}, {"web_shell": 1}, {"admin_taken": "everything"}, {"nonsense": 1}):
        with pytest.raises(KhienError) as caught:
            judge(Case((AffectedAsset("dvc", 3),), facts))
        assert caught.value.code == "case.bad_fact"


def test_a_flag_that_the_rules_do_not_know_is_refused() -> None:
    with pytest.raises(KhienError) as caught:
        judge(Case((), {}, frozenset({"urgent"})))
    assert caught.value.code == "case.unknown_flag"


def test_classes_are_ordered_from_grave_to_light() -> None:
    assert sorted(Severity, key=lambda each: -each.rank) == [Severity.M1, Severity.M2, Severity.M3, Severity.M4]


@pytest.mark.parametrize(
    ("rule", "value", "sentence"),
    [
        ("when", {"facts": {"web_shel": True}}, "`web_shel` is not a fact"),
        ("when", {"facts": {"subjects": True}}, "`subjects` is a count and cannot be True"),
        ("when", {"flags": ["nat_sec"]}, "`nat_sec` is not a flag"),
        ("otherwise", True, "needs `when` or `otherwise: true`, and not both"),
        ("id", "s102", "two severity rules have one id"),
        ("basis", "B99", "basis of severity rule s101: `B99` is not known"),
    ],
)
def test_a_broken_rule_is_refused_with_what_is_wrong(rule: str, value: Any, sentence: str) -> None:
    made = copy.deepcopy(document())
    made["severity"]["rules"][0][rule] = value
    with pytest.raises(KhienError) as caught:
        policy_of(made, path=COORDINATION)
    assert sentence in caught.value.sentence()


def test_without_a_rule_for_the_rest_the_file_is_refused() -> None:
    made = copy.deepcopy(document())
    made["severity"]["rules"] = [rule for rule in made["severity"]["rules"] if not rule.get("otherwise")]
    with pytest.raises(KhienError) as caught:
        policy_of(made, path=COORDINATION)
    assert "exactly one rule must say what holds otherwise" in caught.value.sentence()
