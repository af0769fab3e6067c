"""Tasks and countermeasures as the page and scripts read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from incident_api.casework import guards, transition
from incident_api.casework.models import Countermeasure, Task, WorkTransition
from incident_api.casework.schemas import MeasuresAnswer, MeasureView, TasksAnswer, TaskView, WorkTransitionView
from incident_api.casework.states import REVIEW_DAYS, TABLE, Machine, MeasureState, TaskState
from incident_api.incidents.approvals import State as ApprovalState
from incident_api.incidents.models import Approval, Incident
from incident_api.incidents.visibility import visible, visible_incident
from incident_api.people import service as people
from incident_api.people.schemas import PersonBrief
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_HISTORY = 100
#: Of a number that a column holds.
_DIGITS = 16


def tasks_of_incident(runtime: Runtime, *, caller: Caller, incident_id: str, limit: int) -> TasksAnswer:
    """Every task of an incident, the open ones first."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        where = Task.incident_id == incident.id
        total = session.scalar(select(func.count()).select_from(Task).where(where)) or 0
        order = (Task.state != TaskState.OPEN.value, Task.due_us, Task.id)
        found = session.scalars(select(Task).where(where).order_by(*order).limit(limit)).all()
        return TasksAnswer(tasks=tasks(runtime, session, found, caller=caller), total=total, next=None)


def own_tasks(runtime: Runtime, *, caller: Caller, after: str | None, limit: int) -> TasksAnswer:
    """What this person has to do, the next due first, by keyset."""
    where = and_(
        Task.assignee == caller.person.id,
        Task.state == TaskState.OPEN.value,
        Task.incident_id.in_(select(Incident.id).where(visible(caller))),
    )
    with runtime.database.read() as session:
        total = session.scalar(select(func.count()).select_from(Task).where(where)) or 0
        query = select(Task).where(where)
        if after is not None:
            due_us, number = _decoded(after)
            query = query.where(or_(Task.due_us > due_us, and_(Task.due_us == due_us, Task.id > number)))
        found = session.scalars(query.order_by(Task.due_us, Task.id).limit(limit + 1)).all()
        shown = found[:limit]
        cursor = f"{shown[-1].due_us}.{shown[-1].id}" if len(found) > limit else None
        return TasksAnswer(tasks=tasks(runtime, session, shown, caller=caller), total=total, next=cursor)


def tasks(runtime: Runtime, session: Session, found: Sequence[Task], *, caller: Caller) -> list[TaskView]:
    """As this person sees them."""
    now, incidents = runtime.clock.now_us(), _incidents(session, found)
    names = people.briefs(session, {name for each in found for name in (each.assignee, each.made_by)})
    histories = _histories(session, Machine.TASK, found)
    return [
        TaskView.model_validate(
            {
                "id": each.id,
                "incident": each.incident_id,
                "version": each.version,
                "title": each.title,
                "state": each.state,
                "assignee": names[each.assignee],
                "made_by": names[each.made_by],
                "made_us": each.made_us,
                "due_us": each.due_us,
                "ended_us": each.ended_us,
                "is_overdue": each.state == TaskState.OPEN and each.due_us <= now,
                "actions": _actions(session, each, incidents[each.incident_id], caller=caller, now_us=now),
                "history": histories[each.id],
            }
        )
        for each in found
    ]


def measures_of_incident(runtime: Runtime, *, caller: Caller, incident_id: str, limit: int) -> MeasuresAnswer:
    """The countermeasures of an incident."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        query = select(Countermeasure).where(Countermeasure.incident_id == incident.id)
        found = session.scalars(query.order_by(Countermeasure.id.desc()).limit(limit)).all()
        return MeasuresAnswer(countermeasures=measures(runtime, session, found[::-1], caller=caller))


def measures(runtime: Runtime, session: Session, found: Sequence[Countermeasure], *, caller: Caller) -> list[MeasureView]:
    """As this person sees them."""
    now, incidents = runtime.clock.now_us(), _incidents(session, found)
    names: dict[str, PersonBrief] = people.briefs(session, {each.proposed_by for each in found})
    histories, waiting = _histories(session, Machine.COUNTERMEASURE, found), _waiting(session, found, now_us=now)
    return [
        MeasureView.model_validate(
            {
                "id": each.id,
                "incident": each.incident_id,
                "version": each.version,
                "measure": each.kind,
                "target": each.target,
                "asset": each.asset,
                "level": each.level,
                "why": each.why,
                "state": each.state,
                "proposed_by": names[each.proposed_by],
                "proposed_us": each.proposed_us,
                "approved_us": each.approved_us,
                "active_us": each.active_us,
                "ended_us": each.ended_us,
                "review_us": each.review_us,
                "is_review_due": each.state == MeasureState.ACTIVE and each.review_us is not None and each.review_us <= now,
                "two": transition.is_grave(each),
                "waiting": waiting.get(each.id),
                "actions": _actions(session, each, incidents[each.incident_id], caller=caller, now_us=now),
                "history": histories[each.id],
            }
        )
        for each in found
    ]


def _incidents(session: Session, found: Iterable[Task | Countermeasure]) -> dict[str, Incident]:
    wanted = {each.incident_id for each in found}
    return {each.id: each for each in session.scalars(select(Incident).where(Incident.id.in_(wanted)))}


def _actions(session: Session, thing: Task | Countermeasure, incident: Incident, *, caller: Caller, now_us: int) -> list[str]:
    """What this person may do now; fields that they still have to fill are taken as given."""
    filled = {
        "reason": "…",
        "result": "…",
        "to": thing.assignee if isinstance(thing, Task) else "",
        "due_us": now_us + 1,
        "review_us": now_us + REVIEW_DAYS * 86_400 * MICROSECONDS,
    }
    machine, offered = transition.machine_of(thing), []
    for row in TABLE:
        if row.machine is not machine or not row.sources:
            continue
        attempt = guards.Attempt(caller.person, incident, thing, {name: filled[name] for name in row.required}, now_us)
        is_two = transition.two_party_act(thing, row.action) is not None
        refused = transition.refusal(session, row.action, attempt, version=thing.version, asks_right=not is_two)
        if refused is None:
            offered.append(row.action.value)
    return offered


def _histories(session: Session, machine: Machine, found: Sequence[Task | Countermeasure]) -> dict[int, list[WorkTransitionView]]:
    histories: dict[int, list[WorkTransitionView]] = {each.id: [] for each in found}
    query = select(WorkTransition).where(WorkTransition.machine == machine.value, WorkTransition.object_id.in_(histories))
    for row in session.scalars(query.order_by(WorkTransition.id)):
        if len(histories[row.object_id]) < _HISTORY:
            histories[row.object_id].append(
                WorkTransitionView(
                    number=row.number,
                    action=row.action,
                    from_state=row.from_state,
                    to_state=row.to_state,
                    at_us=row.at_us,
                    actor=row.actor,
                    second=row.second,
                    fields=row.fields,
                )
            )
    return histories


def _waiting(session: Session, found: Sequence[Countermeasure], *, now_us: int) -> dict[int, int]:
    subjects = {f"countermeasure/{each.id}": each.id for each in found}
    query = select(Approval).where(
        Approval.incident_id.in_({each.incident_id for each in found}),
        Approval.subject.in_(subjects),
        Approval.state == ApprovalState.HALF.value,
        Approval.expires_us > now_us,
    )
    return {subjects[each.subject]: each.id for each in session.scalars(query)}


def _decoded(text: str) -> tuple[int, int]:
    due, _, number = text.partition(".")
    if not all(each.isascii() and each.isdigit() and len(each) <= _DIGITS for each in (due, number)):
        raise KhienError("request.bad_cursor")
    return int(due), int(number)
