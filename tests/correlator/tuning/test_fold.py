"""One alert, repeated n times: hits are sums, whatever is delivered twice counts once, and nothing foreign is folded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from correlator.tuning.entry import DAY_US, Entry, Kind
from correlator.tuning.fold import Folder, FoldingSink
from khien.alert import Alert, AlertRule, Explanation, Group, Level, Window

RULE = AlertRule(id="r", version="1", name="r", title={"en": "r", "vi": "r"}, description={"en": "", "vi": ""}, level=Level.LOW)
HOUR_US = 3_600_000_000
SUPPRESSION = Entry(
    id="T0001", kind=Kind.SUPPRESSION, rule_id="r", rule_name="r", owner="lan", reason="known noise", created_us=0,
    expires_us=30 * DAY_US, by=("source.ip",), window_us=24 * HOUR_US,
)  # fmt: skip


def alert(number: int, first_us: int, *, source: str = "192.0.2.1", hits: int = 1, rule: AlertRule = RULE) -> Alert:
    return Alert(
        id=f"{number:032x}", dataset="live", rule=rule, severity=1, group=Group(fields=("source.ip",), values=(source,)),
        window=Window(start_us=first_us, end_us=first_us), first_us=first_us, last_us=first_us + hits, hits=hits,
        event_ids=(f"a-1-{number}",), event_count=hits, complete=True, explanation=Explanation(kind="event", condition="c"),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "suppressed.db", entries=lambda: [SUPPRESSION])


def said(alerts: Sequence[Alert]) -> list[tuple[int, int, int]]:
    return sorted((int(one.id, 16), one.hits, len(one.event_ids)) for one in alerts)


def test_repeats_within_the_window_grow_the_first_alert(folder: Folder) -> None:
    assert said(folder.fold([alert(1, 0)])) == [(1, 1, 1)]
    assert said(folder.fold([alert(2, HOUR_US, hits=5)])) == [(1, 6, 2)]
    (last,) = folder.fold([alert(3, 24 * HOUR_US)])
    assert (last.hits, last.last_us, last.window.end_us) == (7, 24 * HOUR_US + 1, 0)


def test_after_the_window_a_new_alert_begins(folder: Folder) -> None:
    folder.fold([alert(1, 0)])
    assert said(folder.fold([alert(2, 24 * HOUR_US + 1)])) == [(2, 1, 1)]
    assert said(folder.fold([alert(3, 24 * HOUR_US + 2)])) == [(2, 2, 2)]


def test_the_same_alert_again_or_grown_counts_once(folder: Folder) -> None:
    folder.fold([alert(1, 0)])
    for _ in range(3):
        assert said(folder.fold([alert(2, 5, hits=2)])) == [(1, 3, 2)]
    assert said(folder.fold([alert(2, 5, hits=9)])) == [(1, 10, 2)]
    assert said(folder.fold([alert(1, 0, hits=4)])) == [(1, 13, 2)]


def test_other_groups_other_rules_and_what_came_before_are_left_alone(folder: Folder) -> None:
    folder.fold([alert(1, HOUR_US)])
    others = [
        alert(2, HOUR_US, source="192.0.2.2"),
        alert(3, HOUR_US, rule=RULE.model_copy(update={"id": "s"})),
        alert(4, HOUR_US - 1),
    ]
    assert said(folder.fold(others)) == [(2, 1, 1), (3, 1, 1), (4, 1, 1)]


def test_what_a_restart_finds_is_what_was_written(tmp_path: Path) -> None:
    first = Folder(tmp_path / "s.db", entries=lambda: [SUPPRESSION])
    first.fold([alert(1, 0), alert(2, 1)])
    first.close()
    second = Folder(tmp_path / "s.db", entries=lambda: [SUPPRESSION])
    assert said(second.fold([alert(3, 2)])) == [(1, 3, 3)]


def test_an_alert_that_was_folded_stays_folded_when_the_suppression_ends(tmp_path: Path) -> None:
    entries = [SUPPRESSION]
    folder = Folder(tmp_path / "s.db", entries=lambda: entries)
    folder.fold([alert(1, 0), alert(2, 1)])
    entries.clear()
    assert said(folder.fold([alert(2, 1, hits=3), alert(3, 2)])) == [(1, 4, 2), (3, 1, 1)]


def test_an_expired_suppression_folds_nothing(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "s.db", entries=lambda: [replace(SUPPRESSION, expires_us=10)])
    assert said(folder.fold([alert(1, 9), alert(2, 10)])) == [(1, 1, 1), (2, 1, 1)]


def test_a_refused_carrier_refuses_all_that_it_carries(folder: Folder) -> None:
    class Sink:
        name = "refusing"

        def deliver(self, alerts: Sequence[Alert]) -> list[str]:
            return [one.id for one in alerts if one.hits > 1]

        def close(self) -> None: ...

    refused = FoldingSink(Sink(), folder).deliver([alert(1, 0), alert(2, 1), alert(3, 1, source="192.0.2.2")])
    assert [int(one, 16) for one in refused] == [1, 2]
