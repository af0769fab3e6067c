"""Comments, tasks, countermeasures, observables, and what else may belong to an incident."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from incident_api.alerts.routes import GroupId
from incident_api.casework import comments, observing, related, views, work
from incident_api.casework.orders import AddTask, MeasureAct, ProposeMeasure, TaskAct
from incident_api.casework.schemas import (
    AddObservable,
    CommentsAnswer,
    CommentView,
    MarkObservable,
    MeasuresAnswer,
    MeasureView,
    ObservablesAnswer,
    ObservableView,
    RelatedAnswer,
    TasksAnswer,
    TaskView,
    WithdrawComment,
    WriteComment,
)
from incident_api.coordination.canonical import sha256_of
from incident_api.http.idempotent import once
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, changes, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.incidents.routes import IncidentId
from incident_api.incidents.visibility import visible_incident
from incident_api.people.rights import Right

router = APIRouter(tags=["casework"])

Reader = Annotated[Caller, Depends(requires(Right.INCIDENTS_READ))]
AlertReader = Annotated[Caller, Depends(requires(Right.ALERTS_READ))]
Writer = Annotated[Caller, Depends(changes(Right.COMMENTS_WRITE))]
Handler = Annotated[Caller, Depends(changes(Right.INCIDENTS_HANDLE))]
Worker = Annotated[Caller, Depends(changes(Right.TASKS_WORK))]
Measurer = Annotated[Caller, Depends(changes(Right.MEASURES_WORK))]
TaskReader = Annotated[Caller, Depends(requires(Right.TASKS_WORK))]
Number = Annotated[int, Path(ge=1, le=MOST)]
Limit = Annotated[int, Query(ge=1, le=200)]
Before = Annotated[int | None, Query(ge=1, le=MOST)]
_READ = problem_responses(401, 403, 404, 422)
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("/incidents/{incident_id}/comments", operation_id="listComments", responses=_READ)
def list_comments(
    incident_id: IncidentId, found: Reader, runtime: RuntimeOf, before: Before = None, limit: Limit = 50
) -> CommentsAnswer:
    """What people wrote about an incident, newest first."""
    return comments.listed(runtime, caller=found, incident_id=incident_id, before=before, limit=limit)


@router.post("/incidents/{incident_id}/comments", operation_id="writeComment", status_code=201, responses=_CHANGE)
def write_comment(
    incident_id: IncidentId, request: WriteComment, found: Writer, runtime: RuntimeOf, key: IdempotencyKey = None
) -> CommentView:
    """Write; whoever is mentioned by account is told."""
    return _write(runtime, found, request, key=key, incident_id=incident_id)


@router.get("/groups/{group_id}/comments", operation_id="listGroupComments", responses=_READ)
def list_group_comments(
    group_id: GroupId, found: AlertReader, runtime: RuntimeOf, before: Before = None, limit: Limit = 50
) -> CommentsAnswer:
    """What people wrote about a triage group, newest first."""
    return comments.listed(runtime, caller=found, group_id=group_id, before=before, limit=limit)


@router.post("/groups/{group_id}/comments", operation_id="writeGroupComment", status_code=201, responses=_CHANGE)
def write_group_comment(
    group_id: GroupId, request: WriteComment, found: Writer, runtime: RuntimeOf, key: IdempotencyKey = None
) -> CommentView:
    """Write about a triage group."""
    return _write(runtime, found, request, key=key, group_id=group_id)


def _write(
    runtime: RuntimeOf,
    found: Caller,
    request: WriteComment,
    *,
    key: str | None,
    incident_id: str | None = None,
    group_id: str | None = None,
) -> CommentView:
    fingerprint = sha256_of({"comment": [incident_id, group_id], "request": request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def do() -> CommentView:
            subject = comments.subject_of(session, caller=found, incident_id=incident_id, group_id=group_id)
            written = comments.write(runtime, session, subject, author=found.person, request=request)
            return comments.viewed(session, [written], clearance=written.tlp)[0]

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=CommentView, work=do)


@router.post("/comments/{number}/withdraw", operation_id="withdrawComment", responses=_CHANGE)
def withdraw_comment(number: Number, request: WithdrawComment, found: Writer, runtime: RuntimeOf) -> CommentView:
    """Take a comment back; nothing edits one."""
    with runtime.database.write() as session:
        taken = comments.withdraw(runtime, session, caller=found, comment_id=number, reason=request.reason)
        return comments.viewed(session, [taken], clearance=taken.tlp)[0]


@router.get("/tasks", operation_id="listOwnTasks", responses=problem_responses(401, 403, 422))
def list_own_tasks(
    found: TaskReader, runtime: RuntimeOf, after: Annotated[str | None, Query(max_length=40)] = None, limit: Limit = 50
) -> TasksAnswer:
    """What I have to do, the next due first."""
    return views.own_tasks(runtime, caller=found, after=after, limit=limit)


@router.get("/incidents/{incident_id}/tasks", operation_id="listTasks", responses=_READ)
def list_tasks(incident_id: IncidentId, found: Reader, runtime: RuntimeOf, limit: Limit = 200) -> TasksAnswer:
    """The tasks of an incident, the open ones first."""
    return views.tasks_of_incident(runtime, caller=found, incident_id=incident_id, limit=limit)


@router.post("/incidents/{incident_id}/tasks", operation_id="addTask", status_code=201, responses=_CHANGE)
def add_task(incident_id: IncidentId, request: AddTask, found: Handler, runtime: RuntimeOf, key: IdempotencyKey = None) -> TaskView:
    """Give somebody a task; they are told now and when it is due."""
    fingerprint = sha256_of({"task": incident_id, "request": request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def do() -> TaskView:
            made = work.add_task(runtime, session, caller=found, incident_id=incident_id, request=request)
            return views.tasks(runtime, session, [made], caller=found)[0]

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=TaskView, work=do)


@router.post("/tasks/{number}/acts", operation_id="actOnTask", responses=_CHANGE)
def act_on_task(number: Number, act: TaskAct, found: Worker, runtime: RuntimeOf) -> TaskView:
    """Finish, drop, reopen, assign or postpone a task."""
    with runtime.database.write() as session:
        done = work.act_on_task(runtime, session, caller=found, task_id=number, act=act)
        return views.tasks(runtime, session, [done], caller=found)[0]


@router.get("/incidents/{incident_id}/countermeasures", operation_id="listCountermeasures", responses=_READ)
def list_countermeasures(incident_id: IncidentId, found: Reader, runtime: RuntimeOf, limit: Limit = 200) -> MeasuresAnswer:
    """What was proposed and done against the attack."""
    return views.measures_of_incident(runtime, caller=found, incident_id=incident_id, limit=limit)


@router.post("/incidents/{incident_id}/countermeasures", operation_id="proposeCountermeasure", status_code=201, responses=_CHANGE)
def propose_countermeasure(
    incident_id: IncidentId, request: ProposeMeasure, found: Measurer, runtime: RuntimeOf, key: IdempotencyKey = None
) -> MeasureView:
    """Propose a countermeasure."""
    fingerprint = sha256_of({"countermeasure": incident_id, "request": request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def do() -> MeasureView:
            made = work.propose(runtime, session, caller=found, incident_id=incident_id, request=request)
            return views.measures(runtime, session, [made], caller=found)[0]

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=MeasureView, work=do)


@router.post("/countermeasures/{number}/acts", operation_id="actOnCountermeasure", responses=_CHANGE)
def act_on_countermeasure(number: Number, act: MeasureAct, found: Measurer, runtime: RuntimeOf) -> MeasureView:
    """Approve, activate, review or remove one; isolating a system of level 3 and above waits for the second party."""
    with runtime.database.write() as session:
        done = work.act_on_measure(runtime, session, caller=found, measure_id=number, act=act)
        session.flush()
        return views.measures(runtime, session, [done], caller=found)[0]


@router.get("/incidents/{incident_id}/observables", operation_id="listObservables", responses=_READ)
def list_observables(
    incident_id: IncidentId, found: Reader, runtime: RuntimeOf, after: Before = None, limit: Limit = 100
) -> ObservablesAnswer:
    """Addresses, names, hashes and the like, with where they were seen."""
    return observing.listed(runtime, caller=found, incident_id=incident_id, after=after, limit=limit)


@router.post("/incidents/{incident_id}/observables", operation_id="addObservable", status_code=201, responses=_CHANGE)
def add_observable(incident_id: IncidentId, request: AddObservable, found: Handler, runtime: RuntimeOf) -> ObservableView:
    """Name one by hand."""
    with runtime.database.write() as session:
        incident = visible_incident(session, caller=found, incident_id=incident_id)
        row = observing.add(runtime, session, incident, person=found.person, request=request)
        return observing.viewed(session, [row])[0]


@router.post("/observables/{number}", operation_id="markObservable", responses=_CHANGE)
def mark_observable(number: Number, request: MarkObservable, found: Handler, runtime: RuntimeOf) -> ObservableView:
    """Another TLP, or that it is none."""
    with runtime.database.write() as session:
        row = observing.mark(runtime, session, caller=found, observable_id=number, request=request)
        return observing.viewed(session, [row])[0]


@router.get("/incidents/{incident_id}/related", operation_id="readRelated", responses=_READ)
def read_related(incident_id: IncidentId, found: Reader, runtime: RuntimeOf) -> RelatedAnswer:
    """Hints, and people decide: what else may belong to this incident, and rules that may hold."""
    return related.of(runtime, caller=found, incident_id=incident_id)
