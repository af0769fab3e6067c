"""A check keeps nothing and names everything that is to be mended, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from incident_api.coordination.models import PolicyRow
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, Page, city
from tests.incident_api.coordination.test_life import AMENDED, files


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    with city(tmp_path, clock=ManualClock(START_US)) as found:
        yield found


def _check(runtime: Runtime, texts: dict[str, str]) -> dict[str, Any]:
    answer = Page(runtime, "irt.leader").post("/policy/check", {"files": texts})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def _line(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), start=1) if part in line)


def test_a_good_upload_has_no_fault_and_is_not_kept(runtime: Runtime) -> None:
    found = _check(runtime, files(**AMENDED))
    assert (found["faults"], found["failed_cases"], found["state"]) == ([], [], None)
    assert found["version"] == "2026.2"
    assert len(found["sha256"]) == 64
    assert [each["place"] for each in found["differences"]["rules"]] == ["version"]
    assert found["obligations"] == found["sourced"] + found["partly"] + found["assumed"] + found["legacy"] == 23
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PolicyRow)) == 1


def test_what_is_in_force_is_recognised(runtime: Runtime) -> None:
    found = _check(runtime, files())
    assert (found["sha256"], found["state"]) == (runtime.policy.sha256, "in_force")


def test_every_fault_of_the_schema_is_told_with_its_file_and_line(runtime: Runtime) -> None:
    texts = files(obligations=("hours: 24}]", "hours: 0}]"), requests=("urgent_hours: 3", "urgent_hours: three"))
    found = _check(runtime, texts)
    told = {(each["file"], each["line"], each["place"]) for each in found["faults"]}
    assert told == {
        ("obligations.yaml", _line(texts["obligations.yaml"], "hours: 0"), "rules/3/due/0/hours"),
        ("requests.yaml", _line(texts["requests.yaml"], "three"), "kinds/data/urgent_hours"),
    }
    assert found["sha256"] is None
    assert found["differences"] is None


def test_broken_yaml_in_two_files_is_told_with_both_lines(runtime: Runtime) -> None:
    texts = files()
    texts["week.yaml"] += "hours: [\n"
    texts["basis.yaml"] = "A01: {\n" + texts["basis.yaml"]
    found = _check(runtime, texts)
    assert {each["file"] for each in found["faults"]} == {"week.yaml", "basis.yaml"}
    assert all(each["line"] > 0 for each in found["faults"])


def test_a_name_that_points_nowhere_is_found_where_it_stands(runtime: Runtime) -> None:
    texts = files(assignment=("basis: A02", "basis: A77"))
    found = _check(runtime, texts)
    assert [(each["file"], each["line"]) for each in found["faults"]] == [
        ("assignment.yaml", _line(texts["assignment.yaml"], "A77"))
    ]


def test_a_missing_file_is_named(runtime: Runtime) -> None:
    texts = files()
    del texts["week.yaml"]
    found = _check(runtime, texts)
    assert [(each["file"], each["line"]) for each in found["faults"]] == [("week.yaml", None)]


def test_a_rule_that_never_decides_and_worked_cases_that_fail_are_told_together(runtime: Runtime) -> None:
    old = "  - {id: s102, class: M1, when: {asset_level_at_least: 4, facts: {service_interrupted: true}}"
    texts = files(severity=(old, old.replace("class: M1", "class: M2")))
    found = _check(runtime, texts)
    failed = {each["answer"]["case"]: each["line"] for each in found["failed_cases"]}
    assert failed["G32"] == _line(texts["golden.yaml"], "id: G32")


def test_a_shadowed_rule_is_told_with_its_line(runtime: Runtime) -> None:
    copy = "  - {id: s107, class: M1, when: {flags: [natsec]}, basis: A03, text: {vi: x, en: x}}\n"
    old = "  - {id: s106, class: M1"
    texts = files(severity=(old, copy + old))
    found = _check(runtime, texts)
    assert [(each["code"], each["file"], each["line"]) for each in found["faults"]] == [
        ("policy.shadowed_rule", "severity.yaml", _line(texts["severity.yaml"], "id: s107"))
    ]


def test_an_upload_that_is_no_policy_is_refused_whole(runtime: Runtime) -> None:
    answer = Page(runtime, "irt.leader").post("/policy/check", {"files": {"../etc/passwd": "x"}})
    assert (answer.status_code, answer.json()["code"]) == (422, "policy.upload")
