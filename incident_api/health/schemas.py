"""Bodies of health."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer, LocalText, Microseconds

Light = Literal["ok", "degraded", "down"]


class Check(Answer):
    """One part and its light."""

    name: str
    light: Light
    text: LocalText


class HealthAnswer(Answer):
    """Never green over a dead part: the worst light is the status."""

    status: Light
    version: str
    now_us: Microseconds
    checks: list[Check]
