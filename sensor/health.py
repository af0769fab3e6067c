"""What a sensor says on stderr: one line an event, `key=value`, for people and for journald.

Values come from a closed set of fields; text that somebody else wrote (a path, an error) is quoted and escaped, so a line
can never be forged. No payload, no secret.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from typing import TextIO

from khien.clock import Clock, format_utc

_PLAIN = re.compile(r"[A-Za-z0-9_.:/+-]+")


class HealthLog:
    """Writes lines; safe to use from all threads of a sensor."""

    def __init__(self, *, sensor: str, clock: Clock, stream: TextIO | None = None) -> None:
        self._sensor = sensor
        self._clock = clock
        self._stream = stream or sys.stderr
        self._lock = threading.Lock()

    def __call__(self, event: str, fields: dict[str, str | int]) -> None:
        """One line: time, sensor, event, fields."""
        parts = [f"time={format_utc(self._clock.now_us())}", f"sensor={self._sensor}", f"event={event}"]
        parts += [f"{name}={_value(value)}" for name, value in fields.items()]
        with self._lock:
            self._stream.write(" ".join(parts) + "\n")
            self._stream.flush()


def _value(value: str | int) -> str:
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text[:400])
