"""Time: absence, what waits for the watermark, wrong clocks, sources that fall silent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.conformance.correlation.writing import IP, OTHER_IP, SECOND, Alert, Case, rule


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _absence()
    yield from _waiting()
    yield from _skew()
    yield from _absent_sources()


def _silent(name: str, first: int, *, windows: int = 1, ids: Sequence[int] = (), group: dict[str, str] | None = None) -> Alert:
    """An absence: the first silent minute, and how many."""
    end = 60 * (first + 1) - 0.000001
    last = 60 * (first + windows) - 0.000001
    return Alert(name, ids, str(len(ids)), group=group, start=60 * first, end=end, last=last, hits=windows, is_fired=False)


def _promise(seconds: float, *, source: str = "s") -> dict[str, Any]:
    """Everything before this time."""
    return {"promise": {source: round(seconds * SECOND) - 1}}


def _absence() -> Iterator[Case]:
    quiet = rule("quiet", condition={"lt": 1}, expect=[IP])
    begin, end = _promise(0), _promise(180)
    yield Case(
        "absence",
        "An expected group that does not come in a window of the clock fires",
        [quiet],
        "10 red; 130 red",
        [_silent("quiet", 1)],
        [begin, 1, 2, end, "end"],
    )
    yield Case(
        "absence_row",
        "Silent windows in a row are one alert",
        [quiet],
        "10 red; 250 red",
        [_silent("quiet", 1, windows=3)],
        [begin, 1, 2, _promise(300), "end"],
    )
    yield Case(
        "absence_twice",
        "A window in which it came ends the alert",
        [quiet],
        "70 red",
        [_silent("quiet", 0), _silent("quiet", 2)],
        [begin, 1, end, "end"],
    )
    yield Case(
        "absence_from_the_start",
        "Who never came is silent, too",
        [quiet],
        f"10 red ip={OTHER_IP}",
        [_silent("quiet", 0, windows=3)],
        [begin, 1, end, "end"],
    )
    yield Case(
        "absence_unexpected",
        "Nobody else is judged",
        [quiet],
        f"10 red; 70 red; 130 red; 10 red ip={OTHER_IP}",
        [],
        [begin, 1, 2, 3, 4, end, "end"],
    )
    yield Case(
        "absence_first_window",
        "A window that was not watched from its beginning is not judged",
        [quiet],
        "",
        [_silent("quiet", 1, windows=2)],
        [{"promise": {"s": 0}}, end, "end"],
    )
    yield Case(
        "absence_last_window",
        "A window that was not watched to its end is not judged",
        [quiet],
        "10 red",
        [_silent("quiet", 1)],
        [begin, 1, {"promise": {"s": 179_999_998}}],
    )
    yield Case(
        "absence_last_microsecond",
        "Its last microsecond is its end",
        [quiet],
        "10 red",
        [_silent("quiet", 1, windows=2)],
        [begin, 1, {"promise": {"s": 179_999_999}}],
    )
    yield Case(
        "absence_edges",
        "A window begins with its first microsecond and ends before the next",
        [quiet],
        "0 red; 119.999999 red; 180 red",
        [_silent("quiet", 2)],
        [begin, 1, 2, 3, _promise(240), "end"],
    )
    yield Case(
        "absence_import",
        "An import that promises nothing: whole windows between the first and the last event of the rule",
        [quiet],
        f"0 blue; 10 red; 200 red ip={OTHER_IP}; 400 blue",
        [_silent("quiet", 1, windows=2)],
    )
    yield Case(
        "absence_shuffled",
        "The order of arrival means nothing",
        [quiet],
        "10 red; 130 red; 190 red",
        [_silent("quiet", 1)],
        [begin, 3, 2, 1, _promise(240), "end"],
    )
    two = rule("quiet", condition={"lt": 1}, expect=[{"source.ip": OTHER_IP}, {"source.ip": IP}])
    yield Case(
        "absence_two_groups",
        "Each expected group by itself",
        [two],
        f"10 red; 70 red ip={OTHER_IP}",
        [_silent("quiet", 1), _silent("quiet", 0, group={"source.ip": OTHER_IP})],
        [begin, 1, 2, _promise(120), "end"],
    )
    nobody = rule("quiet", condition={"lt": 1}, group=None, expect=True)
    yield Case(
        "absence_of_all",
        "Without group-by: nobody at all",
        [nobody],
        "10 red; 130 red",
        [_silent("quiet", 1, group={})],
        [begin, 1, 2, end, "end"],
    )
    few = rule("quiet", condition={"lt": 2}, expect=[IP])
    yield Case(
        "absence_too_few",
        "Too few is silent as well; the events that came are named",
        [few],
        "10 red; 61 red; 62 red",
        [_silent("quiet", 0, ids=[1])],
        [begin, 1, 2, 3, _promise(120), "end"],
    )
    users = rule("quiet", condition={"lt": 1}, group=["user.name"], expect=["AN"])
    yield Case(
        "absence_folded",
        "Expected values compare folded and are shown as the rule has them",
        [users],
        "10 red user.name=an",
        [_silent("quiet", 1, group={"user.name": "AN"})],
        [begin, 1, _promise(120), "end"],
    )
    names = rule("quiet", "temporal", "not red", expect=[IP])
    yield Case(
        "absence_of_names",
        "An expression that is true of nothing",
        [names],
        "10 red",
        [_silent("quiet", 1)],
        [begin, 1, _promise(120), "end"],
    )
    chain = [quiet, rule("outer", "temporal_ordered", rules=["quiet", "blue"], span="60s")]
    yield Case(
        "absence_inside",
        "An absence is an event at the last microsecond of its first window",
        chain,
        "10 red; 150 blue",
        [Alert("outer", [2], "2", start=119.999999, end=150, last=150)],
        [begin, 1, 2, end, "end"],
    )


def _waiting() -> Iterator[Case]:
    pair, few = rule("pair", condition={"gte": 2}), rule("few", condition={"lt": 3})
    yield Case(
        "waits",
        "An event is judged when everything up to it was promised",
        [pair],
        "0 red; 50 red",
        [],
        [1, 2, {"promise": {"s": 49_999_999}}],
    )
    yield Case(
        "waits_no_more",
        "… to the microsecond",
        [pair],
        "0 red; 50 red",
        [Alert("pair", [1, 2])],
        [1, 2, {"promise": {"s": 50_000_000}}],
    )
    yield Case(
        "closing_waits",
        "A window is judged when everything up to its end was promised",
        [few],
        "0 red",
        [],
        [1, {"promise": {"s": 59_999_999}}],
    )
    yield Case(
        "closing_waits_no_more", "… to the microsecond", [few], "0 red", [Alert("few", [1])], [1, {"promise": {"s": 60_000_000}}]
    )
    yield Case(
        "least_promise",
        "The least promise of all sources counts",
        [few],
        "0 red",
        [],
        [{"promise": {"a": -1}}, {"promise": {"b": -1}}, 1, {"promise": {"a": 100_000_000}}, {"promise": {"b": 30_000_000}}],
    )
    yield Case(
        "promise_stays",
        "A promise never goes back",
        [few],
        "0 red",
        [Alert("few", [1])],
        [1, {"promise": {"s": 60_000_000}}, {"promise": {"s": 10}}],
    )
    yield Case(
        "one_promise_for_two",
        "One message may promise for several sources",
        [few],
        "0 red",
        [Alert("few", [1])],
        [1, {"promise": {"a": 60_000_000, "b": 61_000_000}}],
    )


def _skew() -> Iterator[Case]:
    three = rule("three", condition={"gte": 3})
    start = [{"clock": 0}, {"promise": {"s": -1}}]
    yield Case(
        "skew",
        "A time more than five minutes after it was taken in is a wrong clock: the event counts when it was taken in",
        [three],
        "0 red; 5 red; 3600 red",
        [Alert("three", [1, 2, 3], end=10, last=10)],
        [*start, 1, 2, {"clock": 10 * SECOND}, 3, "end"],
    )
    yield Case(
        "skew_allowed",
        "Five minutes ahead is believed",
        [three],
        "0 red; 5 red; 310 red",
        [],
        [*start, 1, 2, {"clock": 10 * SECOND}, 3, "end"],
    )
    yield Case(
        "skew_not_allowed",
        "A microsecond more is not",
        [three],
        "0 red; 5 red; 310+1us red",
        [Alert("three", [1, 2, 3], end=10, last=10)],
        [*start, 1, 2, {"clock": 10 * SECOND}, 3, "end"],
    )
    few = rule("few", condition={"lt": 3})
    yield Case(
        "skewed_promise",
        "A promise of the far future is held at five minutes",
        [few],
        "0 red; 450 red",
        [Alert("few", [1])],
        [*start, 1, {"clock": 200 * SECOND}, 2, {"promise": {"s": 10**12}}],
    )


def _absent_sources() -> Iterator[Case]:
    few, three = rule("few", condition={"lt": 3}), rule("three", condition={"gte": 3})
    both = [{"clock": 0}, {"promise": {"a": -1, "b": -1}}]
    yield Case(
        "source_holds",
        "A source that says nothing holds the others for ten seconds",
        [few],
        "0 red",
        [],
        [*both, 1, {"clock": 10 * SECOND}, {"promise": {"a": 70 * SECOND}}],
    )
    yield Case(
        "source_absent",
        "After that they go on without it",
        [few],
        "0 red",
        [Alert("few", [1])],
        [*both, 1, {"clock": 10 * SECOND + 1}, {"promise": {"a": 70 * SECOND}}],
    )
    yield Case(
        "source_is_back",
        "A source that speaks again counts again",
        [few],
        "0 red; 100 red",
        [Alert("few", [1])],
        [
            *both,
            1,
            2,
            {"clock": 11 * SECOND},
            {"promise": {"a": 70 * SECOND}},
            {"promise": {"b": 75 * SECOND}},
            {"promise": {"a": 170 * SECOND}},
        ],
    )
    away = [*both, 1, 2, {"clock": 11 * SECOND}, {"promise": {"a": 100 * SECOND}}]
    back = [3, {"promise": {"b": 100 * SECOND}}, {"promise": {"a": 101 * SECOND}}, "end"]
    yield Case(
        "backlog_adds",
        "What its backlog completes is found",
        [three],
        "0 red; 20 red; 10 red",
        [Alert("three", [1, 3, 2])],
        [*away, *back],
        needs=("repair",),
    )
    yield Case(
        "backlog_withdraws",
        "An alert that its backlog disproves is withdrawn",
        [few],
        "0 red; 20 red; 10 red",
        [],
        [*away, *back],
        needs=("repair",),
    )
    pair = rule("pair", condition={"gte": 1})
    yield Case(
        "backlog_joins",
        "Two episodes that its backlog joins are one",
        [pair],
        "0 red; 61 red; 30 red",
        [Alert("pair", [1], grown=[3, 2])],
        [*away, *back],
        needs=("repair",),
    )
