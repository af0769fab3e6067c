"""Files for other tools."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from incident_api.alerts import queue
from incident_api.alerts.schemas import SeverityName, Tab
from incident_api.alerts.schemas import State as GroupState
from incident_api.exports import service
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.incidents.routes import IncidentId
from incident_api.incidents.states import State
from incident_api.people.rights import Right

router = APIRouter(tags=["exports"])

_CSV, _STIX = "text/csv; charset=utf-8", "application/stix+json;version=2.1"


def _file(kind: str) -> dict[int | str, dict[str, object]]:
    return {200: {"description": "The file", "content": {kind: {}}}}


@router.get(
    "/incidents/{incident_id}/stix",
    operation_id="exportIncidentStix",
    response_class=Response,
    responses={**_file(_STIX), **problem_responses(401, 403, 404, 409, 422)},
)
def export_stix(
    incident_id: IncidentId,
    found: Annotated[Caller, Depends(requires(Right.REPORTS_MAKE))],
    runtime: RuntimeOf,
    recipient: Annotated[
        str | None, Query(max_length=128, min_length=1, description="As in the obligations; what may leave depends on it")
    ] = None,
) -> Response:
    """The incident as a STIX 2.1 bundle, for a recipient of the rules. The same case gives the same ids again. Recorded."""
    content = service.incident_as_stix(runtime, caller=found, incident_id=incident_id, recipient=recipient)
    name = f'attachment; filename="{incident_id}.stix.json"'
    return Response(content, media_type=_STIX, headers={"Content-Disposition": name})


@router.get(
    "/exports/incidents",
    operation_id="exportIncidentsCsv",
    response_class=StreamingResponse,
    responses={**_file(_CSV), **problem_responses(401, 403, 422)},
)
def export_incidents(
    found: Annotated[Caller, Depends(requires(Right.INCIDENTS_READ))],
    runtime: RuntimeOf,
    state: Annotated[list[State] | None, Query()] = None,
    dataset_kind: Annotated[str, Query(pattern="^(live|import|exercise)$")] = "live",
) -> StreamingResponse:
    """Every incident that this person may see, as CSV. Recorded."""
    rows = service.incidents_as_csv(
        runtime, caller=found, states=tuple(each.value for each in state or ()), dataset_kind=dataset_kind
    )
    return StreamingResponse(rows, media_type=_CSV, headers={"Content-Disposition": 'attachment; filename="incidents.csv"'})


@router.get(
    "/exports/alerts",
    operation_id="exportAlertsCsv",
    response_class=StreamingResponse,
    responses={**_file(_CSV), **problem_responses(401, 403, 422)},
)
def export_alerts(
    found: Annotated[Caller, Depends(requires(Right.ALERTS_READ))],
    runtime: RuntimeOf,
    tab: Tab = "team",
    dataset: Annotated[list[str] | None, Query(max_length=20)] = None,
    severity: Annotated[list[SeverityName] | None, Query()] = None,
    state: Annotated[list[GroupState] | None, Query()] = None,
    q: Annotated[str | None, Query(max_length=200, description="Words, tone marks do not matter")] = None,
) -> StreamingResponse:
    """Every triage group that this person may see under a filter, as CSV. Recorded."""
    filters = queue.Filters(
        tab=tab, datasets=tuple(dataset or ("live",)), severities=tuple(severity or ()), states=tuple(state or ()), text=q
    )
    rows = service.groups_as_csv(runtime, caller=found, filters=filters)
    return StreamingResponse(rows, media_type=_CSV, headers={"Content-Disposition": 'attachment; filename="alerts.csv"'})
