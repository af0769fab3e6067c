"""An approval that waits: the second party is told, told again when they are silent, and it expires (coordination, section 6)."""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.escalation import chain, recipients, runs
from incident_api.escalation.models import EscalationRun
from incident_api.incidents import approvals, record
from incident_api.incidents.models import Approval, Incident
from incident_api.notifications import outbox, words
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime

ACTOR = Actor.job("approvals")
_URGENCIES: dict[str | None, outbox.Urgency] = {"M1": "M1", "M2": "high"}


def fire(runtime: Runtime, session: Session, run: EscalationRun, *, now_us: int) -> None:
    """Ask, ask again, or let it expire."""
    row = session.get_one(Approval, int(run.subject.partition("/")[2]))
    incident = session.get_one(Incident, row.incident_id)
    policy = pinned(runtime, session, incident.policy_sha256)
    fired = runs.take(run, chain.Facts(policy.calendar), now_us=now_us)
    if fired is None or row.state != approvals.State.HALF:
        return
    if now_us >= row.expires_us:
        before = record.summary(incident)
        approvals.expire(session, row, actor=ACTOR, now_us=now_us)
        told = [row.first]
        record.changed(runtime, session, incident, act="expired", actor=ACTOR, before=before, now_us=now_us)
    else:
        step = runs.steps_of(run)[fired.step]
        assert isinstance(step, chain.Notify), "only who is told is fired"
        told = recipients.reached(runtime, session, step.tell, assignee=incident.assignee, now_us=now_us)
        told = [each for each in told if each != row.first and _may_be_second(session, row, each)]
    for recipient in told:
        outbox.put(runtime, session, _notice(session, policy, incident, row, run, fired, recipient=recipient), now_us=now_us)


def _may_be_second(session: Session, row: Approval, person: str) -> bool:
    """Of the home of the first party nobody can be the second."""
    found = session.get(PersonRow, person)
    return found is None or found.home != row.first_home


def _notice(
    session: Session,
    policy: Policy,
    incident: Incident,
    row: Approval,
    run: EscalationRun,
    fired: chain.Fired,
    *,
    recipient: str,
) -> outbox.Notice:
    act = policy.approvals.acts[row.act].text
    is_over = row.state == approvals.State.EXPIRED
    first = session.get_one(PersonRow, row.first)
    step = runs.steps_of(run)[fired.step]
    asked = {"person_vi": first.name_vi, "person_en": first.name_en, "expires": words.moment(row.expires_us)}
    over = {"outcome_vi": "Hết hạn phê duyệt", "outcome_en": "Expired", "person": "–"}
    return outbox.Notice(
        key=runs.key(run, fired),
        subject=run.subject,
        template="approval_ended" if is_over else "approval_asked",
        recipient=recipient,
        channel=step.channel if isinstance(step, chain.Notify) else "app",
        urgency=_URGENCIES.get(incident.severity, "normal"),
        values={"incident": incident.id, "act_vi": act.vi, "act_en": act.en, **(over if is_over else asked)},
        tlp=incident.tlp,
        simulated=incident.dataset_kind == "exercise",
    )
