"""Whatever is in keys, values and lines: a lane takes no more bytes than it may, and says what had to go."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from khien_engine import detect

from correlator.compiler.documents import parse_documents
from correlator.compiler.ruleset import compile_documents
from correlator.correlation.domain import MAIN, Domain
from correlator.correlation.watch import Watches
from khien.alert import Alert
from khien.delivery import END
from tests.conformance.correlation.core import framed
from tests.conformance.correlation.vector import START_US
from tests.conformance.correlation.writing import COMMON, SECOND, Case, rule

MOST = 2 << 20
STREAM = ("0123456789abcdef", 1, "file")

#: One of each way in which a group remembers.
RULES: Mapping[str, Mapping[str, Any]] = {
    "rising_count": rule("r", condition={"gte": 50}),
    "rising_values": rule("r", "value_count", {"field": "user.name", "gte": 50}),
    "closing_count": rule("r", condition={"lt": 2}),
    "closing_values": rule("r", "value_count", {"field": "user.name", "lt": 2}),
    "sum": rule("r", "value_sum", {"field": "n", "gte": 1_000_000_000}),
    "median": rule("r", "value_median", {"field": "n", "gte": 1_000_000_000}),
    "closing_sum": rule("r", "value_sum", {"field": "n", "lt": -1}),
    "ordered": rule("r", "temporal_ordered", rules=["red", "blue"]),
    "closing_ordered": rule("r", "temporal_ordered", {"lt": 2}, rules=["red", "blue"]),
    "names": rule("r", "temporal", "red and blue", rules=["red", "blue"]),
}
#: What a hostile event may carry.
LONG: Mapping[str, Callable[[random.Random, int], dict[str, str]]] = {
    "keys": lambda chance, number: {"source.ip": f"{number}" + "k" * chance.choice([20_000, 200]), "user.name": "a"},
    "values": lambda chance, number: {"source.ip": "192.0.2.1", "user.name": f"{number}" + "v" * chance.choice([20_000, 200])},
    "both": lambda chance, number: {"source.ip": f"{number % 50}" + "k" * 20_000, "user.name": "v" * chance.randrange(20_000)},
    "short": lambda _, number: {"source.ip": f"{number}", "user.name": f"{number}"},
}


class Run:
    """A domain over one rule with a small memory."""

    def __init__(self, rules: Mapping[str, Any], **bounds: int) -> None:
        text = COMMON + Case("memory", "", [rules], "").vector().rules
        compiled = compile_documents(parse_documents(text, shown_as="memory.yml"))
        assert not compiled.rejections
        self.ruleset = detect.Ruleset(compiled.ir)
        self.domain = Domain("import:x", Watches(compiled.plan, most_bytes=MOST), **bounds)
        self.found: dict[str, Alert] = {}

    def event(self, number: int, at: int, action: str, fields: Mapping[str, Any]) -> None:
        line = framed({"id": number, "at": at, "event.action": action, "n": number, **fields})
        self.domain.observe(line, self.ruleset.scan(line), ingested_us=0)

    def promise(self, at: int) -> None:
        self.domain.promise(STREAM, promise_us=at, now_us=0, ingested_us=0)
        self.found |= {alert.id: alert for alert in self.domain.take_alerts()}

    @property
    def bytes(self) -> int:
        return self.domain.lane(MAIN).native.bytes

    def pressures(self) -> list[Alert]:
        return [alert for alert in self.found.values() if alert.rule.name == "state_pressure"]


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("what", LONG)
def test_no_keys_and_no_values_take_more_than_the_bound(kind: str, what: str) -> None:
    chance = random.Random(f"{kind} {what}")
    run = Run(RULES[kind])
    run.promise(START_US - 1)
    empty = run.bytes
    for number in range(1, 601):
        run.event(number, number * 1_000, chance.choice(["red", "red", "blue"]), LONG[what](chance, number))
        if number % 20 == 0:
            run.promise(START_US + number * 1_000)
            assert run.bytes <= MOST
    evicted = run.domain.counts["groups_evicted_for_memory"]
    assert run.domain.counts["groups_evicted"] == evicted == sum(alert.hits for alert in run.pressures())
    if what in {"keys", "short"}:
        assert (evicted > 0) is (what == "keys")
    run.promise(END)
    assert run.domain.is_finished
    assert run.bytes == empty


def test_the_alert_says_that_it_is_for_memory_and_an_attack_under_way_is_not_driven_out() -> None:
    run = Run(rule("r", condition={"gte": 8}, span="10m"))
    run.promise(START_US - 1)
    for number in range(1, 8):
        run.event(number, number, "red", {"source.ip": "192.0.2.1"})
    for number in range(8, 1_000):
        run.event(number, SECOND + number, "red", {"source.ip": f"{number}" + "k" * 10_000})
    run.event(1_000, 2 * SECOND, "red", {"source.ip": "192.0.2.1"})
    run.promise(START_US + 3 * SECOND)
    (pressure,) = run.pressures()
    assert pressure.hits == run.domain.counts["groups_evicted_for_memory"] > 500
    assert pressure.group.fields == ("khien.rule", "khien.limit")
    assert pressure.rule.title == {
        "en": "Groups too large to keep: r",
        "vi": "Bộ nhớ nhóm theo dõi vượt giới hạn: r",
    }
    assert all("2 MiB" in text for text in pressure.rule.description.values())
    (attack,) = [alert for alert in run.found.values() if alert.rule.name == "r"]
    assert (attack.group.values, attack.event_count) == (("192.0.2.1",), 8)


def test_lines_that_wait_have_a_bound_in_bytes_too() -> None:
    run = Run(RULES["rising_count"], most_pending_bytes=1 << 20)
    run.promise(START_US - 1)
    for number in range(1, 200):
        run.event(number, number, "red", {"source.ip": "192.0.2.1", "message": "m" * 20_000})
        assert run.domain.lane(MAIN).native.pending_bytes <= 1 << 20
    assert run.domain.counts["forced"] > 100
    run.promise(END)
    (alert,) = run.found.values()
    assert (alert.complete, alert.event_count) == (False, 199)
