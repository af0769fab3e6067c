"""The clock of an approval: who is asked, who is asked again, and when it expires."""

from __future__ import annotations

from sqlalchemy.orm import Session

from incident_api.coordination.policy import Policy
from incident_api.escalation import chain, runs
from incident_api.incidents.models import Approval
from khien.clock import MICROSECONDS

_MINUTE_US = 60 * MICROSECONDS
#: Whoever asked is told that nobody answered.
FIRST_PARTY = "first_party"


def start(session: Session, approval: Approval, *, policy: Policy, now_us: int) -> None:
    """The other party now, everybody who may answer again on the second channel after the silence, at the end whoever asked."""
    row = policy.approvals.acts[approval.act]
    silence_us = now_us + policy.approvals.silence_minutes * _MINUTE_US
    roles = tuple(dict.fromkeys((*row.second, *row.first)))
    steps: list[chain.ChainStep] = [chain.Notify(tell=roles, due_us=now_us)]
    if silence_us < approval.expires_us:
        steps.append(chain.Notify(tell=roles, channel="second", due_us=silence_us))
    steps.append(chain.Notify(tell=(FIRST_PARTY,), due_us=approval.expires_us))
    runs.start(
        session,
        subject=subject_of(approval),
        steps=steps,
        due_us=approval.expires_us,
        basis=policy.approvals.basis,
        now_us=now_us,
    )


def subject_of(approval: Approval) -> str:
    """How runs and notices name an approval."""
    return f"approval/{approval.id}"
