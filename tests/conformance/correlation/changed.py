"""A rule is changed while its windows are open: the old version ends them, the new one begins after the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.correlation.writing import SECOND, Alert, Case, detection, rule

#: The watermark is here when the rules change.
MOMENT = {"promise": {"s": 5 * SECOND}}


def cases() -> Iterator[Case]:
    """All of them."""
    three, two = rule("many", condition={"gte": 3}), rule("many", condition={"gte": 2})
    yield _case(
        "changed_window_ends_under_the_old",
        "What began before the change is counted to its end by the old version, what comes after it by the new one too",
        three,
        two,
        "0 red; 10 red; 20 red",
        [Alert("many", [1, 2, 3]), Alert("many", [2, 3])],
    )
    yield _case(
        "changed_episode_goes_on",
        "An alert of the old version grows for one timespan more",
        three,
        two,
        "0 red; 1 red; 2 red; 30 red; 65 red",
        [Alert("many", [1, 2, 3], grown=[4]), Alert("many", [4, 5])],
        arrived=3,
    )
    yield _case(
        "changed_window_full",
        "The old version takes events until the change and a timespan, the microsecond included",
        three,
        rule("many", condition={"gte": 9}),
        "5 red; 64 red; 65 red",
        [Alert("many", [1, 2, 3])],
    )
    yield _case(
        "changed_new_alone",
        "What begins after the change is the new version's alone",
        three,
        two,
        "0 red; 66 red; 67 red; 68 red",
        [Alert("many", [2, 3], grown=[4])],
    )
    yield Case(
        "changed_before_everything",
        "Before the first watermark nothing has begun",
        [three],
        "0 red; 10 red; 20 red",
        [Alert("many", [1, 2], grown=[3])],
        [1, "change", 2, 3, "end"],
        then=[two],
    )
    few, fewer = rule("few", condition={"lt": 3}), rule("few", condition={"lt": 2})
    yield _case(
        "changed_closing",
        "An anchored window that was open is judged by the old version, the next one by the new",
        fewer,
        few,
        "0 red; 70 red; 71 red",
        [Alert("few", [1]), Alert("few", [2, 3])],
    )
    yield _case(
        "changed_closing_counts_on",
        "An open anchored window goes on counting after the change",
        fewer,
        few,
        "0 red; 30 red",
        [Alert("few", [2])],
    )
    yield _case(
        "changed_member",
        "Who looks at a changed rule is changed; the old version looks at it as it was",
        three,
        detection("red", action="blue"),
        "0 red; 10 red; 20 red; 21 blue; 22 blue; 23 blue",
        [Alert("many", [1, 2, 3]), Alert("many", [4, 5, 6])],
    )
    other = rule("other", condition={"gte": 3})
    yield Case(
        "changed_other_goes_on",
        "A rule that did not change keeps its state",
        [three, other],
        "0 red; 10 red; 20 red",
        [Alert("other", [1, 2, 3]), Alert("many", [1, 2, 3])],
        [1, MOMENT, "change", 2, 3, "end"],
        then=[rule("many", condition={"gte": 9})],
    )


def _case(
    name: str, pins: str, old: Mapping[str, Any], new: Mapping[str, Any], events: str, expect: list[Alert], *, arrived: int = 1
) -> Case:  # fmt: skip
    rest = range(arrived + 1, events.count(";") + 2)
    return Case(name, pins, [old], events, expect, [*range(1, arrived + 1), MOMENT, "change", *rest, "end"], then=[new])
