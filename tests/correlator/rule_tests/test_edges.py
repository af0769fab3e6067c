"""At the edges of its window every kind of correlation is tried, and a wrong edge is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import read_cases
from correlator.rule_tests.runner import CaseRunner
from khien.clock import SystemClock

BASE = """
title: {name}
id: 11111111-1111-4111-8111-11111111111{number}
name: {name}
logsource: {{product: khien, service: host.auth}}
detection: {{s: {{event.action: {name}}}, condition: s}}
level: low
"""
KINDS = {
    "ordered": "type: temporal_ordered\n  rules: [a, b]\n  timespan: 60s",
    "sum": "type: value_sum\n  rules: [a]\n  timespan: 60s\n  condition: {field: source.bytes, gte: 30}",
    "absent": "type: temporal\n  rules: [a, b]\n  timespan: 60s\n  condition: a and not b",
}
EVENTS = {
    "ordered": "{event.action: a}, {event.action: b, at: 20s}",
    "sum": "{event.action: a, source.bytes: 10, repeat: {times: 4, every: 5s}}",
    "absent": "{event.action: a}, {event.action: b, at: 20s}",
}


def judged(folder: Path, kind: str, *, seconds: int | None = None) -> dict[str, str]:
    """The verdicts on one case; `seconds`: what the running rule has for a timespan, while its plan says 60."""
    rules = "---\n".join(BASE.format(name=name, number=number) for number, name in enumerate("ab"))
    text = (
        "title: S\nid: 22222222-2222-4222-8222-222222222222\nname: subject\nlevel: high\n"
        f"correlation:\n  group-by: [source.ip]\n  {KINDS[kind]}\n"
    )
    (folder / "subject.yml").write_text(f"{text}---\n{rules}")
    expect = 0 if kind == "absent" else 1
    (folder / "subject.test.yml").write_text(
        "rule: subject\ndefaults: {event: {dataset: host.auth}, source.ip: 192.0.2.1}\ncases:\n"
        f"  - {{name: c, why: w, input: {{events: [{EVENTS[kind]}]}}, expect: {{exactly: {expect}}}}}\n"
    )
    compiled = compile_folders([folder])
    file = read_cases(folder / "subject.test.yml")
    with Bench(folder / "bench", stretched(compiled, seconds) if seconds else compiled, clock=SystemClock()) as bench:
        runner = CaseRunner(bench, file)
        runner.rule = next(rule for rule in compiled.plan.correlations)
        return {one.name: one.problem or "" for case in file.cases for one in runner.judge(case)}


def stretched(rules: RuleSet, seconds: int) -> RuleSet:
    correlations = tuple(replace(one, timespan_us=seconds * 1_000_000) for one in rules.plan.correlations)
    return replace(rules, plan=replace(rules.plan, correlations=correlations))


@pytest.mark.parametrize("kind", ["ordered", "sum"])
def test_a_rising_correlation_fires_to_the_end_of_its_window_and_not_beyond(tmp_path: Path, kind: str) -> None:
    found = judged(tmp_path, kind)
    assert {"c: just enough", "c: one less", "c: window exactly full", "c: 1 µs too wide"} <= set(found)
    assert set(found.values()) == {""}


def test_what_silences_does_so_to_the_last_moment_and_not_beyond(tmp_path: Path) -> None:
    assert judged(tmp_path, "absent") == {"c": "", "c: silenced at the last moment": "", "c: 1 µs too late": ""}


@pytest.mark.parametrize(("kind", "seconds", "verdict"), [
    ("ordered", 50, "c: window exactly full"), ("ordered", 70, "c: 1 µs too wide"),
    ("sum", 50, "c: window exactly full"), ("sum", 70, "c: 1 µs too wide"),
    ("absent", 50, "c: silenced at the last moment"), ("absent", 70, "c: 1 µs too late"),
])  # fmt: skip
def test_a_window_of_another_length_is_seen(tmp_path: Path, kind: str, seconds: int, verdict: str) -> None:
    assert judged(tmp_path, kind, seconds=seconds)[verdict] != ""
