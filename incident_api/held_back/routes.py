"""What detection holds back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from incident_api.held_back import service
from incident_api.held_back.schemas import HeldBackAnswer
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/held-back", tags=["held-back"])


@router.get("", operation_id="readHeldBack", responses=problem_responses(401, 403))
def read_held_back(_found: Annotated[Caller, Depends(requires(Right.LEDGER_READ))], runtime: RuntimeOf) -> HeldBackAnswer:
    """Exceptions, suppressions and refused alerts, with owner, reason, expiry and what each took away."""
    return service.current(runtime)
