"""The events that an alert names, read from the event store."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from incident_api.alerts.models import StoredAlert
from incident_api.alerts.queue import visible_group
from incident_api.alerts.schemas import AlertEventsAnswer, EventView
from incident_api.runtime import Runtime
from khien.alert import EVENT_IDS_KEPT, Alert
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


def of_alert(runtime: Runtime, *, caller: Caller, alert_id: str) -> AlertEventsAnswer:
    """Documents in the order of the alert; what is not stored any more says so."""
    with runtime.database.read() as session:
        stored = session.get(StoredAlert, alert_id)
        if stored is None:
            raise KhienError("alert.not_found", object=alert_id)
        visible_group(session, caller=caller, group_id=stored.group_id)
        alert = Alert.model_validate_json(stored.document)
    if runtime.events is None:
        raise KhienError("alert.no_event_store")
    ids = alert.event_ids[:EVENT_IDS_KEPT]
    lines = runtime.events.get_events(ids, dataset=alert.dataset)
    views = [_view(event_id, lines.get(event_id)) for event_id in ids]
    return AlertEventsAnswer(events=views, named=len(ids), found=sum(view.exists for view in views), event_count=alert.event_count)


def _view(event_id: str, line: bytes | None) -> EventView:
    document: dict[str, Any] | None = None if line is None else json.loads(line)
    return EventView(id=event_id, exists=line is not None, document=document)
