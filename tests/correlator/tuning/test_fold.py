"""One alert, repeated n times: hits are sums, whatever is delivered twice counts once, and nothing foreign is folded."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
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


def changed(one: Alert, **fields: object) -> Alert:
    return one.model_copy(update=fields)


def test_a_worse_alert_is_never_counted_into_a_milder_one(folder: Folder) -> None:
    """The rule's next version is critical: the suppression of the noisy one must not swallow it."""
    folder.fold([alert(1, 0)])
    worse = changed(alert(2, HOUR_US), severity=4)
    assert said(folder.fold([worse])) == [(2, 1, 1)]
    assert said(folder.fold([alert(3, 2 * HOUR_US)])) == [(2, 2, 2)]
    assert said(folder.fold([changed(alert(4, 3 * HOUR_US), severity=4)])) == [(2, 3, 3)]


def test_another_unit_has_its_own_alert(folder: Folder) -> None:
    """Whoever sees only the second unit would see nothing of it in the first one's."""
    folder.fold([changed(alert(1, 0), units=("y-te",))])
    assert said(folder.fold([changed(alert(2, 1), units=("giao-thong",))])) == [(2, 1, 1)]
    assert said(folder.fold([changed(alert(3, 2), units=("y-te",))])) == [(1, 2, 2)]


def test_the_alert_says_how_many_are_in_it_by_which_suppression_and_whom_they_met(folder: Folder) -> None:
    folder.fold([changed(alert(1, 0), assets=("mail",), sensors=("a",))])
    (carrier,) = folder.fold([changed(alert(2, 1), assets=("cong-tt",), sensors=("a",), complete=False), alert(3, 2)])
    assert (carrier.folded, carrier.suppressions) == (2, ("T0001",))
    assert (carrier.assets, carrier.sensors, carrier.complete) == (("mail", "cong-tt"), ("a",), False)
    (carrier,) = folder.fold([changed(alert(2, 1), assets=("cong-tt",), complete=True)])
    assert (carrier.folded, carrier.complete) == (2, True)


def test_a_withdrawn_first_alert_does_not_take_along_those_that_stand(folder: Folder) -> None:
    folder.fold([alert(1, 0, hits=5), alert(2, 1, hits=3)])
    (carrier,) = folder.fold([changed(alert(1, 0, hits=5), withdrawn=True, amended=1)])
    assert (int(carrier.id, 16), carrier.withdrawn, carrier.hits, carrier.amended) == (1, False, 3, 1)
    (carrier,) = folder.fold([changed(alert(2, 1, hits=3), withdrawn=True, amended=1)])
    assert (carrier.withdrawn, carrier.amended) == (True, 2)
    (carrier,) = folder.fold([alert(3, 2)])
    assert (int(carrier.id, 16), carrier.withdrawn, carrier.hits) == (1, False, 1)
    (carrier,) = folder.fold([changed(alert(2, 1, hits=4), amended=2)])
    assert (carrier.withdrawn, carrier.hits, carrier.amended) == (False, 5, 3)


def test_what_late_events_changed_of_the_first_alert_is_told(folder: Folder) -> None:
    folder.fold([alert(1, 0, hits=5), alert(2, 1)])
    (carrier,) = folder.fold([changed(alert(1, 0, hits=2), amended=1, window=Window(start_us=0, end_us=7))])
    assert (carrier.hits, carrier.window.end_us, carrier.amended) == (3, 7, 1)


def test_an_alert_that_was_folded_is_named_by_the_one_that_carries_it(folder: Folder) -> None:
    """A superseding alert takes the place of an older one also when a suppression has folded it."""
    outside = changed(alert(9, 0, rule=RULE.model_copy(update={"id": "other"})), superseded_by=f"{2:032x}", amended=1)
    folder.fold([alert(1, 0)])
    found = {int(one.id, 16): one for one in folder.fold([outside, changed(alert(2, 1), supersedes=(outside.id,))])}
    assert sorted(found) == [1, 9]
    assert found[9].superseded_by == found[1].id
    assert found[1].supersedes == (outside.id,)
    own = folder.fold([changed(alert(1, 0), superseded_by=f"{2:032x}", amended=1)])
    assert [(one.superseded_by, one.withdrawn) for one in own] == [(None, False)]


def test_a_file_of_before_is_read_and_its_heads_carry_nothing_new(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(
            "CREATE TABLE head (entry TEXT, key TEXT, first_us INTEGER, alert_id TEXT, PRIMARY KEY (entry, key, first_us))"
            " WITHOUT ROWID;"
            "CREATE TABLE carrier (alert_id TEXT PRIMARY KEY, alert BLOB) WITHOUT ROWID;"
            "CREATE TABLE part (head_id TEXT, alert_id TEXT, entry TEXT, hits INTEGER, event_count INTEGER, last_us INTEGER,"
            " PRIMARY KEY (head_id, alert_id)) WITHOUT ROWID;"
        )
        old.execute("INSERT INTO head VALUES ('T0001', '[\"live\",\"192.0.2.1\"]', 0, ?)", (f"{1:032x}",))
        old.execute("INSERT INTO part VALUES (?, ?, 'T0001', 4, 4, 9)", (f"{1:032x}", f"{1:032x}"))
        old.execute("INSERT INTO carrier VALUES (?, ?)", (f"{1:032x}", alert(1, 0, hits=4).model_dump_json()))
        old.commit()
    folder = Folder(path, entries=lambda: [SUPPRESSION])
    assert said(folder.fold([alert(1, 0, hits=6), alert(2, 1)])) == [(1, 6, 1), (2, 1, 1)]
