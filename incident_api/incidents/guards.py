"""The guards of the table: each answers None, or the refusal that names the rule and what is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.casework.models import Task
from incident_api.casework.states import TaskState
from incident_api.coordination.policy import Policy
from incident_api.incidents import duties, judging
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.orders import Move
from incident_api.incidents.states import ENDED, Guard, State
from incident_api.people.models import PersonRow
from incident_api.people.person import Person
from incident_api.people.rights import Right
from khien.errors import KhienError

#: From this level on the operator of a system agrees before it counts as recovered (response design, I6).
_OPERATOR_LEVEL = 3


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do."""

    person: Person
    order: Move
    policy: Policy


def refusal(guard: Guard, session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    """What a guard says."""
    return _GUARDS[guard](session, incident, attempt)


def _classified(_session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    return None if incident.type or attempt.order.type else KhienError("incident.type_required")


def _handler_or_lead(_session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    if incident.assignee == attempt.person.id or Right.INCIDENTS_DECIDE in attempt.person.rights:
        return None
    return KhienError("incident.not_the_handler", holder=incident.assignee)


def _evidence_first(_session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    """Before anything is wiped: M1, M2 and crime need captured evidence, or the reason why there is none."""
    is_needed = incident.severity in {"M1", "M2"} or "crime" in incident.flags
    fields = attempt.order.fields
    if not is_needed or fields.get("evidence") or fields.get("without_evidence"):
        return None
    return KhienError("incident.evidence_first")


def _operator_agrees(session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    level = judging.case_of(incident).level(unknown=attempt.policy.unknown_asset_level)
    if level < _OPERATOR_LEVEL:
        return None
    named = attempt.order.fields.get("operator")
    row = None if named is None else session.get(PersonRow, named)
    homes = set(incident.operators)
    if row is not None and row.is_active and "ops.admin" in row.roles and (not homes or row.home in homes):
        return None
    return KhienError("incident.operator_agrees", level=level)


def _no_open_duty(session: Session, incident: Incident, _attempt: Attempt) -> KhienError | None:
    """Golden case K21: what is owed is fulfilled or waived before the case is closed."""
    undone = select(Obligation).where(Obligation.incident_id.in_(family(session, incident)), Obligation.state.in_(duties.UNDONE))
    first = session.scalar(undone.order_by(Obligation.due_us, Obligation.id).limit(1))
    if first is None:
        return None
    count = session.scalar(select(func.count()).select_from(undone.subquery())) or 0
    return KhienError("incident.open_duty", duty=first.code, recipient=first.recipient, count=count)


def _no_open_task(session: Session, incident: Incident, _attempt: Attempt) -> KhienError | None:
    """What was given to somebody is done, or dropped with a reason."""
    still = select(Task).where(Task.incident_id.in_(family(session, incident)), Task.state == TaskState.OPEN.value)
    first = session.scalar(still.order_by(Task.due_us, Task.id).limit(1))
    if first is None:
        return None
    count = session.scalar(select(func.count()).select_from(still.subquery())) or 0
    return KhienError("incident.open_task", title=first.title, person=first.assignee, count=count)


def family(session: Session, incident: Incident) -> list[str]:
    """The incident and those that were merged into it, or into one of them: what they owe stays owed."""
    found, waiting = [incident.id], [incident.id]
    while waiting:
        waiting = list(session.scalars(select(Incident.id).where(Incident.merged_into.in_(waiting), Incident.id.not_in(found))))
        found += waiting
    return found


def _military_from_open(_session: Session, incident: Incident, _attempt: Attempt) -> KhienError | None:
    if incident.state != State.OPEN or "military" in incident.flags:
        return None
    return KhienError("incident.confirm_first")


def _target_takes_it(session: Session, incident: Incident, attempt: Attempt) -> KhienError | None:
    name = attempt.order.fields.get("target", "")
    target = session.get(Incident, name)
    if target is None or target.id == incident.id or target.dataset_kind != incident.dataset_kind:
        return KhienError("incident.bad_target", object=name)
    if target.state in ENDED:
        return KhienError("incident.target_ended", object=name, state=target.state)
    return None


_GUARDS: dict[Guard, Callable[[Session, Incident, Attempt], KhienError | None]] = {
    Guard.CLASSIFIED: _classified,
    Guard.HANDLER_OR_LEAD: _handler_or_lead,
    Guard.EVIDENCE_FIRST: _evidence_first,
    Guard.OPERATOR_AGREES: _operator_agrees,
    Guard.NO_OPEN_DUTY: _no_open_duty,
    Guard.NO_OPEN_TASK: _no_open_task,
    Guard.MILITARY_FROM_OPEN: _military_from_open,
    Guard.TARGET_TAKES_IT: _target_takes_it,
}
