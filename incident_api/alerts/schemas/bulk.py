"""What people ask for on many groups at once."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.alerts.schemas.queue import GroupRow
from incident_api.alerts.schemas.words import IncidentId, Life, SeverityName, State, SuppressionScope, Tab, Verdict
from incident_api.http.schemas import MOST, Answer, LocalText, Microseconds, Request

BulkAction = Literal["take", "hand_over", "close", "link", "suppress", "reopen"]


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
    source: Annotated[str, Field(max_length=300)] | None = None
    destination: Annotated[str, Field(max_length=300)] | None = None
    technique: Annotated[str, Field(max_length=300)] | None = None
    incident: Annotated[str, Field(max_length=300)] | None = None
    since_us: Annotated[int, Field(ge=0, le=MOST)] | None = None
    until_us: Annotated[int, Field(ge=0, le=MOST)] | None = None
    before_us: Annotated[int, Field(ge=0, le=MOST)] | None = None


class BulkSelection(Request):
    """What a bulk act touches: the groups named, or every group of a filter."""

    ids: Annotated[list[str], Field(max_length=10_000)] | None = None
    query: BulkQuery | None = None


class BulkPreviewRequest(Request):
    """What would be done, to how many."""

    action: BulkAction
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
    rows: Annotated[
        list[GroupRow], Field(default_factory=list, description="The groups as they stood after it, where there are at most 50")
    ]


class BulkState(Answer):
    """A bulk act of one's own: how many groups it is about, how far it came, and what came of it."""

    token: str
    action: BulkAction
    count: int
    done: int
    refused: int
    is_running: bool
    undo_until_us: Microseconds | None
    outcome: BulkOutcome | None
    undone: BulkOutcome | None
