"""What people do with tasks and countermeasures: one act, one transaction; what takes two parties waits for the second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from incident_api.casework import guards, observing, telling, transition
from incident_api.casework.models import Countermeasure, Task
from incident_api.casework.orders import AddTask, MeasureAct, ProposeMeasure, TaskAct, WorkAct, fields_of
from incident_api.casework.states import MeasureAction, MeasureState, TaskAction, TaskState
from incident_api.coordination.service import pinned
from incident_api.incidents import approvals, record
from incident_api.incidents.models import Approval, Incident
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from incident_api.sessions import second_factor
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_MEASURE: TypeAdapter[MeasureAct] = TypeAdapter(MeasureAct)
_TELLS = frozenset({TaskAction.ADD, TaskAction.ASSIGN, TaskAction.REOPEN})


def add_task(runtime: Runtime, session: Session, *, caller: Caller, incident_id: str, request: AddTask) -> Task:
    """T1: whoever it is given to is told."""
    incident = visible_incident(session, caller=caller, incident_id=incident_id)
    now = runtime.clock.now_us()
    task = Task(
        incident_id=incident.id,
        title=normalise(request.title),
        state=TaskState.OPEN.value,
        assignee=request.assignee or incident.assignee,
        due_us=request.due_us,
        made_us=now,
        made_by=caller.person.id,
        version=0,
    )
    attempt = guards.Attempt(caller.person, incident, task, {}, now)
    _refuse(session, TaskAction.ADD, attempt, version=0)
    session.add(task)
    session.flush()
    transition.execute(runtime, session, TaskAction.ADD, attempt)
    telling.assigned(runtime, session, incident, task, by=caller.person, now_us=now)
    return task


def act_on_task(runtime: Runtime, session: Session, *, caller: Caller, task_id: int, act: TaskAct) -> Task:
    """A transition of a task."""
    task = session.get(Task, task_id)
    if task is None:
        raise KhienError("task.not_found", object=str(task_id))
    incident = _incident(session, caller=caller, incident_id=task.incident_id, code="task.not_found", name=str(task_id))
    attempt = guards.Attempt(caller.person, incident, task, _fields(act), runtime.clock.now_us())
    action = TaskAction(act.action)
    _refuse(session, action, attempt, version=act.version)
    transition.execute(runtime, session, action, attempt)
    if action in _TELLS:
        telling.assigned(runtime, session, incident, task, by=caller.person, now_us=attempt.now_us)
    return task


def propose(runtime: Runtime, session: Session, *, caller: Caller, incident_id: str, request: ProposeMeasure) -> Countermeasure:
    """C1: the level of the system it touches is the one it had then; a system that nobody registered counts as the policy says."""
    incident = visible_incident(session, caller=caller, incident_id=incident_id)
    policy, now = pinned(runtime, session, incident.policy_sha256), runtime.clock.now_us()
    known = runtime.organisation.assets
    if request.asset is not None and request.asset not in known:
        raise KhienError("incident.unknown_asset", asset=request.asset)
    level = policy.unknown_asset_level if request.asset is None else known[request.asset].level
    measure = Countermeasure(
        incident_id=incident.id,
        kind=request.measure.value,
        target=normalise(request.target),
        asset=request.asset,
        level=level,
        why=normalise(request.why),
        state=MeasureState.PROPOSED.value,
        proposed_us=now,
        proposed_by=caller.person.id,
        version=0,
    )
    attempt = guards.Attempt(caller.person, incident, measure, {}, now)
    _refuse(session, MeasureAction.PROPOSE, attempt, version=0)
    session.add(measure)
    session.flush()
    transition.execute(runtime, session, MeasureAction.PROPOSE, attempt)
    reference = f"countermeasure/{measure.id}"
    observing.take_text(runtime, session, incident, measure.target, reference=reference, tlp=incident.tlp, now_us=now)
    return measure


def act_on_measure(runtime: Runtime, session: Session, *, caller: Caller, measure_id: int, act: MeasureAct) -> Countermeasure:
    """A transition of a countermeasure, or the word of the first party for it."""
    measure = session.get(Countermeasure, measure_id)
    if measure is None:
        raise KhienError("countermeasure.not_found", object=str(measure_id))
    incident = _incident(
        session, caller=caller, incident_id=measure.incident_id, code="countermeasure.not_found", name=str(measure_id)
    )
    now, action = runtime.clock.now_us(), MeasureAction(act.action)
    attempt = guards.Attempt(caller.person, incident, measure, _fields(act), now)
    two = transition.two_party_act(measure, action)
    if two is None:
        _refuse(session, action, attempt, version=act.version)
        transition.execute(runtime, session, action, attempt)
        return measure
    # The roles of the two parties are checked by the approval itself.
    refused = _with_right(session, action, attempt, version=act.version)
    if refused is not None:
        raise refused
    # Whoever speaks for a party is there in person (response design, section 16).
    second_factor.demand(runtime, person=caller.person, session=caller.session)
    policy = pinned(runtime, session, incident.policy_sha256)
    asked: dict[str, Any] = {**act.model_dump(mode="json"), "countermeasure": measure.id}
    approvals.ask(
        session, incident, policy=policy, act=two, subject=_subject(measure), asked=asked, person=caller.person, now_us=now
    )
    before = record.summary(incident)
    record.changed(runtime, session, incident, act="asked", actor=Actor.of(caller.person), before=before, now_us=now)
    return measure


def granted(
    runtime: Runtime, session: Session, incident: Incident, approval: Approval, *, first: Person, second: Person, now_us: int
) -> None:
    """The second party agreed: what was asked for is carried out if it is still possible."""
    kept = dict(approval.asked)
    measure = session.get_one(Countermeasure, kept.pop("countermeasure"))
    act = _MEASURE.validate_python({**kept, "version": measure.version})
    action = MeasureAction(act.action)
    attempt = guards.Attempt(first, incident, measure, _fields(act), now_us)
    refused = _with_right(session, action, attempt, version=act.version)
    if refused is not None:
        raise refused
    transition.execute(runtime, session, action, attempt, second=second)


def is_measure(approval: Approval) -> bool:
    """Whether an approval is about a countermeasure."""
    return bool(approval.asked.get("kind") == "countermeasure")


def _subject(measure: Countermeasure) -> str:
    return f"countermeasure/{measure.id}"


def _with_right(session: Session, action: MeasureAction, attempt: guards.Attempt, *, version: int) -> KhienError | None:
    """What else stands in the way, the right of one person aside: the approval asks for the roles of both."""
    return transition.refusal(session, action, attempt, version=version, asks_right=False)


def _refuse(session: Session, action: TaskAction | MeasureAction, attempt: guards.Attempt, *, version: int) -> None:
    refused = transition.refusal(session, action, attempt, version=version)
    if refused is not None:
        raise refused


def _incident(session: Session, *, caller: Caller, incident_id: str, code: str, name: str) -> Incident:
    """The incident of a task or countermeasure; outside what a person may see neither exists."""
    try:
        return visible_incident(session, caller=caller, incident_id=incident_id)
    except KhienError as error:
        raise KhienError(code, object=name) from error


def _fields(act: WorkAct) -> dict[str, Any]:
    return {name: normalise(value) if isinstance(value, str) else value for name, value in fields_of(act).items()}
