"""The correlation core against its definition: whatever the order, the steps, and the restarts."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from khien_engine import detect

from correlator.checkpoint import Checkpoint
from correlator.correlation.domain import Domain
from correlator.correlation.watch import Watches
from khien.alert import Alert
from khien.clock import format_utc
from khien.delivery import END
from khien.ids import AlertId
from tests.correlator.correlation_rules import compiled
from tests.correlator.correlation_rules import defined as definitions
from tests.correlator.oracle import Said, alerts
from tests.correlator.oracle_rules import SECOND, Seen, hits

DATASET = "import:0123456789abcdef"
START_US = 1_770_000_000 * SECOND
SOURCE = ("0123456789abcdef", 1, "file")
RULES = compiled()
DEFINITIONS = definitions()
WATCHES = Watches(RULES.plan)
RULESET = detect.Ruleset(RULES.ir)
SPEAKERS = [rule.rule for rule in RULES.plan.correlations] + [rule.rule for rule in RULES.plan.detections]
VERSIONS = {rule.name: (rule.id, rule.version) for rule in SPEAKERS}

ADDRESSES = st.sampled_from([None, "192.0.2.1", "192.0.2.2"])
EVENTS = st.lists(
    st.builds(
        lambda seconds, micros, colours, source, destination, user: (seconds * SECOND + micros, colours, source, destination, user),
        st.one_of(st.sampled_from([0, 30, 60, 120]), st.integers(0, 240)),
        st.sampled_from([0, 1, SECOND - 1]),
        st.frozensets(st.sampled_from(["red", "blue", "green"]), min_size=1),
        ADDRESSES,
        ADDRESSES,
        st.sampled_from([None, "An", "an", "Bình"]),
    ),
    max_size=40,
)
Drawn = Sequence[tuple[int, frozenset[str], str | None, str | None, str | None]]


def seen_of(drawn: Drawn) -> list[Seen]:
    found = []
    for seq, (time_us, colours, source, destination, user) in enumerate(drawn, start=1):
        fields = {"source.ip": source, "destination.ip": destination, "user.name": user}
        known = {name: value for name, value in fields.items() if value is not None}
        found.append(Seen(START_US + time_us, (SOURCE[0], 1, seq), {"event.action": sorted(colours), **known}))
    return found


def line_of(event: Seen) -> bytes:
    body: dict[str, Any] = {
        "@timestamp": format_utc(event.time_us),
        "event": {"id": event.name, "dataset": "host.auth"},
    }
    for name, value in event.fields.items():
        parent, _, leaf = name.partition(".")
        body.setdefault(parent, {})[leaf] = value
    return orjson.dumps({**body, "khien": {"schema": 1, "sensor": event.event_id[0]}}) + b"\n"


def said_by(found: Sequence[Alert]) -> set[Said]:
    """What the alerts say; the first firing event is proved by the id, which is a hash over it."""
    said = set()
    for alert in found:
        rule_id, version = VERSIONS[alert.rule.name]
        group = [(field, value.lower()) for field, value in zip(alert.group.fields, alert.group.values, strict=True)]
        first = next(
            event_id
            for event_id in alert.event_ids
            if alert.id
            == AlertId.of(
                rule_id=rule_id,
                rule_version=version,
                dataset=DATASET,
                group=group,
                window_start_us=alert.window.start_us,
                first_event_id=event_id,
            )
        )
        said.add(
            Said(
                name=alert.rule.name,
                group=tuple(zip(alert.group.fields, alert.group.values, strict=True)),
                start_us=alert.window.start_us,
                end_us=alert.window.end_us,
                first_firing=first,
                hits=alert.hits,
                event_count=alert.event_count,
                last_us=alert.last_us,
                event_ids=alert.event_ids,
                observed=str(alert.explanation.observed or 1),
            )
        )
    return said


def defined(events: Sequence[Seen]) -> set[Said]:
    return alerts(DEFINITIONS, events)


class Run:
    """A domain that is fed in some order, with true promises in between."""

    def __init__(self) -> None:
        self.domain = Domain(DATASET, WATCHES)
        self.found: dict[str, Alert] = {}
        self.promise(-(2**63))

    def promise(self, promise_us: int) -> None:
        self.domain.promise(SOURCE, promise_us=promise_us, now_us=0, ingested_us=0)

    def observe(self, event: Seen) -> None:
        line = line_of(event)
        self.domain.observe(line, RULESET.scan(line), ingested_us=0)

    def collect(self) -> None:
        for alert in self.domain.take_alerts():
            self.found[alert.id] = alert

    def finish(self) -> set[Said]:
        self.promise(END)
        self.collect()
        assert self.domain.is_finished
        return said_by(list(self.found.values()))


def feed(run: Run, events: Sequence[Seen], promises: Sequence[int]) -> None:
    """After some events promise as much as is true of what is still to come."""
    for place, event in enumerate(events):
        run.observe(event)
        if place in promises and place + 1 < len(events):
            run.promise(min(later.time_us for later in events[place + 1 :]) - 1)


@settings(max_examples=150, deadline=None)
@given(drawn=EVENTS, seed=st.integers(0, 2**32), promises=st.lists(st.integers(0, 39), max_size=6))
def test_alerts_are_the_defined_ones_in_any_order_and_with_any_promises(drawn: Drawn, seed: int, promises: list[int]) -> None:
    events = seen_of(drawn)
    expected = defined(events)
    random.Random(seed).shuffle(events)
    run = Run()
    feed(run, events, promises)
    assert run.finish() == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=EVENTS, seed=st.integers(0, 2**32), cuts=st.lists(st.integers(0, 39), min_size=1, max_size=4))
def test_a_restart_at_any_place_changes_nothing(
    drawn: Drawn, seed: int, cuts: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    events = seen_of(drawn)
    expected = defined(events)
    random.Random(seed).shuffle(events)
    path = tmp_path_factory.mktemp("checkpoint") / "checkpoint.db"
    run = Run()
    for place, event in enumerate(events):
        run.observe(event)
        if place in cuts and place + 1 < len(events):
            run.promise(min(later.time_us for later in events[place + 1 :]) - 1)
            restarted(run, path)
    assert run.finish() == expected


def restarted(run: Run, path: Path) -> None:
    """Everything the domain knows goes through the file."""
    checkpoint = Checkpoint(path)
    checkpoint.commit_detection(1, [run.domain])
    for entry in checkpoint.outbox("test", limit=10_000):
        run.found[entry.alert_id] = entry.alert
    checkpoint.close()
    checkpoint = Checkpoint(path)
    domains = checkpoint.load_domains(
        WATCHES,
        scan=RULESET.scan,
        make=lambda dataset: Domain(dataset, WATCHES),
    )
    checkpoint.close()
    run.domain = domains[DATASET]


@settings(max_examples=40, deadline=None)
@given(drawn=EVENTS)
def test_matches_add_up(drawn: Drawn) -> None:
    events = seen_of(drawn)
    run = Run()
    feed(run, events, [])
    waiting = run.domain.waiting
    run.finish()
    counts = run.domain.counts
    assert (
        counts["matched"]
        == waiting
        == sum(hits(one, event.fields) for event in events for one in DEFINITIONS if one.kind == "event")
    )
    assert counts["matched"] == counts["alerted"] + counts["grouped"] + counts["suppressed"]


def found_at(*times: tuple[float, str]) -> list[tuple[str, int, int]]:
    """Name, events and hits of the alerts of events at these seconds, each of one colour and one address."""
    run = Run()
    drawn = [(round(seconds * SECOND), frozenset([colour]), "192.0.2.1", None, None) for seconds, colour in times]
    feed(run, seen_of(drawn), [])
    run.finish()
    return sorted((alert.rule.name, alert.event_count, alert.hits) for alert in run.found.values())


def named(found: list[tuple[str, int, int]], name: str) -> list[tuple[int, int]]:
    return [(events, hits) for one, events, hits in found if one == name]


@pytest.mark.parametrize(("second", "found"), [(60.0, [(2, 2)]), (60.000001, [(1, 1), (1, 1)])])
def test_an_episode_goes_on_while_events_are_no_further_apart_than_the_timespan(
    second: float, found: list[tuple[int, int]]
) -> None:
    assert named(found_at((0, "green"), (second, "green")), "green_once") == found


@pytest.mark.parametrize(("last", "found"), [(60.0, [(3, 1)]), (60.000001, [])])
def test_both_ends_of_the_window_belong_to_it(last: float, found: list[tuple[int, int]]) -> None:
    assert named(found_at((0, "red"), (30, "red"), (last, "red")), "three_events") == found


@pytest.mark.parametrize(("last", "found"), [(60.0, []), (60.000001, [(1, 1), (2, 1)])])
def test_a_closing_window_ends_one_timespan_after_its_first_event(last: float, found: list[tuple[int, int]]) -> None:
    assert named(found_at((0, "red"), (30, "red"), (last, "red")), "fewer_than_three") == found


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        ((0, 1, 2, 61.5, 61.8), [(4, 2)]),  # at 61.5 only two are in the window; at 61.8 the condition holds again
        ((0, 1, 2, 61.5, 62.000001), [(3, 1)]),  # 62.000001 is too late to go on, and only two are in its window
        ((0, 1, 2, 82, 102, 122), [(3, 1), (3, 1)]),
    ],
)
def test_a_dip_below_the_threshold_shorter_than_the_timespan_makes_no_second_alert(
    seconds: tuple[float, ...], found: list[tuple[int, int]]
) -> None:
    assert named(found_at(*((second, "red") for second in seconds)), "three_events") == found


def test_a_single_event_alert_ends_ten_minutes_after_its_last_hit() -> None:
    assert named(found_at((0, "green"), (600, "green"), (1_200.000001, "green")), "green") == [(1, 1), (2, 2)]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_thousand_shuffles_change_nothing() -> None:
    chance = random.Random(20261123)
    colours = ["red", "blue", "green"]
    addresses = [None, "192.0.2.1", "192.0.2.2"]
    for _ in range(500):
        drawn = [
            (
                chance.randrange(240) * SECOND + chance.choice([0, 1, SECOND - 1]),
                frozenset(chance.sample(colours, chance.randint(1, 3))),
                chance.choice(addresses),
                chance.choice(addresses),
                chance.choice([None, "An", "an", "Bình"]),
            )
            for _ in range(chance.randint(0, 40))
        ]
        expected = defined(seen_of(drawn))
        for _ in range(20):
            events = seen_of(drawn)
            chance.shuffle(events)
            run = Run()
            feed(run, events, [chance.randrange(40) for _ in range(3)])
            assert run.finish() == expected
