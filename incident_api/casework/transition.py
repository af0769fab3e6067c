"""The one function that executes the tables of tasks and countermeasures: right, version, state, fields, guards, effect, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy.orm import Session

from incident_api.casework import guards, record
from incident_api.casework.models import Countermeasure, Task, WorkTransition
from incident_api.casework.states import (
    TAKES_A_SYSTEM_AWAY,
    TWO_PARTY_LEVEL,
    Action,
    Machine,
    MeasureAction,
    TaskAction,
    row_of,
)
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.errors import KhienError

Thing = Task | Countermeasure


def machine_of(thing: Thing) -> Machine:
    """Whose table holds."""
    return Machine.TASK if isinstance(thing, Task) else Machine.COUNTERMEASURE


def refusal(
    session: Session, action: Action, attempt: guards.Attempt, *, version: int, asks_right: bool = True
) -> KhienError | None:
    """Why this may not be done now; None = it may (perhaps with a second party). A new thing has version 0 and no state."""
    thing, machine = attempt.thing, machine_of(attempt.thing)
    row = row_of(machine, action)
    if asks_right and row.right not in attempt.person.rights:
        return KhienError("session.forbidden", right=row.right.value)
    if thing.version != version:
        return KhienError("work.changed", object=f"{machine.value}/{thing.id}", version=thing.version)
    if thing.version > 0 and thing.state not in row.sources:
        return KhienError("work.wrong_state", action=action.value, object=f"{machine.value}/{thing.id}", state=thing.state)
    missing = [name for name in row.required if not attempt.fields.get(name)]
    if missing:
        return KhienError("incident.field_required", action=action.value, fields=", ".join(missing))
    for guard in row.guards:
        refused = guards.refusal(guard, session, attempt)
        if refused is not None:
            return refused
    return None


def is_grave(measure: Countermeasure) -> bool:
    """Whether it takes a system of level 3 or above away from its users."""
    return measure.kind in TAKES_A_SYSTEM_AWAY and measure.level >= TWO_PARTY_LEVEL


def two_party_act(thing: Thing, action: Action) -> str | None:
    """The act of two parties that this takes."""
    if not isinstance(thing, Countermeasure) or not is_grave(thing):
        return None
    return row_of(Machine.COUNTERMEASURE, action).two


def execute(
    runtime: Runtime,
    session: Session,
    action: Action,
    attempt: guards.Attempt,
    *,
    second: Person | None = None,
) -> int:
    """Move it; gives the number of the audit record. The caller has asked `refusal` and seen both parties where two are needed."""
    thing, incident, machine = attempt.thing, attempt.incident, machine_of(attempt.thing)
    row, actor = row_of(machine, action), Actor.of(attempt.person)
    is_new = thing.version == 0
    before = None if is_new else summary(thing)
    thing.state = row.target.value
    _EFFECTS.get(action, _nothing)(thing, attempt.fields, attempt.now_us)
    thing.version += 1
    session.flush()
    after = {machine.value: thing.id, **summary(thing), "version": thing.version}
    if second is not None:
        after["second"] = second.id
    reason = attempt.fields.get("reason") or attempt.fields.get("result")
    act = f"{machine.value}.{action.value}"
    seq = record.noted(
        runtime, session, incident, act=act, actor=actor, before=before, after=after, now_us=attempt.now_us, reason=reason
    )
    session.add(
        WorkTransition(
            incident_id=incident.id,
            machine=machine.value,
            object_id=thing.id,
            number=row.number,
            action=action.value,
            from_state=None if before is None else before["state"],
            to_state=thing.state,
            at_us=attempt.now_us,
            actor=actor.id,
            capacity=actor.capacity,
            second=second.id if second else None,
            fields=dict(attempt.fields),
            version=thing.version,
            audit_seq=seq,
        )
    )
    session.flush()
    return seq


def summary(thing: Thing) -> dict[str, Any]:
    """What the audit log keeps of it before and after."""
    if isinstance(thing, Task):
        return {"state": thing.state, "title": thing.title, "assignee": thing.assignee, "due_us": thing.due_us}
    return {
        "state": thing.state,
        "kind": thing.kind,
        "target": thing.target,
        "asset": thing.asset,
        "level": thing.level,
        "review_us": thing.review_us,
    }


def _nothing(_thing: Thing, _fields: Mapping[str, Any], _now_us: int) -> None:
    """Only the state changes."""


def _ended(thing: Thing, _fields: Mapping[str, Any], now_us: int) -> None:
    thing.ended_us = now_us


def _reopened(thing: Thing, _fields: Mapping[str, Any], _now_us: int) -> None:
    assert isinstance(thing, Task), "a row of tasks"
    thing.ended_us, thing.told_due_us = None, None


def _assigned(thing: Thing, fields: Mapping[str, Any], _now_us: int) -> None:
    assert isinstance(thing, Task), "a row of tasks"
    thing.assignee, thing.told_due_us = fields["to"], None


def _postponed(thing: Thing, fields: Mapping[str, Any], _now_us: int) -> None:
    assert isinstance(thing, Task), "a row of tasks"
    thing.due_us = fields["due_us"]


def _approved(thing: Thing, fields: Mapping[str, Any], now_us: int) -> None:
    assert isinstance(thing, Countermeasure), "a row of countermeasures"
    thing.approved_us, thing.review_us = now_us, fields["review_us"]


def _reviewed(thing: Thing, fields: Mapping[str, Any], _now_us: int) -> None:
    assert isinstance(thing, Countermeasure), "a row of countermeasures"
    thing.review_us = fields["review_us"]


def _active(thing: Thing, _fields: Mapping[str, Any], now_us: int) -> None:
    assert isinstance(thing, Countermeasure), "a row of countermeasures"
    thing.active_us = now_us


_EFFECTS: dict[Action, Callable[[Thing, Mapping[str, Any], int], None]] = {
    TaskAction.FINISH: _ended,
    TaskAction.DROP: _ended,
    TaskAction.REOPEN: _reopened,
    TaskAction.ASSIGN: _assigned,
    TaskAction.POSTPONE: _postponed,
    MeasureAction.APPROVE: _approved,
    MeasureAction.REVIEW: _reviewed,
    MeasureAction.ACTIVATED: _active,
    MeasureAction.REJECT: _ended,
    MeasureAction.REMOVED: _ended,
    MeasureAction.FAIL: _ended,
}
