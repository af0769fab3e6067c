"""Acts of two parties: the first asks, the second, of another home, carries it out by agreeing (coordination design, section 6).

requested → half → granted | denied | expired | withdrawn; asking is the word of the first party, so an approval is born `half`. The
state is checked again when it is granted: what was asked for hours ago must still be possible.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination import approvals as rules
from incident_api.coordination.policy import Policy
from incident_api.escalation import approval_clock, runs
from incident_api.incidents.models import Approval, Incident
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from khien.clock import MICROSECONDS
from khien.errors import KhienError

_MINUTE_US = 60 * MICROSECONDS


class State(StrEnum):
    """Where an approval stands."""

    HALF = "half"
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


def ask(
    session: Session,
    incident: Incident,
    *,
    policy: Policy,
    act: str,
    subject: str,
    asked: dict[str, Any],
    person: Person,
    now_us: int,
) -> Approval:
    """The word of the first party. Raises `approval.*` when their role has none, or somebody asked already."""
    row = policy.approvals.acts[act]
    if not rules.may_speak(policy.approvals, act, person.roles):
        raise KhienError("approval.wrong_roles", act=act, first=", ".join(row.first), second=", ".join(row.second))
    waiting = current(session, incident, act=act, subject=subject, now_us=now_us)
    if waiting is not None:
        raise KhienError("approval.already_asked", act=act, person=waiting.first)
    approval = Approval(
        act=act,
        incident_id=incident.id,
        subject=subject,
        asked=asked,
        state=State.HALF,
        asked_us=now_us,
        expires_us=now_us + policy.approvals.minutes(act) * _MINUTE_US,
        first=person.id,
        first_home=person.home,
        version=1,
    )
    session.add(approval)
    session.flush()
    approval_clock.start(session, approval, policy=policy, now_us=now_us)
    _record(session, approval, act="approval.asked", actor=Actor.of(person), now_us=now_us)
    return approval


def current(session: Session, incident: Incident, *, act: str, subject: str, now_us: int) -> Approval | None:
    """What waits for its second party; one whose time is over ends here."""
    query = select(Approval).where(
        Approval.incident_id == incident.id, Approval.act == act, Approval.subject == subject, Approval.state == State.HALF
    )
    found = session.scalar(query)
    if found is not None and found.expires_us <= now_us:
        _end(session, found, state=State.EXPIRED, actor=Actor.job("approvals"), reason=None, now_us=now_us)
        return None
    return found


def waiting(session: Session, approval_id: int, *, now_us: int) -> Approval:
    """An approval that may still be answered. Raises `approval.not_found`, `approval.over`."""
    found = session.get(Approval, approval_id)
    if found is None:
        raise KhienError("approval.not_found", object=str(approval_id))
    if found.state != State.HALF or found.expires_us <= now_us:
        state = State.EXPIRED.value if found.state == State.HALF else found.state
        raise KhienError("approval.over", act=found.act, state=state)
    return found


def grant(session: Session, approval: Approval, *, policy: Policy, second: Person, now_us: int) -> Person:
    """The word of the second party; gives the first one, in whose name it is carried out. Raises `approval.*`."""
    first = Person.of(session.get_one(PersonRow, approval.first))
    # The home that counts is the one at the time of the word; a role that was lost since does not count any more.
    one = rules.Party(first.id, first.roles if first.is_active else (), approval.first_home)
    refused = rules.refusal(policy.approvals, approval.act, one, rules.Party(second.id, second.roles, second.home))
    if refused is not None:
        raise refused
    approval.second, approval.second_home = second.id, second.home
    _end(session, approval, state=State.GRANTED, actor=Actor.of(second), reason=None, now_us=now_us)
    return first


def deny(session: Session, approval: Approval, *, policy: Policy, person: Person, reason: str, now_us: int) -> None:
    """The second party says no; the first one may take the word back."""
    if person.id != approval.first and not rules.may_speak(policy.approvals, approval.act, person.roles):
        row = policy.approvals.acts[approval.act]
        raise KhienError("approval.wrong_roles", act=approval.act, first=", ".join(row.first), second=", ".join(row.second))
    state = State.WITHDRAWN if person.id == approval.first else State.DENIED
    _end(session, approval, state=state, actor=Actor.of(person), reason=reason, now_us=now_us)


def expire(session: Session, approval: Approval, *, actor: Actor, now_us: int) -> None:
    """Nobody of the other party answered in time."""
    _end(session, approval, state=State.EXPIRED, actor=actor, reason=None, now_us=now_us)


def _end(session: Session, approval: Approval, *, state: State, actor: Actor, reason: str | None, now_us: int) -> None:
    approval.state, approval.ended_us, approval.reason = state, now_us, reason
    approval.version += 1
    runs.stop(session, approval_clock.subject_of(approval), now_us=now_us)
    _record(session, approval, act=f"approval.{state.value}", actor=actor, now_us=now_us)


def _record(session: Session, approval: Approval, *, act: str, actor: Actor, now_us: int) -> None:
    audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=act,
        object_name=f"incident/{approval.incident_id}",
        before=None,
        after={"approval": approval.id, "act": approval.act, "subject": approval.subject, "asked": approval.asked},
        reason=approval.reason,
    )
