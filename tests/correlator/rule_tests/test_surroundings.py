"""A rule's cases mean the same in its folder as in the whole pack."""

from __future__ import annotations

from pathlib import Path

import pytest

from correlator.compiler.ruleset import compile_folders
from correlator.rule_tests.suite import Suite
from correlator.rule_tests.surroundings import missing_references, pack_of
from khien.clock import SystemClock

FAILED = """
title: A log-in failed
id: 11111111-1111-4111-8111-111111111111
name: failed
logsource: {product: khien, service: host.auth}
detection: {s: {event.outcome: failure}, condition: s}
level: low
"""
MANY = """
title: Many failed
id: 22222222-2222-4222-8222-222222222222
name: many
correlation: {type: event_count, rules: [failed], group-by: [source.ip], timespan: 1m, condition: {gte: 2}}
level: high
"""
NIGHT = """
title: A log-in at night
id: 33333333-3333-4333-8333-333333333333
name: night
logsource: {product: khien, service: host.auth}
detection: {s: {event.outcome: failure}, n: {'@timestamp|hour': 23}, condition: s and n}
level: low
"""
NIGHTS = (
    MANY.replace("22222222-2222-4222-8222-222222222222", "44444444-4444-4444-8444-444444444444")
    .replace("name: many", "name: nights")
    .replace("failed]", "night]")
)
CASES = """
defaults: {event: {dataset: host.auth, outcome: failure}, source.ip: 192.0.2.1}
cases:
  - {name: two, why: W, input: {events: [{repeat: {times: 2, every: 1s}}]}, expect: {exactly: 1}}
  - {name: three, why: W, input: {events: [{repeat: {times: 3, every: 1s}}]}, expect: {exactly: 1}}
  - {name: one, why: W, near_miss: true, input: {events: [{user.name: a}]}, expect: {exactly: 0}}
  - {name: none, why: W, input: {events: [{event.outcome: success, repeat: {times: 2}}]}, expect: {exactly: 0}}
"""


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A correlation in one folder, the rule that it counts in another."""
    for folder in ("rules/base", "rules/sums", ".git"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "rules/base/failed.yml").write_text(FAILED)
    (tmp_path / "rules/sums/many.yml").write_text(MANY)
    (tmp_path / "rules/sums/many.test.yml").write_text(CASES)
    return tmp_path / "rules"


def problems(given: Path, *, here: Path, mutate: bool = False) -> dict[str, str]:
    whole = pack_of(given, here=here)
    suite = Suite(given, compile_folders([whole]), scratch=here / "scratch", clock=SystemClock(), packs=[whole])
    return {one.verdict.name: one.verdict.problem for one in suite.judge(mutate=mutate) if one.verdict.problem}


def test_a_folder_is_judged_with_the_rules_of_other_folders_that_it_names(pack: Path) -> None:
    assert missing_references(pack / "sums") == {"failed"}
    assert pack_of(pack / "sums", here=pack.parent) == pack
    assert problems(pack / "sums", here=pack.parent) == {}
    assert problems(pack / "sums" / "many.yml", here=pack.parent) == {}


def test_a_folder_that_names_nothing_outside_stands_for_itself(pack: Path) -> None:
    assert pack_of(pack / "base", here=pack.parent) == pack / "base"


def test_a_site_table_marks_the_pack_whatever_is_named(pack: Path) -> None:
    (pack / "site.yml").write_text("time_zone: Asia/Ho_Chi_Minh\n")
    assert pack_of(pack / "base", here=pack / "base") == pack


def test_nothing_above_the_repository_or_the_place_of_the_call_is_looked_at(pack: Path) -> None:
    (pack.parent.parent / "site.yml").write_text("time_zone: UTC\n")
    try:
        assert pack_of(pack / "base", here=pack.parent) == pack / "base"
    finally:
        (pack.parent.parent / "site.yml").unlink()
    assert pack_of(pack / "sums", here=pack) == pack / "sums"


def test_a_reference_that_is_nowhere_is_still_missing(pack: Path) -> None:
    (pack / "base" / "failed.yml").unlink()
    (pack / "base" / "night.yml").write_text(NIGHT)
    assert "reference-missing" in str(compile_folders([pack_of(pack / "sums", here=pack.parent)]).rejections)


def test_mutants_of_a_correlation_run_in_the_time_zone_of_their_pack(pack: Path) -> None:
    """In UTC a night rule would hit nothing, and every mutant would count as noticed."""
    (pack / "site.yml").write_text("time_zone: Asia/Ho_Chi_Minh\n")
    (pack / "base" / "night.yml").write_text(NIGHT)
    (pack / "sums" / "nights.yml").write_text(NIGHTS)
    times = "['2026-03-02T16:30:00.000000Z', '2026-03-02T16:30:01.000000Z', '2026-03-02T16:40:00.000000Z']"
    event = f"{{repeat: {{times: 3, vary: {{'@timestamp': {times}}}}}}}"
    case = f"  - {{name: two and one, why: W, input: {{events: [{event}]}}, expect: {{exactly: 1}}}}\n"
    (pack / "sums" / "nights.test.yml").write_text(CASES[: CASES.index("  - {name: two")] + case)
    (pack / "sums" / "many.yml").unlink()
    (pack / "sums" / "many.test.yml").unlink()
    found = problems(pack / "sums", here=pack.parent, mutate=True)
    assert "two and one" not in found
    assert "mutation: `gte: 2` turned around" in found, "two in a minute, or one: either makes one alert"
