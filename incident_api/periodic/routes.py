"""Periodic duties: what is owed by the calendar, and that it was done."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from incident_api.coordination.canonical import sha256_of
from incident_api.http.idempotent import once
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, changes, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.people.rights import Right
from incident_api.periodic import service
from incident_api.periodic.schemas import FulfilPeriodicDuty, PeriodicDutiesAnswer, PeriodicDutyView

router = APIRouter(prefix="/duties", tags=["duties"])


@router.get("/periodic", operation_id="listPeriodicDuties", responses=problem_responses(401, 403))
def list_periodic_duties(
    _found: Annotated[Caller, Depends(requires(Right.POLICY_READ))], runtime: RuntimeOf
) -> PeriodicDutiesAnswer:
    """Reports, reviews, drills and meetings with their deadlines."""
    return service.listing(runtime)


@router.post("/periodic/{duty_id}/fulfil", operation_id="fulfilPeriodicDuty", responses=problem_responses(401, 403, 404, 409, 422))
def fulfil_periodic_duty(
    duty_id: Annotated[int, Path(ge=1, le=MOST)],
    request: FulfilPeriodicDuty,
    found: Annotated[Caller, Depends(changes(Right.DUTIES_FULFIL))],
    runtime: RuntimeOf,
    key: IdempotencyKey = None,
) -> PeriodicDutyView:
    """It was done, and who confirmed it."""
    fingerprint = sha256_of({"periodic": duty_id, "request": request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def work() -> PeriodicDutyView:
            return service.fulfil(runtime, session, person=found.person, duty_id=duty_id, request=request)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=PeriodicDutyView, work=work)
