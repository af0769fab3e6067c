"""The groups of a correlation from the definition: what the core alerts on holds here, what it does not, does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents, compile_folders
from correlator.explain.group import CorrelationExplanation, explain_correlation
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.case import case_files, read_cases
from correlator.rule_tests.inputs import inline, lines_of
from khien.clock import SystemClock

ROOT = Path(__file__).resolve().parents[3]
RULES = """
title: Logins
id: 11111111-1111-4111-8111-111111111111
name: login
logsource: {product: khien, service: host.auth}
detection: {s: {event.action: login}, condition: s}
level: low
---
title: Some
id: 22222222-2222-4222-8222-222222222222
level: medium
correlation: {type: TYPE, rules: [login], group-by: [source.ip], timespan: 60s, condition: {CONDITION}}
"""


def explain(kind: str, condition: str, *events: dict[str, object]) -> CorrelationExplanation:
    text = RULES.replace("TYPE", kind).replace("CONDITION", condition)
    rules = compile_documents(parse_documents(text, shown_as="rules.yml"))
    (rule,) = rules.plan.correlations
    lines = inline({"event": {"dataset": "host.auth", "action": "login"}, "source.ip": "192.0.2.1"}, events)
    return explain_correlation(rules, rule, lines, clock=SystemClock())


def test_the_fullest_window_is_shown_with_its_bounds_and_events() -> None:
    found = explain("event_count", "gte: 3", {"at": "0s"}, {"at": "61s"}, {"at": "90s"}, {"at": "300s"})
    (group,) = found.groups
    assert (group.observed, group.holds, group.events) == (2, False, (1, 2))
    assert group.window_end_us - group.window_start_us == 29_000_000
    assert group.group == {"source.ip": "192.0.2.1"}


@pytest.mark.parametrize(("second", "holds"), [("60s", True), ("60000001us", False)])
def test_both_ends_belong_to_the_window(second: str, holds: bool) -> None:  # noqa: FBT001 - a truth value
    (group,) = explain("event_count", "gte: 2", {"at": "0s"}, {"at": second}).groups
    assert group.holds is holds


def test_who_does_not_count_is_said() -> None:
    found = explain("event_count", "gte: 2", {"event.action": "logout"}, {"source.ip": None}, {"at": "1s"})
    assert (found.unseen, found.without_group) == ((0,), (1,))


def test_a_closing_condition_is_judged_in_its_own_windows() -> None:
    found = explain("event_count", "eq: 2", {"at": "0s"}, {"at": "10s"}, {"at": "20s"}, {"at": "80s"}, {"at": "90s"})
    (group,) = found.groups
    assert (group.events, group.holds, group.window_end_us - group.window_start_us) == ((3, 4), True, 60_000_000)


def test_a_type_that_is_not_recounted_says_so() -> None:
    text = RULES.replace("TYPE", "value_sum").replace("CONDITION", "gte: 2, field: source.bytes")
    rules = compile_documents(parse_documents(text, shown_as="rules.yml"))
    if not rules.plan.correlations:
        pytest.skip(f"the core of this build does not run value_sum: {rules.rejections}")
    lines = inline({"event": {"dataset": "host.auth", "action": "login"}, "source.ip": "192.0.2.1"}, [{"source.bytes": 5}])
    (group,) = explain_correlation(rules, rules.plan.correlations[0], lines, clock=SystemClock()).groups
    assert (group.observed, group.holds, group.events) == (None, None, (0,))


def test_it_agrees_with_the_core_on_every_case_of_the_shipped_correlations(tmp_path: Path) -> None:
    rules = compile_folders([ROOT / "rules"])
    by_name = {rule.rule.name: rule for rule in rules.plan.correlations}
    judged = 0
    with Bench(tmp_path, rules, clock=SystemClock()) as bench:
        for path in case_files(ROOT / "rules" / "linux"):
            file = read_cases(path)
            rule = by_name.get(path.name.removesuffix(".test.yml"))
            if rule is None:
                continue
            for case in file.cases:
                lines = lines_of(file, case)
                holding = {
                    tuple(group.group.values())
                    for group in explain_correlation(rules, rule, lines, clock=SystemClock()).groups
                    if group.holds
                }
                alerts = {alert.group.values for alert in bench.run(lines) if alert.rule.id == rule.rule.id}
                assert holding == alerts, case.location
                judged += 1
    assert judged > 10
