"""Whatever the rule, whatever the stream, however it comes, and whenever it is killed: the core says what the definition says."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conformance.correlation.core import by_core
from tests.conformance.correlation.runner import by_definition, difference
from tests.conformance.correlation.vector import Vector
from tests.correlator import shuffles
from tests.correlator.random_rules import SHAPES, arriving, draw
from tests.correlator.shuffles import shuffle


def judged(vector: Vector, seed: str, *, kills: Path | None = None, chance: random.Random) -> None:
    """The vector's own expectation is what the definition says of it."""
    steps = len(vector.arrival)
    at = sorted({chance.randrange(steps) for _ in range(2)}) if kills else []
    problem = difference(vector, by_core(vector, kills=at, folder=kills))
    assert problem is None, f"seed {seed}, kills at {at}\n{problem}\n{vector.rules}\n{vector.events}\n{vector.arrival}"


def expected(vector: Vector) -> Vector:
    return replace(vector, expect=tuple(by_definition(vector)))


def try_one(seed: str, shape: str, *, arrivals: int, kills: Path | None = None) -> None:
    chance = random.Random(seed)
    vector = draw(chance, shape)
    for number in range(arrivals):
        coming = expected(arriving(chance, vector))
        judged(coming, seed, kills=kills / f"{seed} {number}" if kills else None, chance=chance)


@pytest.mark.parametrize("shape", SHAPES)
def test_random_rules_over_random_streams(shape: str) -> None:
    for number in range(15):
        try_one(f"{shape} {number}", shape, arrivals=2)


@pytest.mark.parametrize("shape", SHAPES)
def test_killed_and_restored_at_any_place(shape: str, tmp_path: Path) -> None:
    for number in range(4):
        try_one(f"{shape} killed {number}", shape, arrivals=2, kills=tmp_path)


def test_the_generator_makes_alerts_of_every_shape() -> None:
    for shape in SHAPES:
        vectors = [draw(random.Random(f"{shape} {number}"), shape) for number in range(15)]
        assert sum(bool(by_definition(vector)) for vector in vectors) >= 5, shape


def test_what_the_definition_says_does_not_depend_on_the_arrival() -> None:
    for shape in SHAPES:
        chance = random.Random(shape)
        vector = draw(chance, shape)
        coming = arriving(chance, vector)
        ended = [step for step in coming.arrival if not isinstance(step, dict) or shape == "absence"]
        assert by_definition(coming) == by_definition(replace(coming, arrival=tuple(ended)))


@pytest.mark.parametrize("shape", SHAPES)
def test_shuffled_and_in_batches_of_any_size_the_same_is_said(shape: str) -> None:
    result = shuffle(shape, arrivals=60, streams=6)
    assert (result.arrivals, result.different) == (60, [])


def test_an_arrival_that_says_anything_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shuffles, "by_definition", lambda _: [])
    assert shuffle("event_count", arrivals=20, streams=4).different


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("shape", SHAPES)
def test_ten_thousand_arrivals_of_every_shape(shape: str) -> None:
    result = shuffle(shape, arrivals=10_000, streams=500)
    assert (result.arrivals, result.different) == (10_000, [])
