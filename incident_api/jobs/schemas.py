"""What the routes of the jobs answer."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer, LocalText, Microseconds


class JobView(Answer):
    """A job: when it is due, and how its last run went."""

    name: str
    text: LocalText
    schedule: LocalText
    state: Literal["waiting", "running", "failing"]
    due_us: Microseconds
    attempt: int
    runs: int
    failures: int
    last_run_us: Microseconds | None
    last_duration_us: int | None
    last_result: str | None
    last_error: str | None


class LeaseView(Answer):
    """Which process ticks."""

    holder: str
    fence: int
    expires_us: Microseconds
    is_held: bool


class JobsAnswer(Answer):
    """Every job of the table."""

    now_us: Microseconds
    lease: LeaseView | None
    jobs: list[JobView]
