"""What the routes of periodic duties take and answer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request


class PeriodicDutyView(Answer):
    """A duty of a period. `target_us`: by when inside the house; `due_us`: by when at all."""

    id: int
    code: str
    period: str
    text: LocalText
    recipients: list[str]
    basis: LocalText
    state: Literal["pending", "overdue", "fulfilled", "late"]
    due_us: Microseconds
    target_us: Microseconds
    fulfilled_us: Microseconds | None
    fulfilled_by: str | None
    receipt: str | None
    reason: str | None


class PeriodicDutiesAnswer(Answer):
    """What is owed, the next first, then what was done, the last first."""

    duties: list[PeriodicDutyView]


class FulfilPeriodicDuty(Request):
    """It was done: the number or name under which the recipients confirmed; after its time with the reason."""

    receipt: Annotated[str, Field(min_length=1, max_length=400)]
    reason: Annotated[str | None, Field(min_length=1, max_length=4000)] = None
