"""The immediate notice: no approver answers, the duty officer sends it, and the approval follows (coordination design, section 6).

A run of its own (`silence/…`) beside the steps of the obligation: first it tells the duty officers that they may send; once one of
them has sent, it asks leader and deputy for the approval, and again when the time for it is over.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.service import pinned
from incident_api.escalation import chain, recipients, runs
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.obligation_steps import party_text
from incident_api.incidents import duties
from incident_api.incidents.models import Incident, Obligation
from incident_api.notifications import outbox, words
from incident_api.people.person import Actor
from incident_api.runtime import Runtime

ACTOR = Actor.job("escalation")


def fire(runtime: Runtime, session: Session, run: EscalationRun, *, now_us: int) -> None:
    """Let the duty officer send, or ask for the approval of what was sent."""
    row = session.get_one(Obligation, int(run.subject.partition("/")[2]))
    incident = session.get_one(Incident, row.incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    fired = runs.take(run, chain.Facts(policy.calendar), now_us=now_us)
    is_unsent = row.state in {duties.State.PENDING, duties.State.OVERDUE}
    is_unapproved = row.approve_by_us is not None and row.approved_us is None
    if fired is None or not (is_unsent or is_unapproved):
        return
    step = runs.steps_of(run)[fired.step]
    assert isinstance(step, chain.Notify), "only who is told is fired"
    told = recipients.reached(runtime, session, step.tell, assignee=incident.assignee, now_us=now_us)
    if is_unsent:
        row.immediate_us = now_us
        row.version += 1
        audit.append(
            session,
            at_us=now_us,
            actor=ACTOR,
            act="obligation.immediate",
            object_name=f"incident/{incident.id}",
            before=None,
            after={"obligation": row.id, "code": row.code, "recipient": row.recipient, "told": told},
            reason="no_approver_answered",
            policy_version=incident.policy_sha256[:16],
        )
    rule, party = policy.obligations.rule(row.code), party_text(policy, row.recipient)
    for recipient in told:
        notice = outbox.Notice(
            key=runs.key(run, fired),
            subject=duties.subject_of(row),
            template="obligation_immediate" if is_unsent else "obligation_approve",
            recipient=recipient,
            channel=step.channel,
            urgency="M1" if incident.severity == "M1" else "high",
            values={
                "incident": incident.id,
                "duty_vi": rule.text.vi,
                "duty_en": rule.text.en,
                "party_vi": party.vi,
                "party_en": party.en,
                "due": words.moment(row.due_us),
                "minutes": str(policy.approvals.silence_minutes),
                "approve_by": words.moment(row.approve_by_us if row.approve_by_us is not None else row.due_us),
            },
            tlp=incident.tlp,
            simulated=incident.dataset_kind == "exercise",
        )
        outbox.put(runtime, session, notice, now_us=now_us)
