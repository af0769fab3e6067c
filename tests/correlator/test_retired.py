"""A rule is changed while its windows are open: they end under the old version, new ones open under the new one."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import apsw
import pytest

from correlator.compiler.ruleset import RuleSet, compile_folders
from correlator.correlation_document import dumps, loads
from correlator.retired import in_force
from khien.alert import Alert
from khien.errors import KhienError
from tests.conformance.correlation.core import expected_of, names_of, over_change, rules_of
from tests.conformance.correlation.runner import by_definition_over_change, heard
from tests.conformance.correlation.vector import Vector
from tests.correlator.oracle_change import NEW, OLD, UNCHANGED
from tests.correlator.oracle_rules import read
from tests.correlator.random_rules import SHAPES, arriving, draw
from tests.correlator.stream import RULES, Plant, login

#: The selection of the rule `red`, and another one: who looks at it is changed too.
RED, OTHER_RED = "event.action: red", "event.action: blue"


def changed_rules(chance: random.Random, vector: Vector, shape: str) -> str:
    """Other correlations of the same names, or another detection under the same ones."""
    if chance.random() < 0.3:
        assert RED in vector.rules
        return vector.rules.replace(RED, OTHER_RED)
    return draw(chance, shape).rules


def versions(rules: RuleSet) -> dict[str, str]:
    plan = rules.plan
    return {rule.name: rule.version for rule in [*(one.rule for one in plan.detections), *(one.rule for one in plan.correlations)]}


def under(alert: Alert, old: RuleSet, new: RuleSet) -> str:
    """Which version speaks."""
    known = (versions(old)[alert.rule.name], versions(new)[alert.rule.name])
    return UNCHANGED if known[0] == known[1] else (OLD, NEW)[known.index(alert.rule.version)]


def try_one(seed: str, shape: str, folder: Path, told: Counter[str]) -> None:
    """One random change of random rules at a random step."""
    chance = random.Random(seed)
    vector = arriving(chance, draw(chance, shape))
    after = changed_rules(chance, vector, shape)
    old, new = rules_of(vector), rules_of(replace(vector, rules=after))
    before, now = versions(old), versions(new)
    changed = {name for name in before if before[name] != now.get(name)}
    silent = {one.rule.name: one.is_silent for one in old.plan.correlations}
    if any(silent[one.rule.name] != one.is_silent for one in new.plan.correlations if one.rule.name not in changed):
        return
    compare(vector, after, at=chance.randrange(len(vector.arrival)), folder=folder, seed=seed, told=told)


def compare(vector: Vector, after: str, *, at: int, folder: Path, seed: str, told: Counter[str]) -> None:
    """These rules changed into others before one step: what is said is what the definition says."""
    old, new = rules_of(vector), rules_of(replace(vector, rules=after))
    before, now = versions(old), versions(new)
    changed = {name for name in before if before[name] != now.get(name)}
    alerts, changed_us = over_change(vector, new, at=at, folder=folder)
    found = Counter((under(alert, old, new), expected_of(alert, names_of(vector)).key) for alert in alerts)
    log, watched = heard(vector)
    defined = by_definition_over_change(
        read(vector.rules), read(after), changed=changed, log=log, watched=watched, at_us=changed_us
    )
    wanted = Counter((word, expected.key) for word, expected in defined)
    told.update(word for word, _ in wanted)
    assert found == wanted, (
        f"seed {seed}, at {at} ({changed_us})\nmissing {wanted - found}\nnot expected {found - wanted}\n{vector}\n{after}"
    )


QUIET = """
title: red
id: 00000000-0000-4000-8000-000000000001
name: red
logsource: {product: khien, service: host.auth}
detection: {selection: {event.action: red}, condition: selection}
level: informational
---
title: blue
id: 00000000-0000-4000-8000-000000000002
name: blue
logsource: {product: khien, service: host.auth}
detection: {selection: {event.action: blue}, condition: selection}
level: informational
---
title: quiet
id: 00000000-0000-4000-8000-000000000101
name: quiet
correlation: {type: event_count, rules: [red], group-by: [source.ip], timespan: 1s, condition: {lt: 1}}
level: high
khien: {expect: [192.0.2.1, 192.0.2.2]}
"""


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_absence_that_is_changed_begins_at_the_watermark_though_nothing_but_the_end_follows(at: int, tmp_path: Path) -> None:
    events = (
        {"id": 1, "at": 1_499_212, "event.action": "blue", "source.ip": "192.0.2.1"},
        {"id": 2, "at": 3_000_000, "event.action": "blue", "source.ip": "192.0.2.2"},
    )
    vector = Vector(name="quiet", pins="", rules=QUIET, events=events, arrival=({"promise": {"s": -1}}, 2, 1, "end"), expect=())
    told: Counter[str] = Counter()
    compare(vector, QUIET.replace(RED, OTHER_RED), at=at, folder=tmp_path / "state", seed="quiet", told=told)
    assert told[NEW] == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_random_rules_change_under_random_streams(shape: str, tmp_path: Path) -> None:
    told: Counter[str] = Counter()
    for number in range(12):
        try_one(f"{shape} changed {number}", shape, tmp_path / str(number), told)
    assert told[OLD] or told[NEW]


@pytest.mark.slow
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("shape", SHAPES)
def test_many_random_changes(shape: str, tmp_path: Path) -> None:
    told: Counter[str] = Counter()
    for number in range(300):
        folder = tmp_path / str(number)
        try_one(f"{shape} changed slowly {number}", shape, folder, told)
        shutil.rmtree(folder, ignore_errors=True)
    assert told[OLD] > 5


@pytest.mark.parametrize("shape", SHAPES)
def test_a_correlation_comes_back_from_its_document(shape: str) -> None:
    for number in range(5):
        plan = rules_of(draw(random.Random(f"{shape} {number}"), shape)).plan
        for one in in_force(plan).values():
            again = loads(dumps(one))
            assert (again, dumps(again)) == (one, dumps(one))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(RULES, tmp_path / "rules")
    return tmp_path / "rules"


@pytest.fixture
def plant(tmp_path: Path, folder: Path) -> Iterator[Plant]:
    plant = Plant(tmp_path, rules=compile_folders([folder]))
    yield plant
    plant.close()


def with_threshold(folder: Path, number: int) -> RuleSet:
    """The rule with another threshold; it was eight."""
    (path,) = [path for path in folder.glob("*.yml") if "ssh_bruteforce" in path.read_text()]
    text = path.read_text()
    assert "gte: 8" in text
    path.write_text(text.replace("gte: 8", f"gte: {number}"))
    return compile_folders([folder])


def said(plant: Plant) -> list[tuple[int, str]]:
    """Events and threshold of each alert."""
    return sorted((alert.event_count, alert.explanation.threshold or "") for alert in plant.correlator.alerts("live"))


def test_four_before_and_four_after_are_eight_under_the_old_threshold(plant: Plant, folder: Path) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(4)])
    plant.promise(3.5)
    plant.settle()
    before = versions(plant.correlator.rules)["ssh_bruteforce"]
    assert plant.correlator.reload(with_threshold(folder, 100))
    plant.events([login(second) for second in range(4, 8)])
    plant.promise(8)
    plant.settle()
    assert said(plant) == [(8, "gte 8")]
    (alert,) = plant.correlator.alerts("live")
    assert alert.rule.version == before != versions(plant.correlator.rules)["ssh_bruteforce"]


def test_the_old_version_survives_a_restart_and_goes_with_its_windows(plant: Plant, folder: Path) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(4)])
    plant.promise(3.5)
    plant.settle()
    plant.correlator.reload(with_threshold(folder, 6))
    plant._rules = compile_folders([folder])
    plant.reopen()
    plant.events([login(second) for second in range(4, 12)])
    plant.promise(12)
    plant.settle()
    # The burst is one alert of each: the old one counts all twelve, the new one what came after the change.
    assert said(plant) == [(8, "gte 6"), (12, "gte 8")]
    assert retired_rows(plant) == (1, 1)
    plant.promise(290)
    plant.settle()
    assert retired_rows(plant) == (0, 0)
    plant.events([login(291 + second) for second in range(7)])
    plant.promise(299)
    plant.settle()
    assert said(plant) == [(7, "gte 6"), (8, "gte 6"), (12, "gte 8")]


def test_rules_changed_while_it_was_down_end_their_windows_too(plant: Plant, folder: Path) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(4)])
    plant.promise(3.5)
    plant.settle()
    plant._rules = with_threshold(folder, 100)
    plant.reopen()
    plant.events([login(second) for second in range(4, 8)])
    plant.promise(8)
    plant.settle()
    assert said(plant) == [(8, "gte 8")]


def test_a_rule_that_is_deleted_says_nothing_more(plant: Plant, folder: Path) -> None:
    plant.promise(-1)
    plant.events([login(second) for second in range(4)])
    plant.promise(3.5)
    plant.settle()
    (path,) = [path for path in folder.glob("*.yml") if "ssh_bruteforce" in path.read_text()]
    path.unlink()
    plant.correlator.reload(compile_folders([folder]))
    plant.events([login(second) for second in range(4, 12)])
    plant.promise(12)
    plant.settle()
    assert said(plant) == []
    assert plant.correlator.ledger().matches["groups_of_old_rules"] == 1


def test_a_window_that_opens_after_the_change_is_the_new_versions_alone(plant: Plant, folder: Path) -> None:
    plant.promise(-1)
    plant.events([login(1, address="203.0.113.1")])
    plant.promise(3.5)
    plant.settle()
    plant.correlator.reload(with_threshold(folder, 6))
    plant.events([login(4 + second) for second in range(9)])
    plant.promise(20)
    plant.settle()
    assert said(plant) == [(9, "gte 6")]


def test_a_rule_in_force_that_cannot_be_read_stops_the_start(plant: Plant, folder: Path) -> None:
    connection = apsw.Connection(str(plant.home.correlator / "checkpoint.db"))
    connection.execute("update in_force set body = ?", (b'{"version": 9}',))
    connection.close()
    plant._rules = with_threshold(folder, 9)
    with pytest.raises(KhienError) as caught:
        plant.reopen()
    assert caught.value.code == "correlation.state_unreadable"


def retired_rows(plant: Plant) -> tuple[int, int]:
    """Older versions in the checkpoint, and lanes that they go on in."""
    connection = apsw.Connection(str(plant.home.correlator / "checkpoint.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        counts = [
            int(str(connection.execute(f"select count(*) from {table}").fetchall()[0][0])) for table in ("retired_rules", "retired")
        ]
    finally:
        connection.close()
    return counts[0], counts[1]
