"""Duty: who is on now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from incident_api.duty import service
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right
from incident_api.people.schemas import DutyAnswer

router = APIRouter(prefix="/duty", tags=["duty"])


@router.get("", operation_id="readDuty", responses=problem_responses(401, 403, 422))
def read_duty(
    _found: Annotated[Caller, Depends(requires(Right.DUTY_READ))],
    runtime: RuntimeOf,
    at_us: Annotated[int | None, Query(ge=0, le=4_102_444_800_000_000)] = None,
) -> DutyAnswer:
    """Who is on duty (trực ban) at a time, now by default."""
    return service.at(runtime, at_us=at_us if at_us is not None else runtime.clock.now_us())
