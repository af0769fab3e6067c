"""The queue, one triage group, one alert, and what people do with them."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AfterValidator

from incident_api.alerts import actions, bulk, detail, escalating, events, foreign, queue, strip
from incident_api.alerts.asking import FiltersOf
from incident_api.alerts.schemas import (
    AddNote,
    AlertDetail,
    AlertEventsAnswer,
    BulkOutcome,
    BulkPreview,
    BulkPreviewRequest,
    BulkState,
    CloseGroup,
    DatasetsAnswer,
    EscalateGroup,
    EscalationPreview,
    GroupAlertsAnswer,
    GroupBy,
    GroupDetail,
    HandOverGroup,
    LinkGroup,
    PostAlert,
    PostedAlert,
    QueueAnswer,
    ReopenGroup,
    Sort,
    StripAnswer,
    SuppressGroup,
    TakeGroup,
    UndoGroup,
    UnlinkGroup,
    UnsuppressGroup,
)
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, changes, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right
from khien.errors import KhienError

router = APIRouter(tags=["alerts"])

Reader = Annotated[Caller, Depends(requires(Right.ALERTS_READ))]
Watcher = Annotated[Caller, Depends(requires(Right.ALERTS_TRIAGE))]
Triager = Annotated[Caller, Depends(changes(Right.ALERTS_TRIAGE))]
Importer = Annotated[Caller, Depends(changes(Right.ALERTS_IMPORT))]
_GROUP_ID, _ALERT_ID, _BULK_TOKEN = r"^[0-9a-f]{16}$", r"^[0-9a-f]{32}$", r"^[A-Za-z0-9_-]{20,64}$"
#: As much of a name that is none as an answer repeats.
_SHOWN = 40


def _named(pattern: str) -> AfterValidator:
    """What cannot be the name of anything does not exist: the person who mistyped it reads a sentence, not a pattern."""
    compiled = re.compile(pattern)

    def check(name: str) -> str:
        if compiled.fullmatch(name) is None:
            raise KhienError("alert.not_found", object=name[:_SHOWN])
        return name

    return AfterValidator(check)


GroupId = Annotated[str, _named(_GROUP_ID), Path(json_schema_extra={"pattern": _GROUP_ID})]
AlertIdentifier = Annotated[str, _named(_ALERT_ID), Path(json_schema_extra={"pattern": _ALERT_ID})]
BulkTokenName = Annotated[str, _named(_BULK_TOKEN), Path(json_schema_extra={"pattern": _BULK_TOKEN})]
_READ = problem_responses(401, 403, 404, 422)
_CHANGE = problem_responses(401, 403, 404, 409, 422)


@router.get("/alerts", operation_id="listAlerts", responses=problem_responses(401, 403, 422))
def list_alerts(
    found: Reader,
    runtime: RuntimeOf,
    filters: FiltersOf,
    group_by: GroupBy | None = None,
    sort: Sort = "severity",
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> QueueAnswer:
    """The queue: triage groups, with exact counts behind every tab."""
    return queue.page(runtime, caller=found, filters=filters, group_by=group_by, sort=sort, after=after, limit=limit)


@router.get("/alerts/strip", operation_id="readStrip", responses=problem_responses(401, 403, 422))
def read_strip(found: Reader, runtime: RuntimeOf, filters: FiltersOf) -> StripAnswer:
    """The same groups over time: how many were last seen when, by severity."""
    return strip.read(runtime, caller=found, filters=filters)


@router.post(
    "/alerts",
    operation_id="postAlert",
    status_code=201,
    responses=_CHANGE | {200: {"model": PostedAlert, "description": "It is known, or grew"}},
)
def post_alert(body: PostAlert, found: Importer, runtime: RuntimeOf, response: Response) -> PostedAlert:
    """An alert of another tool, or a warning of an authority; the same source and reference is the same alert."""
    answer = foreign.take_in(runtime, caller=found, body=body)
    if answer.outcome != "created":
        response.status_code = 200
    return answer


@router.get("/datasets", operation_id="listDatasets", responses=problem_responses(401, 403))
def list_datasets(found: Reader, runtime: RuntimeOf) -> DatasetsAnswer:
    """Live, imports and exercises that hold alerts."""
    return queue.datasets(runtime, caller=found)


@router.get("/groups/{group_id}", operation_id="readGroup", responses=_READ)
def read_group(group_id: GroupId, found: Reader, runtime: RuntimeOf, response: Response) -> GroupDetail:
    """One triage group; `ETag` is its version."""
    return _tagged(response, detail.group(runtime, caller=found, group_id=group_id))


@router.get("/groups/{group_id}/alerts", operation_id="listGroupAlerts", responses=_READ)
def list_group_alerts(
    group_id: GroupId,
    found: Reader,
    runtime: RuntimeOf,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> GroupAlertsAnswer:
    """The alerts of a group, newest first."""
    return detail.alerts_of_group(runtime, caller=found, group_id=group_id, after=after, limit=limit)


@router.get("/alerts/{alert_id}", operation_id="readAlert", responses=_READ)
def read_alert(alert_id: AlertIdentifier, found: Reader, runtime: RuntimeOf, response: Response) -> AlertDetail:
    """One alert with its triage group."""
    answer = detail.alert(runtime, caller=found, alert_id=alert_id)
    _tagged(response, answer.group)
    return answer


@router.get("/alerts/{alert_id}/events", operation_id="listAlertEvents", responses=_READ | problem_responses(503))
def list_alert_events(alert_id: AlertIdentifier, found: Reader, runtime: RuntimeOf) -> AlertEventsAnswer:
    """The events that the alert names, from the event store."""
    return events.of_alert(runtime, caller=found, alert_id=alert_id)


@router.post("/groups/{group_id}/take", operation_id="takeGroup", responses=_CHANGE)
def take(
    group_id: GroupId, body: TakeGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Take it (tiếp nhận): the clock stops and so do all notices."""
    order = actions.Order(group_id=group_id, action="take", version=body.version, key=key)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/hand-over", operation_id="handOverGroup", responses=_CHANGE)
def hand_over(
    group_id: GroupId, body: HandOverGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Hand it over (chuyển người xử lý), to a person or back to the coordination rules."""
    order = actions.Order(group_id=group_id, action="hand_over", version=body.version, key=key, to=body.to, reason=body.reason)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.get("/groups/{group_id}/escalation", operation_id="previewEscalation", responses=_READ | problem_responses(409))
def preview_escalation(group_id: GroupId, found: Watcher, runtime: RuntimeOf) -> EscalationPreview:
    """To whom the coordination rules would escalate it next, why, and who would be told; nothing happens."""
    return escalating.preview(runtime, caller=found, group_id=group_id)


@router.post("/groups/{group_id}/escalate", operation_id="escalateGroup", responses=_CHANGE)
def escalate(
    group_id: GroupId, body: EscalateGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Escalate it (chuyển cấp xử lý) by the coordination rules, before the clock would: whoever gets it has to take it."""
    order = actions.Order(group_id=group_id, action="escalate", version=body.version, key=key, to=body.to, reason=body.reason)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/link", operation_id="linkGroup", responses=_CHANGE)
def link(
    group_id: GroupId, body: LinkGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Link it to an open incident (gắn vào sự cố): the clock stops, the work goes on there."""
    order = actions.Order(group_id=group_id, action="link", version=body.version, key=key, incident=body.incident)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/unlink", operation_id="unlinkGroup", responses=_CHANGE)
def unlink(
    group_id: GroupId, body: UnlinkGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Take it out of its incident; whoever does so holds it."""
    order = actions.Order(group_id=group_id, action="unlink", version=body.version, key=key, reason=body.reason)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/suppress", operation_id="suppressGroup", responses=_CHANGE)
def suppress(
    group_id: GroupId, body: SuppressGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Suppress it (tạm ẩn) for at most 30 days: hits are counted and nobody is called."""
    order = actions.Order(
        group_id=group_id,
        action="suppress",
        version=body.version,
        key=key,
        reason=body.reason,
        scope=body.scope,
        until_us=body.until_us,
    )
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/unsuppress", operation_id="unsuppressGroup", responses=_CHANGE)
def unsuppress(
    group_id: GroupId, body: UnsuppressGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """End a suppression before its time; it is assigned anew with what came meanwhile."""
    order = actions.Order(group_id=group_id, action="unsuppress", version=body.version, key=key, reason=body.reason)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/close", operation_id="closeGroup", responses=_CHANGE)
def close(
    group_id: GroupId, body: CloseGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Close it with a verdict; a new one is taken first."""
    order = actions.Order(group_id=group_id, action="close", version=body.version, key=key, verdict=body.verdict, reason=body.note)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/reopen", operation_id="reopenGroup", responses=_CHANGE)
def reopen(
    group_id: GroupId, body: ReopenGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Open it again within 90 days; it is assigned anew."""
    order = actions.Order(group_id=group_id, action="reopen", version=body.version, key=key, reason=body.reason)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/undo", operation_id="undoGroup", responses=_CHANGE)
def undo(
    group_id: GroupId, body: UndoGroup, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Take back the own last act within 60 seconds."""
    order = actions.Order(group_id=group_id, action="undo", version=body.version, key=key)
    return _tagged(response, actions.perform(runtime, caller=found, order=order))


@router.post("/groups/{group_id}/note", operation_id="addNote", responses=_CHANGE)
def note(
    group_id: GroupId, body: AddNote, found: Triager, runtime: RuntimeOf, response: Response, key: IdempotencyKey = None
) -> GroupDetail:
    """Write a note into the history."""
    return _tagged(response, actions.add_note(runtime, caller=found, group_id=group_id, text=body.text, key=key))


@router.post("/alerts/bulk", operation_id="previewBulk", responses=_CHANGE)
def preview_bulk(body: BulkPreviewRequest, found: Triager, runtime: RuntimeOf) -> BulkPreview:
    """How many groups an act would touch, and a token for exactly those."""
    return bulk.preview(runtime, caller=found, request=body)


@router.get("/alerts/bulk/{token}", operation_id="readBulk", responses=_READ)
def read_bulk(token: BulkTokenName, found: Watcher, runtime: RuntimeOf) -> BulkState:
    """How far it came, and what came of it: also after a reload, and while it runs."""
    return bulk.state(runtime, caller=found, token=token)


@router.post("/alerts/bulk/{token}", operation_id="applyBulk", responses=_CHANGE)
def apply_bulk(token: BulkTokenName, found: Triager, runtime: RuntimeOf) -> BulkOutcome:
    """Do it: one transition and one audit record for each; what changed since is left alone and named."""
    return bulk.apply(runtime, caller=found, token=token)


@router.post("/alerts/bulk/{token}/undo", operation_id="undoBulk", responses=_CHANGE)
def undo_bulk(token: BulkTokenName, found: Triager, runtime: RuntimeOf) -> BulkOutcome:
    """Take the whole back within 60 seconds; what somebody changed since is left alone and named."""
    return bulk.undo(runtime, caller=found, token=token)


def _tagged(response: Response, answer: GroupDetail) -> GroupDetail:
    response.headers["ETag"] = f'"{answer.row.version}"'
    return answer
