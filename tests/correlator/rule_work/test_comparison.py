"""The difference of two sets of alerts, by rule, group and beginning."""

from __future__ import annotations

from correlator.rule_work.comparison import compare
from khien.alert import Level
from tests.correlator.tuning.test_fold import RULE, alert


def test_the_same_alerts_of_another_version_are_no_difference() -> None:
    newer = RULE.model_copy(update={"version": "2"})
    found = compare([alert(1, 0), alert(2, 9)], [alert(3, 0, rule=newer), alert(4, 9, rule=newer)])
    assert (found.is_empty, found.same) == (True, 2)


def test_added_lost_and_changed() -> None:
    louder = RULE.model_copy(update={"level": Level.HIGH})
    before = [alert(1, 0), alert(2, 5), alert(3, 9, hits=2)]
    after = [alert(1, 0), alert(4, 7), alert(5, 9, hits=3, rule=louder)]
    found = compare(before, after)
    assert [one.window.start_us for one in found.lost] == [5]
    assert [one.window.start_us for one in found.added] == [7]
    (change,) = found.changed
    assert change.fields["level"] == ("low", "high")
    assert change.fields["hits"] == ("2", "3")
    assert found.same == 1


def test_another_group_is_another_alert() -> None:
    found = compare([alert(1, 0)], [alert(1, 0, source="192.0.2.2")])
    assert (len(found.lost), len(found.added)) == (1, 1)
