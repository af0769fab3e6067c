"""The vectors agree with the definition, their files with the modules, and Khiên's core with all that it does not refuse."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.correlation.__main__ import judge, main
from tests.conformance.correlation.core import by_core
from tests.conformance.correlation.families import write_all
from tests.conformance.correlation.runner import by_definition, difference
from tests.conformance.correlation.vector import FOLDER, Expected, Vector, read

VECTORS = read()
BY_NAME = {vector.name: vector for vector in VECTORS}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector.name for vector in VECTORS])
def test_a_vector_is_what_the_definition_says(vector: Vector) -> None:
    assert difference(vector, by_definition(vector)) is None


@pytest.mark.parametrize("vector", [one for one in VECTORS if not one.needs], ids=lambda one: one.name)
def test_the_core_says_the_same(vector: Vector) -> None:
    assert difference(vector, by_core(vector)) is None


def test_there_are_enough_each_with_a_name_and_a_sentence_of_its_own() -> None:
    assert len(VECTORS) >= 300
    assert len(BY_NAME) == len(VECTORS)
    assert all(len(vector.pins) > 5 for vector in VECTORS)


def test_the_files_are_what_the_modules_write(tmp_path: Path) -> None:
    write_all(tmp_path)
    names = [path.name for path in sorted(tmp_path.iterdir())]
    assert names == [path.name for path in sorted(FOLDER.iterdir())]
    for name in names:
        assert (tmp_path / name).read_text() == (FOLDER / name).read_text(), name


def test_a_vector_that_expects_anything_else_is_told() -> None:
    vector = BY_NAME["eq_holds"]
    changes: tuple[dict[str, Any], ...] = (
        {"hits": 2},
        {"start": 1},
        {"end": 1},
        {"fired_by": 2},
        {"observed": "3"},
        {"events": (2,)},
        {"group": {}},
    )
    for change in changes:
        other = dataclasses.replace(vector, expect=(dataclasses.replace(vector.expect[0], **change),))
        assert difference(other, by_definition(other)) is not None
    assert judge([dataclasses.replace(vector, expect=())], by_definition)["differed"] == 1


def expected(name: str) -> list[Expected]:
    return list(BY_NAME[name].expect)


def test_by_hand_a_rising_count_is_made_of_its_last_events() -> None:
    assert expected("event_count_1_fires") == [
        Expected(
            rule="rule", group={"source.ip": "192.0.2.1"}, start=0, end=40_000_000, fired_by=3, last=40_000_000,
            hits=1, event_count=3, events=(1, 2, 3), observed="3",
        )
    ]  # fmt: skip
    assert expected("event_count_1_one_short") == []
    assert expected("event_count_1_window_1us_too_narrow") == []


def test_by_hand_an_average_loses_its_first_number_with_the_microsecond() -> None:
    full, narrow = expected("value_avg_1_window_full"), expected("value_avg_1_window_1us_too_narrow")
    assert [(one.start, one.events, one.observed) for one in full] == [(0, (1, 2, 3), "4")]  # (1 + 1 + 10) / 3
    assert [(one.start, one.events, one.observed) for one in narrow] == [(10_000_000, (2, 3), "5.5")]  # (1 + 10) / 2


def test_by_hand_a_percentile_lies_between_two_numbers() -> None:
    # 90 % of the way over the ranks 0 … 2 is rank 1.8: 1 + 0.8 · (10 - 1)
    assert [one.observed for one in expected("value_percentile_1_fires")] == ["8.2"]


def test_by_hand_an_order_is_no_matter_of_arrival() -> None:
    assert BY_NAME["temporal_ordered_1_shuffled"].arrival == (2, 1, "end")
    assert [one.events for one in expected("temporal_ordered_1_shuffled")] == [(1, 2)]
    assert expected("wrong_order") == []


def test_by_hand_a_closing_window_ends_a_timespan_after_its_first_event() -> None:
    few = [(one.start, one.end, one.events) for one in expected("lt_next_window")]
    assert few == [(0, 60_000_000, (1, 2)), (60_000_001, 120_000_001, (3,))]


def test_by_hand_the_negated_rule_may_not_come_at_the_last_microsecond() -> None:
    assert expected("not_after") == []
    assert [one.events for one in expected("not_too_late")] == [(1,)]


def test_by_hand_a_chain_names_the_raw_events_and_begins_at_the_inner_firing() -> None:
    (then,) = expected("burst_then_one")
    assert (then.rule, then.start, then.end, then.events, then.event_count) == ("then", 2_000_000, 30_000_000, (1, 2, 3, 4), 4)


def test_by_hand_a_folded_group_is_shown_as_the_event_that_fired_has_it() -> None:
    assert [one.group for one in expected("folded")] == [{"user.name": "AN"}]
    assert [one.group for one in expected("folded_closing")] == [{"user.name": "An"}]


def test_by_hand_three_silent_minutes_are_one_alert() -> None:
    (quiet,) = expected("absence_row")
    assert (quiet.start, quiet.end, quiet.last, quiet.hits) == (60_000_000, 119_999_999, 239_999_999, 3)
    assert (quiet.fired_by, quiet.events, quiet.event_count) == (None, (), 0)


@pytest.mark.timeout(120)
def test_the_command_says_how_many_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    assert f"definition: {len(VECTORS)} vectors: {len(VECTORS)} held\n" in capsys.readouterr().out
