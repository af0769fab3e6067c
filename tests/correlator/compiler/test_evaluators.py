"""Three evaluators, one meaning: plain Python, the engine's full scan, the engine's index (detection design, section 4)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from khien_engine.detect import Ruleset
from khien_engine.logs import EventFile

from correlator import ir
from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.reference import evaluate, read_event
from tests.correlator.compiler.random_rules import random_event, random_rules

RULES = Path(__file__).parents[3] / "rules"
#: Rule × event pairs of one round.
_RULES, _EVENTS = 100, 25


def differences(rules: Sequence[ir.Rule], lines: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """Rules and lines on which any two evaluators differ."""
    ruleset = Ruleset(ir.dumps(rules))
    batch = b"".join(lines)
    indexed = {start: found for start, _, found in ruleset.scan(batch)}
    full = {start: found for start, _, found in ruleset.scan_fully(batch)}
    found: list[tuple[str, bytes]] = []
    start = 0
    for line in lines:
        event = read_event(line)
        naive = {number for number, rule in enumerate(rules) if evaluate(rule, event)}
        for other in (indexed, full):
            found += [(rules[number].id, line) for number in naive ^ set(other.get(start, []))]
        start += len(line)
    return found


@cache
def corpus_leaves(data: Path | None) -> tuple[ir.Leaf, ...]:
    """The comparisons of our own rules, and of the public ones where they are."""
    folders = [RULES]
    if data is not None:
        folders += [data / "sigma" / "rules" / name for name in ("web", "linux", "network", "windows/powershell", "application")]
    rules = compile_folders(folders)
    leaves = {leaf: None for rule in rules.plan.detections for leaf in ir.leaves_of(rule.program.program)}
    return tuple(leaves)


def tried(leaves: Sequence[ir.Leaf], *, seed: int, rounds: int) -> int:
    """How many pairs hit; fails at the first difference."""
    hits = 0
    for number in range(rounds):
        chance = random.Random(seed + number)
        rules = random_rules(chance, leaves, count=_RULES)
        lines = [random_event(chance, leaves) for _ in range(_EVENTS)]
        assert differences(rules, lines) == [], f"seed {seed + number}"
        hits += sum(len(found) for _, _, found in Ruleset(ir.dumps(rules)).scan(b"".join(lines)))
    return hits


def test_ten_thousand_random_pairs_mean_the_same_in_all_evaluators() -> None:
    hits = tried(corpus_leaves(None), seed=1, rounds=4)
    assert 500 < hits < 5_000, "events that never match, or always do, would test nothing"


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_a_million_random_pairs_mean_the_same_in_all_evaluators(test_data: Path) -> None:
    assert tried(corpus_leaves(test_data), seed=1_000, rounds=400) > 50_000


@pytest.fixture(scope="module")
def corpus(test_data: Path) -> RuleSet:
    return compile_folders([test_data / "sigma" / name for name in ("rules", "rules-emerging-threats", "rules-threat-hunting")])


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_whole_public_corpus_means_the_same_on_every_regression_event(corpus: RuleSet, test_data: Path) -> None:
    rules = [rule.program for rule in corpus.plan.detections]
    lines: list[bytes] = []
    for path in sorted((test_data / "sigma" / "regression_data").rglob("*.json")):
        lines += b"".join(part.lines for part in EventFile(path, source=path.name)).splitlines(keepends=True)
    # 124 files hold 145 records (the data's README).
    assert len(lines) == 145
    assert differences(rules, lines) == []
