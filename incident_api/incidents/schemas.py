"""What the incident routes take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from incident_api.alerts.schemas import GroupRow
from incident_api.clocks.schemas import ClockView
from incident_api.coordination.case import FactValue, Severity
from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request
from incident_api.incidents import approvals, duties
from incident_api.incidents.states import Action, State
from incident_api.people.schemas import PersonBrief

Name = Annotated[str, Field(min_length=1, max_length=63)]


class OpenIncident(Request):
    """A new incident, from groups or from the word of a person."""

    title: Annotated[str, Field(min_length=3, max_length=300)]
    groups: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")], ...], Field(max_length=200)] = ()
    assets: Annotated[tuple[Name, ...], Field(max_length=50)] = ()
    unregistered: Annotated[str | None, Field(max_length=63, description="Address or name of what nobody registered")] = None
    type: Name | None = None
    tags: Annotated[tuple[Name, ...], Field(max_length=30)] = ()
    facts: Annotated[dict[Name, FactValue], Field(max_length=60)] = Field(default_factory=dict)
    flags: Annotated[tuple[Name, ...], Field(max_length=30)] = ()
    detected_us: Annotated[int | None, Field(ge=0, le=MOST, description="First report by a person, when earlier than now")] = None


class DenyApproval(Request):
    """Why not."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class BasisView(Answer):
    """On what something rests: S sourced, S/A sourced with numbers of our own, A assumed, L legacy."""

    status: Literal["S", "S/A", "A", "L"]
    text: LocalText


class ReasonView(Answer):
    """A rule that holds for the incident."""

    id: str
    text: LocalText
    basis: BasisView


class MissingAnswer(Answer):
    """A rule of a graver class that waits for answers."""

    rule: str
    facts: list[str]


class SeverityView(Answer):
    """The class, why, and what could make it graver."""

    severity: Severity | None
    rule: str | None
    reasons: list[ReasonView]
    could_raise: list[MissingAnswer]
    lead: str
    lead_text: LocalText
    joins: list[str]


class ObligationView(Answer):
    """A duty to tell one recipient. `actions`: what this person may do about it now."""

    id: int
    code: str
    text: LocalText
    recipient: str
    recipient_text: LocalText
    occurrence: int
    state: duties.State
    means: Literal["voice", "writing", "message", "file"]
    start_us: Microseconds
    due_us: Microseconds
    born_overdue: bool
    is_contact_only: bool
    sent_us: Microseconds | None
    sent_to: str | None
    immediate_us: Microseconds | None
    approve_by_us: Microseconds | None
    approved_us: Microseconds | None
    approved_by: str | None
    ended_us: Microseconds | None
    receipt: str | None
    reason: str | None
    basis: BasisView
    actions: list[Literal["tell", "fulfil", "waive", "approve_notice"]]


class RevisionView(Answer):
    """What was known at a time: answers, flags and class, numbered from 1."""

    number: int
    at_us: Microseconds
    actor: PersonBrief
    severity: Severity | None
    facts: dict[str, FactValue]
    flags: list[str]
    reason: str | None


class ApprovalView(Answer):
    """An act that waits for its second party, or did.

    `answers`: what this person may answer now; `refusal`: why they may not grant it.
    """

    id: int
    act: str
    text: LocalText
    state: approvals.State
    asked: dict[str, Any]
    first: PersonBrief
    second: PersonBrief | None
    second_roles: list[str]
    asked_us: Microseconds
    expires_us: Microseconds
    ended_us: Microseconds | None
    reason: str | None
    answers: list[Literal["grant", "deny", "withdraw"]]
    refusal: LocalText | None


class IncidentTransitionView(Answer):
    """What happened."""

    number: str
    action: Action
    from_state: State | None
    to_state: State
    at_us: Microseconds
    actor: PersonBrief
    second: PersonBrief | None
    fields: dict[str, str]


class OfferedAct(Answer):
    """An act that this person may ask for now; `two`: it takes two parties.

    `required` and `asks` are its fields, of which `asks` are those that this case needs besides; `refusal`: what still stands
    against it, such as a duty that is owed.
    """

    action: Action
    required: list[str]
    asks: list[str]
    two: bool
    refusal: LocalText | None


class OfferedOrder(Answer):
    """A change beside the table that this person may ask for now."""

    kind: Literal["revise", "move_clock", "assign", "promote", "mark"]


class IncidentRow(Answer):
    """An incident in the list."""

    id: str
    version: int
    title: str
    dataset: str
    state: State
    severity: Severity | None
    category: str | None
    type: str | None
    flags: list[str]
    units: list[str]
    assignee: PersonBrief
    opened_us: Microseconds
    detected_us: Microseconds
    next_due_us: Microseconds | None
    overdue: int


class IncidentsAnswer(Answer):
    """A page of incidents, newest first."""

    rows: list[IncidentRow]
    total: int
    next: str | None


class IncidentDetail(Answer):
    """An incident with everything that is needed to decide about it."""

    row: IncidentRow
    policy: str
    tags: list[str]
    assets: list[dict[str, Any]]
    facts: dict[str, FactValue]
    groups: list[str]
    occurred_us: Microseconds | None
    personal_data_us: Microseconds | None
    recovered_us: Microseconds | None
    closed_us: Microseconds | None
    is_owing: bool
    merged_into: str | None
    reopened: int
    tlp: str
    pap: str
    severity: SeverityView
    clocks: list[ClockView]
    obligations: list[ObligationView]
    approvals: list[ApprovalView]
    transitions: list[IncidentTransitionView]
    revisions: list[RevisionView]
    actions: list[OfferedAct]
    orders: list[OfferedOrder]


class LinkedGroup(Answer):
    """A triage group that belongs to the incident, as far as this person may see it."""

    row: GroupRow
    linked_us: Microseconds
    linked_by: PersonBrief


class LinkedGroupsAnswer(Answer):
    """The groups of an incident that exist for this person, the newest link first."""

    groups: list[LinkedGroup]


class IncidentQuery(Request):
    """Which incidents, as the list filters them."""

    state: Annotated[tuple[State, ...], Field(max_length=10)] = ()
    severity: Annotated[tuple[Severity, ...], Field(max_length=4)] = ()
    assignee: Annotated[str | None, Field(max_length=128)] = None
    unit: Annotated[str | None, Field(max_length=63)] = None
    dataset_kind: Literal["live", "import", "exercise"] = "live"


class IncidentSelection(Request):
    """Either these incidents, or all that match."""

    ids: Annotated[tuple[Annotated[str, Field(pattern=r"^SC-[0-9]{4}-[0-9]{4,6}$")], ...] | None, Field(max_length=1_000)] = None
    query: IncidentQuery | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.ids is None) == (self.query is None):
            raise ValueError("either `ids` or `query`")
        return self


class IncidentBulkRequest(Request):
    """Give many incidents to one person, or let the rules choose for each."""

    selection: IncidentSelection
    to: Annotated[str | None, Field(min_length=1, max_length=128)] = None
    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class IncidentBulkPreview(Answer):
    """How many, and the first of them."""

    token: str
    count: int
    expires_us: Microseconds
    sample: list[IncidentRow]


class IncidentRefusal(Answer):
    """One that was left alone, and why."""

    id: str
    code: str
    text: LocalText


class IncidentBulkOutcome(Answer):
    """What was done; `newcomers` match now and were not in the preview."""

    token: str
    done: int
    refused: list[IncidentRefusal]
    newcomers: int


class IncidentAssignmentView(Answer):
    """Why somebody became the handler: stored when it was decided and never computed again."""

    id: int
    at_us: Microseconds
    person: PersonBrief
    cause: str
    by: PersonBrief | None
    previous: PersonBrief | None
    reason: str | None
    lead: LocalText
    decided_by: LocalText
    is_unattended: bool
    explanation: dict[str, Any]


class IncidentAssignmentsAnswer(Answer):
    """Every handler of an incident, the newest first."""

    assignments: list[IncidentAssignmentView]


class ExportIncident(Request):
    """What the export is for."""

    reason: Annotated[str, Field(min_length=1, max_length=4000)]


class TimelineEntry(Answer):
    """Something that happened. `actor` may also be a job or empty, when the audit log alone names them."""

    at_us: Microseconds
    kind: str
    actor: str
    actor_brief: PersonBrief | None
    second: PersonBrief | None
    text: LocalText
    body: str | None
    reference: str
    tlp: str


class TimelineAnswer(Answer):
    """A page of the timeline."""

    entries: list[TimelineEntry]
    next: str | None


class TimelineAlert(Answer):
    """When an alert of the incident happened and where. `is_complete` False: a source had a gap while it happened."""

    id: str
    group: str
    title: LocalText
    severity: Annotated[int, Field(ge=1, le=4)]
    first_us: Microseconds
    last_us: Microseconds
    hits: int
    hosts: list[str]
    sources: list[str]
    sensors: list[str]
    is_complete: bool


class TimelineAlertsAnswer(Answer):
    """The alerts of an incident, the earliest first. `taken_back`: withdrawn or replaced, not listed."""

    alerts: list[TimelineAlert]
    total: int
    taken_back: int
