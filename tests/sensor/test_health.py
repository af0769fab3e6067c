"""Health lines that nobody can forge."""

from __future__ import annotations

import io

from khien.clock import ManualClock
from sensor.health import HealthLog


def test_a_line_is_key_value_with_the_time_first() -> None:
    stream = io.StringIO()
    HealthLog(sensor="gateway", clock=ManualClock(1_794_276_000_000_000), stream=stream)(
        "health", {"read": 7, "path": "/var/log/x"}
    )
    assert stream.getvalue() == "time=2026-11-10T02:00:00.000000Z sensor=gateway event=health read=7 path=/var/log/x\n"


def test_text_from_outside_cannot_make_a_second_line_or_field() -> None:
    stream = io.StringIO()
    forged = 'x\ntime=0 event=all_is_well read="9"\x1b[2J'
    HealthLog(sensor="gateway", clock=ManualClock(0), stream=stream)("health", {"error": forged})
    text = stream.getvalue()
    assert text.count("\n") == 1
    assert text.endswith('error="x\\ntime=0 event=all_is_well read=\\"9\\"\\u001b[2J"\n')
