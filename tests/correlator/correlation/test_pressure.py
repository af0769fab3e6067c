"""A watch with more groups than may be kept: the alert of it, and thresholds that are carried on as estimates."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from correlator import runtime
from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.correlation.domain import Domain
from correlator.correlation.watch import Watches
from correlator.service import state_pressure
from khien.alert import Alert, Level
from khien.clock import MICROSECONDS
from khien.delivery import END
from tests.correlator.stream import RULES, START_US, Plant, login
from tests.correlator.test_runtime import stamped


@pytest.fixture(scope="module")
def rules() -> RuleSet:
    return compile_folders([RULES])


def said(rules: RuleSet, attempts: list[tuple[int, str]], *, most_groups: int, step: int = 0) -> list[Alert]:
    """The alerts of failed log-ins (second, address); `step`: promise so often that everything before is seen, 0: at the end."""
    domain = Domain("import:a", Watches(rules.plan, most_groups=most_groups))
    number = next(rule.number for rule in rules.plan.detections if rule.rule.name == "ssh_login_failed")
    domain.promise(("a", 1, "f"), promise_us=-(2**63), now_us=0, ingested_us=0)
    found: dict[str, Alert] = {}
    for place, (second, address) in enumerate(attempts):
        when = START_US + second * MICROSECONDS
        line = stamped(login(second, address=address), when, f"a-1-{place + 1}")
        domain.observe(line, [(0, len(line), [number])], ingested_us=0)
        if step and place % step == 0:
            domain.promise(("a", 1, "f"), promise_us=when - 1, now_us=0, ingested_us=0)
            found.update((alert.id, alert) for alert in domain.take_alerts())
    domain.promise(("a", 1, "f"), promise_us=END, now_us=0, ingested_us=0)
    found.update((alert.id, alert) for alert in domain.take_alerts())
    return sorted(found.values(), key=lambda alert: (alert.rule.name, alert.first_us))


def test_the_alert_names_the_rule_the_first_key_and_the_time_in_both_languages(rules: RuleSet) -> None:
    [alert] = said(rules, [(0, "192.0.2.1"), (1, "192.0.2.2"), (2, "192.0.2.3"), (3, "192.0.2.4")], most_groups=2)
    assert (alert.rule.name, alert.severity) == ("state_pressure", Level.HIGH.severity)
    assert (alert.hits, alert.event_count, alert.event_ids) == (2, 2, ("a-1-3",))
    assert (alert.first_us, alert.last_us) == (START_US + 2 * MICROSECONDS, START_US + 3 * MICROSECONDS)
    assert (alert.group.fields, alert.group.values) == (("khien.rule",), ("ssh_bruteforce",))
    for text in alert.rule.description.values():
        assert "`ssh_bruteforce`" in text
        assert "`192.0.2.1`" in text
        assert "2026-02-02T02:40:02" in text
    assert alert.rule.title == {
        "en": "Too many groups to keep: Password guessing over SSH",
        "vi": "Số nhóm theo dõi vượt giới hạn: Dò mật khẩu qua SSH",
    }
    assert all(alert.rule.triage.values())


def flood(start: int) -> list[tuple[int, str]]:
    return [(start + second, f"2001:db8:{start:x}::{second:x}") for second in range(20)]


@pytest.mark.parametrize("step", [0, 1, 7])
def test_ten_quiet_minutes_end_an_episode_whatever_the_batches(rules: RuleSet, step: int) -> None:
    # Of each flood the fourth to the last address drive one out: 600 s are from second 19 to 619, 601 s from 635 to 1,236.
    attempts = [*flood(0), *flood(616), *flood(1_233)]
    found = said(rules, attempts, most_groups=3, step=step)
    assert [(alert.first_us - START_US, alert.last_us - START_US) for alert in found] == [
        (3 * MICROSECONDS, 635 * MICROSECONDS),
        (1_236 * MICROSECONDS, 1_252 * MICROSECONDS),
    ]
    assert [alert.id for alert in found] == [alert.id for alert in said(rules, attempts, most_groups=3)]


@pytest.mark.parametrize("step", [0, 1, 3])
def test_a_group_that_goes_again_and_again_still_reaches_its_threshold_as_an_estimate(rules: RuleSet, step: int) -> None:
    turns = [(2 * turn + place, address) for turn in range(8) for place, address in enumerate(("192.0.2.1", "192.0.2.2"))]
    found = said(rules, turns, most_groups=1, step=step)
    fired = [alert for alert in found if alert.rule.name == "ssh_bruteforce"]
    assert {alert.group.values for alert in fired} == {("192.0.2.1",), ("192.0.2.2",)}
    assert {alert.last_us - START_US for alert in fired} == {14 * MICROSECONDS, 15 * MICROSECONDS}
    assert all(alert.explanation.estimated and alert.explanation.observed == 8 for alert in fired)
    assert all("estimated" in alert.explanation.condition for alert in fired)


def test_seven_of_eight_in_turn_are_not_enough(rules: RuleSet) -> None:
    turns = [(2 * turn + place, address) for turn in range(7) for place, address in enumerate(("192.0.2.1", "192.0.2.2"))]
    assert {alert.rule.name for alert in said(rules, turns, most_groups=1)} == {"state_pressure"}


def test_what_went_four_minutes_ago_is_not_carried_on(rules: RuleSet) -> None:
    turns = [(240 * turn + place, address) for turn in range(12) for place, address in enumerate(("192.0.2.1", "192.0.2.2"))]
    assert "ssh_bruteforce" not in {alert.rule.name for alert in said(rules, turns, most_groups=1)}


def test_a_restart_loses_neither_the_episode_nor_the_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "Watches", partial(Watches, most_groups=1))
    plant = Plant(tmp_path)
    plant.promise(-1)
    for turn in range(8):
        plant.events([login(2 * turn, address="192.0.2.1"), login(2 * turn + 1, address="192.0.2.2")])
        plant.promise(2 * turn + 1.5)
        plant.settle()
        plant.reopen()
    [pressure] = plant.correlator.pressures()
    assert pressure.hits == 15
    trouble = state_pressure([pressure])
    assert trouble.code == "correlation.state_pressure"
    assert "ssh_bruteforce" in trouble.sentence("vi")
    assert "15" in trouble.sentence("en")
    stored = {alert.id: alert for alert in plant.correlator.alerts("live")}
    assert stored[pressure.id].hits == 15
    fired = [alert for alert in stored.values() if alert.rule.name == "ssh_bruteforce"]
    assert len(fired) == 2
    assert all(alert.explanation.estimated for alert in fired)
    plant.clock.advance(seconds=700)
    plant.promise(15 + 601)
    plant.settle()
    assert plant.correlator.pressures() == []
    plant.reopen()
    assert plant.correlator.pressures() == []
    plant.close()
