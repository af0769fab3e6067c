"""People: whom work can be handed to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people import service
from incident_api.people.rights import Right
from incident_api.people.schemas import PeopleAnswer

router = APIRouter(prefix="/people", tags=["people"])


@router.get("", operation_id="listPeople", responses=problem_responses(401, 403))
def list_people(_found: Annotated[Caller, Depends(requires(Right.PEOPLE_READ))], runtime: RuntimeOf) -> PeopleAnswer:
    """Everybody with an account, those on duty first."""
    return service.listing(runtime)
