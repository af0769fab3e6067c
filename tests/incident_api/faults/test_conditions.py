"""A correlator that speaks is alive; one that fell silent, or tells of faults, is a light."""

from __future__ import annotations

from typing import Any

from correlator.condition import condition
from incident_api.faults.conditions import publish
from incident_api.faults.published import PublishCondition
from incident_api.health import service as health
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from khien.errors import KhienError


def tell(runtime: Runtime, **found: Any) -> PublishCondition:
    body = PublishCondition.model_validate(condition(**({"troubles": {}, "absent_sources": {}, "pressures": []} | found)))
    publish(runtime, component="correlator", body=body)
    return body


def light(runtime: Runtime) -> tuple[str, str] | None:
    return next(((one.light, one.text.en) for one in health.current(runtime).checks if one.name == "correlator"), None)


def test_a_silent_source_and_a_trouble_are_faults_with_a_cure(runtime: Runtime) -> None:
    trouble = KhienError("correlation.sink_unreachable", sink="https://es", reason="refused")
    body = tell(runtime, troubles={"elasticsearch": trouble}, absent_sources={"live": [("gateway", 1, "eth0")]})
    assert [one.name for one in body.faults] == ["elasticsearch/correlation.sink_unreachable", "silent/live/gateway/eth0"]
    assert all(one.text.vi and one.cure.vi and one.about == "system" for one in body.faults)
    assert "gateway" in body.faults[1].text.vi
    assert light(runtime) == ("degraded", "correlator tells of 2 faults")


def test_a_correlator_without_a_word_for_a_minute_is_down_until_it_speaks(runtime: Runtime, clock: ManualClock) -> None:
    assert light(runtime) is None
    tell(runtime)
    assert light(runtime) == ("ok", "correlator is alive")
    clock.advance(seconds=61)
    assert light(runtime) == ("down", "correlator has been silent for 61 s")
    tell(runtime)
    assert light(runtime) == ("ok", "correlator is alive")


def test_faults_beyond_the_bound_are_counted(runtime: Runtime) -> None:
    body = tell(runtime, absent_sources={"live": [("gateway", 1, f"eth{number}") for number in range(503)]})
    assert (len(body.faults), body.omitted) == (500, 3)
    assert light(runtime) == ("degraded", "correlator tells of 503 faults")
