"""Bodies of the queue and of one triage group."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from incident_api.clocks.schemas import ClockView
from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request
from incident_api.notifications.states import State as NoticeState
from incident_api.people.schemas import PersonBrief
from khien.alert import Alert

State = Literal["new", "taken", "linked", "suppressed", "closed"]
Verdict = Literal["true", "expected", "false_positive", "duplicate", "registered", "exercise", "undetermined"]
SeverityName = Literal["low", "medium", "high", "critical"]
DatasetKind = Literal["live", "import", "exercise"]
Tab = Literal["mine", "team", "unattended", "critical", "linked", "suppressed", "closed"]
Sort = Literal["severity", "newest", "oldest", "due"]
GroupBy = Literal["rule", "asset", "unit", "source", "destination", "assignee"]
#: What may have become of alerts since they were made.
Life = Literal["withdrawn", "superseded", "amended", "estimated", "folded"]
Action = Literal["take", "hand_over", "link", "unlink", "suppress", "unsuppress", "close", "reopen", "undo", "note"]

SuppressionScope = Literal["thing", "sources"]

Version = Annotated[int, Field(ge=1, le=MOST, description="The version the person saw; another one answers 409")]
IncidentId = Annotated[str, Field(pattern=r"^SC-[0-9]{4}-[0-9]{4,6}$", max_length=16)]
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class EntityBrief(Answer):
    """The first entities of a side, cut to fit a row."""

    values: list[str]
    more: int


class GroupRow(Answer):
    """One row of the queue: a triage group of alerts of one rule on one asset. At most 1 kB."""

    id: str
    version: int
    event_seq: int
    dataset: str
    dataset_kind: DatasetKind
    title: LocalText
    rule_name: str
    severity: Annotated[int, Field(ge=1, le=4)]
    state: State
    verdict: Verdict | None
    assignee: PersonBrief | None
    is_unattended: bool
    is_returned: bool
    came_back: Annotated[
        Literal["new", "attach", "reopen"] | None,
        Field(description="Hits on what people had closed: this new group, attached to the closed one, or it was reopened"),
    ]
    alerts: int
    hits: int
    withdrawn: int
    superseded: int
    folded: int
    stands: Annotated[bool, Field(description="False: every alert of the group was withdrawn or replaced; nobody is called for it")]
    first_us: Microseconds
    last_us: Microseconds
    received_us: Microseconds
    source: EntityBrief
    destination: EntityBrief
    asset: str | None
    unit: str | None
    acknowledge_due_us: Microseconds | None
    acknowledge_overdue: bool


class TabCount(Answer):
    """Exact numbers of groups behind the tabs, under the same filter."""

    mine: int
    team: int
    unattended: int
    critical: int
    linked: int
    suppressed: int
    closed: int


class Bucket(Answer):
    """One value of `group_by` with its exact counts."""

    key: str
    label: LocalText
    groups: int
    alerts: int
    severity: int
    first_us: Microseconds
    last_us: Microseconds


class QueueAnswer(Answer):
    """A page of the queue. `after` of the next page is `next`; null at the end."""

    rows: list[GroupRow]
    total: int
    tabs: TabCount
    buckets: list[Bucket]
    buckets_omitted: int
    next: str | None
    outside_window: int
    stream_seq: int
    now_us: Microseconds


class DatasetRow(Answer):
    """A world that holds alerts: live, one import or one exercise."""

    dataset: str
    kind: DatasetKind
    groups: int
    open_groups: int
    first_us: Microseconds
    last_us: Microseconds


class DatasetsAnswer(Answer):
    """Every dataset with alerts that this person may see."""

    datasets: list[DatasetRow]


class LegalBasis(Answer):
    """On what a rule of the policy stands; `status` S sourced, A assumed, L legacy, S/A sourced with our number."""

    id: str
    status: Literal["S", "A", "L", "S/A"]
    text: LocalText


class MatchedRule(Answer):
    """A coordination rule that spoke about this alert."""

    id: str
    decides: bool
    text: LocalText
    basis: LegalBasis


class Candidate(Answer):
    """Somebody who was weighed: excluded with the reason, or scored."""

    person: PersonBrief
    eligible: bool
    chosen: bool
    exclusion: LocalText | None
    load: float
    last_assigned_us: Microseconds | None
    scores: dict[str, str]


class Rung(Answer):
    """A step of the ladder: who was asked and how many of them could."""

    id: str
    text: LocalText
    eligible: int
    chosen: bool


class AssignmentView(Answer):
    """Why this person: stored when it was decided and never computed again."""

    id: int
    at_us: Microseconds
    person: PersonBrief
    cause: Literal["arrived", "returned", "reopened", "handed_over", "not_acknowledged", "taken"]
    lead: LocalText
    is_unattended: bool
    policy_id: str
    policy_version: str
    policy_sha256: str
    rota_version: str
    rules: list[MatchedRule]
    rungs: list[Rung]
    candidates: list[Candidate]
    decided_by: LocalText
    inputs_sha256: str


class TransitionView(Answer):
    """One change of state, with who, when and why."""

    number: str
    action: Literal[
        "create", "take", "hand_over", "link", "unlink", "suppress", "unsuppress", "register", "close", "reopen", "undo"
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


class SimilarGroup(Answer):
    """Another group of the same rule or of the same entities within 30 days, and what people said of it."""

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
    similar: list[SimilarGroup]
    past_verdicts: list[VerdictCount]
    actions: list[AvailableAction]


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


class TakeGroup(Request):
    """Taking is acknowledging: it stops the clock."""

    version: Version


class HandOverGroup(Request):
    """To a person, or, without one, back to the rules, which assign again."""

    version: Version
    to: Annotated[str, Field(max_length=128)] | None = None
    reason: Reason


class LinkGroup(Request):
    """To an incident that is open."""

    version: Version
    incident: IncidentId


class UnlinkGroup(Request):
    """Why it does not belong there."""

    version: Version
    reason: Reason


class SuppressGroup(Request):
    """Call nobody for it until then: of everything of this thing, or only of the sources that it has now."""

    version: Version
    reason: Reason
    scope: SuppressionScope
    until_us: Annotated[int, Field(ge=0, le=MOST, description="At most 30 days ahead")]


class UnsuppressGroup(Request):
    """Before its time is over."""

    version: Version
    reason: Reason | None = None


class CloseGroup(Request):
    """A verdict; a note unless it is a duplicate."""

    version: Version
    verdict: Verdict
    note: Annotated[str, Field(max_length=2000)] | None = None


class ReopenGroup(Request):
    """Why it is opened again."""

    version: Version
    reason: Reason


class UndoGroup(Request):
    """Back to the previous state: same person, within 60 seconds, nothing changed since."""

    version: Version


class AddNote(Request):
    """A note for the history."""

    text: Annotated[str, Field(min_length=1, max_length=8000)]


class BulkSelection(Request):
    """What a bulk act touches: the groups named, or every group of a filter."""

    ids: Annotated[list[str], Field(max_length=10_000)] | None = None
    query: BulkQuery | None = None


class BulkQuery(Request):
    """The filter of the queue as a body."""

    tab: Tab = "team"
    dataset: list[str] = Field(default_factory=lambda: ["live"], max_length=20)
    severity: list[SeverityName] = Field(default_factory=list, max_length=4)
    state: list[State] = Field(default_factory=list, max_length=5)
    life: list[Life] = Field(default_factory=list, max_length=5)
    rule: Annotated[str, Field(max_length=200)] | None = None
    asset: Annotated[str, Field(max_length=200)] | None = None
    unit: Annotated[str, Field(max_length=200)] | None = None
    assignee: Annotated[str, Field(max_length=128)] | None = None
    q: Annotated[str, Field(max_length=200)] | None = None


class BulkPreviewRequest(Request):
    """What would be done, to how many."""

    action: Literal["take", "hand_over", "close", "link", "suppress", "reopen"]
    selection: BulkSelection
    incident: IncidentId | None = None
    scope: SuppressionScope | None = None
    until_us: Annotated[int, Field(ge=0, le=MOST)] | None = None
    to: Annotated[str, Field(max_length=128)] | None = None
    reason: Annotated[str, Field(max_length=2000)] | None = None
    verdict: Verdict | None = None


class BulkPreview(Answer):
    """Exact count and a token; applying touches exactly these groups in exactly these versions."""

    token: str
    count: int
    expires_us: Microseconds
    sample: list[GroupRow]


class BulkRefusal(Answer):
    """A group that was left alone, and why."""

    id: str
    code: str
    text: LocalText


class BulkOutcome(Answer):
    """What happened, one by one where it did not work."""

    token: str
    done: int
    refused: list[BulkRefusal]
    newcomers: int


class TriagePlace(Answer):
    """What a retried intake answers for one alert."""

    id: str
    outcome: Literal["created", "updated", "known"]


class AlertBatch(Request):
    """Alerts from the correlator's outbox."""

    alerts: Annotated[list[Alert], Field(min_length=1, max_length=500)]

    @model_validator(mode="before")
    @classmethod
    def _storable_only(cls, data: Any) -> Any:
        """Attackers write what is in alerts: refusing them would hide an attack, so `storable` escapes instead."""
        return data


class AlertBatchAnswer(Answer):
    """One result per alert, in the order they came."""

    results: list[TriagePlace]


BulkSelection.model_rebuild()
