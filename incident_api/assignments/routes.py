"""What another rota, organisation or policy would have done with past alerts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from incident_api.assignments import service
from incident_api.assignments.schemas import SimulateAssignment, SimulationAnswer
from incident_api.http.identity import Caller, RuntimeOf, changes
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/simulations", tags=["coordination"])


@router.post("/assignments", operation_id="simulateAssignments", responses=problem_responses(401, 403, 404, 422))
def simulate_assignments(
    body: SimulateAssignment, _found: Annotated[Caller, Depends(changes(Right.ALERTS_ASSIGN))], runtime: RuntimeOf
) -> SimulationAnswer:
    """Replay the alerts of a period (diễn lại): who would have been called and which clocks would have broken. Changes nothing."""
    return service.simulate(runtime, request=body)
