"""The state machine of a triage group: one declared table (response design, section 2), one place that reads it.

Numbers are the design's. A3 is wider here: it also hands over what is still new. A12 is ours: up the ladder before its time.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from incident_api.people.rights import Right


class State(StrEnum):
    """Where a group stands."""

    NEW = "new"
    TAKEN = "taken"
    LINKED = "linked"
    SUPPRESSED = "suppressed"
    CLOSED = "closed"


#: States in which a group waits for people in the queue.
QUEUED = frozenset({State.NEW, State.TAKEN})


class Action(StrEnum):
    """What moves it."""

    CREATE = "create"
    TAKE = "take"
    HAND_OVER = "hand_over"
    ESCALATE = "escalate"
    LINK = "link"
    UNLINK = "unlink"
    SUPPRESS = "suppress"
    UNSUPPRESS = "unsuppress"
    REGISTER = "register"
    CLOSE = "close"
    REOPEN = "reopen"
    UNDO = "undo"


class Guard(StrEnum):
    """What must hold besides the state; each is a function in `guards`."""

    HOLDER_OR_LEAD = "holder_or_lead"
    HOLDER_OR_LEAD_IF_TAKEN = "holder_or_lead_if_taken"
    LADDER_GOES_ON = "ladder_goes_on"
    RECEIVER_CAN_TAKE = "receiver_can_take"
    INCIDENT_OPEN = "incident_open"
    SAME_DATASET_KIND = "same_dataset_kind"
    LEAD_IF_GRAVE = "lead_if_grave"
    LEAD_IF_CRITICAL = "lead_if_critical"
    WITHIN_30_DAYS = "within_30_days"
    NOTE_UNLESS_DUPLICATE = "note_unless_duplicate"
    SECOND_ANALYST = "second_analyst"
    WITHIN_90_DAYS = "within_90_days"
    NO_OPEN_TWIN = "no_open_twin"
    UNDOABLE = "undoable"


Required = Literal["verdict", "reason", "incident", "scope", "until_us"]


@dataclass(frozen=True, slots=True)
class Row:
    """One transition of the table. `sources` empty: from nothing; `target` None: the previous state (undo).

    `right` None: no person does it. `by_job`: a job of ours does it too.
    """

    number: str
    action: Action
    sources: frozenset[State]
    target: State | None
    right: Right | None
    required: tuple[Required, ...] = ()
    guards: tuple[Guard, ...] = ()
    by_job: bool = False


TABLE: tuple[Row, ...] = (
    Row("A1", Action.CREATE, frozenset(), State.NEW, right=None, by_job=True),
    Row("A2", Action.TAKE, frozenset({State.NEW}), State.TAKEN, right=Right.ALERTS_TRIAGE),
    Row(
        "A3",
        Action.HAND_OVER,
        frozenset({State.NEW, State.TAKEN}),
        State.NEW,
        right=Right.ALERTS_TRIAGE,
        required=("reason",),
        guards=(Guard.HOLDER_OR_LEAD, Guard.RECEIVER_CAN_TAKE),
        by_job=True,
    ),
    Row(
        "A4",
        Action.LINK,
        QUEUED,
        State.LINKED,
        right=Right.ALERTS_TRIAGE,
        required=("incident",),
        guards=(Guard.INCIDENT_OPEN, Guard.SAME_DATASET_KIND),
    ),
    Row(
        "A5",
        Action.UNLINK,
        frozenset({State.LINKED}),
        State.TAKEN,
        right=Right.ALERTS_TRIAGE,
        required=("reason",),
        guards=(Guard.INCIDENT_OPEN, Guard.LEAD_IF_GRAVE, Guard.NO_OPEN_TWIN),
    ),
    Row(
        "A6",
        Action.SUPPRESS,
        QUEUED,
        State.SUPPRESSED,
        right=Right.ALERTS_TRIAGE,
        required=("reason", "scope", "until_us"),
        guards=(Guard.WITHIN_30_DAYS, Guard.LEAD_IF_CRITICAL),
    ),
    Row("A7", Action.UNSUPPRESS, frozenset({State.SUPPRESSED}), State.NEW, right=Right.ALERTS_TRIAGE, by_job=True),
    Row(
        "A8",
        Action.CLOSE,
        frozenset({State.NEW, State.TAKEN}),
        State.CLOSED,
        right=Right.ALERTS_TRIAGE,
        required=("verdict",),
        guards=(Guard.NOTE_UNLESS_DUPLICATE, Guard.SECOND_ANALYST),
    ),
    Row("A9", Action.REGISTER, frozenset({State.NEW}), State.CLOSED, right=None, required=("verdict",), by_job=True),
    Row(
        "A10",
        Action.REOPEN,
        frozenset({State.CLOSED}),
        State.NEW,
        right=Right.ALERTS_TRIAGE,
        required=("reason",),
        guards=(Guard.WITHIN_90_DAYS, Guard.NO_OPEN_TWIN),
        by_job=True,
    ),
    Row(
        "A12",
        Action.ESCALATE,
        QUEUED,
        State.NEW,
        right=Right.ALERTS_TRIAGE,
        required=("reason",),
        guards=(Guard.HOLDER_OR_LEAD_IF_TAKEN, Guard.LADDER_GOES_ON),
    ),
    Row("A11", Action.UNDO, frozenset(State), None, right=Right.ALERTS_TRIAGE, guards=(Guard.UNDOABLE,)),
)

_BY_ACTION = {row.action: row for row in TABLE}


def row_of(action: Action) -> Row:
    """The row of an action."""
    return _BY_ACTION[action]
