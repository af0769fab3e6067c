"""Periodic duties: made when their period comes, moved when the calendar is corrected, told, and fulfilled with a receipt."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.coordination.periodic import Deadline, PeriodicDuty, deadline
from incident_api.coordination.policy import Policy
from incident_api.escalation import runs
from incident_api.http.schemas import LocalText
from incident_api.people.person import Actor, Person
from incident_api.periodic import record, steps
from incident_api.periodic.models import PeriodicDutyRow
from incident_api.periodic.periods import Period, around
from incident_api.periodic.record import State
from incident_api.periodic.schemas import FulfilPeriodicDuty, PeriodicDutiesAnswer, PeriodicDutyView
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.text import normalise

_OPEN = (State.PENDING, State.OVERDUE)
_LISTED = 200


def run(runtime: Runtime, now_us: int) -> str:
    """Make and move what the rules and the calendar say. A year that the calendar has not is raised after all others are done."""
    policy = runtime.policy.policy
    today = policy.calendar.local(now_us).date()
    made = moved = 0
    missing: KhienError | None = None
    for duty in policy.periodic.duties:
        for period in around(duty, today):
            try:
                owed = deadline(duty, policy.calendar, year=period.year, number=period.number)
            except KhienError as error:
                missing = error
                continue
            with runtime.database.write() as session:
                known = _known(session, duty, period)
                if known is None and owed.due_us > now_us:
                    _make(session, policy, duty, period, owed, now_us=now_us)
                    made += 1
                elif known is not None and _is_moved(known, owed):
                    _move(session, known, owed, now_us=now_us)
                    moved += 1
    if missing is not None:
        raise missing
    return f"{made} made, {moved} moved"


def listing(runtime: Runtime) -> PeriodicDutiesAnswer:
    """What is owed and what was done."""
    bases = runtime.policy.policy
    owed = select(PeriodicDutyRow).where(PeriodicDutyRow.state.in_(_OPEN)).order_by(PeriodicDutyRow.due_us, PeriodicDutyRow.id)
    done = select(PeriodicDutyRow).where(PeriodicDutyRow.state.not_in(_OPEN)).order_by(PeriodicDutyRow.due_us.desc())
    with runtime.database.read() as session:
        rows = [*session.scalars(owed), *session.scalars(done.limit(_LISTED))]
        return PeriodicDutiesAnswer(duties=[_view(bases, row) for row in rows])


def fulfil(runtime: Runtime, session: Session, *, person: Person, duty_id: int, request: FulfilPeriodicDuty) -> PeriodicDutyView:
    """It was done. Raises `periodic.*`."""
    now = runtime.clock.now_us()
    row = session.get(PeriodicDutyRow, duty_id)
    if row is None:
        raise KhienError("periodic.not_found", object=str(duty_id))
    if row.state not in _OPEN:
        raise KhienError("periodic.done", duty=row.code, period=row.period)
    is_late = now > row.due_us
    if is_late and request.reason is None:
        raise KhienError("periodic.late_reason", duty=row.code, period=row.period)
    before = record.summary(row)
    row.state = State.LATE if is_late else State.FULFILLED
    row.fulfilled_us, row.fulfilled_by = now, person.id
    row.receipt = normalise(request.receipt)
    row.reason = normalise(request.reason) if request.reason else None
    runs.stop(session, steps.subject_of(row), now_us=now)
    record.changed(session, row, act="duty.fulfilled", before=before, actor=Actor.of(person), now_us=now)
    session.flush()
    return _view(runtime.policy.policy, row)


def _known(session: Session, duty: PeriodicDuty, period: Period) -> PeriodicDutyRow | None:
    return session.scalar(select(PeriodicDutyRow).where(PeriodicDutyRow.code == duty.code, PeriodicDutyRow.period == period.name))


def _is_moved(row: PeriodicDutyRow, owed: Deadline) -> bool:
    return row.state == State.PENDING and (row.due_us, row.target_us) != (owed.due_us, owed.target_us)


def _make(session: Session, policy: Policy, duty: PeriodicDuty, period: Period, owed: Deadline, *, now_us: int) -> None:
    row = PeriodicDutyRow(
        code=duty.code,
        period=period.name,
        text_vi=duty.text.vi,
        text_en=duty.text.en,
        recipients=list(duty.to),
        basis=duty.basis,
        state=State.PENDING,
        due_us=owed.due_us,
        target_us=owed.target_us,
        made_us=now_us,
        version=0,
    )
    session.add(row)
    session.flush()
    chain = steps.chain_of(row)
    basis = policy.obligations.steps_basis
    runs.start(session, subject=steps.subject_of(row), steps=chain, due_us=row.due_us, basis=basis, now_us=now_us)
    record.changed(session, row, act="duty.made", before=None, actor=record.ACTOR, now_us=now_us)


def _move(session: Session, row: PeriodicDutyRow, owed: Deadline, *, now_us: int) -> None:
    before = record.summary(row)
    row.due_us, row.target_us = owed.due_us, owed.target_us
    runs.move(session, steps.subject_of(row), steps=steps.chain_of(row), due_us=row.due_us, now_us=now_us)
    record.changed(session, row, act="duty.moved", before=before, actor=record.ACTOR, now_us=now_us)


def _view(policy: Policy, row: PeriodicDutyRow) -> PeriodicDutyView:
    basis = policy.bases.get(row.basis)
    return PeriodicDutyView.model_validate(
        {
            "id": row.id,
            "code": row.code,
            "period": row.period,
            "text": LocalText(vi=row.text_vi, en=row.text_en),
            "recipients": row.recipients,
            "basis": LocalText(vi=basis.text.vi, en=basis.text.en) if basis else LocalText(vi=row.basis, en=row.basis),
            "state": row.state,
            "due_us": row.due_us,
            "target_us": row.target_us,
            "fulfilled_us": row.fulfilled_us,
            "fulfilled_by": row.fulfilled_by,
            "receipt": row.receipt,
            "reason": row.reason,
        }
    )
