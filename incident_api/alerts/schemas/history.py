"""What happened to a group: transitions, late events, notes, notices, its clock, its suppression."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.alerts.schemas.assignment import LegalBasis
from incident_api.alerts.schemas.words import State, SuppressionScope, Verdict
from incident_api.http.schemas import Answer, LocalText, Microseconds
from incident_api.notifications.states import State as NoticeState
from incident_api.people.schemas import PersonBrief


class TransitionView(Answer):
    """One change of state, with who, when and why."""

    number: str
    action: Literal[
        "create",
        "take",
        "hand_over",
        "escalate",
        "link",
        "unlink",
        "suppress",
        "unsuppress",
        "register",
        "close",
        "reopen",
        "undo",
    ]
    from_state: State | None
    to_state: State
    at_us: Microseconds
    actor: PersonBrief | None
    actor_job: str | None
    capacity: str | None
    reason: str | None
    verdict: Verdict | None
    assignee: PersonBrief | None
    version: int
    audit_seq: int


class AlertChangeView(Answer):
    """What late events did to an alert of the group."""

    alert_id: str
    at_us: Microseconds
    change: Literal["withdrawn", "restored", "superseded", "amended"]
    other_alert_id: str | None
    hits_before: int
    hits_after: int
    audit_seq: int


class NoteView(Answer):
    """What a person wrote."""

    id: int
    at_us: Microseconds
    author: PersonBrief
    text: str


class NotificationView(Answer):
    """Who was told, on which channel, and whether anything left the house."""

    at_us: Microseconds
    person: PersonBrief
    channel: str
    step: int
    state: NoticeState


class DeadlineView(Answer):
    """The clock that runs until somebody takes the alert, and where the ladder stands."""

    due_us: Microseconds
    overdue: bool
    state: Literal["running", "stopped", "exhausted"]
    step: int
    next_step_us: Microseconds | None
    next_step: LocalText | None
    basis: LegalBasis
    notifications: list[NotificationView]


class SuppressionView(Answer):
    """Why it calls nobody, until when, and what came meanwhile."""

    person: PersonBrief
    since_us: Microseconds
    until_us: Microseconds
    scope: SuppressionScope
    reason: str
    alerts: Annotated[int, Field(description="Alerts that joined since")]
    hits: Annotated[int, Field(description="Hits that were counted since")]
