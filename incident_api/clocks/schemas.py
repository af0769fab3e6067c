"""Clocks as the routes answer them."""

from __future__ import annotations

from typing import Literal

from incident_api.clocks.table import Clock
from incident_api.http.schemas import Answer, LocalText, Microseconds


class ClockView(Answer):
    """A clock the last time it ran. `limit_minutes` None: nothing is asked. `paused`: it waits for the owner or the police."""

    clock: Clock
    text: LocalText
    time: Literal["wall", "business"]
    limit_minutes: int | None
    start_us: Microseconds
    stop_us: Microseconds | None
    due_us: Microseconds | None
    elapsed_us: int
    paused_us: int
    state: Literal["running", "paused", "overdue", "met", "missed", "dropped"]


class Spread(Answer):
    """Of so many: half took no longer than `p50_us`, nine in ten no longer than `p90_us` (nearest rank)."""

    count: int
    p50_us: int | None
    p90_us: int | None


class Measured(Answer):
    """Times of one unit, rule or shift (`key`), or of everything (`all`)."""

    by: Literal["all", "unit", "rule", "shift"]
    key: str
    acknowledge: Spread
    close_alert: Spread
    recover: Spread


class ResponseTimes(Answer):
    """Mean times are not told: one alert that lay for a week would hide the others.

    `acknowledge` (MTTA): alert new to taken. `close_alert`: alert new to closed. `recover` (MTTR): incident detected to recovered.
    """

    from_us: Microseconds
    to_us: Microseconds
    rows: list[Measured]
