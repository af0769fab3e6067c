"""What comes late is evaluated again by the running correlator: in the end it says what it would have said in time."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from correlator import repairs
from tests.conformance.correlation.repaired import said, standing
from tests.conformance.correlation.runner import by_definition, difference
from tests.conformance.correlation.vector import Vector, read
from tests.correlator.random_rules import SHAPES, catching_up, draw

LIVE = [vector for vector in read() if vector.is_live]
BACKLOGS = [vector for vector in LIVE if "repair" in vector.needs]


@pytest.mark.parametrize("vector", LIVE, ids=lambda vector: vector.name)
def test_a_live_vector_ends_as_it_is_defined(vector: Vector, tmp_path: Path) -> None:
    assert difference(vector, standing(vector, tmp_path)) is None


@pytest.mark.parametrize("vector", BACKLOGS, ids=lambda vector: vector.name)
@pytest.mark.parametrize("seed", range(6))
def test_killed_at_any_piece_of_work_it_ends_the_same(
    vector: Vector, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repairs, "_PIECE_LINES", 1)
    chance = random.Random(seed)
    deaths = 0

    def dies() -> bool:
        nonlocal deaths
        is_dying = deaths < 20 and chance.random() < 0.4
        deaths += is_dying
        return is_dying

    assert difference(vector, standing(vector, tmp_path, dies=dies)) is None
    assert deaths > 2


def try_one(seed: str, shape: str, folder: Path, *, kills: bool) -> None:
    """One random rule, stream and backlog; the definition knows nothing of lateness."""
    chance = random.Random(seed)
    vector = catching_up(chance, draw(chance, shape))
    vector = replace(vector, expect=tuple(by_definition(vector)))
    folder.mkdir()
    deaths = iter(range(20))

    def dies() -> bool:
        return kills and chance.random() < 0.2 and next(deaths, None) is not None

    problem = difference(vector, standing(vector, folder, dies=dies))
    assert problem is None, f"seed {seed}\n{problem}\n{vector.rules}\n{vector.events}\n{vector.arrival}"


@pytest.mark.parametrize("shape", SHAPES)
def test_random_rules_over_random_backlogs(shape: str, tmp_path: Path) -> None:
    for number in range(3):
        try_one(f"{shape} late {number}", shape, tmp_path / str(number), kills=number == 2)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("shape", SHAPES)
def test_many_random_backlogs(shape: str, tmp_path: Path) -> None:
    for number in range(200):
        try_one(f"{shape} slow {number}", shape, tmp_path / str(number), kills=number % 2 == 1)


@pytest.mark.parametrize("vector", BACKLOGS, ids=lambda vector: vector.name)
def test_what_stands_is_complete_and_nothing_that_was_said_is_gone(vector: Vector, tmp_path: Path) -> None:
    found = said(vector, tmp_path)
    stands = [alert for alert in found if not alert.withdrawn and alert.superseded_by is None]
    assert all(alert.complete for alert in stands)
    over = {alert.id: alert.superseded_by for alert in found if alert not in stands}
    if vector.name == "backlog_withdraws":
        assert list(over.values()) == [None, None]
    if vector.name == "backlog_joins":
        assert set(over.values()) == {stands[0].id}
        assert set(stands[0].supersedes) == set(over)
