"""The explanation is true exactly when the matcher hits: every shipped rule over recorded events, and over bent ones."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from khien_engine import detect

from correlator import reference
from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.explain.event import explain_event
from correlator.rule_tests.bench import hits_of
from correlator.rule_tests.readers import read_log
from khien.clock import SystemClock

ROOT = Path(__file__).resolve().parents[3]
RULES = compile_folders([ROOT / "rules"])
MATCHER = detect.Ruleset(RULES.ir)
LOG = ROOT / "lab" / "recording" / "cong-tt" / "auth.log"
LINES = read_log(LOG.read_bytes(), name="syslog", year=2026, utc_offset_minutes=420, host=None)
#: Values that rules ask for or that are near them, from the rules themselves.
FIELDS = sorted({leaf.field for rule in RULES.plan.detections for leaf in rule.selections if leaf.field})
WORDS = sorted({reference.describe(leaf).strip("*") for rule in RULES.plan.detections for leaf in rule.selections})[:400]


def disagreements(rules: RuleSet, lines: list[bytes]) -> list[tuple[str, bytes]]:
    return [
        (rule.rule.name, line)
        for line, hits in zip(lines, hits_of(MATCHER, lines, clock=SystemClock()), strict=True)
        for rule in rules.plan.detections
        if explain_event(rule, reference.read_event(line)).is_hit != (rule.number in hits)
    ]


def test_it_agrees_with_the_matcher_on_a_recorded_log() -> None:
    assert len(LINES) > 100
    hits = hits_of(MATCHER, LINES, clock=SystemClock())
    assert sum(map(len, hits)) > 10, "the recording no longer hits anything"
    assert disagreements(RULES, LINES) == []


VALUE = st.one_of(st.sampled_from(WORDS), st.integers(0, 70_000), st.booleans(), st.none(), st.text(max_size=8))


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([rule.number for rule in RULES.plan.detections]),
    st.dictionaries(st.sampled_from(FIELDS), st.one_of(VALUE, st.lists(VALUE, max_size=3)), max_size=6),
)
def test_it_agrees_with_the_matcher_on_bent_events(number: int, fields: dict[str, Any]) -> None:
    event = copy.deepcopy(orjson.loads(LINES[0]))
    datasets = RULES.plan.detections[number].program.datasets
    event["event"]["dataset"] = datasets[0] if datasets else "host.auth"
    middle = {name: value for name, value in event.items() if name not in {"@timestamp", "event", "khien"}}
    flat = {name: value for name, value in fields.items() if name not in {"@timestamp", "event.dataset"}}
    bent = {"@timestamp": event["@timestamp"], "event": event["event"], **middle, **flat, "khien": event["khien"]}
    assert disagreements(RULES, [orjson.dumps(bent) + b"\n"]) == []


@pytest.mark.parametrize(
    ("fields", "is_considered", "failing"),
    [
        (
            {"event.dataset": "host.auth", "process.name": "sshd", "event.action": "login", "event.outcome": "success"},
            True,
            "event.outcome",
        ),
        ({"event.dataset": "host.auth", "event.outcome": "failure", "process.name": "sshd"}, True, "event.action"),
        ({"event.dataset": "web.access"}, False, "event.dataset"),
    ],
)
def test_the_first_failing_comparison_and_what_is_not_considered(
    fields: dict[str, str], is_considered: object, failing: str
) -> None:
    (rule,) = (rule for rule in RULES.plan.detections if rule.rule.name == "ssh_login_failed")
    found = explain_event(rule, fields)
    assert (found.is_hit, found.is_considered) == (False, is_considered)
    assert found.first_failing is not None
    assert found.first_failing.field == failing
