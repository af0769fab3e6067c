"""Expressions over names: `a and (b or c) and not d`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.conformance.correlation.writing import IP, OTHER_IP, Alert, Case, rule


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _rising()
    yield from _absent()
    yield from _grammar()


def _one(expression: str, *rules: str, span: str = "60s") -> list[dict[str, object]]:
    return [rule("names", "temporal", expression, rules=rules, span=span)]


def _rising() -> Iterator[Case]:
    both = _one("red and blue", "red", "blue")
    yield Case("and_fires", "Without `not` an expression is judged at each event", both, "0 red; 5 blue", [Alert("names", [1, 2])])
    yield Case("and_full", "Both ends of the window belong to it", both, "0 red; 60 blue", [Alert("names", [1, 2])])
    yield Case("and_too_far", "A microsecond more is too far", both, "0 red; 60+1us blue")
    yield Case("and_grows", "It grows while it holds", both, "0 red; 5 blue; 6 red; 70 red", [Alert("names", [1, 2], grown=[3])])
    either = _one("red or blue", "red", "blue")
    yield Case("or_fires", "One of two is enough, and is all that contributes", either, "0 blue", [Alert("names", [1])])
    yield Case("or_grows", "The other makes the alert grow", either, "0 blue; 1 red", [Alert("names", [1], grown=[2])])
    mixed = _one("red and (blue or green)", "red", "blue", "green")
    yield Case("mixed_first", "a and (b or c) with b", mixed, "0 blue; 1 red", [Alert("names", [1, 2])])
    yield Case("mixed_second", "a and (b or c) with c", mixed, "0 red; 1 green", [Alert("names", [1, 2])])
    yield Case(
        "mixed_all_named",
        "Of every rule that hit in the window the last event is named",
        mixed,
        "0 blue; 1 green; 2 green; 3 red",
        [Alert("names", [1, 3, 4], "3")],
    )
    yield Case("mixed_without", "a and (b or c) without a", mixed, "0 blue; 1 green")
    yield Case(
        "mixed_groups",
        "Each group by itself",
        mixed,
        f"0 red; 1 blue ip={OTHER_IP}; 2 green",
        [Alert("names", [1, 3])],
    )
    yield Case(
        "mixed_shuffled", "The order of arrival means nothing", mixed, "0 blue; 1 red", [Alert("names", [1, 2])], [2, 1, "end"]
    )
    yield Case(
        "mixed_twice", "Delivered again is the same", mixed, "0 blue; 1 red", [Alert("names", [1, 2])], [1, 1, 2, 2, 1, "end"]
    )


def _absent() -> Iterator[Case]:
    alone = _one("red and not blue", "red", "blue")
    yield Case("not_fires", "a and not b: when the window is over and no b came", alone, "0 red", [Alert("names", [1], "1")])
    yield Case("not_after", "b at the window's last microsecond is b in the window", alone, "0 red; 60 blue")
    yield Case(
        "not_too_late",
        "b a microsecond later opens a window of its own, in which there is no a",
        alone,
        "0 red; 60+1us blue",
        [Alert("names", [1], "1")],
    )
    yield Case(
        "not_before",
        "b before a, in one window: the negated rule is absent from the whole of it, or not at all",
        alone,
        "0 blue; 1 red",
    )
    yield Case(
        "not_earlier_window",
        "b in the window before does not count for the next",
        alone,
        "0 blue; 60+1us red",
        [Alert("names", [2], "1")],
    )
    yield Case(
        "not_late",
        "b that arrives late, ahead of the promise, is still b in the window",
        alone,
        "0 red; 10 blue; 100 grey",
        [],
        [1, 3, {"promise": {"s": 9_999_999}}, 2, "end"],
    )
    yield Case(
        "not_other_group", "b of another group does not hinder", alone, f"0 red; 1 blue ip={OTHER_IP}", [Alert("names", [1], "1")]
    )
    yield Case("not_same_event", "One event that both rules hit is a and b", alone, "0 red+blue")
    yield Case(
        "not_all_events", "All events of the window are named", alone, "0 red; 1 red; 60 red", [Alert("names", [1, 2, 3], "1")]
    )
    deep = _one("red and (blue or green) and not grey", "red", "blue", "green", "grey")
    yield Case("deep_fires", "a and (b or c) and not d", deep, "0 red; 3 green", [Alert("names", [1, 2])])
    yield Case("deep_hindered", "… with d", deep, "0 red; 3 green; 59 grey")
    yield Case("deep_incomplete", "… without b and c", deep, "0 red; 3 red")
    yield Case(
        "deep_second_window", "Each window by itself", deep, "0 red; 1 grey; 2 blue; 61 red; 62 blue", [Alert("names", [4, 5])]
    )
    neither = _one("not (red and blue)", "red", "blue")
    yield Case("not_of_and", "not (a and b): one alone", neither, "0 red; 100 blue; 101 red", [Alert("names", [1], "1")])


def _grammar() -> Iterator[Case]:
    first = _one("red or blue and green", "red", "blue", "green")
    yield Case("and_before_or", "`and` binds before `or`", first, "0 red", [Alert("names", [1])])
    yield Case("and_before_or_half", "… so b alone is not enough", first, "0 blue")
    second = _one("not red and blue", "red", "blue")
    yield Case("not_before_and", "`not` binds before `and`", second, "0 blue", [Alert("names", [1], "1")])
    double = _one("not not red and blue", "red", "blue")
    yield Case("not_not", "`not not` is closing, too", double, "0 red; 1 blue", [Alert("names", [1, 2])])
    implied: Sequence[dict[str, object]] = [rule("names", "temporal", "red and blue")]
    body = dict(implied[0]["correlation"])  # type: ignore[call-overload]
    del body["rules"]
    yield Case(
        "rules_from_names",
        "Without `rules` the names are the rules",
        [{**implied[0], "correlation": body}],
        "0 blue; 5 red",
        [Alert("names", [1, 2])],
    )
    assert IP
