"""The policy in force."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from incident_api.coordination import service
from incident_api.coordination.schemas import PolicyAnswer
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/policy", tags=["coordination"])


@router.get("", operation_id="readPolicy", responses=problem_responses(401, 403))
def read_policy(_found: Annotated[Caller, Depends(requires(Right.POLICY_READ))], runtime: RuntimeOf) -> PolicyAnswer:
    """The coordination rules (quy chế phối hợp) in force, with the hash that both parties signed."""
    return service.in_force(runtime)
