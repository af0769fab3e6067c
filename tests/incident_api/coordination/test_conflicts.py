"""A rule that can never decide is refused by name; two that answer one case differently are reported."""

from __future__ import annotations

from typing import Any

import pytest

from incident_api.coordination.assignment import Facts
from incident_api.coordination.conflicts import check_conflicts, overlaps
from incident_api.coordination.policy import policy_of
from khien.alert import Level
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import COORDINATION, document, policy

TEXT = {"vi": "Thử", "en": "Test"}


def refused(made: dict[str, Any]) -> KhienError:
    with pytest.raises(KhienError) as caught:
        check_conflicts(policy_of(made, path=COORDINATION))
    return caught.value


def assignment(**when: Any) -> dict[str, Any]:
    return {"id": "p98", "when": when, "role": "irt.analyst", "lead": "unit", "basis": "A02", "text": TEXT}


def severity(rule_id: str, rule_class: str, when: Any) -> dict[str, Any]:
    return {"id": rule_id, "class": rule_class, "when": when, "basis": "A03", "text": TEXT}


def test_the_shipped_rules_contradict_nothing() -> None:
    for name in ("vn-2026", "vn-2017"):
        check_conflicts(policy(name))


@pytest.mark.parametrize(
    "when",
    [
        {"asset_flags": ["military"]},
        {"levels": ["critical"], "asset_level_at_least": 4, "tags": ["attack.t1190"]},
        {"asset_level_at_most": 1},
        {"units": ["x-phu-my"]},
    ],
)
def test_an_assignment_rule_behind_rules_that_answer_all_its_cases_is_named(when: dict[str, Any]) -> None:
    made = document()
    made["assignment"]["rules"].insert(-1, assignment(**when))
    error = refused(made)
    assert (error.code, error.params["rule"], error.params["part"]) == ("policy.shadowed_rule", "p98", "assignment.yaml")


def test_a_rule_that_decides_one_single_case_is_kept() -> None:
    made = document()
    # In front of the rule that takes the whole level: it has a case of its own.
    made["assignment"]["rules"].insert(4, assignment(levels=["medium"], asset_level_at_most=1, units=["x-phu-my"]))
    check_conflicts(policy_of(made, path=COORDINATION))


@pytest.mark.parametrize(
    "added",
    [
        severity("s399", "M3", {"facts": {"data_encrypted": True}}),  # s202 is graver and asks for no more
        severity("s299", "M2", {"flags": ["signature"], "facts": {"malware": True}}),  # s207 stands before it
        severity("s298", "M2", {"facts": {"units_compromised": {"at_least": 5}}}),  # s105 is M1 from three units on
    ],
)
def test_a_severity_rule_under_a_graver_or_earlier_one_is_named(added: dict[str, Any]) -> None:
    made = document()
    made["severity"]["rules"].append(added)
    error = refused(made)
    assert (error.code, error.params["rule"]) == ("policy.shadowed_rule", added["id"])


def test_a_lead_behind_one_that_takes_the_whole_class_is_named() -> None:
    made = document()
    made["severity"]["leads"].insert(2, {"when": {"classes": ["M2"], "asset_level_at_least": 4}, "lead": "steer"})
    assert refused(made).params["rule"] == "leads 3 (steer)"


def test_rules_that_both_hold_and_answer_differently_are_reported_with_a_case() -> None:
    found = {(each.decides, each.beside): each.case for each in overlaps(policy())}
    # Exfiltration on a level-2 system: p05 gives it to the team, p06 to the unit; the order decides.
    assert ("p05", "p06") in found
    assert "asset level" in found["p05", "p06"]
    facts = Facts("–", Level.LOW, ("attack.exfiltration",), (), 2, (), (), (), ())
    assert facts.asset_level == 2
