"""The state machines inside a case, tasks and countermeasures: one declared table, executed by `transition.py` alone.

Response design, section 4.

Task: open → done | dropped → open. Countermeasure: proposed → approved → activating → active → removing → removed | failed |
rejected; whoever approves or reviews says when it is looked at again, within 30 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from incident_api.people.rights import Right


class Machine(StrEnum):
    """Whose states they are."""

    TASK = "task"
    COUNTERMEASURE = "countermeasure"


class TaskState(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class MeasureState(StrEnum):
    """Where a countermeasure stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    ACTIVATING = "activating"
    ACTIVE = "active"
    REMOVING = "removing"
    REMOVED = "removed"
    FAILED = "failed"
    REJECTED = "rejected"


class TaskAction(StrEnum):
    """What moves a task."""

    ADD = "add"
    FINISH = "finish"
    DROP = "drop"
    REOPEN = "reopen"
    ASSIGN = "assign"
    POSTPONE = "postpone"


class MeasureAction(StrEnum):
    """What moves a countermeasure."""

    PROPOSE = "propose"
    APPROVE = "approve"
    REJECT = "reject"
    ACTIVATE = "activate"
    ACTIVATED = "activated"
    REVIEW = "review"
    REMOVE = "remove"
    REMOVED = "removed"
    FAIL = "fail"


class MeasureKind(StrEnum):
    """What is done. `isolate` and `stop` take a system away from its users."""

    BLOCK_ADDRESS = "block_address"
    BLOCK_DOMAIN = "block_domain"
    BLOCK_URL = "block_url"
    BLOCK_FILE = "block_file"
    CLOSE_ACCOUNT = "close_account"
    RESET_CREDENTIALS = "reset_credentials"
    ISOLATE = "isolate"
    STOP = "stop"
    FILTER_MAIL = "filter_mail"
    PATCH = "patch"
    OTHER = "other"


class Guard(StrEnum):
    """What must hold besides the state; each is a function in `guards.py`."""

    CASE_GOES_ON = "case_goes_on"
    DOER_OR_HANDLER = "doer_or_handler"
    RECEIVER_WORKS_ON_IT = "receiver_works_on_it"
    DUE_AHEAD = "due_ahead"
    REVIEW_IN_TIME = "review_in_time"


Action = TaskAction | MeasureAction
State = TaskState | MeasureState


@dataclass(frozen=True, slots=True)
class Row:
    """One transition. `two`: the act of two parties that isolating or stopping a system of level 3 and above asks for."""

    machine: Machine
    number: str
    action: Action
    sources: frozenset[State]
    target: State
    right: Right
    required: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    two: str | None = None


_T, _M, _G = Machine.TASK, Machine.COUNTERMEASURE, Guard
_OPEN = frozenset({TaskState.OPEN})

TABLE: tuple[Row, ...] = (
    Row(
        _T,
        "T1",
        TaskAction.ADD,
        frozenset(),
        TaskState.OPEN,
        Right.INCIDENTS_HANDLE,
        guards=(_G.CASE_GOES_ON, _G.RECEIVER_WORKS_ON_IT, _G.DUE_AHEAD),
    ),
    Row(_T, "T2", TaskAction.FINISH, _OPEN, TaskState.DONE, Right.TASKS_WORK, ("result",), (_G.DOER_OR_HANDLER,)),
    Row(_T, "T3", TaskAction.DROP, _OPEN, TaskState.DROPPED, Right.INCIDENTS_HANDLE, ("reason",)),
    Row(
        _T,
        "T4",
        TaskAction.REOPEN,
        frozenset({TaskState.DONE, TaskState.DROPPED}),
        TaskState.OPEN,
        Right.INCIDENTS_HANDLE,
        ("reason",),
        (_G.CASE_GOES_ON,),
    ),
    Row(
        _T,
        "T5",
        TaskAction.ASSIGN,
        _OPEN,
        TaskState.OPEN,
        Right.INCIDENTS_HANDLE,
        ("to", "reason"),
        (_G.CASE_GOES_ON, _G.RECEIVER_WORKS_ON_IT),
    ),
    Row(
        _T,
        "T6",
        TaskAction.POSTPONE,
        _OPEN,
        TaskState.OPEN,
        Right.INCIDENTS_HANDLE,
        ("due_us", "reason"),
        (_G.CASE_GOES_ON, _G.DUE_AHEAD),
    ),
    Row(
        _M,
        "C1",
        MeasureAction.PROPOSE,
        frozenset(),
        MeasureState.PROPOSED,
        Right.MEASURES_WORK,
        guards=(_G.CASE_GOES_ON,),
    ),
    Row(
        _M,
        "C2",
        MeasureAction.APPROVE,
        frozenset({MeasureState.PROPOSED}),
        MeasureState.APPROVED,
        Right.INCIDENTS_DECIDE,
        ("review_us",),
        (_G.CASE_GOES_ON, _G.REVIEW_IN_TIME),
        two="isolate",
    ),
    Row(
        _M,
        "C3",
        MeasureAction.REJECT,
        frozenset({MeasureState.PROPOSED, MeasureState.APPROVED}),
        MeasureState.REJECTED,
        Right.INCIDENTS_DECIDE,
        ("reason",),
    ),
    Row(
        _M,
        "C4",
        MeasureAction.ACTIVATE,
        frozenset({MeasureState.APPROVED}),
        MeasureState.ACTIVATING,
        Right.MEASURES_WORK,
        guards=(_G.CASE_GOES_ON,),
    ),
    Row(
        _M,
        "C5",
        MeasureAction.ACTIVATED,
        frozenset({MeasureState.ACTIVATING}),
        MeasureState.ACTIVE,
        Right.MEASURES_WORK,
        ("result",),
    ),
    Row(
        _M,
        "C6",
        MeasureAction.REVIEW,
        frozenset({MeasureState.ACTIVE}),
        MeasureState.ACTIVE,
        Right.INCIDENTS_DECIDE,
        ("review_us", "reason"),
        (_G.REVIEW_IN_TIME,),
    ),
    Row(
        _M,
        "C7",
        MeasureAction.REMOVE,
        frozenset({MeasureState.ACTIVE}),
        MeasureState.REMOVING,
        Right.MEASURES_WORK,
        ("reason",),
    ),
    Row(
        _M,
        "C8",
        MeasureAction.REMOVED,
        frozenset({MeasureState.REMOVING}),
        MeasureState.REMOVED,
        Right.MEASURES_WORK,
        ("result",),
    ),
    Row(
        _M,
        "C9",
        MeasureAction.FAIL,
        frozenset({MeasureState.ACTIVATING, MeasureState.REMOVING}),
        MeasureState.FAILED,
        Right.MEASURES_WORK,
        ("reason",),
    ),
)

#: Of systems of this level and above two parties decide (coordination design, section 6).
TWO_PARTY_LEVEL = 3
TAKES_A_SYSTEM_AWAY = frozenset({MeasureKind.ISOLATE, MeasureKind.STOP})
#: A countermeasure is looked at again within so long.
REVIEW_DAYS = 30
#: Nothing more is to be done about these.
MEASURES_ENDED = frozenset({MeasureState.REMOVED, MeasureState.FAILED, MeasureState.REJECTED})

_BY_ACTION: dict[tuple[Machine, str], Row] = {(row.machine, row.action.value): row for row in TABLE}


def row_of(machine: Machine, action: Action) -> Row:
    """The row of an action."""
    return _BY_ACTION[machine, action.value]
