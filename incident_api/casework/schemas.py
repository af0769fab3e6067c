"""What the routes of a case's work take and answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from incident_api.casework.indicators import Kind
from incident_api.casework.states import MeasureKind, MeasureState, TaskState
from incident_api.coordination.organisation import Tlp
from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.incidents.orders import Reason
from incident_api.people.schemas import PersonBrief


class WriteComment(Request):
    """A comment; `@account` mentions somebody."""

    text: Annotated[str, Field(min_length=1, max_length=20_000)]
    tlp: Tlp | None = None


class WithdrawComment(Request):
    """Why it is taken back."""

    reason: Reason


class CommentView(Answer):
    """What somebody wrote.

    `text` is missing when it was withdrawn, or (`withdrawn_us` is missing too) when its marking is above what the reader may see.
    """

    id: int
    author: PersonBrief
    at_us: Microseconds
    text: str | None
    tlp: str
    mentions: list[str]
    withdrawn_us: Microseconds | None
    withdrawn_by: PersonBrief | None
    withdrawn_reason: str | None


class CommentsAnswer(Answer):
    """A page of comments, newest first."""

    comments: list[CommentView]
    next: int | None


class WorkTransitionView(Answer):
    """What happened to a task or a countermeasure."""

    number: str
    action: str
    from_state: str | None
    to_state: str
    at_us: Microseconds
    actor: str
    second: str | None
    fields: dict[str, Any]


class TaskView(Answer):
    """A task and what this person may do with it."""

    id: int
    incident: str
    version: int
    title: str
    state: TaskState
    assignee: PersonBrief
    made_by: PersonBrief
    made_us: Microseconds
    due_us: Microseconds
    ended_us: Microseconds | None
    is_overdue: bool
    actions: list[str]
    history: list[WorkTransitionView]


class TasksAnswer(Answer):
    """Tasks, the next due first."""

    tasks: list[TaskView]
    total: int
    next: str | None


class MeasureView(Answer):
    """A countermeasure. `two`: approving it takes two parties; `waiting`: the approval that waits for the second one."""

    id: int
    incident: str
    version: int
    measure: MeasureKind
    target: str
    asset: str | None
    level: int
    why: str
    state: MeasureState
    proposed_by: PersonBrief
    proposed_us: Microseconds
    approved_us: Microseconds | None
    active_us: Microseconds | None
    ended_us: Microseconds | None
    review_us: Microseconds | None
    is_review_due: bool
    two: bool
    waiting: int | None
    actions: list[str]
    history: list[WorkTransitionView]


class MeasuresAnswer(Answer):
    """The countermeasures of an incident, oldest first."""

    countermeasures: list[MeasureView]


class SightingView(Answer):
    """Where an observable was seen."""

    reference: str
    at_us: Microseconds


class AddObservable(Request):
    """An observable that a person names."""

    kind: Kind
    value: Annotated[str, Field(min_length=1, max_length=2_000)]
    tlp: Tlp | None = None


class MarkObservable(Request):
    """Another TLP, or that it is no observable at all."""

    tlp: Tlp | None = None
    dismiss: Literal[True] | None = None
    reason: Reason

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.tlp is None and self.dismiss is None:
            raise ValueError("either `tlp` or `dismiss`")
        return self


class ObservableView(Answer):
    """An observable with the first places where it was seen."""

    id: int
    kind: Kind
    value: str
    is_internal: bool
    tlp: str
    first_us: Microseconds
    seen: list[SightingView]
    dismissed_us: Microseconds | None
    dismissed_reason: str | None


class ObservablesAnswer(Answer):
    """A page of observables; `left_out`: found, and not kept because the incident has too many."""

    observables: list[ObservableView]
    total: int
    left_out: int
    next: int | None


class SimilarIncident(Answer):
    """Another incident that may be the same matter; people decide."""

    id: str
    title: str
    state: str
    severity: str | None
    why: list[Literal["shared_observables", "same_asset", "same_group_key"]]
    shared: list[str]


class UnitHit(Answer):
    """A unit that was hit, and by what that is known."""

    unit: str
    at_us: Microseconds
    reference: str


class Hint(Answer):
    """A rule that may hold and that nobody answered: `fact` is the question, `value` what the data say."""

    rule: str
    text: LocalText
    fact: str
    value: int
    units: list[UnitHit]


class RelatedAnswer(Answer):
    """What else may belong to an incident."""

    similar: list[SimilarIncident]
    similar_groups: list[str]
    hints: list[Hint]
