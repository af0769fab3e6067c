"""Bodies of a simulation."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request

#: Outcomes that an answer lists; the numbers cover all.
LISTED = 500


class SimulateAssignment(Request):
    """Alerts of a period, on what is in force or on what is named in its place."""

    since_us: Annotated[int, Field(ge=0, le=MOST)]
    until_us: Annotated[int, Field(ge=0, le=MOST)]
    dataset_kind: Literal["live", "import", "exercise"] = "live"
    policy_sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{64}$", description="A policy that was in force once; the present one by default")
    ] = None
    organisation: Annotated[int | None, Field(ge=1, le=MOST, description="A version of the organisation")] = None
    rota: Annotated[dict[str, Any] | None, Field(description="A rota like `rota.yaml`; its layers alone count")] = None


class SimulatedCall(Answer):
    """Somebody who would have been told, and by which step."""

    at_us: Microseconds
    step: Literal["inform", "assignee", "next_on_duty", "shift_lead", "leader"]
    person: str


class SimulatedAlert(Answer):
    """What was and what would have been; `was_broken` null: no clock ran."""

    object_id: str
    at_us: Microseconds
    level: Literal["low", "medium", "high", "critical"]
    was: str | None
    would: str
    deciding_rule: str
    rung: str
    decided_by: LocalText
    unattended: bool
    calls: list[SimulatedCall]
    due_us: Microseconds
    was_broken: bool | None
    would_break: bool


class SimulatedShare(Answer):
    """How many alerts a person had and would have had."""

    person: str
    was: int
    would: int


class SimulationAnswer(Answer):
    """The comparison. `alerts` counts all that were replayed, `left_off` those beyond the limit; changed ones are listed first."""

    alerts: int
    left_off: int
    changed: int
    unattended_was: int
    unattended_would: int
    broken_was: int
    broken_would: int
    shares: list[SimulatedShare]
    outcomes: list[SimulatedAlert]
    outcomes_left_off: int
    assumption: LocalText
