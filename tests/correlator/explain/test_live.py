"""What the running core has in an open group, read from its checkpoint and not recomputed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from khien_engine import detect

from correlator.checkpoint import Checkpoint
from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import RuleSet, compile_documents, compile_folders
from correlator.correlation.domain import Domain
from correlator.correlation.watch import Watches
from correlator.explain.live import LiveExplanation, explain_live, would_hold
from correlator.plan import CorrelationRule
from khien.errors import KhienError
from tests.conformance.correlation.core import framed
from tests.conformance.correlation.vector import START_US
from tests.conformance.correlation.writing import COMMON, SECOND, Case, events_of, rule
from tests.correlator.stream import RULES, Plant, login
from tests.correlator.stream import START_US as PLANT_US


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path)
    yield plant
    plant.close()


def named(rules: RuleSet, name: str) -> CorrelationRule:
    return next(one for one in rules.plan.correlations if one.rule.name == name)


def asked(plant: Plant, **group: str) -> LiveExplanation:
    rules = compile_folders([RULES])
    path = plant.home.correlator / "checkpoint.db"
    found = {name.replace("_", "."): value for name, value in group.items()}
    return explain_live(path, rules, named(rules, "ssh_bruteforce"), group=found)


def test_five_of_eight_lack_three_and_say_when_the_first_goes(plant: Plant) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(5)] + [login(3, address="192.0.2.7")])
    plant.promise(4.5)
    plant.settle()
    found = asked(plant, source_ip="203.0.113.9")
    (group,) = found.groups
    assert (group.open.observed, group.missing, group.open.hits) == ("5", 3, 0)
    assert [time_us - PLANT_US for time_us, _, _ in group.open.events] == [second * SECOND for second in range(5)]
    assert [event_id.rpartition("-")[2] for _, event_id, _ in group.open.events] == ["1", "2", "3", "4", "5"]
    assert group.open.start_us + found.rule.timespan_us == PLANT_US + 120 * SECOND
    assert group.open.end_us == PLANT_US + 124 * SECOND
    assert (found.watermark_us, found.waiting) == (PLANT_US + round(4.5 * SECOND), 0)
    assert found.held_by == "gate auth.log"
    # Without a group the newest come first.
    assert [one.open.key for one in asked(plant).groups] == [["203.0.113.9"], ["192.0.2.7"]]


def test_what_waits_and_what_grows_is_said(plant: Plant) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(12)])
    plant.promise(8.5)
    plant.settle()
    found = asked(plant, source_ip="203.0.113.9")
    assert (found.waiting, found.groups[0].open.hits, found.groups[0].missing) == (3, 2, 0)


def test_a_group_that_is_not_open_and_one_that_is_named_wrongly(plant: Plant) -> None:
    plant.settle()
    assert asked(plant, source_ip="192.0.2.99").groups == ()
    with pytest.raises(KhienError) as caught:
        asked(plant, user_name="an")
    assert caught.value.code == "rules.no_such_group"
    rules = compile_folders([RULES])
    with pytest.raises(KhienError) as caught:
        explain_live(plant.home.root / "nowhere.db", rules, named(rules, "ssh_bruteforce"))
    assert caught.value.code == "rules.no_live_state"


SHAPES = {
    "value_count": (rule("r", "value_count", {"field": "user.name", "gte": 3}), "2", 1, None),
    "names": (rule("r", "temporal", rules=["red", "blue", "green"]), "2", 1, None),
    "sum": (rule("r", "value_sum", {"field": "n", "gte": 100}), "8", None, None),
    "ordered": (rule("r", "temporal_ordered", rules=["red", "blue", "green"]), "2", 1, None),
    "closing": (rule("r", condition={"lt": 9}), "3", None, True),
    "closing_values": (rule("r", "value_count", {"field": "user.name", "lt": 2}), "2", None, False),
    "closing_sum": (rule("r", "value_sum", {"field": "n", "lt": 3}), "8", None, False),
    "absence": (rule("r", condition={"lt": 2}, expect=["192.0.2.1"]), "3", None, False),
}
EVENTS = """0 red user.name=an n=1
1 blue user.name=An n=2
2 red user.name=ba n=3
3 red user.name=ba n=4
4 blue user.name=an n=5"""


@pytest.mark.parametrize("shape", SHAPES)
def test_each_way_of_counting_says_what_it_has(shape: str, tmp_path: Path) -> None:
    written, observed, missing, holds = SHAPES[shape]
    rules = compile_documents(parse_documents(COMMON + Case("x", "", [written], "").vector().rules, shown_as="x.yml"))
    watches, ruleset = Watches(rules.plan), detect.Ruleset(rules.ir)
    domain = Domain("live", watches)
    source = ("0123456789abcdef", 1, "file")
    base = 60 * SECOND - START_US % (60 * SECOND)
    domain.promise(source, promise_us=START_US - 1, now_us=0, ingested_us=START_US)
    events = events_of(EVENTS)
    random.Random(shape).shuffle(events)
    for event in events:
        line = framed({**event, "at": base + event["at"]})
        domain.observe(line, ruleset.scan(line), ingested_us=START_US + base)
    domain.promise(source, promise_us=START_US + base + 5 * SECOND, now_us=0, ingested_us=START_US + base)
    checkpoint = Checkpoint(tmp_path / "checkpoint.db")
    checkpoint.commit_detection(1, [domain])
    checkpoint.close()
    asked_rule = named(rules, "r")
    found = explain_live(tmp_path / "checkpoint.db", rules, asked_rule)
    (group,) = found.groups
    assert (group.open.observed, group.missing) == (observed, missing)
    assert would_hold(asked_rule, group.open) is holds
    assert group.open.end_us >= START_US + base + 59 * SECOND
    if shape == "names":
        assert group.unseen == (named_member(asked_rule, "green"),)
    assert found.as_json()["judged"] == ("at_each_event" if holds is None else "at_the_end")


def named_member(rule_: CorrelationRule, title: str) -> str:
    return next(member.rule_id for member in rule_.members if member.title["en"] == title)
