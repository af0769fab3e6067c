"""What people ask of a task or a countermeasure; the document of a two-party act is kept as it was asked."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from incident_api.casework.states import MeasureAction, MeasureKind, TaskAction
from incident_api.http.schemas import MOST, Request
from incident_api.incidents.orders import Reason

_Version = Annotated[int, Field(ge=1, le=MOST)]
_Time = Annotated[int, Field(ge=0, le=MOST)]
Account = Annotated[str, Field(min_length=1, max_length=128)]


class AddTask(Request):
    """A new task; without `assignee` it is the handler's."""

    title: Annotated[str, Field(min_length=3, max_length=500)]
    assignee: Account | None = None
    due_us: _Time


class TaskAct(Request):
    """A transition of a task; each asks for its own fields."""

    kind: Literal["task"] = "task"
    action: Literal[TaskAction.FINISH, TaskAction.DROP, TaskAction.REOPEN, TaskAction.ASSIGN, TaskAction.POSTPONE]
    version: _Version
    reason: Reason | None = None
    result: Reason | None = None
    to: Account | None = None
    due_us: _Time | None = None


class ProposeMeasure(Request):
    """A countermeasure that somebody proposes: what, on what, and why."""

    measure: MeasureKind
    target: Annotated[str, Field(min_length=1, max_length=500)]
    asset: Annotated[str | None, Field(max_length=63, description="The system that it touches")] = None
    why: Reason


class MeasureAct(Request):
    """A transition of a countermeasure."""

    kind: Literal["countermeasure"] = "countermeasure"
    action: Literal[
        MeasureAction.APPROVE,
        MeasureAction.REJECT,
        MeasureAction.ACTIVATE,
        MeasureAction.ACTIVATED,
        MeasureAction.REVIEW,
        MeasureAction.REMOVE,
        MeasureAction.REMOVED,
        MeasureAction.FAIL,
    ]
    version: _Version
    reason: Reason | None = None
    result: Reason | None = None
    review_us: _Time | None = None


WorkAct = TaskAct | MeasureAct


def fields_of(act: WorkAct) -> dict[str, Any]:
    """What was given besides the act itself."""
    return act.model_dump(mode="json", exclude={"kind", "action", "version"}, exclude_none=True)
