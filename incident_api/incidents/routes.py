"""Incidents: listing, opening, acting, and the word of the second party."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from sqlalchemy.orm import Session

from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.case import Severity
from incident_api.coordination.vocabulary import PolicyVocabulary
from incident_api.http.idempotent import once
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, changes, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.incidents import acts, alert_times, bulk, export, opening, timeline, views
from incident_api.incidents.models import Incident
from incident_api.incidents.orders import Order
from incident_api.incidents.schemas import (
    DenyApproval,
    ExportIncident,
    IncidentAssignmentsAnswer,
    IncidentBulkOutcome,
    IncidentBulkPreview,
    IncidentBulkRequest,
    IncidentDetail,
    IncidentsAnswer,
    LinkedGroupsAnswer,
    OpenIncident,
    TimelineAlertsAnswer,
    TimelineAnswer,
)
from incident_api.incidents.states import State
from incident_api.people.rights import Right

router = APIRouter(tags=["incidents"])

Reader = Annotated[Caller, Depends(requires(Right.INCIDENTS_READ))]
#: What is linked are alerts: whoever may not read those reads none here either.
AlertReader = Annotated[Caller, Depends(requires(Right.ALERTS_READ))]
Opener = Annotated[Caller, Depends(changes(Right.INCIDENTS_HANDLE))]
#: Handlers act, and so does whoever is a party of an act of two; each act asks for its own right.
Actor = Annotated[Caller, Depends(changes(Right.INCIDENTS_READ))]
Approver = Annotated[Caller, Depends(changes(Right.APPROVALS_GIVE))]
ProvenApprover = Annotated[Caller, Depends(changes(Right.APPROVALS_GIVE, second_factor=True))]
Assigner = Annotated[Caller, Depends(changes(Right.ALERTS_ASSIGN))]
#: An export asks for the second factor (response design, section 16).
Exporter = Annotated[Caller, Depends(changes(Right.INCIDENTS_DECIDE, second_factor=True))]
BulkToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{20,64}$", max_length=64)]
IncidentId = Annotated[str, Path(pattern=r"^SC-[0-9]{4}-[0-9]{4,6}$", max_length=16)]
ApprovalId = Annotated[int, Path(ge=1, le=MOST)]
_READ = problem_responses(401, 403, 404, 422)
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("/incidents", operation_id="listIncidents", responses=problem_responses(401, 403, 422))
def list_incidents(  # noqa: PLR0913, PLR0917 - each is a query parameter of the document
    found: Reader,
    runtime: RuntimeOf,
    state: Annotated[list[State] | None, Query()] = None,
    severity: Annotated[list[Severity] | None, Query()] = None,
    dataset_kind: Annotated[str, Query(pattern="^(live|import|exercise)$")] = "live",
    unit: Annotated[str | None, Query(max_length=63)] = None,
    assignee: Annotated[str | None, Query(max_length=128)] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words of the title, marks do not matter; or its number")] = None,
    only: Annotated[
        list[views.Only] | None, Query(description="`overdue`: with an obligation that is overdue; `goes_on`: not ended")
    ] = None,
    after: Annotated[str | None, Query(pattern=r"^SC-[0-9]{4}-[0-9]{4,6}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> IncidentsAnswer:
    """Incidents, newest first, with what is due next."""
    wanted = views.Wanted(
        states=[each.value for each in state or ()],
        severities=[each.value for each in severity or ()],
        dataset_kind=dataset_kind,
        unit=unit,
        assignee=assignee,
        only=only or (),
        words=q,
    )
    return views.listed(runtime, caller=found, wanted=wanted, after=after, limit=limit)


@router.get("/incidents/{incident_id}", operation_id="readIncident", responses=_READ)
def read_incident(incident_id: IncidentId, found: Reader, runtime: RuntimeOf, response: Response) -> IncidentDetail:
    """One incident; `ETag` is its version."""
    answer = views.detail(runtime, caller=found, incident_id=incident_id)
    response.headers["ETag"] = f'"{answer.row.version}"'
    return answer


@router.get("/incidents/{incident_id}/timeline", operation_id="readTimeline", responses=_READ)
def read_timeline(
    incident_id: IncidentId,
    found: Reader,
    runtime: RuntimeOf,
    order: timeline.Order = "newest",
    after: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TimelineAnswer:
    """What happened to an incident, in order."""
    return timeline.page(runtime, caller=found, incident_id=incident_id, order=order, after=after, limit=limit)


@router.get("/incidents/{incident_id}/groups", operation_id="listIncidentGroups", responses=_READ)
def list_incident_groups(incident_id: IncidentId, found: AlertReader, runtime: RuntimeOf) -> LinkedGroupsAnswer:
    """The alert groups that belong to an incident."""
    return views.groups_of(runtime, caller=found, incident_id=incident_id)


@router.get("/incidents/{incident_id}/vocabulary", operation_id="readIncidentVocabulary", responses=_READ)
def read_incident_vocabulary(incident_id: IncidentId, found: Reader, runtime: RuntimeOf) -> PolicyVocabulary:
    """The names of the policy that the incident was opened under: questions, flags, kinds, forms and roles."""
    return views.vocabulary_of(runtime, caller=found, incident_id=incident_id)


@router.get("/incidents/{incident_id}/timeline/alerts", operation_id="readTimelineAlerts", responses=_READ)
def read_timeline_alerts(
    incident_id: IncidentId, found: AlertReader, runtime: RuntimeOf, limit: Annotated[int, Query(ge=1, le=1000)] = 500
) -> TimelineAlertsAnswer:
    """When its alerts happened, on which host and from which source: the other half of the timeline."""
    return alert_times.of(runtime, caller=found, incident_id=incident_id, limit=limit)


@router.get("/incidents/{incident_id}/assignments", operation_id="listIncidentAssignments", responses=_READ)
def list_incident_assignments(incident_id: IncidentId, found: Reader, runtime: RuntimeOf) -> IncidentAssignmentsAnswer:
    """Who handled it, since when, and why that person."""
    return views.assignments_of(runtime, caller=found, incident_id=incident_id)


@router.post(
    "/incidents/{incident_id}/export",
    operation_id="exportIncident",
    response_class=Response,
    responses=_CHANGE | {200: {"content": {"application/json": {}}, "description": "The whole case, canonical (RFC 8785)"}},
)
def export_incident(incident_id: IncidentId, request: ExportIncident, found: Exporter, runtime: RuntimeOf) -> Response:
    """The whole case as canonical JSON; who took it and why is on record."""
    with runtime.database.write() as session:
        content = export.taken(runtime, session, caller=found, incident_id=incident_id, reason=request.reason)
    return Response(content, media_type="application/json")


@router.post("/incidents/bulk", operation_id="previewIncidentBulk", responses=_CHANGE)
def preview_incident_bulk(request: IncidentBulkRequest, found: Assigner, runtime: RuntimeOf) -> IncidentBulkPreview:
    """How many incidents would be given to somebody else, and a token for exactly those."""
    return bulk.preview(runtime, caller=found, request=request)


@router.post("/incidents/bulk/{token}", operation_id="applyIncidentBulk", responses=_CHANGE)
def apply_incident_bulk(token: BulkToken, found: Assigner, runtime: RuntimeOf) -> IncidentBulkOutcome:
    """Do it: one change and one audit record for each; what changed since is left alone and named."""
    return bulk.apply(runtime, caller=found, token=token)


@router.post("/incidents", operation_id="openIncident", status_code=201, responses=_CHANGE)
def open_incident(request: OpenIncident, found: Opener, runtime: RuntimeOf, key: IdempotencyKey = None) -> IncidentDetail:
    """Open an incident; the policy in force is pinned to it."""
    fingerprint = sha256_of({"open": request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def work() -> IncidentDetail:
            return _answer(runtime, session, opening.open_incident(runtime, session, caller=found, request=request), found)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=IncidentDetail, work=work)


@router.post("/incidents/{incident_id}/acts", operation_id="actOnIncident", responses=_CHANGE)
def act_on_incident(
    incident_id: IncidentId, order: Order, found: Actor, runtime: RuntimeOf, key: IdempotencyKey = None
) -> IncidentDetail:
    """Do something; what takes two parties waits in `approvals` for the second one."""
    fingerprint = sha256_of({"act": incident_id, "order": order.model_dump(mode="json")})
    with runtime.database.write() as session:

        def work() -> IncidentDetail:
            done = acts.perform(runtime, session, caller=found, incident_id=incident_id, order=order)
            return _answer(runtime, session, done, found)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=IncidentDetail, work=work)


@router.post("/approvals/{approval_id}/grant", operation_id="grantApproval", responses=_CHANGE)
def grant_approval(approval_id: ApprovalId, found: ProvenApprover, runtime: RuntimeOf) -> IncidentDetail:
    """The second party agrees: what was asked for is carried out."""
    with runtime.database.write() as session:
        done = acts.grant(runtime, session, caller=found, approval_id=approval_id)
        return _answer(runtime, session, done, found)


@router.post("/approvals/{approval_id}/deny", operation_id="denyApproval", responses=_CHANGE)
def deny_approval(approval_id: ApprovalId, request: DenyApproval, found: Approver, runtime: RuntimeOf) -> IncidentDetail:
    """The second party refuses, or the first one takes it back."""
    with runtime.database.write() as session:
        done = acts.deny(runtime, session, caller=found, approval_id=approval_id, reason=request.reason)
        return _answer(runtime, session, done, found)


def _answer(runtime: RuntimeOf, session: Session, incident: Incident, caller: Caller) -> IncidentDetail:
    session.flush()
    return views.of(runtime, session, incident, caller=caller)
