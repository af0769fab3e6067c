"""Conditions: closing windows, ranges, fractions, numbers, episodes, `fire`, and which events an alert names."""

from __future__ import annotations

from collections.abc import Iterator

from tests.conformance.correlation.writing import IP, Alert, Case, rule


def cases() -> Iterator[Case]:
    """All of them."""
    yield from _closing()
    yield from _ranges()
    yield from _numbers()
    yield from _episodes()
    yield from _fire()
    yield from _contributing()


def _closing() -> Iterator[Case]:
    few = rule("few", condition={"lt": 3})
    yield Case("lt_holds", "lt: a window is judged when it is over", [few], "0 red; 10 red", [Alert("few", [1, 2])])
    yield Case("lt_reached", "lt: as many as the bound is not less", [few], "0 red; 10 red; 60 red")
    yield Case(
        "lt_next_window",
        "The first event behind a window opens the next",
        [few],
        "0 red; 60 red; 60+1us red",
        [Alert("few", [1, 2]), Alert("few", [3])],
    )
    yield Case(
        "lt_windows_do_not_slide",
        "Closing windows follow one another: three events within the timespan may stand in two of them",
        [few],
        "0 red; 50 red; 61 red; 70 red",
        [Alert("few", [1, 2]), Alert("few", [3, 4])],
    )
    yield Case("lt_nobody", "A closing condition without `expect` says nothing of a group that was never seen", [few], "0 blue")
    lte = rule("few", condition={"lte": 1})
    yield Case("lte_holds", "lte: the bound itself is enough", [lte], "0 red; 61 red; 62 red", [Alert("few", [1])])
    two = rule("two", condition={"eq": 2})
    yield Case("eq_holds", "eq: exactly so many when the window is over", [two], "0 red; 60 red", [Alert("two", [1, 2])])
    yield Case("eq_passed", "eq: more is not equal, though it was equal on the way", [two], "0 red; 1 red; 60 red")
    odd = rule("odd", condition={"neq": 2})
    yield Case(
        "neq_holds",
        "neq: judged when the window is over",
        [odd],
        "0 red; 100 red; 101 red; 200 red; 201 red; 202 red",
        [Alert("odd", [1]), Alert("odd", [4, 5, 6])],
    )
    users = rule("users", "value_count", {"eq": 2, "field": "user.name"})
    yield Case(
        "eq_values",
        "A closing value_count names all events of its window",
        [users],
        "0 red user.name=an; 5 red user.name=AN; 9 red user.name=ba",
        [Alert("users", [1, 2, 3], "2")],
    )
    yield Case(
        "eq_values_without_field",
        "An event without the counted field neither opens nor extends a window",
        [users],
        "0 red; 10 red user.name=an; 65 red user.name=ba",
        [Alert("users", [2, 3], "2")],
    )
    lonely = rule("lonely", "temporal", {"lt": 2}, rules=["red", "blue"])
    yield Case(
        "lt_rules",
        "temporal with lt: fewer different rules in the window",
        [lonely],
        "0 red; 1 red; 100 red; 101 blue",
        [Alert("lonely", [1, 2], "1")],
    )
    steps = rule("steps", "temporal_ordered", {"eq": 1}, rules=["red", "blue"])
    yield Case(
        "eq_steps",
        "temporal_ordered with eq: the longest row in order, in the whole window",
        [steps],
        "0 blue; 1 red; 100 red; 101 blue",
        [Alert("steps", [1, 2], "1")],
    )


def _ranges() -> Iterator[Case]:
    some = rule("some", condition={"gt": 1, "lte": 3})
    yield Case("range_below", "A range: its lower bound", [some], "0 red")
    yield Case("range_inside", "A range holds inside", [some], "0 red; 1 red", [Alert("some", [1, 2])])
    yield Case(
        "range_upper", "A range: its upper bound belongs to it with lte", [some], "0 red; 1 red; 2 red", [Alert("some", [1, 2, 3])]
    )
    yield Case("range_above", "A range is closing: what it passes through is not judged", [some], "0 red; 1 red; 2 red; 3 red")
    mean = rule("mean", "value_avg", {"gte": 2, "lt": 3, "field": "n"})
    yield Case("range_of_average", "A range over an average", [mean], "0 red n=1; 1 red n=4", [Alert("mean", [1, 2], "2.5")])
    twice = rule("twice", condition={"gte": 2, "gt": 2.5})
    yield Case(
        "two_lower_bounds",
        "Two bounds must both hold, also two lower ones; then the window closes",
        [twice],
        "0 red; 1 red; 2 red",
        [Alert("twice", [1, 2, 3])],
    )


def _numbers() -> Iterator[Case]:
    half = rule("half", condition={"gte": 0.5})
    yield Case("fraction_is_not_zero", "gte: 0.5 is 1 event, not 0", [half], "0 red", [Alert("half", [1])])
    more = rule("more", condition={"gt": 1.5})
    yield Case("fraction_rounds_up", "gt: 1.5 is 2 events", [more], "0 red; 100 red; 101 red", [Alert("more", [2, 3])])
    nothing = rule("nothing", condition={"gte": 0})
    yield Case("zero_is_one", "gte: 0 fires with the first event: somebody must come", [nothing], "5 red", [Alert("nothing", [1])])
    exact = rule("exact", "value_sum", {"eq": 0.3, "field": "n"})
    yield Case("tenths", "0.1 + 0.2 is 0.3", [exact], "0 red n=0.1; 1 red n=0.2", [Alert("exact", [1, 2], "0.3")])
    third = rule("third", "value_avg", {"gt": 3.333333333333, "field": "n"}, span="2m")
    yield Case(
        "average_is_exact",
        "An average of 10/3 is more than 3.333333333333, though it is shown so",
        [third],
        "0 red n=3; 1 red n=3; 2 red n=4",
        [Alert("third", [1, 2, 3], "3.333333333333")],
    )
    total = rule("total", "value_sum", {"gte": 10, "field": "n"})
    yield Case(
        "number_as_text",
        "A text that is written like a number is one",
        [total],
        '0 red n="4"; 1 red n="6"',
        [Alert("total", [1, 2], "10")],
    )
    yield Case(
        "not_a_number",
        "What is no number is left out, and its event with it",
        [total],
        '0 red n="4x"; 1 red n=true; 2 red n="0x10"; 3 red n=4; 4 red n=6',
        [Alert("total", [4, 5], "10")],
    )
    yield Case("list_of_numbers", "Each element of a list is a number", [total], '0 red n=[4,"x",6]', [Alert("total", [1], "10")])
    yield Case(
        "too_large",
        "10^18 and more is left out",
        [total],
        "0 red n=1000000000000000000; 1 red n=1e18; 2 red n=4; 3 red n=6",
        [Alert("total", [3, 4], "10")],
    )
    large = rule("large", "value_sum", {"gte": 1_999_999_999_999_999_998, "field": "n"}, span="1h")
    large["correlation"]["condition"]["gte"] = 999_999_999_999_999_999
    yield Case(
        "large_integers",
        "Integers above 2^53 add up exactly",
        [large],
        "0 red n=999999999999999997; 1 red n=1; 2 red n=1",
        [Alert("large", [1, 2, 3], "999999999999999999")],
    )
    fine = rule("fine", "value_sum", {"eq": 0.000000000002, "field": "n"})
    yield Case(
        "rounded_to_even",
        "Numbers are rounded to 12 decimals, half to even: 2.5e-12 is 2e-12",
        [fine],
        "0 red n=2.5e-12",
        [Alert("fine", [1], "0.000000000002")],
    )
    less = rule("less", "value_sum", {"lt": -1.5, "field": "n"})
    yield Case("negative", "Sums may be negative", [less], "0 red n=-1; 1 red n=-0.75", [Alert("less", [1, 2], "-1.75")])
    falls = rule("falls", "value_sum", {"gte": 5, "field": "n"})
    yield Case(
        "sum_falls",
        "A sum is judged at each event: it may fall again",
        [falls],
        "0 red n=5; 1 red n=-3; 2 red n=3",
        [Alert("falls", [1], "5", grown=[3])],
    )
    ends = [("0", "1"), ("100", "9"), ("50", "4")]
    for share, seen in ends:
        edge = rule("edge", "value_percentile", {"eq": int(seen), "percentile": int(share), "field": "n"})
        yield Case(
            f"percentile_{share}",
            f"The percentile {share} of 9, 1, 4 is {seen}",
            [edge],
            "0 red n=9; 1 red n=1; 2 red n=4",
            [Alert("edge", [1, 2, 3], seen)],
        )
    one = rule("one", "value_percentile", {"gte": 1000, "percentile": 95, "field": "n"})
    yield Case(
        "percentile_is_compared", "A percentile is compared with the bound: one small number is not enough", [one], "0 red n=1"
    )
    yield Case(
        "percentile_of_one", "Every percentile of one number is that number", [one], "0 red n=1000", [Alert("one", [1], "1000")]
    )


def _episodes() -> Iterator[Case]:
    three = rule("three", condition={"gte": 3})
    yield Case(
        "episode_grows",
        "Each further event at which the condition holds makes the alert grow",
        [three],
        "0 red; 1 red; 2 red; 3 red; 60 red",
        [Alert("three", [1, 2, 3], grown=[4, 5])],
    )
    yield Case(
        "episode_edge",
        "An episode goes on while it held at most one timespan ago",
        [three],
        "0 red; 1 red; 2 red; 60.5 red; 61 red; 62 red",
        [Alert("three", [1, 2, 3], grown=[4, 5, 6])],
    )
    yield Case(
        "episode_dip",
        "A dip below the bound that is shorter than the timespan ends nothing, and its events do not count",
        [three],
        "0 red; 1 red; 2 red; 61.5 red; 61.8 red",
        [Alert("three", [1, 2, 3], grown=[5])],
    )
    yield Case(
        "episode_over",
        "A microsecond more than a timespan after it last held, a new alert begins",
        [three],
        "0 red; 1 red; 2 red; 40 red; 41 red; 100+1us red; 100.5 red; 100.6 red",
        [Alert("three", [1, 2, 3], grown=[4, 5, 7, 8])],
    )
    yield Case(
        "episode_second",
        "After a whole timespan without it the next three are an alert of their own",
        [three],
        "0 red; 1 red; 2 red; 63 red; 64 red; 65 red",
        [Alert("three", [1, 2, 3]), Alert("three", [4, 5, 6])],
    )
    loud = rule("any", condition={"gte": 1})
    yield Case(
        "episode_of_one",
        "gte: 1 is one alert for events that are never further apart than the timespan",
        [loud],
        "0 red; 60 red; 120 red; 180+1us red",
        [Alert("any", [1], grown=[2, 3]), Alert("any", [4])],
    )
    many = "\n".join(f"{number} red" for number in range(120))
    yield Case(
        "hundred_ids",
        "An alert names its first 100 events and counts them all",
        [three | {"title": "three"}],
        many,
        [Alert("three", [1, 2, 3], grown=range(4, 121))],
    )


def _fire() -> Iterator[Case]:
    text = "0 red; 1 red; 2 red; 3 red; 4 red; 5 red"
    reset = rule("reset", condition={"gte": 3}, fire="reset")
    yield Case(
        "reset",
        "fire: reset: each alert forgets what it is made of",
        [reset],
        text,
        [Alert("reset", [1, 2, 3]), Alert("reset", [4, 5, 6])],
    )
    every = rule("every", condition={"gte": 3}, fire="every")
    expect = [Alert("every", [first, first + 1, first + 2]) for first in (1, 2, 3, 4)]
    yield Case("every", "fire: every: each event at which the condition holds is an alert", [every], text, expect)
    order = rule("reset", "temporal_ordered", rules=["red", "blue"], fire="reset")
    yield Case(
        "reset_order",
        "fire: reset: an order begins anew",
        [order],
        "0 red; 1 blue; 2 blue; 3 red; 4 blue",
        [Alert("reset", [1, 2], "2"), Alert("reset", [4, 5], "2")],
    )
    sums = rule("reset", "value_sum", {"gte": 10, "field": "n"}, fire="reset")
    yield Case(
        "reset_sum",
        "fire: reset: a sum begins anew",
        [sums],
        "0 red n=6; 1 red n=6; 2 red n=6; 3 red n=4",
        [Alert("reset", [1, 2], "12"), Alert("reset", [3, 4], "10")],
    )
    names = rule("every", "value_count", {"gte": 2, "field": "user.name"}, fire="every")
    yield Case(
        "every_value",
        "fire: every over values: the most recent event of each of the most recent values",
        [names],
        "0 red user.name=a; 1 red user.name=b; 2 red user.name=b; 3 red user.name=c",
        [Alert("every", [1, 2]), Alert("every", [1, 3]), Alert("every", [3, 4])],
    )


def _contributing() -> Iterator[Case]:
    users = rule("users", "value_count", {"gte": 2, "field": "user.name"})
    yield Case(
        "latest_event_of_a_value",
        "Of each value its last event counts",
        [users],
        "0 red user.name=an; 50 red user.name=an; 70 red user.name=ba",
        [Alert("users", [2, 3])],
    )
    yield Case(
        "list_of_values",
        "Each element of a list is a value; one event may be enough",
        [users],
        '0 red user.name=["an","ba"]',
        [Alert("users", [1], "2")],
    )
    yield Case("values_fold", "Values compare folded", [users], "0 red user.name=An; 1 red user.name=AN; 2 red user.name=an")
    yield Case(
        "numbers_as_values",
        "A number is the value that its JSON text is",
        [users],
        '0 red user.name=5; 1 red user.name="5"; 2 red user.name=6',
        [Alert("users", [2, 3])],
    )
    pairs = rule("pairs", "value_count", {"gte": 2, "field": ["user.name", "host.name"]})
    yield Case(
        "tuple_incomplete",
        "Of a list of fields the tuple counts; without one of them an event brings nothing",
        [pairs],
        "0 red user.name=a host.name=x; 1 red user.name=b; 2 red user.name=a host.name=y",
        [Alert("pairs", [1, 3])],
    )
    two = rule("two", "temporal", {"gte": 2}, rules=["red", "blue", "green"])
    yield Case(
        "most_recent_rules",
        "Of n rules those seen most recently are named",
        [two],
        "0 red; 1 blue; 2 green; 3 red",
        [Alert("two", [1, 2], grown=[3, 4])],
    )
    order = rule("order", "temporal_ordered", rules=["red", "blue", "green"])
    yield Case(
        "latest_row",
        "Of all rows in order the one that begins latest, then the one that goes on latest",
        [order],
        "0 red; 1 blue; 2 red; 3 blue; 4 blue; 5 green",
        [Alert("order", [3, 5, 6], "3")],
    )
    yield Case("wrong_order", "temporal_ordered: the wrong way round is nothing", [order], "0 green; 1 blue; 2 red")
    yield Case(
        "order_inside_a_time",
        "Events of one time have an order: their ids",
        [order],
        "0 red; 0 blue; 0 green",
        [Alert("order", [1, 2, 3], "3")],
    )
    yield Case("order_inside_a_time_wrong", "Events of one time, the ids the wrong way round", [order], "0 green; 0 blue; 0 red")
    yield Case("one_event_two_steps", "One event cannot be two steps of an order", [order], "0 red+blue; 1 green")
    yield Case(
        "two_rules_one_event",
        "One event that two rules hit counts once for event_count",
        [rule("both", condition={"gte": 2}, rules=["red", "blue"])],
        "0 red+blue; 1 red",
        [Alert("both", [1, 2])],
    )
    yield Case(
        "two_rules_one_event_temporal",
        "One event that two rules hit is enough for temporal",
        [rule("both", "temporal", rules=["red", "blue"], span="1s")],
        "0 red+blue",
        [Alert("both", [1], "2")],
    )
    yield Case(
        "order_chain_grows",
        "An order that still stands in the window grows with each further event of its rules",
        [order],
        "0 red; 1 blue; 2 green; 3 red; 59 green; 61 green",
        [Alert("order", [1, 2, 3], "3", grown=[4, 5])],
        None,
    )
    assert IP  # the usual group
