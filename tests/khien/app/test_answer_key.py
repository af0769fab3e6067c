"""The comparison with an answer key: what counts as found, as missing, and as a false alarm."""

from __future__ import annotations

from typing import Any

import pytest

from khien.alert import Alert
from khien.app.answer_key import AnswerKey, compare

KEY = AnswerKey.model_validate(
    {
        "dataset": "exercise:lab",
        "ordinary": [{"id": "before", "from": "2026-11-10T02:00:00Z", "to": "2026-11-10T02:05:00Z"}],
        "acts": [
            {
                "id": "guessing",
                "title": {"vi": "Dò mật khẩu", "en": "Password guessing"},
                "techniques": ["T1110.001"],
                "from": "2026-11-10T02:06:00Z",
                "to": "2026-11-10T02:07:00Z",
                "must_name": [{"source.ip": ["192.0.2.200"]}, {"destination.ip": ["10.10.10.10"], "host.hostname": ["portal"]}],
            }
        ],
    }
)
#: 2026-11-10T02:00:00Z
START_US = 1_794_276_000_000_000
MINUTE_US = 60_000_000


def alert(*, minute: float = 6.5, severity: int = 3, tag: str = "attack.t1110", **entities: str) -> Alert:
    at_us = START_US + round(minute * MINUTE_US)
    given: dict[str, Any] = {
        "id": f"{round(minute * 1000):032x}",
        "dataset": "exercise:lab",
        "rule": {
            "id": "r",
            "version": "1",
            "name": "guessing",
            "title": {"en": "x", "vi": "x"},
            "description": {"en": "x", "vi": "x"},
            "level": ("low", "medium", "high", "critical")[severity - 1],
            "tags": (tag,),
        },
        "severity": severity,
        "group": {},
        "window": {"start_us": at_us, "end_us": at_us},
        "first_us": at_us,
        "last_us": at_us,
        "hits": 1,
        "event_ids": ("lab-1-1",),
        "event_count": 1,
        "entities": tuple({"kind": kind, "value": value, "role": "observed"} for kind, value in entities.items()),
        "complete": True,
        "explanation": {"kind": "event", "condition": "selection"},
    }
    return Alert.model_validate(given)


def found(*alerts: Alert) -> bool:
    return compare(KEY, alerts).acts[0].is_found


def test_an_alert_with_the_technique_in_time_that_names_both_finds_the_act() -> None:
    assert found(alert(ip="192.0.2.200", host="portal"))


def test_two_alerts_that_name_a_half_each_do_not_find_it() -> None:
    assert not found(alert(minute=6.2, ip="192.0.2.200"), alert(minute=6.4, ip="10.10.10.10"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"minute": 3.0},
        {"minute": 9.0},
        {"severity": 1},
        {"tag": "attack.t1046"},
        {"host": "elsewhere"},
        {"ip": "192.0.2.1"},
    ],
)
def test_another_time_level_technique_or_name_does_not_find_it(wrong: dict[str, Any]) -> None:
    assert not found(alert(**({"ip": "192.0.2.200", "host": "portal"} | wrong)))


def test_an_alert_above_low_on_ordinary_traffic_is_a_false_alarm_and_a_low_one_is_not() -> None:
    comparison = compare(KEY, [alert(minute=1.0, severity=2), alert(minute=2.0, severity=1)])
    assert [false.severity for false in comparison.ordinary_above_low] == [2]
    assert not comparison.is_as_expected


def test_an_empty_run_is_not_as_expected() -> None:
    assert not compare(KEY, []).is_as_expected
