"""What people do with an incident: one act, one transaction; an act of two parties waits for the second and is then carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from incident_api.casework import work
from incident_api.coordination.case import Severity
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.incidents import approvals, duties, handling, judging, marking, record, sending, severities, transition
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.orders import ApproveNotice, Assign, Fulfil, Mark, Move, MoveClock, Order, Promote, Revise, Tell, Waive
from incident_api.incidents.states import ENDED, Action, State
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from incident_api.sessions import second_factor
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_ORDER: TypeAdapter[Order] = TypeAdapter(Order)
_HARM_EXCLUDED = "pd_noharm"


def perform(runtime: Runtime, session: Session, *, caller: Caller, incident_id: str, order: Order) -> Incident:
    """Carry an order out, or keep it until the second party agrees. Raises the refusal that names the rule."""
    if not caller.person.rights & {Right.INCIDENTS_HANDLE, Right.APPROVALS_GIVE, Right.PAP_LIFT}:
        raise KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)
    incident = visible_incident(session, caller=caller, incident_id=incident_id)
    if incident.version != order.version:
        raise KhienError("incident.changed", version=incident.version)
    policy = pinned(runtime, session, incident.policy_sha256)
    now = runtime.clock.now_us()
    person = caller.person
    if isinstance(order, MoveClock) and order.to_us > now:
        raise KhienError("incident.clock_ahead", clock=order.clock)
    _refuse_ended(incident, order=order)
    act = _two_party_act(incident, order=order, policy=policy)
    # Whoever speaks for a party, or gives a case away, is there in person (response design, section 16).
    if act is not None or (isinstance(order, Move) and order.action is Action.HAND_OVER):
        second_factor.demand(runtime, person=person, session=caller.session)
    if act is None:
        _check(session, incident, order=order, person=person, policy=policy)
        _carry_out(runtime, session, incident, order=order, person=person, second=None, policy=policy, now_us=now)
        return incident
    if isinstance(order, Move):
        # Whoever may not do it with anybody's help need not ask; the roles of the two parties are checked by the approval itself.
        refused = transition.refusal(session, incident, person=person, order=order, policy=policy)
        if refused is not None and refused.code != "session.forbidden":
            raise refused
    subject = str(order.obligation) if isinstance(order, Waive) else ""
    asked: dict[str, Any] = order.model_dump(mode="json")
    approvals.ask(session, incident, policy=policy, act=act, subject=subject, asked=asked, person=person, now_us=now)
    before = record.summary(incident)
    record.changed(runtime, session, incident, act="asked", actor=Actor.of(person), before=before, now_us=now)
    return incident


def grant(runtime: Runtime, session: Session, *, caller: Caller, approval_id: int) -> Incident:
    """The second party agrees, and what was asked for is carried out in the same transaction."""
    now = runtime.clock.now_us()
    approval = approvals.waiting(session, approval_id, now_us=now)
    incident = visible_incident(session, caller=caller, incident_id=approval.incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    first = approvals.grant(session, approval, policy=policy, second=caller.person, now_us=now)
    if work.is_measure(approval):
        work.granted(runtime, session, incident, approval, first=first, second=caller.person, now_us=now)
        return incident
    order = _ORDER.validate_python({**approval.asked, "version": incident.version})
    _refuse_ended(incident, order=order)
    if isinstance(order, Move):
        refused = transition.refusal(session, incident, person=first, order=order, policy=policy)
        if refused is not None and refused.code != "session.forbidden":
            raise refused
    _carry_out(runtime, session, incident, order=order, person=first, second=caller.person, policy=policy, now_us=now)
    return incident


def deny(runtime: Runtime, session: Session, *, caller: Caller, approval_id: int, reason: str) -> Incident:
    """The second party refuses, or the first one takes it back."""
    now = runtime.clock.now_us()
    approval = approvals.waiting(session, approval_id, now_us=now)
    incident = visible_incident(session, caller=caller, incident_id=approval.incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    approvals.deny(session, approval, policy=policy, person=caller.person, reason=normalise(reason), now_us=now)
    actor, before = Actor.of(caller.person), record.summary(incident)
    record.changed(runtime, session, incident, act="denied", actor=actor, before=before, now_us=now, reason=reason)
    return incident


def _refuse_ended(incident: Incident, *, order: Order) -> None:
    """An incident that has ended changes by the table only; what it still owes can be told, confirmed and waived."""
    if incident.state in ENDED and not isinstance(order, Move | Tell | Fulfil | ApproveNotice | Waive):
        raise KhienError("incident.wrong_state", action=order.kind, state=incident.state)


def _two_party_act(incident: Incident, *, order: Order, policy: Policy) -> str | None:
    if isinstance(order, Move):
        return transition.two_party_act(incident, order)
    if isinstance(order, Waive):
        return "waive"
    if isinstance(order, MoveClock):
        now = incident.detected_us if order.clock == "det" else incident.personal_data_us
        return "move_clock_later" if now is not None and order.to_us > now else None
    if isinstance(order, Revise):
        return _revision_act(incident, order=order, policy=policy)
    # Raising is one person's; what opens a case to more recipients than now is sharing above its TLP.
    return "unmask" if isinstance(order, Mark) and order.tlp is not None and marking.is_opening(incident, order.tlp) else None


def _revision_act(incident: Incident, *, order: Revise, policy: Policy) -> str | None:
    """Lowering M1 or M2, and saying that no harm is to be feared, take two."""
    if order.flags is not None and _HARM_EXCLUDED in order.flags and _HARM_EXCLUDED not in incident.flags:
        return "exclude_harm"
    _, severity = _revised(incident, order=order, policy=policy)
    was_grave = incident.severity in {Severity.M1, Severity.M2}
    return "lower" if was_grave and severities.is_lowering(incident, severity) else None


def _check(session: Session, incident: Incident, *, order: Order, person: Person, policy: Policy) -> None:
    """Whether one person may do it alone."""
    if isinstance(order, Move):
        refused = transition.refusal(session, incident, person=person, order=order, policy=policy)
        if refused is not None:
            raise refused
        return
    if isinstance(order, Mark):
        marking.check(incident, order, person=person, policy=policy)
        return
    if isinstance(order, Tell | Fulfil):
        _check_sender(session, incident, order=order, person=person)
        return
    if Right.INCIDENTS_HANDLE not in person.rights:
        raise KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)
    if isinstance(order, ApproveNotice) and Right.INCIDENTS_LEAD not in person.rights:
        raise KhienError("session.forbidden", right=Right.INCIDENTS_LEAD.value)
    if isinstance(order, Assign) and incident.assignee != person.id and Right.ALERTS_ASSIGN not in person.rights:
        raise KhienError("incident.not_the_handler", holder=incident.assignee)


def _check_sender(session: Session, incident: Incident, *, order: Tell | Fulfil, person: Person) -> None:
    """What nobody has sent yet is not confirmed either by somebody who may not send it."""
    if Right.INCIDENTS_HANDLE not in person.rights and not sending.is_sender(person):
        raise KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)
    row = _obligation_of(session, incident, order.obligation)
    if isinstance(order, Tell) or row.sent_us is None:
        refused = sending.refusal(incident, row, person=person)
        if refused is not None:
            raise refused
    elif Right.INCIDENTS_HANDLE not in person.rights:
        raise KhienError("session.forbidden", right=Right.INCIDENTS_HANDLE.value)


def _obligation_of(session: Session, incident: Incident, number: int) -> Obligation:
    row = session.get(Obligation, number)
    if row is None or row.incident_id != incident.id:
        raise KhienError("obligation.not_found", object=str(number))
    return row


def _carry_out(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    *,
    order: Order,
    person: Person,
    second: Person | None,
    policy: Policy,
    now_us: int,
) -> None:
    if isinstance(order, Move):
        transition.execute(runtime, session, incident, person=person, order=order, policy=policy, now_us=now_us, second=second)
        return
    actor, before = Actor.of(person), record.summary(incident)
    if isinstance(order, Revise):
        _revise(session, incident, order=order, policy=policy, actor=actor, now_us=now_us)
    elif isinstance(order, MoveClock):
        _move_clock(incident, order=order)
    elif isinstance(order, Promote):
        _promote(incident, order=order, now_us=now_us)
    elif isinstance(order, Assign):
        handling.hand_over(runtime, session, incident, order=order, person=person, now_us=now_us)
    elif isinstance(order, Mark):
        marking.put(incident, order)
    else:
        _settle(session, incident, order=order, person=person, policy=policy, now_us=now_us)
    duties.bring_up_to_date(session, incident, policy=policy, actor=actor, now_us=now_us)
    record.changed(
        runtime,
        session,
        incident,
        act=order.kind,
        actor=actor,
        before=before,
        now_us=now_us,
        reason=getattr(order, "reason", None),
        second=second.id if second else None,
    )


def _revised(incident: Incident, *, order: Revise, policy: Policy) -> tuple[dict[str, Any], Severity | None]:
    """The answers after a revision, and the class that follows: the graver of what the rules say and what is stated."""
    facts = {name: value for name, value in {**incident.facts, **(order.facts or {})}.items() if value is not None}
    flags = incident.flags if order.flags is None else order.flags
    case = judging.with_answers(policy, judging.case_of(incident), facts=facts, flags=flags)
    return facts, severities.stated(judging.assessment_of(policy, case), order.severity)


def _revise(session: Session, incident: Incident, *, order: Revise, policy: Policy, actor: Actor, now_us: int) -> None:
    facts, severity = _revised(incident, order=order, policy=policy)
    flags = incident.flags if order.flags is None else order.flags
    case = judging.with_answers(policy, judging.case_of(incident), facts=facts, flags=flags)
    if "crime" in case.flags and "crime" not in incident.flags:
        # It starts closed until the investigator lifts it (coordination design, section 8).
        incident.pap = policy.sharing.crime_pap
    incident.facts, incident.flags = facts, sorted(case.flags)
    if order.type is not None:
        if order.type not in policy.taxonomy.types:
            raise KhienError("incident.unknown_type", type=order.type)
        incident.type = order.type
    if order.tags is not None:
        incident.tags = sorted(set(order.tags))
    if incident.type is not None:
        incident.category = policy.taxonomy.group(incident.type, tuple(incident.tags))
    found = judging.assessment_of(policy, case)
    severities.put(
        session, incident, policy=policy, found=found, severity=severity, actor=actor, reason=normalise(order.reason), now_us=now_us
    )
    # While nobody has confirmed it, M1, M2 or any flag makes the duties at once (response design, section 3).
    is_urgent = severity in {Severity.M1, Severity.M2} or bool(incident.flags)
    if incident.state == State.OPEN and is_urgent and incident.dataset_kind != "import":
        incident.is_owing = True


def _move_clock(incident: Incident, *, order: MoveClock) -> None:
    if order.clock == "det":
        incident.detected_us = order.to_us
    elif incident.personal_data_us is None:
        raise KhienError("incident.no_personal_data")
    else:
        incident.personal_data_us = order.to_us


def _promote(incident: Incident, *, order: Promote, now_us: int) -> None:
    """Golden case K12: a replay counts from what the person states, not from the time of its packets."""
    if incident.dataset_kind != "import" or incident.is_owing:
        raise KhienError("incident.nothing_to_promote", object=incident.id)
    stated = now_us if order.detected_us is None else order.detected_us
    if stated > now_us:
        raise KhienError("incident.clock_ahead", clock="det")
    incident.detected_us = stated
    # What was known of the replay before counts from the promotion: nobody owed anything then.
    incident.clocks = {part: dict.fromkeys(known, now_us) for part, known in incident.clocks.items()}
    if incident.personal_data_us is not None:
        incident.personal_data_us = now_us
    incident.is_owing = True


def _settle(
    session: Session,
    incident: Incident,
    *,
    order: Tell | Fulfil | ApproveNotice | Waive,
    person: Person,
    policy: Policy,
    now_us: int,
) -> None:
    actor = Actor.of(person)
    row = _obligation_of(session, incident, order.obligation)
    if isinstance(order, Tell):
        is_approver = Right.INCIDENTS_LEAD in person.rights
        to = normalise(order.to)
        duties.sent(session, row, policy=policy, to=to, is_approver=is_approver, actor=actor, now_us=now_us)
    elif isinstance(order, ApproveNotice):
        duties.approve(session, row, actor=actor, now_us=now_us)
    elif isinstance(order, Fulfil):
        reason = normalise(order.reason) if order.reason else None
        duties.fulfil(session, row, receipt=normalise(order.receipt), reason=reason, actor=actor, now_us=now_us)
    else:
        duties.waive(session, row, reason=normalise(order.reason), actor=actor, now_us=now_us)
