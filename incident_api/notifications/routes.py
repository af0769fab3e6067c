"""Notices: one's own, the team's, the confirmation, and a test."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query

from incident_api.http.identity import Caller, CallerOf, ChangingCallerOf, RuntimeOf, changes
from incident_api.http.schemas import MOST, problem_responses
from incident_api.notifications import service
from incident_api.notifications.schemas import NoticesAnswer, NoticeView, TestNotice
from incident_api.notifications.states import State
from incident_api.people.rights import Right

router = APIRouter(prefix="/notifications", tags=["notifications"])


@router.get("", operation_id="listNotifications", responses=problem_responses(401, 403, 422))
def list_notifications(
    found: CallerOf,
    runtime: RuntimeOf,
    scope: Annotated[Literal["own", "team"], Query()] = "own",
    state: Annotated[list[State] | None, Query(max_length=len(State))] = None,
    subject: Annotated[str | None, Query(max_length=120)] = None,
    after: Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> NoticesAnswer:
    """What was told, newest first, with its delivery state; the team's for those who lead."""
    return service.listing(
        runtime, caller=found, is_team=scope == "team", states=state or [], subject=subject, after=after, limit=limit
    )


@router.post("/test", operation_id="testNotification", status_code=201, responses=problem_responses(401, 403, 422))
def test_notification(
    request: TestNotice, found: Annotated[Caller, Depends(changes(Right.NOTICES_TEST))], runtime: RuntimeOf
) -> NoticeView:
    """Put a test to somebody in the outbox; the list says what became of it."""
    with runtime.database.write() as session:
        return service.try_out(runtime, session, caller=found, to=request.to, channel=request.channel)


@router.post("/{notice_id}/receipt", operation_id="confirmNotification", responses=problem_responses(401, 403, 404, 409, 422))
def confirm_notification(notice_id: Annotated[int, Path(ge=1, le=MOST)], found: ChangingCallerOf, runtime: RuntimeOf) -> NoticeView:
    """Say that one's own notice was read."""
    with runtime.database.write() as session:
        return service.confirm(runtime, session, caller=found, notice_id=notice_id)
