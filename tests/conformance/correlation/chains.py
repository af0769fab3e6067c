"""Correlations over correlations, and who falls silent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.conformance.correlation.writing import IP, OTHER_IP, SECOND, Alert, Case, rule

THIRD_IP = "192.0.2.3"
_BURST = "0 red; 1 red; 2 red"


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _order()
    yield from _counts()
    yield from _values()
    yield from _closing()
    yield from _together()
    yield from _silence()


def _burst(**more: Any) -> dict[str, Any]:
    return rule("burst", condition={"gte": 3}, **{"span": "10s", **more})


def _order() -> Iterator[Case]:
    then = rule("then", "temporal_ordered", rules=["burst", "blue"], span="60s")
    rules = [_burst(), then]
    yield Case(
        "burst_then_one",
        "A correlation is an event at its firing time; the alert names the raw events",
        rules,
        f"{_BURST}; 30 blue",
        [Alert("then", [1, 2, 3, 4], "2", start=2)],
    )
    yield Case("burst_missing", "An inner condition that does not hold is no event", rules, "0 red; 1 red; 30 blue")
    yield Case(
        "burst_window_full",
        "The outer window runs from the inner firing",
        rules,
        f"{_BURST}; 62 blue",
        [Alert("then", [1, 2, 3, 4], "2", start=2)],
    )
    yield Case("burst_too_early", "A microsecond more is too far from the inner firing", rules, f"{_BURST}; 62+1us blue")
    yield Case("one_then_burst", "The wrong way round is nothing", rules, "0 blue; 10 red; 11 red; 12 red")
    yield Case("burst_other_group", "The outer group-by decides", rules, f"{_BURST}; 30 blue ip={OTHER_IP}")
    yield Case(
        "burst_shuffled",
        "A chain does not depend on the order of arrival",
        rules,
        f"{_BURST}; 30 blue",
        [Alert("then", [1, 2, 3, 4], "2", start=2)],
        [4, 3, 2, 1, "end"],
    )
    yield Case(
        "burst_late",
        "A raw event that comes late moves the inner firing to where it belongs",
        rules,
        f"{_BURST}; 30 blue",
        [Alert("then", [1, 2, 3, 4], "2", start=2)],
        [1, 3, 4, {"promise": {"s": SECOND - 1}}, 2, "end"],
    )
    yield Case(
        "burst_grows_inside",
        "The growth of an inner alert is no event of its own",
        rules,
        f"{_BURST}; 3 red; 4 red; 30 blue",
        [Alert("then", [1, 2, 3, 6], "2", start=2)],
    )


def _counts() -> Iterator[Case]:
    hosts = rule("hosts", condition={"gte": 2}, rules=["burst"], group=None, span="60s")
    rules = [_burst(), hosts]
    text = "\n".join([*(f"{n} red" for n in range(3)), *(f"{n} red ip={OTHER_IP}" for n in range(20, 23))])
    yield Case(
        "two_bursts",
        "event_count counts firings; only the outer's own group-by counts",
        rules,
        text,
        [Alert("hosts", range(1, 7), "2", start=2, count=6, group={})],
    )
    yield Case("one_burst", "One long burst is one firing", rules, "\n".join(f"{n} red" for n in range(8)))
    every = [_burst(fire="every"), hosts]
    yield Case(
        "every_firing",
        "With fire: every each firing is an event",
        every,
        "0 red; 1 red; 2 red; 3 red",
        [Alert("hosts", [1, 2, 3, 4], "2", start=2, count=6, group={})],
    )
    reset = [_burst(fire="reset"), hosts]
    yield Case(
        "reset_firing",
        "With fire: reset so is each new beginning",
        reset,
        "\n".join(f"{n} red" for n in range(6)),
        [Alert("hosts", range(1, 7), "2", start=2, count=6, group={})],
    )
    spread = rule("spread", "value_count", {"gte": 2, "field": "source.ip"}, rules=["burst"], group=None, span="60s")
    yield Case(
        "different_bursts",
        "value_count over an inner group-by name",
        [_burst(), spread],
        text,
        [Alert("spread", range(1, 7), "2", start=2, count=6, group={})],
    )
    again = "\n".join([*(f"{n} red" for n in range(3)), *(f"{n} red" for n in range(30, 33))])
    yield Case("same_burst_again", "The same group twice is one value", [_burst(), spread], again)
    mixed = rule("mixed", condition={"gte": 3}, rules=["burst", "blue"], span="60s")
    yield Case(
        "firing_and_raw",
        "Firings and raw events count alike",
        [_burst(), mixed],
        f"{_BURST}; 5 blue; 6 blue",
        [Alert("mixed", [1, 2, 3, 4, 5], "3", start=2)],
    )


def _values() -> Iterator[Case]:
    sums = rule("sums", "value_sum", {"gte": 10, "field": "n"}, span="10s")
    total = rule("total", "value_sum", {"gte": 25, "field": "value"}, rules=["sums"], group=None, span="60s")
    text = f"0 red n=12; 5 red n=13 ip={OTHER_IP}"
    yield Case(
        "inner_result",
        "A numeric type reads the inner measure as `value`",
        [sums, total],
        text,
        [Alert("total", [1, 2], "25", group={})],
    )
    peak = rule("peak", "value_percentile", {"gte": 13, "percentile": 100, "field": "value"}, rules=["sums"], group=None)
    yield Case("inner_percentile", "… also for a percentile", [sums, peak], text, [Alert("peak", [1, 2], "13", group={})])
    mean = rule("mean", "value_avg", {"gte": 0, "field": "n"}, span="10s")
    exact = rule("exact", "value_sum", {"gte": 1, "field": "value"}, rules=["mean"], group=None)
    thirds = "\n".join(
        f"{seconds} red n={value} ip={ip}" for ip, at in ((IP, 0), (OTHER_IP, 1), (THIRD_IP, 2)) for seconds, value in ((at, 1),)
    )
    yield Case(
        "inner_average",
        "A measure is read as it is shown",
        [mean, exact],
        thirds,
        [Alert("exact", [1], "1", grown=[2, 3], group={})],
    )
    count = rule("count", condition={"gte": 3}, span="10s")
    least = rule("least", "value_sum", {"gte": 6, "field": "value"}, rules=["count"], group=None)
    both = "\n".join([*(f"{n} red" for n in range(4)), *(f"{n} red ip={OTHER_IP}" for n in range(20, 23))])
    yield Case(
        "inner_count",
        "The measure of a count is what it was when it fired",
        [count, least],
        both,
        [Alert("least", [1, 2, 3, 5, 6, 7], "6", start=2, count=6, group={})],
    )


def _closing() -> Iterator[Case]:
    few = rule("few", condition={"lt": 2}, span="10s")
    hosts = rule("hosts", condition={"gte": 2}, rules=["few"], group=None, span="60s")
    yield Case(
        "closing_inside",
        "A closing window fires at its end",
        [few, hosts],
        f"0 red; 5 red ip={OTHER_IP}",
        [Alert("hosts", [1, 2], "2", start=10, end=15, last=15, fired_by=2, group={})],
    )
    lonely = rule("lonely", condition={"lt": 3}, rules=["few"], group=None, span="5s")
    yield Case(
        "closing_in_closing",
        "A window that ends at t holds the firings of inner windows that end at t",
        [few, lonely],
        f"0 red; 5 red ip={OTHER_IP}",
        [Alert("lonely", [1, 2], "2", start=10, end=15, last=15, group={})],
    )
    either = rule("either", condition={"gte": 1}, rules=["few", "blue"], span="10s")
    yield Case(
        "grows_at_the_last_microsecond",
        "An episode goes on with the firing of a window that ends exactly one timespan after it last held",
        [few, either],
        "0 red; 0 blue",
        [Alert("either", [2], "1", grown=[1], last=10)],
    )
    quiet = rule("quiet", "temporal", "burst and not blue", rules=["burst", "blue"], span="20s")
    yield Case(
        "burst_without",
        "An expression over an inner correlation",
        [_burst(), quiet],
        _BURST,
        [Alert("quiet", [1, 2, 3], "1", start=2, end=22, last=2, fired_by=3)],
    )
    yield Case("burst_with", "… hindered in its window", [_burst(), quiet], f"{_BURST}; 22 blue")
    deep = [
        _burst(),
        rule("second", condition={"gte": 2}, rules=["burst"], span="60s"),
        rule("third", "temporal_ordered", rules=["second", "blue"], span="60s"),
    ]
    text = "\n".join([*(f"{n} red" for n in range(3)), *(f"{n} red" for n in range(30, 33)), "40 blue"])
    yield Case(
        "three_deep",
        "Three deep, down to the raw events",
        deep,
        text,
        [Alert("third", range(1, 8), "2", start=32, count=7)],
    )


def _together() -> Iterator[Case]:
    twice = [
        rule("pair", condition={"gte": 2}, span="10s"),
        rule("names", "value_count", {"gte": 2, "field": "user.name"}, span="10s"),
        rule("order", "temporal_ordered", rules=["pair", "names"], span="60s"),
    ]
    yield Case(
        "fired_together",
        "Two firings of one event come together: neither is first",
        twice,
        "0 red user.name=an; 1 red user.name=ba",
    )
    yield Case(
        "fired_apart",
        "An event later, and there is an order",
        twice,
        "0 red user.name=an; 1 red user.name=an; 2 red user.name=ba",
        [Alert("order", [1, 2, 3], "2", start=1, count=4)],
    )
    after = [_burst(), rule("after", "temporal_ordered", rules=["burst", "red"], span="60s")]
    yield Case("not_after_itself", "The event that fired is not after its firing", after, _BURST)
    yield Case("after_itself", "The next one is", after, f"{_BURST}; 3 red", [Alert("after", [1, 2, 3, 4], "2", start=2)])
    both = [twice[0], twice[1], rule("both", "temporal", rules=["pair", "names"], span="60s")]
    yield Case(
        "together_is_near",
        "For temporal together is near enough",
        both,
        "0 red user.name=an; 1 red user.name=ba",
        [Alert("both", [1, 2], "2", start=1, count=4)],
    )


def _silence() -> Iterator[Case]:
    outer = rule("outer", condition={"gte": 1}, rules=["burst"], span="60s")
    yield Case(
        "inner_silent",
        "An inner correlation makes no alert of its own",
        [_burst(), outer],
        _BURST,
        [Alert("outer", [1, 2, 3], "1", start=2)],
    )
    loud = rule("outer", condition={"gte": 1}, rules=["burst"], span="60s", generate=True)
    expect = [Alert("outer", [1, 2, 3], "1", start=2), Alert("burst", [1, 2, 3])]
    yield Case("inner_generates", "generate: true keeps it", [_burst(), loud], _BURST, expect)
    other = rule("other", condition={"gte": 1}, rules=["burst"], span="60s")
    more = [*expect, Alert("other", [1, 2, 3], "1", start=2)]
    yield Case("one_says_generate", "One reference that says generate: true is enough", [_burst(), loud, other], _BURST, more)
    hidden: Mapping[str, Any] = rule("hidden", condition={"gte": 1}, rules=["burst"], span="60s", level="informational")
    yield Case(
        "informational_outer",
        "An informational correlation makes no alert, and silences what it looks at",
        [_burst(), hidden],
        _BURST,
    )
