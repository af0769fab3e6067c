"""After late events were evaluated again: what is new, what stays, what is superseded, what is withdrawn."""

from __future__ import annotations

from correlator.correlation.settling import settle
from khien.alert import Alert, Group
from khien.store.alert_revision import revision
from tests.khien.store.made_events import SECOND, START, made_alert


def at(number: int, first: int, last: int, *, value: str = "203.0.113.9", hits: int = 1, **more: object) -> Alert:
    """An alert of one rule; seconds after the start."""
    update = {
        "rule": made_alert(0).rule,
        "group": Group(fields=("source.ip",), values=(value,)),
        "first_us": START + first * SECOND,
        "last_us": START + last * SECOND,
        "complete": False,
        **more,
    }
    return made_alert(number, hits=hits).model_copy(update=update)


def test_the_same_again_says_nothing() -> None:
    assert settle([at(1, 0, 5)], [at(1, 0, 5)]) == []


def test_what_was_missed_is_new() -> None:
    assert settle([at(1, 0, 5)], [at(1, 0, 5), at(2, 9, 9)]) == [at(2, 9, 9)]


def test_what_is_complete_now_says_so_and_is_the_newer_word() -> None:
    before = at(1, 0, 5)
    (said,) = settle([before], [at(1, 0, 5, complete=True)])
    assert (said.complete, said.amended, said.withdrawn) == (True, 1, False)
    assert revision(said) > revision(before)


def test_fewer_hits_are_the_newer_word_too() -> None:
    before = at(1, 0, 5, hits=9)
    (said,) = settle([before], [at(1, 0, 3, hits=2)])
    assert (said.hits, said.amended) == (2, 1)
    assert revision(said) > revision(before)


def test_an_alert_that_is_none_is_withdrawn_once() -> None:
    (said,) = settle([at(1, 0, 5)], [])
    assert (said.id, said.withdrawn, said.superseded_by, said.amended) == (at(1, 0, 5).id, True, None, 1)
    assert settle([said], []) == []


def test_a_withdrawn_alert_may_come_back() -> None:
    (withdrawn,) = settle([at(1, 0, 5)], [])
    (said,) = settle([withdrawn], [at(1, 0, 5)])
    assert (said.withdrawn, said.amended) == (False, 2)
    assert revision(said) > revision(withdrawn)


def test_two_episodes_that_are_one_are_superseded_by_it_and_it_names_both() -> None:
    parts = [at(1, 10, 20), at(2, 40, 50)]
    whole = at(3, 5, 50)
    said = {alert.id: alert for alert in settle(parts, [whole])}
    assert [said[one.id].superseded_by for one in parts] == [whole.id, whole.id]
    assert not any(said[one.id].withdrawn for one in parts)
    assert said[whole.id].supersedes == tuple(one.id for one in parts)


def test_an_episode_that_grew_over_the_next_supersedes_it() -> None:
    first, second, grown = at(1, 10, 20), at(2, 40, 50), at(1, 10, 50, hits=4)
    said = {alert.id: alert for alert in settle([first, second], [grown])}
    assert said[second.id].superseded_by == first.id
    assert (said[first.id].supersedes, said[first.id].hits, said[first.id].amended) == ((second.id,), 4, 1)


def test_another_group_covers_nothing_but_another_case_does() -> None:
    (said,) = [one for one in settle([at(1, 0, 5, value="an")], [at(2, 0, 5, value="ba")]) if one.id == at(1, 0, 5).id]
    assert said.withdrawn
    (said,) = [one for one in settle([at(1, 0, 5, value="an")], [at(2, 0, 5, value="AN")]) if one.id == at(1, 0, 5).id]
    assert said.superseded_by == at(2, 0, 5).id


def test_of_several_the_one_that_shares_most_time_supersedes() -> None:
    said = {alert.id: alert for alert in settle([at(1, 10, 30)], [at(2, 0, 12), at(3, 13, 40)])}
    assert said[at(1, 0, 0).id].superseded_by == at(3, 0, 0).id


def test_who_was_superseded_by_one_that_went_is_judged_again() -> None:
    first = at(1, 10, 20)
    superseded = {alert.id: alert for alert in settle([first], [at(2, 5, 30)])}
    again = {alert.id: alert for alert in settle(superseded.values(), [at(1, 10, 20), at(3, 25, 30)])}
    assert (again[first.id].superseded_by, again[first.id].amended) == (None, 2)
    assert again[at(2, 0, 0).id].superseded_by is not None
