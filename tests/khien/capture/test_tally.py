"""Bounded counting: exact while it can be, never too much when it cannot."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from khien.capture import tally as module
from khien.capture.tally import LONGEST_TEXT, Tally, cut, few


def test_counts_are_exact_while_everything_is_kept() -> None:
    tally = Tally()
    for number in range(100):
        tally.count(number % 7, name=number % 7)
    assert tally.is_whole
    assert (tally.total, tally.distinct) == (100, 7)
    assert sum(row["times"] for row in tally.largest(100)) == 100


def test_a_hostile_flood_of_names_is_bounded_and_no_count_is_too_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 50)
    told, truth = Tally(), Counter[str]()
    source = random.Random(4)
    for number in range(20_000):
        name = source.choice(["often", "oftener", "oftener"]) if number % 3 else f"only once {number}"
        truth[name] += 1
        told.count(name, name=name)
        assert told.distinct <= 100
    assert not told.is_whole
    assert told.total == 20_000
    assert all(row["times"] <= truth[row["name"]] for row in told.largest(100))
    assert [row["name"] for row in told.largest(2)] == ["oftener", "often"]
    assert [row["times"] for row in told.largest(2)] == [truth["oftener"], truth["often"]]


def test_the_first_of_a_kind_is_its_sample() -> None:
    tally = Tally()
    for packet in (3, 9):
        tally.count("a", packet=packet)
    assert tally.largest(1) == [{"times": 2, "packet": 3}]


def test_few_texts_are_kept_of_many_and_it_says_so() -> None:
    row: module.Row = {}
    for number in range(100):
        few(row, "users").add(f"user{number}")
    assert len(few(row, "users").values) == 8
    assert few(row, "users").has_more


def test_a_text_is_cut_visibly() -> None:
    assert cut("x" * LONGEST_TEXT) == "x" * LONGEST_TEXT
    assert cut("x" * 10_000) == "x" * (LONGEST_TEXT - 1) + "…"
    assert cut(None) == ""
