"""The worked cases of both profiles, and that a changed rule breaks them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from incident_api.coordination.golden import Worked
from incident_api.coordination.golden_run import check_golden, failures
from incident_api.coordination.policy import policy_of
from khien.errors import KhienError
from tests.incident_api.coordination.city_rules import COORDINATION, document, policy

CASES = [(name, case) for name in ("vn-2026", "vn-2017") for case in policy(name).golden.cases()]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[case.id for _, case in CASES])
def test_the_rules_answer_as_both_parties_wrote_it(name: str, case: Worked) -> None:
    assert [each for each in failures(policy(name)) if each.case == case.id] == []


def test_every_case_of_the_design_is_there() -> None:
    told = {each.id[:3] for each in policy().golden.cases()} | set(policy().golden.service)
    told |= {each.id[:3] for each in policy("vn-2017").golden.cases()}
    assert told == {f"G{number:02}" for number in range(1, 39)} | {f"K{number:02}" for number in range(1, 24)}


def test_obligations_say_on_what_they_rest() -> None:
    rules = policy().obligations.rules
    assumed = {rule.code for rule in rules if policy().status_of(rule) == "A"}
    # The column "Basis" of the coordination design, section 5.
    assert assumed == {"WR", "TL", "TM", "UH", "OW", "PC", "CP", "DP", "CI", "GP", "PV"}
    assert {rule.code for rule in rules if policy().status_of(rule) == "S"} == {"PN"}


def changed(edit: str, value: Any) -> dict[str, Any]:
    """The policy with one value of one rule changed; `edit` is a path of keys, list members by their id or code."""
    made = copy.deepcopy(document())
    *path, last = edit.split("/")
    place: Any = made
    for step in path:
        place = place[step] if isinstance(place, dict) else _member(place, step)
    place[last] = value
    return made


def _member(rows: list[Any], name: str) -> Any:
    return rows[int(name)] if name.isdigit() else next(row for row in rows if name in (row.get("id"), row.get("code")))


@pytest.mark.parametrize(
    ("edit", "value", "case"),
    [
        ("severity/rules/s103/when", {"facts": {"down_minutes": {"more_than": 301}}}, "G33"),
        ("severity/rules/s201/class", "M3", "G26"),
        ("obligations/rules/IN/due", [{"clock": "class", "hours": 24}], "K04"),
        ("obligations/rules/U2/interim", False, "K07"),
        ("obligations/rules/U1/repeat", {"hours": 24}, "K03"),
        ("obligations/steps/2/percent", 91, "K10a"),
        ("periodic/duties/DG/after", {"day": 8, "time": "17:00"}, "K14a"),
        ("requests/kinds/removal/urgent_hours", 7, "K19b"),
        ("sharing/recipients/affected_unit/masks", ["phone"], "K23"),
        ("taxonomy/tags/insider", "N7", "G07"),
        ("week/weekdays", [1, 2, 3, 4, 5, 6], "K16c"),
    ],
)
def test_a_changed_rule_breaks_a_case_that_names_it(edit: str, value: Any, case: str) -> None:
    made = policy_of(changed(edit, value), path=COORDINATION)
    assert case in {each.case for each in failures(made)}
    with pytest.raises(KhienError) as caught:
        check_golden(made)
    assert caught.value.code == "policy.golden"
