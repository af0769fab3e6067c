"""What a chain may say, walked in logical time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from incident_api.escalation import chain
from khien.clock import parse_utc
from tests.incident_api.coordination.city_rules import policy

MINUTE = 60_000_000
MONDAY = parse_utc("2026-11-23T09:00:00+07:00")


def walk(
    steps: list[dict[str, object]],
    until: int,
    *,
    every: int = MINUTE,
    hits: Callable[[int, int], int] | None = None,
    start: int = MONDAY,
) -> list[tuple[int, int, int]]:
    """Minute by minute: (minute, step, attempt) of what was told."""
    found = chain.validated(steps)
    facts = chain.Facts(policy().calendar, hits) if hits else chain.Facts(policy().calendar)
    position: chain.Position | None = chain.first(found, start_us=start)
    told = []
    for now in range(start, start + until * MINUTE + 1, every):
        if position is None:
            break
        outcome = chain.advance(found, position, facts, now_us=now)
        position = outcome.after
        if outcome.fired is not None:
            told.append(((now - start) // MINUTE, outcome.fired.step, outcome.fired.attempt))
    return told


def notify(who: str = "assignee") -> dict[str, object]:
    return {"kind": "notify", "tell": [who]}


def test_waits_separate_what_is_told() -> None:
    steps = [notify(), {"kind": "wait", "minutes": 5}, notify("irt.leader"), {"kind": "acknowledge", "minutes": 7}, notify("team")]
    assert walk(steps, 60) == [(0, 0, 0), (5, 2, 0), (12, 4, 0)]


def test_a_jump_is_followed_as_often_as_it_says_and_the_chain_ends() -> None:
    # OnCall #3760: back to a step.
    steps = [notify(), {"kind": "wait", "minutes": 10}, {"kind": "jump", "to": 0, "at_most": 3}, notify("irt.leader")]
    assert walk(steps, 200) == [(0, 0, 0), (10, 0, 1), (20, 0, 2), (30, 0, 3), (40, 3, 3)]


def test_a_jump_without_a_wait_ends_at_once() -> None:
    assert walk([notify(), {"kind": "jump", "to": 0, "at_most": 5}], 5) == [(0, 0, 5)]


def test_after_an_outage_one_is_told_and_those_before_are_noted() -> None:
    steps = chain.validated([notify(), {"kind": "wait", "minutes": 5}, notify(), {"kind": "wait", "minutes": 5}, notify()])
    outcome = chain.advance(steps, chain.first(steps, start_us=MONDAY), chain.Facts(policy().calendar), now_us=MONDAY + 7 * MINUTE)
    assert outcome == chain.Outcome(chain.Fired(2, 0, (0,)), chain.Position(4, MONDAY + 10 * MINUTE, 0))


@pytest.mark.parametrize(
    ("condition", "at", "holds"),
    [
        ({"between": ["17:00", "07:30"]}, "2026-11-23T23:00:00+07:00", True),
        ({"between": ["17:00", "07:30"]}, "2026-11-23T16:59:59+07:00", False),
        ({"between": ["07:30", "17:00"]}, "2026-11-23T07:30:00+07:00", True),
        ({"weekdays": [6, 7]}, "2026-11-22T23:30:00+07:00", True),
        # 23:30 UTC on Sunday is Monday in the city: local time decides (OnCall #558, #4752).
        ({"weekdays": [6, 7]}, "2026-11-22T23:30:00+00:00", False),
        # Tết: 16 February 2026 is a Monday that nobody works.
        ({"day_off": True}, "2026-02-16T09:00:00+07:00", True),
        ({"day_off": True}, "2026-11-23T09:00:00+07:00", False),
        ({"day_off": False}, "2026-11-23T09:00:00+07:00", True),
        # A Saturday that is worked, by an override signed by both parties.
        ({"day_off": True}, "2026-08-22T09:00:00+07:00", None),
    ],
)
def test_conditions_are_local_and_know_the_signed_calendar(condition: dict[str, object], at: str, *, holds: bool | None) -> None:
    steps: list[dict[str, object]] = [{"kind": "condition", **condition}, notify("irt.leader"), notify("team")]
    us = parse_utc(at)
    expected = holds if holds is not None else not policy().calendar.works(policy().calendar.local(us).date())
    told = walk(steps, 0, start=us)
    assert told == [(0, 2, 0)]
    found = chain.validated(steps)
    outcome = chain.advance(found, chain.first(found, start_us=us), chain.Facts(policy().calendar), now_us=us)
    assert outcome.fired is not None
    assert (1 in outcome.fired.skipped) is expected


def test_a_count_in_a_window_looks_back_from_the_time_of_the_step() -> None:
    seen: list[tuple[int, int]] = []

    def hits(from_us: int, to_us: int) -> int:
        seen.append(((from_us - MONDAY) // MINUTE, (to_us - MONDAY) // MINUTE))
        return 50

    steps: list[dict[str, object]] = [
        {"kind": "wait", "minutes": 20},
        {"kind": "condition", "count": {"at_least": 51, "minutes": 15}},
        notify("irt.leader"),
        notify(),
    ]
    assert walk(steps, 30, hits=hits) == [(20, 3, 0)]
    assert seen == [(5, 20)]


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [notify(), {"kind": "jump", "to": 2}],
        [notify(), {"kind": "jump", "to": 0, "at_most": 6}],
        [{"kind": "condition"}, notify()],
        [{"kind": "condition", "between": ["25:00", "26:00"]}, notify()],
        [{"kind": "notify", "tell": []}],
        [{"kind": "wait", "minutes": 0}],
        [{"kind": "ring"}],
    ],
)
def test_a_chain_that_cannot_be_is_refused(steps: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match=r"."):
        chain.validated(steps)
