"""The runner finds what is wrong with a rule or with its cases: each fault here must be seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import read_cases
from correlator.rule_tests.inputs import lines_of
from correlator.rule_tests.runner import CaseRunner
from khien.clock import SystemClock
from khien.errors import KhienError

RULE = """
title: Three failures
id: 77777777-7777-4777-8777-777777777777
name: three
correlation:
  type: event_count
  rules: [failed]
  group-by: [source.ip]
  timespan: 60s
  condition: {gte: 3}
level: medium
---
title: Three failures, twice
id: 99999999-9999-4999-8999-999999999999
name: twice
correlation:
  type: event_count
  rules: [three]
  group-by: [source.ip]
  timespan: 1h
  generate: true
  condition: {gte: 2}
level: medium
---
title: A failure
id: 88888888-8888-4888-8888-888888888888
name: failed
logsource: {product: khien, service: host.auth}
detection:
  selection: {event.action: login, event.outcome: failure}
  condition: selection
level: low
"""
CASES = """
rule: SUBJECT
defaults: {event: {dataset: host.auth, action: login, outcome: failure}, source.ip: 192.0.2.1}
cases:
  - name: one
    why: Because.
    near_miss: NEAR
    input: {events: [{EVENT, repeat: {times: TIMES, every: 1s}}]}
    expect: {EXPECT}
"""
Judge = Callable[..., dict[str, str]]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Problems by the name of the verdict; keywords replace the words in capitals of the cases."""

    def run(**words: str) -> dict[str, str]:
        (tmp_path / "three.yml").write_text(RULE)
        text = CASES
        for word, value in {
            "subject": "three",
            "near": "false",
            "event": "a.b: c",
            "times": "3",
            "expect": "exactly: 1",
            **words,
        }.items():
            text = text.replace(word.upper(), value)
        (tmp_path / "three.test.yml").write_text(text)
        file = read_cases(tmp_path / "three.test.yml")
        with Bench(tmp_path / "bench", compile_folders([tmp_path]), clock=SystemClock()) as bench:
            runner = CaseRunner(bench, file)
            return {verdict.name: verdict.problem or "" for case in file.cases for verdict in runner.judge(case)}

    return run


def test_a_case_that_holds_has_no_problem_and_eight_derived_ones_beside_it(judge: Judge) -> None:
    found = judge()
    assert set(found) == {
        "one", "one: shuffled", "one: late", "one: two groups", "one: twice", "one: restarted",
        "one: just enough", "one: one less", "one: window exactly full", "one: 1 µs too wide",
    }  # fmt: skip
    assert set(found.values()) == {""}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"times": "2"}, "0 alerts, at least 1 expected"),
        ({"expect": "exactly: 0"}, "1 alerts, at most 0 expected"),
        ({"expect": "exactly: 1, level: high"}, "level medium, high expected"),
        ({"expect": "exactly: 1, group: {source.ip: 192.0.2.2}"}, "no alert of the group"),
    ],
)
def test_a_wrong_expectation_is_seen(judge: Judge, words: dict[str, str], problem: str) -> None:
    assert judge(**words)["one"].startswith(problem)


def test_a_near_miss_of_foreign_events_is_none(judge: Judge) -> None:
    assert judge(near="true", times="2", expect="exactly: 0")["one: is a near miss"] == ""
    found = judge(near="true", times="9", expect="exactly: 0", event="event.action: logout")
    assert "looks at" in found["one: is a near miss"]


def test_a_near_miss_of_a_chain_has_events_of_an_inner_correlation(judge: Judge) -> None:
    chain = {"subject": "twice", "near": "true", "expect": "exactly: 0"}
    assert judge(times="3", **chain)["one: is a near miss"] == ""
    assert "looks at" in judge(times="3", event="event.action: logout", **chain)["one: is a near miss"]


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        ("event.outcome: success", ""),
        ("event.action: logout, event.outcome: success", "no event is one comparison away from a hit"),
        ("event.dataset: mail.auth", "no event is one comparison away from a hit"),
    ],
)
def test_a_near_miss_of_a_rule_on_single_events_is_one_comparison_away(judge: Judge, event: str, problem: str) -> None:
    found = judge(subject="failed", near="true", times="1", expect="exactly: 0", event=event)
    assert found == {"one": "", "one: is a near miss": problem}


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("cases: []\n", "`cases` is a list"),
        ("case: []\n", "unknown key `case`"),
        ("cases: [{name: a, why: b, input: {events: []}, expect: {}}]\n", "whole number"),
        ("cases: [{name: a, input: {events: []}, expect: {exactly: 1}}]\n", "`why`"),
        ("cases: [{name: a, why: b, input: {}, expect: {exactly: 1}}]\n", "`input`"),
        ("cases: [{name: a, why: b, input: {events: x}, expect: {exactly: -1}}]\n", "whole number"),
        ("cases: [{name: a, why: b, input: {events: x}, expect: {exactly: 1, mood: good}}]\n", "unknown key `mood`"),
        ("a: [\n", "expected"),
    ],
)
def test_cases_that_cannot_be_read_are_named(tmp_path: Path, text: str, detail: str) -> None:
    (tmp_path / "three.yml").write_text(RULE)
    (tmp_path / "three.test.yml").write_text(text)
    with pytest.raises(KhienError) as caught:
        read_cases(tmp_path / "three.test.yml")
    assert caught.value.code == "rule_test.invalid"
    assert detail in caught.value.sentence()
    assert "three.test.yml" in caught.value.sentence()


def test_cases_without_their_rule_are_named(tmp_path: Path) -> None:
    (tmp_path / "three.test.yml").write_text("cases: []\n")
    with pytest.raises(KhienError, match=r"no rule `three\.yml`"):
        read_cases(tmp_path / "three.test.yml")


@pytest.mark.parametrize(
    "source",
    [
        "events: [{a: 1, at: soon}]",
        "events: [{a: 1, repeat: {times: 2, often: yes}}]",
        "events: [5]",
        "events: [{a: 1, repeat: {times: 10001}}]",
        "events: ../../elsewhere.jsonl",
        "log: {lines: [a]}",
        "log: {format: syslog, lines: [hello]}",
        "log: {format: no_such_format, lines: [a]}",
        "capture: three.yml",
    ],
)
def test_an_input_that_cannot_be_read_is_named(tmp_path: Path, source: str) -> None:
    (tmp_path / "three.yml").write_text(RULE)
    (tmp_path / "three.test.yml").write_text(f"cases: [{{name: a, why: b, input: {{{source}}}, expect: {{exactly: 1}}}}]\n")
    file = read_cases(tmp_path / "three.test.yml")
    with pytest.raises(KhienError) as caught:
        lines_of(file, file.cases[0])
    assert caught.value.code == "rule_test.invalid"


def test_what_a_file_owes_is_said(tmp_path: Path) -> None:
    (tmp_path / "three.yml").write_text(RULE)
    (tmp_path / "three.test.yml").write_text("cases: [{name: a, why: b, input: {events: x}, expect: {exactly: 1}}]\n")
    assert read_cases(tmp_path / "three.test.yml").lacking() == "1 true, 0 false and 0 near-miss cases; 2, 2 and 1 are required"
