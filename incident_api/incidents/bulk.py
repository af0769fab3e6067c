"""Many incidents given to one person, or each to whom the rules choose: previewed with the exact number, then done to just those.

Applying works in chunks, so that nobody else waits long; each incident is one change with its own audit record. What somebody
changed since the preview is left alone and named; newcomers are counted and left alone too.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, delete, exists, select

from incident_api.alerts.views import error_text
from incident_api.incidents import acts, views
from incident_api.incidents.models import Incident, IncidentBulk, IncidentUnit
from incident_api.incidents.orders import Assign
from incident_api.incidents.schemas import (
    IncidentBulkOutcome,
    IncidentBulkPreview,
    IncidentBulkRequest,
    IncidentQuery,
    IncidentRefusal,
)
from incident_api.incidents.states import ENDED
from incident_api.incidents.visibility import visible
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_LIFE_US = 600 * MICROSECONDS
_KEPT_US = 24 * 3600 * MICROSECONDS
#: A guess, as for alerts: about a quarter of a second of writing on a small machine.
_CHUNK = 50
_SAMPLE = 5


def preview(runtime: Runtime, *, caller: Caller, request: IncidentBulkRequest) -> IncidentBulkPreview:
    """Fix the incidents and their versions behind a token."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        query = select(Incident).where(_where(request, caller=caller)).order_by(Incident.ordinal)
        found = session.execute(query.with_only_columns(Incident.id, Incident.version)).all()
        sample = views.rows(session, session.scalars(query.limit(_SAMPLE)).all())
    token = secrets.token_urlsafe(24)
    with runtime.database.write() as session:
        session.execute(delete(IncidentBulk).where(IncidentBulk.at_us <= now - _KEPT_US))
        session.add(
            IncidentBulk(
                token=token,
                person=caller.person.id,
                request=request.model_dump(mode="json"),
                targets=[[incident_id, version] for incident_id, version in found],
                at_us=now,
                outcome=None,
            )
        )
    return IncidentBulkPreview(token=token, count=len(found), expires_us=now + _LIFE_US, sample=sample)


def apply(runtime: Runtime, *, caller: Caller, token: str) -> IncidentBulkOutcome:
    """Do it; the same token again gives the first outcome."""
    with runtime.database.read() as session:
        stored = session.get(IncidentBulk, token)
    if stored is None or stored.person != caller.person.id:
        raise KhienError("incident.bulk_unknown")
    if stored.outcome is not None:
        return IncidentBulkOutcome.model_validate_json(stored.outcome)
    if runtime.clock.now_us() - stored.at_us > _LIFE_US:
        raise KhienError("incident.bulk_expired")
    request = IncidentBulkRequest.model_validate(stored.request)
    refused: list[IncidentRefusal] = []
    for begin in range(0, len(stored.targets), _CHUNK):
        refused += _chunk(runtime, caller=caller, request=request, targets=stored.targets[begin : begin + _CHUNK])
    outcome = IncidentBulkOutcome(
        token=token,
        done=len(stored.targets) - len(refused),
        refused=refused,
        newcomers=_newcomers(runtime, caller=caller, request=request, stored=stored),
    )
    with runtime.database.write() as session:
        session.get_one(IncidentBulk, token).outcome = outcome.model_dump_json()
    return outcome


def _where(request: IncidentBulkRequest, *, caller: Caller) -> ColumnElement[bool]:
    goes_on = and_(visible(caller), Incident.state.not_in(list(ENDED)))
    if request.selection.ids is not None:
        return and_(goes_on, Incident.id.in_(request.selection.ids))
    return and_(goes_on, *_conditions(request.selection.query or IncidentQuery()))


def _conditions(query: IncidentQuery) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [Incident.dataset_kind == query.dataset_kind]
    if query.state:
        where.append(Incident.state.in_([each.value for each in query.state]))
    if query.severity:
        where.append(Incident.severity.in_([each.value for each in query.severity]))
    if query.assignee is not None:
        where.append(Incident.assignee == query.assignee)
    if query.unit is not None:
        of_unit = (IncidentUnit.incident_id == Incident.id) & (IncidentUnit.kind == "unit") & (IncidentUnit.value == query.unit)
        where.append(exists().where(of_unit))
    return where


def _chunk(runtime: Runtime, *, caller: Caller, request: IncidentBulkRequest, targets: list[list[Any]]) -> list[IncidentRefusal]:
    refused = []
    with runtime.database.write() as session:
        for incident_id, version in targets:
            order = Assign(version=version, to=request.to, reason=request.reason)
            try:
                # A refusal comes before anything is changed, so the others of the chunk are not touched by it.
                acts.perform(runtime, session, caller=caller, incident_id=incident_id, order=order)
            except KhienError as error:
                refused.append(IncidentRefusal(id=incident_id, code=error.code, text=error_text(error)))
    return refused


def _newcomers(runtime: Runtime, *, caller: Caller, request: IncidentBulkRequest, stored: IncidentBulk) -> int:
    """Incidents that match the filter now and were not in the preview."""
    if request.selection.query is None:
        return 0
    known = {incident_id for incident_id, _version in stored.targets}
    with runtime.database.read() as session:
        return sum(each not in known for each in session.scalars(select(Incident.id).where(_where(request, caller=caller))))
