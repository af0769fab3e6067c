"""What an exception takes away, and what it leaves: other rules, correlations over the rule, the count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.explain.finding import find_rule
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.inputs import inline
from correlator.tuning.entry import DAY_US, Entry, Kind
from correlator.tuning.gate import replay_true_cases
from correlator.tuning.tuned import tuned
from khien.clock import SystemClock
from khien.errors import KhienError
from tests.correlator.tuning.tuning_rules import MANY, ROOT_LOGIN, write

DESK = {"source.ip": ("10.1.2.3",)}
DEFAULTS = {"event": {"dataset": "host.auth", "action": "login"}, "user.name": "root"}


@pytest.fixture
def rules(tmp_path: Path) -> RuleSet:
    return compile_folders([write(tmp_path / "rules")])


def exception(rule_id: str = ROOT_LOGIN, when: Mapping[str, tuple[str, ...]] = DESK, name: str = "T0001") -> Entry:
    return Entry(
        id=name, kind=Kind.EXCEPTION, rule_id=rule_id, rule_name="r", owner="lan", reason="the desk's own test", created_us=0,
        expires_us=DAY_US, when=when,
    )  # fmt: skip


def alerts(rules: RuleSet, folder: Path, *events: dict[str, object]) -> Counter[tuple[str, str]]:
    with Bench(folder, rules, clock=SystemClock()) as bench:
        found = bench.run(inline(DEFAULTS, events))
        assert not [alert for alert in found if alert.rule.name.startswith("tuning.")]
        return Counter((alert.rule.name, alert.group.values[0]) for alert in found)


BURST: tuple[dict[str, object], ...] = (
    {"source.ip": "10.1.2.3", "repeat": {"times": 3, "every": "1s"}},
    {"source.ip": "192.0.2.9", "repeat": {"times": 3, "every": "1s"}},
)


def test_an_exception_silences_its_rule_for_what_it_names_and_nothing_else(rules: RuleSet, tmp_path: Path) -> None:
    before = alerts(rules, tmp_path / "before", *BURST)
    after = alerts(tuned(rules, [exception()]).rules, tmp_path / "after", *BURST)
    assert before - after == Counter({("root_login", "10.1.2.3"): 1})
    assert after - before == Counter()
    assert after["many_root_logins", "10.1.2.3"] == 1, "the correlation no longer sees what it counts"


def test_an_exception_of_a_correlation_leaves_its_members_alone(rules: RuleSet, tmp_path: Path) -> None:
    before = alerts(rules, tmp_path / "before", *BURST)
    after = alerts(tuned(rules, [exception(MANY)]).rules, tmp_path / "after", *BURST)
    assert before - after == Counter({("many_root_logins", "10.1.2.3"): 1})


def test_what_was_taken_away_is_hit_by_a_counting_rule(rules: RuleSet, tmp_path: Path) -> None:
    made = tuned(rules, [exception(), exception(when={"source.ip": ("192.0.2.9",), "user.name": ("root",)}, name="T0002")])
    lines = inline(DEFAULTS, [{"source.ip": "10.1.2.3"}, {"source.ip": "192.0.2.9"}, {"source.ip": "10.1.2.3", "user.name": "an"}])
    with Bench(tmp_path / "bench", made.rules, clock=SystemClock()) as bench:
        hits = {entry: bench.hits(lines, number) for number, entry in made.counters.items()}
    assert hits == {"T0001": [0], "T0002": [1]}


def test_versions_and_so_groups_and_alert_ids_stay(rules: RuleSet) -> None:
    made = tuned(rules, [exception(), exception(MANY, name="T0002")]).rules.plan
    loud = {rule.rule.id: rule.rule.version for rule in made.detections if not rule.is_silent}
    assert loud == {rule.rule.id: rule.rule.version for rule in rules.plan.detections}
    assert [rule.rule for rule in made.correlations] == [rule.rule for rule in rules.plan.correlations]


def test_an_exception_of_a_rule_that_is_gone_or_that_no_longer_compiles_takes_nothing_away(rules: RuleSet, tmp_path: Path) -> None:
    entries = [exception("44444444-4444-4444-8444-444444444444"), exception(when={"source.ip|nosuch": ("x",)}, name="T0002")]
    made = tuned(rules, entries)
    assert set(made.without_rule) == {"T0001", "T0002"}
    assert alerts(made.rules, tmp_path / "after", *BURST) == alerts(rules, tmp_path / "before", *BURST)


def test_an_exception_that_hides_a_true_case_is_refused(rules: RuleSet, tmp_path: Path) -> None:
    rule = find_rule(rules, "root_login")
    clock = SystemClock()
    with pytest.raises(KhienError, match="root from the desk") as caught:
        replay_true_cases(exception(), rule, rules, [tmp_path / "rules"], scratch=tmp_path / "a", clock=clock)
    assert caught.value.code == "tuning.hides_true_case"
    other = replace(exception(), when={"source.ip": ("10.9.9.9",)})
    assert replay_true_cases(other, rule, rules, [tmp_path / "rules"], scratch=tmp_path / "b", clock=clock) == 2
