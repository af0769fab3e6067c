"""A folder of rules is judged whole: what is missing, what cannot fail and what nobody would notice fails."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.junit import junit
from correlator.rule_tests.suite import Judged, Suite
from correlator.rule_tests.verdict import Verdict
from khien.clock import SystemClock

RULE = """
title: A root login
id: 11111111-1111-4111-8111-111111111111
logsource: {product: khien, service: host.auth}
detection:
  login: {event.action: login}
  root: {user.name: root}
  condition: login and root
level: low
"""
CASES = """
defaults: {event: {dataset: host.auth, action: login}, source.ip: 192.0.2.1}
cases:
  - {name: root, why: W, input: {events: [{user.name: root}]}, expect: {exactly: 1}}
  - {name: ROOT, why: W, input: {events: [{user.name: ROOT}]}, expect: {exactly: 1}}
  - {name: somebody, why: W, near_miss: true, input: {events: [{user.name: an}]}, expect: {exactly: 0}}
"""
LOGOUT = "  - {name: log-out, why: W, input: {events: [{user.name: root, event.action: logout}]}, expect: {exactly: 0}}\n"
UNRELATED = "  - {name: mail, why: W, input: {events: [{event.dataset: mail.auth}]}, expect: {exactly: 0}}\n"


def judge(folder: Path, *, mutate: bool = False) -> dict[str, str]:
    suite = Suite(folder, compile_folders([folder]), scratch=folder / "scratch", clock=SystemClock())
    return {one.verdict.name: one.verdict.problem or "" for one in suite.judge(mutate=mutate)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "root.yml").write_text(RULE)
    (tmp_path / "root.test.yml").write_text(CASES + LOGOUT)
    return tmp_path


def test_cases_that_pin_every_selection_notice_every_mutant(folder: Path) -> None:
    found = judge(folder, mutate=True)
    assert set(found.values()) == {""}
    assert {name for name in found if name.startswith("mutation: ")} == {
        "mutation: selection `login` dropped",
        "mutation: selection `root` dropped",
        "mutation: comparison `event.action` login turned around",
        "mutation: comparison `user.name` root turned around",
        "mutation: cases",
    }


def test_a_selection_that_no_case_pins_is_named(folder: Path) -> None:
    (folder / "root.test.yml").write_text(CASES + UNRELATED)
    found = judge(folder, mutate=True)
    assert {name for name, problem in found.items() if problem} == {"mutation: selection `login` dropped"}


def test_a_rule_without_cases_fails(folder: Path) -> None:
    (folder / "other.yml").write_text(RULE.replace("8111-111111111111", "8111-111111111112"))
    assert judge(folder)["cases"] in {"the rule has no cases", ""}
    suite = Suite(folder, compile_folders([folder]), scratch=folder / "again", clock=SystemClock())
    assert [path.name for path in suite.without_cases()] == ["other.yml"]


def test_a_case_that_no_rule_could_fail_fails(folder: Path) -> None:
    idle = "  - {name: idle, why: W, input: {events: [{user.name: an}]}, expect: {at_most: 1}}\n"
    (folder / "root.test.yml").write_text(CASES + LOGOUT + idle)
    assert "no rule could fail" in judge(folder)["idle"]


def test_a_file_of_cases_that_cannot_be_read_fails_and_stops_nobody(folder: Path) -> None:
    (folder / "broken.yml").write_text(RULE.replace("8111-111111111111", "8111-111111111112"))
    (folder / "broken.test.yml").write_text("cases: 5\n")
    suite = Suite(folder, compile_folders([folder]), scratch=folder / "scratch", clock=SystemClock())
    judged = list(suite.judge(mutate=False))
    assert [one.file.name for one in judged if one.verdict.problem] == ["broken.test.yml"]
    assert len(judged) > 4


def test_junit_says_what_failed_and_what_was_left_out_in_xml_that_any_reader_takes() -> None:
    verdicts = [Verdict("good"), Verdict("bad", "not <so> \x00 good"), Verdict("half", note="left out: because")]
    root = ET.fromstring(junit([Judged(Path("a.test.yml"), verdict, 0.25) for verdict in verdicts]))
    (suite,) = root
    assert {key: suite.get(key) for key in ("tests", "failures", "skipped", "time")} == {
        "tests": "3", "failures": "1", "skipped": "1", "time": "0.750",
    }  # fmt: skip
    assert [child.tag for case in suite for child in case] == ["failure", "skipped"]
    assert suite[1][0].get("message") == "not <so> \ufffd good"
