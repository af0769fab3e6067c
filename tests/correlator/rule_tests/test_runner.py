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
from correlator.rule_tests.suite import Suite
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


SILENT = """
cases:
  - {name: three, RULE why: W, input: {events: [{repeat: {times: 3, every: 1s}}]}, expect: {exactly: 1, level: medium}}
  - name: four
    RULE
    why: W
    input: {events: [{repeat: {times: 4, every: 1s}}]}
    expect: {exactly: 1, group: {source.ip: 192.0.2.1}}
  - {name: two, RULE why: W, near_miss: true, input: {events: [{repeat: {times: 2, every: 1s}}]}, expect: {exactly: 0}}
  - {name: others, RULE why: W, input: {events: [{event.action: logout, repeat: {times: 9, every: 1s}}]}, expect: {exactly: 0}}
"""


OF_THREE = SILENT.replace("    RULE\n", "    rule: three\n").replace("RULE", "rule: three,")


def judge_silent(folder: Path, cases: str, *, rules: str = RULE, mutate: bool = False) -> dict[str, str]:
    """The verdicts of cases about the inner correlation of a chain, which makes no alerts of its own."""
    (folder / "three.yml").write_text(rules.replace("  generate: true\n", ""))
    defaults = "defaults: {event: {dataset: host.auth, action: login, outcome: failure}, source.ip: 192.0.2.1}"
    (folder / "three.test.yml").write_text(defaults + cases)
    compiled = compile_folders([folder])
    assert [one.rule.name for one in compiled.plan.correlations if one.is_silent] == ["three"]
    suite = Suite(folder, compiled, scratch=folder / "scratch", clock=SystemClock())
    return {one.verdict.name: one.verdict.problem or "" for one in suite.judge(mutate=mutate)}


def test_a_silent_correlation_has_true_cases_of_its_own_and_all_that_is_derived(tmp_path: Path) -> None:
    found = judge_silent(tmp_path, OF_THREE, mutate=True)
    assert set(found.values()) == {""}
    derived = {
        "shuffled",
        "late",
        "twice",
        "restarted",
        "two groups",
        "just enough",
        "one less",
        "window exactly full",
        "1 µs too wide",
    }
    assert {f"{name}: {one}" for name in ("three", "four") for one in derived} | {"two: is a near miss"} <= set(found)
    assert "mutation: `gte: 3` turned around" in found


@pytest.mark.parametrize(
    ("words", "name", "problem"),
    [
        (("times: 3", "times: 2"), "three", "0 alerts, at least 1 expected"),
        (("times: 2", "times: 3"), "two", "1 alerts, at most 0 expected"),
        (("level: medium", "level: low"), "three", "level medium, low expected"),
        (("{source.ip: 192.0.2.1}", "{source.ip: 192.0.2.2}"), "four", "no alert of the group"),
    ],
)
def test_a_wrong_case_of_a_silent_correlation_is_seen(tmp_path: Path, words: tuple[str, str], name: str, problem: str) -> None:
    found = judge_silent(tmp_path, OF_THREE.replace(*words, 1))
    assert found[name].startswith(problem)


def test_a_silent_correlation_with_a_member_that_no_case_needs_fails_the_mutation(tmp_path: Path) -> None:
    second = RULE.split("---\n")[2].replace("88888888", "66666666").replace("name: failed", "name: second")
    rules = RULE.replace("rules: [failed]", "rules: [failed, second]") + "---\n" + second.replace("login,", "unlock,")
    found = judge_silent(tmp_path, OF_THREE, rules=rules, mutate=True)
    assert {name: problem for name, problem in found.items() if problem} == {"mutation: member `second` dropped": "no case notices"}


def test_cases_of_two_rules_of_one_file_owe_for_each(tmp_path: Path) -> None:
    outer = next(line for line in OF_THREE.splitlines() if "near_miss" in line).replace("rule: three", "rule: twice")
    found = judge_silent(tmp_path, OF_THREE + outer.replace("name: two", "name: outer"))
    assert found["cases"].startswith("0 true, 1 false and 1 near-miss cases")
    assert (found["three"], found["outer"]) == ("", "")


NIGHTLY = """
title: A backup
id: 88888888-8888-4888-8888-888888888888
name: saved
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: backup}, condition: s}
level: informational
---
title: No backup of a server
id: 77777777-7777-4777-8777-777777777777
name: none
correlation: {type: event_count, rules: [saved], group-by: [host.name], timespan: 1d, condition: {lt: 1}}
level: high
khien: {expect: [bk1, bk12, bk13]}
"""
NIGHTS = """
rule: none
defaults: {event: {dataset: host.auth, action: backup}}
cases:
  - name: one is missing
    why: W
    input: {events: [{host.name: bk1, repeat: {times: 4, every: 1d}}, {host.name: bk12, repeat: {times: 4, every: 1d}}]}
    expect: {exactly: 1, group: {host.name: bk13}}
"""


def nightly(folder: Path, rules: str = NIGHTLY) -> dict[str, str]:
    (folder / "none.yml").write_text(rules)
    (folder / "none.test.yml").write_text(NIGHTS)
    file = read_cases(folder / "none.test.yml")
    with Bench(folder / "bench", compile_folders([folder]), clock=SystemClock()) as bench:
        return {verdict.name: verdict.problem or "" for case in file.cases for verdict in CaseRunner(bench, file).judge(case)}


def test_somebody_whom_nobody_expects_changes_nothing_of_an_absence(tmp_path: Path) -> None:
    found = nightly(tmp_path)
    assert "one is missing: two groups" in found
    assert set(found.values()) == {""}


def test_an_absence_that_speaks_of_one_more_is_seen(tmp_path: Path) -> None:
    found = nightly(tmp_path, NIGHTLY.replace("bk13]", "bk13, bk14]"))
    assert found["one is missing"] == "2 alerts, at most 1 expected"


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
