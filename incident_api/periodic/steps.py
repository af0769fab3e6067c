"""Who is told of a periodic duty: two weeks and three days before the internal target, at the target, and when it is over.

The times are ours (A): the rules name the deadline and the target.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.escalation import chain, recipients, runs
from incident_api.escalation.models import EscalationRun
from incident_api.notifications import outbox, words
from incident_api.people.rights import ROLE_CAPACITY
from incident_api.periodic import record
from incident_api.periodic.models import PeriodicDutyRow
from incident_api.periodic.record import State
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

_DAY_US = 86_400 * MICROSECONDS
_LEADS = ("irt.leader", "irt.deputy")


def subject_of(row: PeriodicDutyRow) -> str:
    """How runs, notices and the audit log name a periodic duty."""
    return f"duty/{row.id}"


def chain_of(row: PeriodicDutyRow) -> tuple[chain.ChainStep, ...]:
    """Whoever of the team it is addressed to and the liaison first, then those who lead."""
    doers = tuple(dict.fromkeys(["irt.liaison", *(each for each in row.recipients if each in ROLE_CAPACITY)]))
    return (
        chain.Notify(tell=doers, due_us=row.target_us - 14 * _DAY_US),
        chain.Notify(tell=(*doers, "irt.shift_lead"), due_us=row.target_us - 3 * _DAY_US),
        chain.Notify(tell=_LEADS, due_us=row.target_us),
        # One microsecond later when both fall together, so that each is told.
        chain.Notify(tell=_LEADS, channel="second", due_us=max(row.due_us, row.target_us + 1), late_reason=True),
    )


def fire(runtime: Runtime, session: Session, run: EscalationRun, *, now_us: int) -> None:
    """Tell what is due; at its end the duty is overdue."""
    row = session.get_one(PeriodicDutyRow, int(run.subject.partition("/")[2]))
    fired = runs.take(run, chain.Facts(runtime.policy.policy.calendar), now_us=now_us)
    if fired is None or row.state not in {State.PENDING, State.OVERDUE}:
        return
    if run.state == runs.EXHAUSTED and row.state == State.PENDING:
        record.overdue(session, row, now_us=now_us)
    step = runs.steps_of(run)[fired.step]
    assert isinstance(step, chain.Notify), "only who is told is fired"
    for recipient in recipients.reached(runtime, session, step.tell, assignee="irt.leader", now_us=now_us):
        notice = outbox.Notice(
            key=runs.key(run, fired),
            subject=run.subject,
            template="periodic_overdue" if row.state == State.OVERDUE else "periodic_due",
            recipient=recipient,
            channel=step.channel,
            urgency="normal",
            values={
                "duty_vi": row.text_vi,
                "duty_en": row.text_en,
                "period": row.period,
                "target": words.moment(row.target_us),
                "due": words.moment(row.due_us),
            },
            tlp="AMBER",
            simulated=False,
        )
        outbox.put(runtime, session, notice, now_us=now_us)
