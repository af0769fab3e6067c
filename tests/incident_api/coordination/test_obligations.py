"""What holds for obligations on every course of an incident."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from incident_api.coordination import obligations
from incident_api.coordination.case import AffectedAsset, Case, Clocks, Severity
from incident_api.coordination.obligations import Judged, Key, Planned, Standing
from tests.incident_api.coordination.city_rules import policy

RULES = policy().obligations
HOUR_US = 3_600_000_000
START_US = 1_794_000_000_000_000
FLAGS = sorted(set(policy().severity.flags) - {"military"})

ACTS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from([*Severity]), st.frozensets(st.sampled_from(FLAGS), max_size=3)),
    min_size=1,
    max_size=6,
)


def course(acts: list[tuple[int, Severity, frozenset[str]]]) -> tuple[dict[Key, Planned], set[Key], list[set[Key]]]:
    """Acts at hours after the last; everything made, what was cancelled, and what was known after each act."""
    asset = AffectedAsset("dvc", 3, "vp-ubnd")
    case, clocks, at = Case((asset,)), Clocks(detected_us=START_US), START_US
    highest: Severity | None = None
    made: dict[Key, Planned] = {}
    cancelled: set[Key] = set()
    known = []
    for hours, severity, flags in acts:
        at += hours * HOUR_US
        highest = severity if highest is None or severity.rank > highest.rank else highest
        case = policy().severity.complete(replace(case, flags=case.flags | flags))
        clocks = obligations.flagged(RULES, obligations.raised(clocks, severity, at_us=at), case.flags, at_us=at)
        judged = Judged(case, severity, highest, 3, "city_pc_office")
        for again in range(2):
            standing = [Standing(key, each.due_us, key not in cancelled) for key, each in made.items()]
            changes = obligations.reconcile(RULES, standing, judged, clocks, now_us=at)
            assert not again or changes == obligations.Changes(), "asked twice, it changes nothing more"
            made |= {each.key: each for each in (*changes.make, *changes.move)}
            cancelled |= set(changes.cancel)
        known.append(set(made))
    return made, cancelled, known


@given(ACTS)
def test_only_interims_are_ever_cancelled_and_nothing_disappears(acts: list[tuple[int, Severity, frozenset[str]]]) -> None:
    _, cancelled, known = course(acts)
    assert {key.code for key in cancelled} <= {"U1", "U2"}
    assert all(earlier <= later for earlier, later in itertools.pairwise(known))


@given(ACTS)
def test_a_legal_clock_runs_from_its_start_and_never_before(acts: list[tuple[int, Severity, frozenset[str]]]) -> None:
    made, _, _ = course(acts)
    for key, each in made.items():
        assert START_US <= each.start_us < each.due_us
        if key.code in {"IN", "FR"}:
            assert each.due_us - START_US == {"IN": 24, "FR": 72}[key.code] * HOUR_US


@given(ACTS, st.integers(0, 23))
def test_steps_lie_between_clock_and_due_and_rise(acts: list[tuple[int, Severity, frozenset[str]]], hours: int) -> None:
    made, _, _ = course(acts)
    for each in made.values():
        times = obligations.steps_of(RULES, each)
        assert each.start_us < times[0] and times[-1] == each.due_us and sorted(times) == list(times)  # noqa: PT018
        fired = obligations.next_step(times, taken=0, now_us=each.start_us + hours * HOUR_US)
        assert fired.skipped == tuple(range(fired.step or 0))


def test_a_defence_system_is_handed_on_and_nobody_else_is_told() -> None:
    case = policy().severity.complete(Case((AffectedAsset("x", 4, flags=("military",)),), {}, frozenset({"pd", "crime"})))
    planned = obligations.plan(RULES, Judged(case, None, None, 3, "city_pc_office"), Clocks(detected_us=START_US), now_us=START_US)
    assert [each.key for each in planned] == [Key("MH", "military_partner")]
