"""Saved views of the queue."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from incident_api.http.identity import Caller, RuntimeOf, changes, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.people.rights import Right
from incident_api.saved_views import service
from incident_api.saved_views.schemas import SavedViewAnswer, SavedViewsAnswer, SaveView

router = APIRouter(prefix="/views", tags=["views"])

Reader = Annotated[Caller, Depends(requires(Right.ALERTS_READ))]
Saver = Annotated[Caller, Depends(changes(Right.ALERTS_READ))]
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("", operation_id="listViews", responses=problem_responses(401, 403))
def list_views(found: Reader, runtime: RuntimeOf) -> SavedViewsAnswer:
    """One's own views of the queue and the shared ones."""
    return service.listing(runtime, caller=found)


@router.put("", operation_id="saveView", responses=_CHANGE)
def save_view(body: SaveView, found: Saver, runtime: RuntimeOf) -> SavedViewAnswer:
    """Keep this view under a name."""
    return service.save(runtime, caller=found, body=body)


@router.delete("/{view_id}", operation_id="removeView", status_code=204, responses=_CHANGE)
def remove_view(view_id: Annotated[int, Path(ge=1, le=MOST)], found: Saver, runtime: RuntimeOf) -> None:
    """Take a view away; a shared one is taken away from everybody."""
    service.remove(runtime, caller=found, view_id=view_id)
