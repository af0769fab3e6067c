"""One alert, the alerts of a group, and the events that an alert names."""

from __future__ import annotations

from typing import Any

from incident_api.alerts.schemas.group import GroupDetail
from incident_api.http.schemas import Answer, Microseconds
from khien.alert import Alert


class AlertBrief(Answer):
    """One alert of a group."""

    id: str
    severity: int
    first_us: Microseconds
    last_us: Microseconds
    hits: int
    event_count: int
    group_values: list[str]
    complete: bool
    withdrawn: bool
    superseded_by: str | None
    amended: int
    folded: int
    received_us: Microseconds


class GroupAlertsAnswer(Answer):
    """Alerts of a group, newest first, by keyset."""

    alerts: list[AlertBrief]
    total: int
    next: str | None


class AlertDetail(Answer):
    """The whole alert as the correlator made it, and the triage group it belongs to."""

    alert: Alert
    received_us: Microseconds
    updated_us: Microseconds
    group: GroupDetail


class EventView(Answer):
    """A stored event, or the fact that it is not there (retention, another store)."""

    id: str
    exists: bool
    document: dict[str, Any] | None


class AlertEventsAnswer(Answer):
    """Events that the alert names. `named` ≤ 100; `event_count` is how many there were."""

    events: list[EventView]
    named: int
    found: int
    event_count: int
