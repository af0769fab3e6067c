"""Reports of an incident."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response

from incident_api.coordination.canonical import sha256_of
from incident_api.http.idempotent import once
from incident_api.http.identity import Caller, IdempotencyKey, RuntimeOf, changes, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.incidents.routes import IncidentId
from incident_api.people.rights import Right
from incident_api.reports import service
from incident_api.reports.schemas import MakeReport, ReportsAnswer, ReportView
from khien.language import Language

router = APIRouter(tags=["reports"])

Reader = Annotated[Caller, Depends(requires(Right.REPORTS_READ))]
Maker = Annotated[Caller, Depends(changes(Right.REPORTS_MAKE))]
_TYPES: dict[str, str] = {
    "json": "application/json",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


@router.get("/incidents/{incident_id}/reports", operation_id="listReports", responses=problem_responses(401, 403, 404, 422))
def list_reports(incident_id: IncidentId, found: Reader, runtime: RuntimeOf) -> ReportsAnswer:
    """The reports that were made, and the kinds that can be."""
    return service.of(runtime, caller=found, incident_id=incident_id)


@router.post(
    "/incidents/{incident_id}/reports",
    status_code=201,
    operation_id="makeReport",
    responses=problem_responses(401, 403, 404, 409, 422),
)
def make_report(
    incident_id: IncidentId, request: MakeReport, found: Maker, runtime: RuntimeOf, key: IdempotencyKey = None
) -> ReportView:
    """State the facts as they are now, for one recipient. A draft until somebody signs it; sending it fulfils nothing by itself."""
    fingerprint = sha256_of({"report": incident_id, **request.model_dump(mode="json")})
    with runtime.database.write() as session:

        def work() -> ReportView:
            return service.make(runtime, session, caller=found, incident_id=incident_id, asked=request)

        return once(runtime, session, caller=found, key=key, fingerprint=fingerprint, model=ReportView, work=work)


@router.get(
    "/reports/{report_id}/{form}",
    operation_id="readReport",
    response_class=Response,
    responses={
        200: {"description": "The file", "content": {kind: {} for kind in _TYPES.values()}},
        **problem_responses(401, 403, 404, 422, 503),
    },
)
def read_report(
    report_id: Annotated[int, Path(ge=1, le=MOST)],
    form: service.Format,
    found: Reader,
    runtime: RuntimeOf,
    language: Annotated[Language | None, Query(description="`vi` or `en`; the reader's own when not given")] = None,
) -> Response:
    """A report as a file. Reading one is recorded."""
    chosen = language or found.person.language
    name, content = service.file(runtime, caller=found, report_id=report_id, form=form, language=chosen)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=_TYPES[form], headers=headers)
