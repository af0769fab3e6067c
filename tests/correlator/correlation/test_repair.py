"""Late events, evaluated again together with all that is kept: in the end everything is said as if all had come in time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from correlator.correlation.repair import Repair, reach, repair
from khien.alert import Alert
from khien.clock import MICROSECONDS
from tests.conformance.correlation.core import alerts_of, rules_of
from tests.conformance.correlation.vector import START_US, Vector, read
from tests.correlator.test_plan_document import compiled, correlation

BACKLOGS = [vector for vector in read() if "repair" in vector.needs]
DAY_US = 86_400 * MICROSECONDS


def in_time(vector: Vector) -> Vector:
    """All events first, then the promise of everything."""
    return replace(vector, arrival=({"clock": 10**9}, *(event["id"] for event in vector.events), "end"))


def said_at_once(vector: Vector) -> list[Alert]:
    return alerts_of(vector, "live")


def repaired(vector: Vector, *, since_us: int = START_US - 7 * DAY_US, watermark_us: int = START_US + DAY_US) -> Repair:
    plan = rules_of(vector).plan
    return repair(
        plan,
        late=[rule.number for rule in plan.detections if rule.rule.name == "red"],
        said=said_at_once(vector),
        since_us=since_us,
        watermark_us=watermark_us,
        evaluate=lambda: alerts_of(in_time(vector), "live"),
    )


@pytest.mark.parametrize("vector", BACKLOGS, ids=lambda vector: vector.name)
def test_what_stands_in_the_end_is_what_the_vector_expects(vector: Vector) -> None:
    last = {alert.id: alert for alert in said_at_once(vector)}
    last |= {alert.id: alert for alert in repaired(vector).said}
    standing = [alert for alert in last.values() if not alert.withdrawn and alert.superseded_by is None]
    found = sorted((alert.rule.name, alert.hits, alert.event_count, len(alert.event_ids)) for alert in standing)
    assert found == sorted((one.rule, one.hits, one.event_count, len(one.events)) for one in vector.expect)
    assert all(alert.complete for alert in standing)


def test_a_disproved_alert_is_withdrawn_and_swallowed_ones_are_superseded() -> None:
    by_name = {vector.name: repaired(vector).said for vector in BACKLOGS}
    # What those in time made without the backlog, and what the backlog made alone.
    assert [alert.withdrawn for alert in by_name["backlog_withdraws"]] == [True, True]
    superseded = [alert for alert in by_name["backlog_joins"] if alert.superseded_by is not None]
    standing = [alert for alert in by_name["backlog_joins"] if alert.superseded_by is None]
    assert {alert.superseded_by for alert in superseded} == {standing[0].id}
    assert set(standing[0].supersedes) == {alert.id for alert in superseded}


def test_a_rule_that_is_wider_than_half_of_what_is_kept_is_left_as_it_is_and_named() -> None:
    (vector,) = [vector for vector in BACKLOGS if vector.name == "backlog_withdraws"]
    (rule,) = rules_of(vector).plan.correlations
    since_us = START_US - DAY_US
    full_us = since_us + 2 * rule.timespan_us
    assert repaired(vector, since_us=since_us, watermark_us=full_us - 1) == Repair(too_wide=(rule.rule.id,))
    assert len(repaired(vector, since_us=since_us, watermark_us=full_us).said) == 2


def test_what_began_within_one_timespan_of_the_first_kept_line_is_left_as_it_is() -> None:
    (vector,) = [vector for vector in BACKLOGS if vector.name == "backlog_withdraws"]
    (rule,) = rules_of(vector).plan.correlations
    began = sorted(alert.first_us for alert in said_at_once(vector))
    assert len(repaired(vector, since_us=began[0] - rule.timespan_us - 1).said) == 2
    assert len(repaired(vector, since_us=began[0] - rule.timespan_us).said) == 1
    assert repaired(vector, since_us=began[1] - rule.timespan_us).said == ()


def test_only_rules_that_late_events_feed_are_touched_up_the_chain() -> None:
    rules = compiled(
        correlation(1, "on_red"),
        correlation(2, "on_blue", rules=["blue"]),
        correlation(3, "over_red", rules=["on_red"], timespan="10m", generate=True),
        correlation(4, "over_both", rules=["over_red", "on_blue"], timespan="1h"),
    )
    names = {one.rule.id: one.rule.name for one in rules.plan.correlations}
    names |= {one.rule.id: one.rule.name for one in rules.plan.detections}
    numbers = {one.rule.name: one.number for one in rules.plan.detections}
    seconds = {names[rule_id]: span // MICROSECONDS for rule_id, span in reach(rules.plan, [numbers["red"]]).items()}
    assert seconds == {"on_red": 60, "over_both": 4_260}  # red, over_red and on_blue make no alerts of their own
    assert {names[rule_id] for rule_id in reach(rules.plan, [numbers["blue"]])} == {"over_both"}
    assert {names[rule_id] for rule_id in reach(rules.plan, [numbers["green"]])} == {"green"}
