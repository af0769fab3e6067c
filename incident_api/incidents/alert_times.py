"""When the alerts of an incident happened, and where: what the timeline draws beside what people did.

Event time, from the documents as the correlator made them. Alerts that were withdrawn or replaced happened in no attack; they are
counted and not listed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, func, or_, select

from incident_api.alerts.models import StoredAlert, TriageGroup
from incident_api.alerts.queue import visible
from incident_api.http.schemas import LocalText
from incident_api.incidents.models import IncidentLink
from incident_api.incidents.schemas import TimelineAlert, TimelineAlertsAnswer
from incident_api.incidents.visibility import visible_incident
from incident_api.runtime import Runtime
from khien.alert import EntityKind, EntityRole

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: Of one alert; a lane is named by the first.
_NAMES = 5
_HOSTS = frozenset({EntityKind.IP.value, EntityKind.HOST.value})


def of(runtime: Runtime, *, caller: Caller, incident_id: str, limit: int) -> TimelineAlertsAnswer:
    """The earliest alerts of the linked groups that this person may see; `total` says how many there are."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        linked = select(IncidentLink.group_id).where(IncidentLink.incident_id == incident.id, IncidentLink.unlinked_us.is_(None))
        of_incident = and_(StoredAlert.group_id.in_(linked), visible(caller))
        is_taken_back = or_(StoredAlert.withdrawn, StoredAlert.superseded_by.is_not(None))
        joined = select(StoredAlert).join(TriageGroup, TriageGroup.id == StoredAlert.group_id).where(of_incident)
        counted = select(func.count()).select_from(joined.where(~is_taken_back).subquery())
        taken_back = select(func.count()).select_from(joined.where(is_taken_back).subquery())
        query = joined.where(~is_taken_back).order_by(StoredAlert.first_us, StoredAlert.id).limit(limit)
        return TimelineAlertsAnswer(
            alerts=[_view(row) for row in session.scalars(query)],
            total=session.scalar(counted) or 0,
            taken_back=session.scalar(taken_back) or 0,
        )


def _view(row: StoredAlert) -> TimelineAlert:
    document = json.loads(row.document)
    title = document["rule"]["title"]
    return TimelineAlert(
        id=row.id,
        group=row.group_id,
        title=LocalText(vi=title["vi"], en=title["en"]),
        severity=row.severity,
        first_us=row.first_us,
        last_us=row.last_us,
        hits=row.hits,
        hosts=(document["assets"] or _hosts(document, EntityRole.TARGET))[:_NAMES],
        sources=_hosts(document, EntityRole.SOURCE)[:_NAMES],
        sensors=document["sensors"][:_NAMES],
        is_complete=row.complete,
    )


def _hosts(document: dict[str, Any], role: EntityRole) -> list[str]:
    found = [each["value"] for each in document["entities"] if each["role"] == role and each["kind"] in _HOSTS]
    return list(dict.fromkeys(found))
