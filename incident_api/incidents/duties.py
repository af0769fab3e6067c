"""The obligations of an incident in the store: made, moved and cancelled in the transaction of the act that causes it.

States: pending → sent → fulfilled | late; pending → overdue → sent; waived (two parties); cancelled (interims, a rejected case).
Nothing deletes an obligation (response design, section 4; coordination design, section 5).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination import obligations
from incident_api.coordination.case import Clock, Severity
from incident_api.coordination.obligations import Key, Planned, Standing
from incident_api.coordination.policy import Policy
from incident_api.escalation import chain, runs
from incident_api.incidents import judging
from incident_api.incidents.models import Incident, Obligation
from incident_api.people.person import Actor
from khien.clock import MICROSECONDS
from khien.errors import KhienError


class State(StrEnum):
    """Where an obligation stands."""

    PENDING = "pending"
    OVERDUE = "overdue"
    SENT = "sent"
    FULFILLED = "fulfilled"
    LATE = "late"
    WAIVED = "waived"
    CANCELLED = "cancelled"


#: Nobody has told the recipient, or the recipient has not confirmed yet.
UNDONE = frozenset({State.PENDING, State.OVERDUE, State.SENT})

_MINUTE_US = 60 * MICROSECONDS
#: An obligation that leaves no more than this is an immediate notice.
_AT_ONCE_US = 30 * _MINUTE_US
_DUTY_OFFICERS = ("irt.shift_lead", "irt.analyst")
_APPROVERS = ("irt.leader", "irt.deputy")


def of(session: Session, incident: Incident) -> list[Obligation]:
    """Every obligation of an incident, the next due first."""
    query = select(Obligation).where(Obligation.incident_id == incident.id)
    return list(session.scalars(query.order_by(Obligation.due_us, Obligation.id)))


def bring_up_to_date(session: Session, incident: Incident, *, policy: Policy, actor: Actor, now_us: int) -> int:
    """Owe what the case owes now; gives how many changed. An import owes nothing until a person promotes it."""
    if not incident.is_owing:
        return 0
    known = {Key(each.code, each.recipient, each.occurrence): each for each in of(session, incident)}
    standing = [Standing(key, each.due_us, each.state in UNDONE) for key, each in known.items()]
    clocks = judging.clocks_of(incident)
    changes = obligations.reconcile(policy.obligations, standing, judging.judged(policy, incident), clocks, now_us=now_us)
    for planned in changes.make:
        _make(session, incident, planned, policy=policy, actor=actor, now_us=now_us)
    for planned in changes.move:
        _move(session, known[planned.key], planned, policy=policy, actor=actor, now_us=now_us)
    for key in changes.cancel:
        end(session, known[key], state=State.CANCELLED, actor=actor, now_us=now_us)
    session.flush()
    return len(changes.make) + len(changes.move) + len(changes.cancel)


def cancel_all(session: Session, incident: Incident, *, actor: Actor, now_us: int) -> None:
    """A rejected case owes nothing any more; what was sent must be corrected, so it stays."""
    for each in of(session, incident):
        if each.state in {State.PENDING, State.OVERDUE}:
            end(session, each, state=State.CANCELLED, actor=actor, now_us=now_us)


def sent(
    session: Session, obligation: Obligation, *, policy: Policy, to: str, is_approver: bool, actor: Actor, now_us: int
) -> None:
    """The recipient was told, and how. What a duty officer sent because no approver answered waits for its approval."""
    _must_be(obligation, {State.PENDING, State.OVERDUE})
    obligation.sent_us, obligation.sent_to = now_us, to
    runs.end(session, silence_of(obligation))
    if obligation.immediate_us is not None and not is_approver:
        _ask_approval(session, obligation, policy=policy, now_us=now_us)
    _set(session, obligation, state=State.SENT, actor=actor, now_us=now_us)


def fulfil(session: Session, obligation: Obligation, *, receipt: str, reason: str | None, actor: Actor, now_us: int) -> None:
    """The recipient confirmed; what was told after its time needs the reason."""
    _must_be(obligation, UNDONE)
    told_us = obligation.sent_us if obligation.sent_us is not None else now_us
    is_late = told_us > obligation.due_us
    if is_late and not reason:
        raise KhienError("obligation.late_reason", duty=obligation.code, recipient=obligation.recipient)
    obligation.receipt, obligation.reason = receipt, reason if is_late else obligation.reason
    end(session, obligation, state=State.LATE if is_late else State.FULFILLED, actor=actor, now_us=now_us)


def waive(session: Session, obligation: Obligation, *, reason: str, actor: Actor, now_us: int) -> None:
    """Two parties agreed that it need not be done; the caller has seen both."""
    _must_be(obligation, UNDONE)
    obligation.reason = reason
    end(session, obligation, state=State.WAIVED, actor=actor, now_us=now_us)


def overdue(session: Session, obligation: Obligation, *, actor: Actor, now_us: int) -> None:
    """Its time is over and nobody was told."""
    _must_be(obligation, {State.PENDING})
    _set(session, obligation, state=State.OVERDUE, actor=actor, now_us=now_us)


def end(session: Session, obligation: Obligation, *, state: State, actor: Actor, now_us: int) -> None:
    """No step of the escalation follows, and none that waits to be sent is sent."""
    obligation.ended_us = now_us
    if obligation.approve_by_us is None:
        runs.end(session, silence_of(obligation))
    runs.stop(session, subject_of(obligation), now_us=now_us)
    _set(session, obligation, state=state, actor=actor, now_us=now_us)


def subject_of(obligation: Obligation) -> str:
    """How runs and notices name an obligation."""
    return f"obligation/{obligation.id}"


def start_clock(session: Session, row: Obligation, *, policy: Policy, now_us: int) -> None:
    """The steps up to its due time; what is overdue at birth has only its last one."""
    steps = _chain(row, policy=policy)
    basis = policy.obligations.steps_basis
    runs.start(session, subject=subject_of(row), steps=steps, due_us=row.due_us, basis=basis, now_us=now_us)


def silence_of(obligation: Obligation) -> str:
    """How the run is named that waits for an approver."""
    return f"silence/{obligation.id}"


def approve(session: Session, obligation: Obligation, *, actor: Actor, now_us: int) -> None:
    """An approver stands by what the duty officer sent. Raises `obligation.nothing_to_approve`."""
    if obligation.approve_by_us is None or obligation.approved_us is not None:
        raise KhienError("obligation.nothing_to_approve", duty=obligation.code, recipient=obligation.recipient)
    obligation.approved_us, obligation.approved_by = now_us, actor.id
    obligation.version += 1
    runs.end(session, silence_of(obligation))
    _record(session, obligation, act="obligation.approved", before=None, actor=actor, now_us=now_us)


def _await_approver(session: Session, row: Obligation, *, incident: Incident, policy: Policy, now_us: int) -> None:
    """What is to be told at once in a grave case: after the silence the duty officer may send it."""
    rule = policy.obligations.rule(row.code)
    is_at_once = any(due.clock is Clock.CLASSIFIED and due.length_us <= _AT_ONCE_US for due in rule.due)
    if not is_at_once or incident.severity in {Severity.M3, Severity.M4}:
        return
    due_us = now_us + policy.approvals.silence_minutes * _MINUTE_US
    step = chain.Notify(tell=_DUTY_OFFICERS, due_us=due_us)
    basis = policy.approvals.basis
    runs.start(session, subject=silence_of(row), steps=(step,), due_us=due_us, basis=basis, now_us=now_us)


def _ask_approval(session: Session, row: Obligation, *, policy: Policy, now_us: int) -> None:
    row.approve_by_us = now_us + policy.approvals.later_approval_hours * 60 * _MINUTE_US
    steps = (
        chain.Notify(tell=_APPROVERS, due_us=now_us),
        chain.Notify(tell=_APPROVERS, channel="second", due_us=row.approve_by_us),
    )
    basis = policy.approvals.basis
    runs.start(session, subject=silence_of(row), steps=steps, due_us=row.approve_by_us, basis=basis, now_us=now_us)


def _chain(row: Obligation, *, policy: Policy) -> tuple[chain.ChainStep, ...]:
    """The steps of the policy with their times."""
    planned = Planned(Key(row.code, row.recipient, row.occurrence), row.start_us, row.due_us)
    due_times = obligations.steps_of(policy.obligations, planned)
    return tuple(
        chain.Notify(
            tell=step.tell,
            channel="second" if step.second_channel else "app",
            due_us=due_us,
            late_reason=step.late_reason,
            percent=step.percent,
        )
        for step, due_us in zip(policy.obligations.steps, due_times, strict=True)
    )


def _make(session: Session, incident: Incident, planned: Planned, *, policy: Policy, actor: Actor, now_us: int) -> None:
    is_overdue = planned.due_us <= now_us
    row = Obligation(
        incident_id=incident.id,
        code=planned.key.code,
        recipient=planned.key.recipient,
        occurrence=planned.key.occurrence,
        state=State.OVERDUE if is_overdue else State.PENDING,
        start_us=planned.start_us,
        due_us=planned.due_us,
        made_us=now_us,
        born_overdue=is_overdue,
        version=1,
    )
    session.add(row)
    session.flush()
    start_clock(session, row, policy=policy, now_us=now_us)
    _await_approver(session, row, incident=incident, policy=policy, now_us=now_us)
    _record(session, row, act="obligation.made", before=None, actor=actor, now_us=now_us)


def _move(session: Session, row: Obligation, planned: Planned, *, policy: Policy, actor: Actor, now_us: int) -> None:
    before = {"due_us": row.due_us, "state": row.state}
    row.start_us, row.due_us = planned.start_us, planned.due_us
    runs.move(session, subject_of(row), steps=_chain(row, policy=policy), due_us=row.due_us, now_us=now_us)
    if row.state == State.PENDING and row.due_us <= now_us:
        row.state = State.OVERDUE
    elif row.state == State.OVERDUE and row.due_us > now_us:
        row.state = State.PENDING
    row.version += 1
    _record(session, row, act="obligation.moved", before=before, actor=actor, now_us=now_us)


def _set(session: Session, row: Obligation, *, state: State, actor: Actor, now_us: int) -> None:
    before = {"due_us": row.due_us, "state": row.state}
    row.state = state
    row.version += 1
    _record(session, row, act=f"obligation.{state.value}", before=before, actor=actor, now_us=now_us)


def _record(
    session: Session,
    row: Obligation,
    *,
    act: str,
    before: dict[str, Any] | None,
    actor: Actor,
    now_us: int,
) -> None:
    audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=act,
        object_name=f"incident/{row.incident_id}",
        before=before,
        after={
            "code": row.code,
            "recipient": row.recipient,
            "occurrence": row.occurrence,
            "state": row.state,
            "due_us": row.due_us,
        },
        reason=row.reason,
        policy_version=session.get_one(Incident, row.incident_id).policy_sha256[:16],
    )


def _must_be(row: Obligation, states: frozenset[State] | set[State]) -> None:
    if row.state not in states:
        raise KhienError("obligation.wrong_state", duty=row.code, recipient=row.recipient, state=row.state)
