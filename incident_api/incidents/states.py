"""The state machine of an incident: one declared table (response design, section 3), executed by `transition.py` alone.

I9 and I10 hand an incident to another body: the package itself comes with its own work, the table already asks for its receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incident_api.people.rights import Right


class State(StrEnum):
    """Where an incident stands."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CONTAINED = "contained"
    ERADICATED = "eradicated"
    RECOVERED = "recovered"
    CLOSED = "closed"
    HANDED_OVER = "handed_over"
    MERGED = "merged"


class Action(StrEnum):
    """What moves it."""

    OPEN = "open"
    CONFIRM = "confirm"
    REJECT = "reject"
    CONTAIN = "contain"
    ERADICATE = "eradicate"
    RECOVER = "recover"
    CLOSE = "close"
    RESUME = "resume"
    HAND_OVER = "hand_over"
    TAKE_BACK = "take_back"
    REOPEN = "reopen"
    MERGE = "merge"
    UNMERGE = "unmerge"


class Guard(StrEnum):
    """What must hold besides the state; each is a function in `guards.py`."""

    CLASSIFIED = "classified"
    HANDLER_OR_LEAD = "handler_or_lead"
    EVIDENCE_FIRST = "evidence_first"
    OPERATOR_AGREES = "operator_agrees"
    NO_OPEN_DUTY = "no_open_duty"
    NO_OPEN_TASK = "no_open_task"
    MILITARY_FROM_OPEN = "military_from_open"
    TARGET_TAKES_IT = "target_takes_it"


@dataclass(frozen=True, slots=True)
class Row:
    """One transition. `target` None: back to the state before. `two`: the act of two parties that M1 and M2 ask for."""

    number: str
    action: Action
    sources: frozenset[State]
    target: State | None
    right: Right
    required: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    two: str | None = None


_WORKED = frozenset({State.CONFIRMED, State.CONTAINED, State.ERADICATED, State.RECOVERED})
_UNMERGED = frozenset(State) - {State.CLOSED, State.MERGED}

TABLE: tuple[Row, ...] = (
    Row("I1", Action.OPEN, frozenset(), State.OPEN, Right.INCIDENTS_HANDLE),
    Row("I2", Action.CONFIRM, frozenset({State.OPEN}), State.CONFIRMED, Right.INCIDENTS_DECIDE, guards=(Guard.CLASSIFIED,)),
    Row("I3", Action.REJECT, frozenset({State.OPEN}), State.REJECTED, Right.INCIDENTS_DECIDE, ("reason",), two="reject"),
    Row(
        "I4",
        Action.CONTAIN,
        frozenset({State.CONFIRMED}),
        State.CONTAINED,
        Right.INCIDENTS_HANDLE,
        ("what",),
        (Guard.HANDLER_OR_LEAD, Guard.EVIDENCE_FIRST),
    ),
    Row(
        "I5",
        Action.ERADICATE,
        frozenset({State.CONTAINED}),
        State.ERADICATED,
        Right.INCIDENTS_HANDLE,
        ("root_cause",),
        (Guard.HANDLER_OR_LEAD,),
    ),
    Row(
        "I6",
        Action.RECOVER,
        frozenset({State.ERADICATED}),
        State.RECOVERED,
        Right.INCIDENTS_HANDLE,
        ("checked",),
        (Guard.HANDLER_OR_LEAD, Guard.OPERATOR_AGREES),
    ),
    Row(
        "I7",
        Action.CLOSE,
        frozenset({State.RECOVERED}),
        State.CLOSED,
        Right.INCIDENTS_DECIDE,
        ("resolution", "impact", "lessons"),
        (Guard.NO_OPEN_DUTY, Guard.NO_OPEN_TASK),
        two="close",
    ),
    Row(
        "I8",
        Action.RESUME,
        frozenset({State.CONTAINED, State.ERADICATED, State.RECOVERED}),
        State.CONFIRMED,
        Right.INCIDENTS_HANDLE,
        ("reason",),
        (Guard.HANDLER_OR_LEAD,),
    ),
    Row(
        "I9",
        Action.HAND_OVER,
        _WORKED | {State.OPEN},
        State.HANDED_OVER,
        Right.INCIDENTS_LEAD,
        ("receiver", "receipt"),
        (Guard.MILITARY_FROM_OPEN,),
    ),
    Row("I10", Action.TAKE_BACK, frozenset({State.HANDED_OVER}), State.CONFIRMED, Right.INCIDENTS_LEAD, ("reason",)),
    Row("I11", Action.REOPEN, frozenset({State.CLOSED}), State.CONFIRMED, Right.INCIDENTS_LEAD, ("reason",)),
    Row(
        "I12",
        Action.MERGE,
        _UNMERGED,
        State.MERGED,
        Right.INCIDENTS_DECIDE,
        ("target", "reason"),
        (Guard.TARGET_TAKES_IT,),
    ),
    Row("I12", Action.UNMERGE, frozenset({State.MERGED}), None, Right.INCIDENTS_DECIDE, ("reason",)),
)

#: States in which an incident is nobody's work any more.
ENDED = frozenset({State.REJECTED, State.CLOSED, State.HANDED_OVER, State.MERGED})

_BY_ACTION = {row.action: row for row in TABLE}


def row_of(action: Action) -> Row:
    """The row of an action."""
    return _BY_ACTION[action]
