"""Watches what watches: open work without a clock, steps that should have been taken, claims and notices that are stuck.

Runs each minute and leaves a beat; when the auditor itself is silent for five minutes, health is red (response design, section 8).
What has no clock gets one, and that is on record: a deadline must not be missed because a clock was never started.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from sqlalchemy import ColumnElement, String, cast, exists, func, literal, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.service import pinned
from incident_api.escalation import approval_clock, beats, runs, service
from incident_api.escalation.models import EscalationRun
from incident_api.incidents import approvals, duties
from incident_api.incidents.models import Approval, Incident, Obligation
from incident_api.jobs.models import JobRow
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import State as NoticeState
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

BEAT = "auditor"
ACTOR = Actor.job("auditor")
#: A step, a claim or a notice that is this late is stuck.
LATE_US = 120 * MICROSECONDS
_WAITING = (NoticeState.QUEUED.value, NoticeState.FAILED.value, NoticeState.SENDING.value)
_MENDED_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Findings:
    """How many of each; nothing is well only when all are 0."""

    without_clock: int
    late_steps: int
    expired_claims: int
    stuck_notices: int
    dead_notices: int

    def as_line(self) -> str:
        """For the job table and the log."""
        return " ".join(f"{each.name}={getattr(self, each.name)}" for each in fields(self))


def run(runtime: Runtime, now_us: int) -> str:
    """Mend what has no clock, count what is stuck, leave the beat."""
    mended = _mend(runtime, now_us=now_us)
    with runtime.database.read() as session:
        found = look(session, now_us=now_us)
    beats.beat(runtime, BEAT, now_us=now_us, late=found.late_steps)
    return f"{found.as_line()} mended={mended}"


def look(session: Session, *, now_us: int) -> Findings:
    """What is wrong now."""
    late = now_us - LATE_US
    return Findings(
        without_clock=service.without_clock(session) + len(_obligations(session)) + len(_approvals(session)),
        late_steps=_count(session, EscalationRun.state == runs.RUNNING, EscalationRun.next_due_us < late),
        expired_claims=_count(session, JobRow.state == "running", JobRow.claimed_until_us < late)
        + _count(session, NoticeRow.state == NoticeState.SENDING.value, NoticeRow.lease_until_us < late),
        stuck_notices=_count(session, NoticeRow.state.in_(_WAITING), NoticeRow.next_at_us < late),
        dead_notices=_count(session, NoticeRow.state == NoticeState.DEAD.value),
    )


def _count(session: Session, *where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0


def _mend(runtime: Runtime, *, now_us: int) -> int:
    """Open obligations and approvals without a run get one; a group's comes from the act that made it, so it is only counted."""
    with runtime.database.read() as session:
        obligations, waiting = _obligations(session), _approvals(session)
    for number in obligations:
        with runtime.database.write() as session:
            row = session.get_one(Obligation, number)
            if row.state in duties.UNDONE and runs.current(session, duties.subject_of(row)) is None:
                incident = session.get_one(Incident, row.incident_id)
                policy = pinned(runtime, session, incident.policy_sha256)
                duties.start_clock(session, row, policy=policy, now_us=now_us)
                _record(session, duties.subject_of(row), now_us=now_us)
    for number in waiting:
        with runtime.database.write() as session:
            approval = session.get_one(Approval, number)
            subject = approval_clock.subject_of(approval)
            if approval.state == approvals.State.HALF and runs.current(session, subject) is None:
                incident = session.get_one(Incident, approval.incident_id)
                policy = pinned(runtime, session, incident.policy_sha256)
                approval_clock.start(session, approval, policy=policy, now_us=now_us)
                _record(session, subject, now_us=now_us)
    return len(obligations) + len(waiting)


def _obligations(session: Session) -> list[int]:
    has_run = exists().where(EscalationRun.subject == literal("obligation/") + cast(Obligation.id, String(20)))
    query = select(Obligation.id).where(Obligation.state.in_(duties.UNDONE), ~has_run)
    return list(session.scalars(query.order_by(Obligation.due_us).limit(_MENDED_AT_ONCE)))


def _approvals(session: Session) -> list[int]:
    has_run = exists().where(EscalationRun.subject == literal("approval/") + cast(Approval.id, String(20)))
    query = select(Approval.id).where(Approval.state == approvals.State.HALF, ~has_run)
    return list(session.scalars(query.limit(_MENDED_AT_ONCE)))


def _record(session: Session, subject: str, *, now_us: int) -> None:
    audit.append(
        session,
        at_us=now_us,
        actor=ACTOR,
        act="escalation.clock_mended",
        object_name=subject,
        before=None,
        after={"subject": subject},
        reason="without_clock",
    )
