"""The ledger."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.ledger import service
from incident_api.ledger.schemas import LedgerAnswer
from incident_api.people.rights import Right

router = APIRouter(prefix="/ledger", tags=["ledger"])


@router.get("", operation_id="readLedger", responses=problem_responses(401, 403))
def read_ledger(_found: Annotated[Caller, Depends(requires(Right.LEDGER_READ))], runtime: RuntimeOf) -> LedgerAnswer:
    """What each stage took in and what became of it."""
    return service.current(runtime)
