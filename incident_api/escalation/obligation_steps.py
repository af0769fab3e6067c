"""The steps of an obligation: a share of the time from its clock to its due time, and who is told (coordination design, section 6).

What was sent and waits for its receipt is a matter of the assignee alone; what was not sent goes up. At its due time a pending
obligation becomes overdue in the same transaction, and the reason is asked.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.escalation import chain, recipients, runs
from incident_api.escalation.models import EscalationRun
from incident_api.incidents import duties, record
from incident_api.incidents.models import Incident, Obligation
from incident_api.notifications import outbox, words
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.clock import MICROSECONDS

ACTOR = Actor.job("escalation")
#: A step later than this is marked late: nobody ticked when it was due.
LATE_US = 60 * MICROSECONDS
_WHOLE = 100
_URGENCIES: dict[str | None, outbox.Urgency] = {"M1": "M1", "M2": "high"}


def fire(runtime: Runtime, session: Session, run: EscalationRun, *, now_us: int) -> None:
    """Take the highest step that is due; those below are noted as skipped."""
    row = session.get_one(Obligation, int(run.subject.partition("/")[2]))
    incident = session.get_one(Incident, row.incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    fired = runs.take(run, chain.Facts(policy.calendar), now_us=now_us)
    if fired is None or row.state not in duties.UNDONE:
        return
    step = runs.steps_of(run)[fired.step]
    assert isinstance(step, chain.Notify), "only who is told is fired"
    is_overdue = now_us >= row.due_us and row.state == duties.State.PENDING
    before = record.summary(incident)
    if is_overdue:
        duties.overdue(session, row, actor=ACTOR, now_us=now_us)
    names = ("assignee",) if row.state == duties.State.SENT else step.tell
    told = recipients.reached(runtime, session, names, assignee=incident.assignee, now_us=now_us)
    for recipient in told:
        notice = _notice(policy, incident, row, run, fired, step, recipient=recipient)
        outbox.put(runtime, session, notice, now_us=now_us)
    _record(session, incident, row, step=step, fired=fired, told=told, now_us=now_us)
    if is_overdue:
        record.changed(runtime, session, incident, act="overdue", actor=ACTOR, before=before, now_us=now_us)
    else:
        incident.stream_seq = stream.append(
            session,
            kind="incident",
            object_id=incident.id,
            version=incident.version,
            at_us=now_us,
            units=incident.units,
            keep=runtime.settings.stream_rows,
        )


def _notice(
    policy: Policy,
    incident: Incident,
    row: Obligation,
    run: EscalationRun,
    fired: chain.Fired,
    step: chain.Notify,
    *,
    recipient: str,
) -> outbox.Notice:
    rule = policy.obligations.rule(row.code)
    party = party_text(policy, row.recipient)
    return outbox.Notice(
        key=runs.key(run, fired),
        subject=run.subject,
        template="obligation_overdue" if step.percent == _WHOLE else "obligation_step",
        recipient=recipient,
        channel=step.channel,
        urgency=_URGENCIES.get(incident.severity, "normal"),
        values={
            "incident": incident.id,
            "duty_vi": rule.text.vi,
            "duty_en": rule.text.en,
            "party_vi": party.vi,
            "party_en": party.en,
            "percent": str(step.percent),
            "due": words.moment(row.due_us),
        },
        tlp=incident.tlp,
        simulated=incident.dataset_kind == "exercise",
    )


def party_text(policy: Policy, recipient: str) -> Text:
    """A recipient by the name that its party has in the rules; whoever is none of them by the name itself."""
    name, _, endpoint = recipient.partition(".")
    party = policy.parties.get(name)
    if party is None:
        return Text(vi=recipient, en=recipient)
    end = f" ({endpoint})" if endpoint else ""
    return Text(vi=f"{party.name.vi}{end}", en=f"{party.name.en}{end}")


def _record(
    session: Session,
    incident: Incident,
    row: Obligation,
    *,
    step: chain.Notify,
    fired: chain.Fired,
    told: list[str],
    now_us: int,
) -> None:
    due_us = step.due_us if step.due_us is not None else now_us
    after: dict[str, Any] = {
        "obligation": row.id,
        "code": row.code,
        "recipient": row.recipient,
        "occurrence": row.occurrence,
        "percent": step.percent,
        "told": told,
        "skipped": list(fired.skipped),
        "late": now_us - due_us > LATE_US,
    }
    audit.append(
        session,
        at_us=now_us,
        actor=ACTOR,
        act="obligation.step",
        object_name=f"incident/{incident.id}",
        before=None,
        after=after,
        policy_version=incident.policy_sha256[:16],
    )
