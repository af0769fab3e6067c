"""One triage group with everything needed to decide about it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.alerts.schemas.assignment import AssignmentView
from incident_api.alerts.schemas.foreign import ForeignView
from incident_api.alerts.schemas.history import AlertChangeView, DeadlineView, NoteView, SuppressionView, TransitionView
from incident_api.alerts.schemas.queue import GroupRow
from incident_api.alerts.schemas.words import Action, State, Verdict
from incident_api.clocks.schemas import ClockView
from incident_api.http.schemas import Answer, LocalText, Microseconds


class SimilarGroup(Answer):
    """A hint, within 30 days: the same thing, the same rule on one of its systems, or two shared values; and what people said."""

    id: str
    title: LocalText
    severity: int
    state: State
    verdict: Verdict | None
    last_us: Microseconds
    alerts: int
    why: Literal["same_key", "same_rule", "same_entities"]


class VerdictCount(Answer):
    """How often people gave this verdict to this rule."""

    verdict: Verdict
    groups: int


class AvailableAction(Answer):
    """An act, whether this person may do it now, and if not, why."""

    action: Action
    allowed: bool
    reason: LocalText | None


class GroupDetail(Answer):
    """One triage group with everything needed to decide about it."""

    row: GroupRow
    rule_id: str
    tags: list[str]
    assets: list[str]
    units: list[str]
    latest_alert_id: str
    incident: Annotated[str | None, Field(description="The incident it belongs to, if that exists for this person")]
    taken_us: Microseconds | None
    closed_us: Microseconds | None
    clocks: list[ClockView]
    assignments: list[AssignmentView]
    transitions: list[TransitionView]
    notes: list[NoteView]
    changes: list[AlertChangeView]
    deadline: DeadlineView | None
    suppression: SuppressionView | None
    foreign: Annotated[list[ForeignView], Field(description="The newest alerts of it that other tools or authorities sent")]
    similar: list[SimilarGroup]
    past_verdicts: list[VerdictCount]
    actions: list[AvailableAction]
