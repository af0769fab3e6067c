"""The one function that executes the table: version, right, guards, state, clock, audit and live stream in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts import assigning, guards, linking
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.alerts.states import QUEUED, Action, Row, State, row_of
from incident_api.audit import service as audit
from incident_api.escalation import service as escalation
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.errors import KhienError

_RESTORED = (
    "state",
    "is_open",
    "collects",
    "verdict",
    "assignee",
    "is_unattended",
    "is_returned",
    "taken_us",
    "closed_us",
    "acknowledge_due_us",
)


@dataclass(frozen=True, slots=True)
class Act:
    """What a person asks for."""

    action: Action
    version: int
    verdict: str | None = None
    reason: str | None = None
    receiver: str | None = None
    incident: str | None = None

    @classmethod
    def link(cls, group: TriageGroup, *, incident: str) -> Act:
        """Of a group as it stands, to the incident that is being opened from it."""
        return cls(Action.LINK, group.version, incident=incident)


def execute(runtime: Runtime, session: Session, group: TriageGroup, *, person: Person, act: Act) -> None:
    """Move a group, or raise the refusal. Must run inside a writing transaction."""
    now = runtime.clock.now_us()
    attempt = guards.Attempt(
        person=person, now_us=now, verdict=act.verdict, note=act.reason, receiver=act.receiver, incident=act.incident
    )
    refused = refusal(session, group, attempt=attempt, action=act.action, version=act.version)
    if refused is not None:
        raise refused
    if act.action is Action.CLOSE and group.state == State.NEW:
        # The analyst takes first: two transitions, two records, one transaction.
        _move(runtime, session, group, row=row_of(Action.TAKE), person=person, act=Act(Action.TAKE, act.version), now=now)
    _move(runtime, session, group, row=row_of(act.action), person=person, act=act, now=now)


def refusal(
    session: Session, group: TriageGroup, *, attempt: guards.Attempt, action: Action, version: int | None
) -> KhienError | None:
    """Why this person may not do this now; None = they may. Without `version` and fields it tells the page what to offer."""
    row = row_of(action)
    if row.right is None or row.right not in attempt.person.rights:
        return KhienError("session.forbidden", right=row.right.value if row.right else "–")
    if version is not None and version != group.version:
        return _changed(session, group)
    if group.state not in row.sources:
        return _wrong_state(session, group, action)
    for guard in row.guards:
        refused = guards.refusal(guard, session, group, attempt)
        if refused is not None:
            return refused
    return None


def created(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, now: int) -> None:
    """A1: the first alert of a group arrived and was assigned."""
    row = row_of(Action.CREATE)
    _record(runtime, session, group, row=row, actor=actor, act=Act(Action.CREATE, 0), before=None, old_state=None, now=now)


def reopened(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, now: int) -> None:
    """A10 by the platform: what was withdrawn when people closed it stands again."""
    row = row_of(Action.REOPEN)
    old_state = group.state
    before = {field: getattr(group, field) for field in _RESTORED} | {"run": escalation.snapshot(session, group)}
    group.version += 1
    _stand(group, State.NEW)
    _fresh(runtime, session, group, now)
    act = Act(Action.REOPEN, 0, reason="late_events")
    _record(runtime, session, group, row=row, actor=actor, act=act, before=before, old_state=old_state, now=now)


def _move(runtime: Runtime, session: Session, group: TriageGroup, *, row: Row, person: Person, act: Act, now: int) -> None:
    before = {field: getattr(group, field) for field in _RESTORED} | {"run": escalation.snapshot(session, group)}
    old_state = group.state
    group.version += 1
    if row.target is None:
        _undo(runtime, session, group, person, now)
    else:
        _stand(group, row.target)
        _EFFECTS[act.action](runtime, session, group, person, act, now)
    _record(runtime, session, group, row=row, actor=Actor.of(person), act=act, before=before, old_state=old_state, now=now)


def _stand(group: TriageGroup, state: State) -> None:
    group.state, group.is_open, group.collects = state.value, state in QUEUED, state is not State.CLOSED


def _take(runtime: Runtime, session: Session, group: TriageGroup, person: Person, _act: Act, now: int) -> None:
    group.taken_us, group.is_unattended = now, False
    escalation.stop(session, group)
    if group.assignee != person.id:
        assigning.name(runtime, session, group, person=person.id, cause="taken", now_us=now)


def _hand_over(runtime: Runtime, session: Session, group: TriageGroup, person: Person, act: Act, now: int) -> None:
    group.taken_us, group.is_unattended = None, False
    escalation.stop(session, group)
    inform: tuple[str, ...] = ()
    if act.receiver is None:
        # Whoever gives it back is not given it again at once.
        decision = assigning.assign(runtime, session, group, cause="returned", now_us=now, excluded=(person.id,))
        inform = decision.inform
    else:
        assigning.name(runtime, session, group, person=act.receiver, cause="handed_over", now_us=now)
    escalation.start(runtime, session, group, now_us=now, inform=inform)


def _link(runtime: Runtime, session: Session, group: TriageGroup, person: Person, act: Act, now: int) -> None:
    """The work goes on in the incident; the group keeps its assignee, and collects what else comes."""
    assert act.incident is not None  # the guard has found it
    group.is_unattended = False
    escalation.stop(session, group)
    linking.join(runtime, session, group, incident_id=act.incident, actor=Actor.of(person), now=now)


def _unlink(runtime: Runtime, session: Session, group: TriageGroup, person: Person, act: Act, now: int) -> None:
    linking.part(runtime, session, group, actor=Actor.of(person), reason=act.reason, now=now)
    _take(runtime, session, group, person, act, now)


def _close(_runtime: Runtime, session: Session, group: TriageGroup, _person: Person, act: Act, now: int) -> None:
    group.verdict, group.closed_us, group.is_unattended = act.verdict, now, False
    escalation.stop(session, group)


def _reopen(runtime: Runtime, session: Session, group: TriageGroup, _person: Person, _act: Act, now: int) -> None:
    _fresh(runtime, session, group, now)


def _fresh(runtime: Runtime, session: Session, group: TriageGroup, now: int) -> None:
    group.verdict, group.closed_us, group.taken_us, group.is_returned = None, None, None, True
    session.flush()
    decision = assigning.assign(runtime, session, group, cause="reopened", now_us=now)
    escalation.start(runtime, session, group, now_us=now, inform=decision.inform)


def _undo(runtime: Runtime, session: Session, group: TriageGroup, person: Person, now: int) -> None:
    last = guards.last_transition(session, group)
    if last is None or last.before is None:
        raise KhienError("alert.nothing_to_undo")
    for field in _RESTORED:
        # A record of before the field was there: what was open collected.
        setattr(group, field, last.before[field] if field in last.before else last.before["is_open"])
    escalation.restore(session, last.before["run"], group=group)
    if last.action == Action.LINK:
        linking.part(runtime, session, group, actor=Actor.of(person), reason=None, now=now)
    elif last.action == Action.UNLINK:
        linking.join_again(runtime, session, group, actor=Actor.of(person), now=now)


_EFFECTS = {
    Action.TAKE: _take,
    Action.HAND_OVER: _hand_over,
    Action.LINK: _link,
    Action.UNLINK: _unlink,
    Action.CLOSE: _close,
    Action.REOPEN: _reopen,
}


def _record(  # noqa: PLR0913 - each is a column of the record
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    row: Row,
    actor: Actor,
    act: Act,
    before: dict[str, Any] | None,
    old_state: str | None,
    now: int,
) -> None:
    """The transition, its one audit record and its one stream event."""
    seen = None if before is None else {"state": old_state, "assignee": before["assignee"], "verdict": before["verdict"]}
    after = {"state": group.state, "assignee": group.assignee, "verdict": group.verdict, "version": group.version}
    if act.incident is not None:
        after["incident"] = act.incident
    audit_seq = audit.append(
        session,
        at_us=now,
        actor=actor,
        act=f"alert.{act.action.value}",
        object_name=f"group/{group.id}",
        before=seen,
        after=after,
        reason=act.reason,
        policy_version=runtime.policy.label,
    )
    session.add(
        TransitionRecord(
            group_id=group.id,
            number=row.number,
            action=act.action.value,
            from_state=old_state,
            to_state=group.state,
            at_us=now,
            actor=actor.id,
            capacity=actor.capacity,
            reason=act.reason,
            verdict=group.verdict if act.action is Action.CLOSE else None,
            assignee=group.assignee,
            version=group.version,
            before=before,
            audit_seq=audit_seq,
        )
    )
    group.stream_seq = stream.append(
        session,
        kind="group",
        object_id=group.id,
        version=group.version,
        at_us=now,
        units=group.units,
        keep=runtime.settings.stream_rows,
    )
    session.flush()


def _wrong_state(session: Session, group: TriageGroup, action: Action) -> KhienError:
    incident = linking.incident_of(session, group.id) if action is Action.LINK else None
    if incident is not None:
        return KhienError("incident.group_linked", group=group.id, object=incident.id)
    return KhienError("alert.wrong_state", action=action.value, state=group.state)


def _changed(session: Session, group: TriageGroup) -> KhienError:
    """Names who was faster, so that the page can say "Lan took this 3 s ago"."""
    last = guards.last_transition(session, group)
    return KhienError(
        "alert.changed",
        person=last.actor if last else "–",
        action=last.action if last else "–",
        at_us=last.at_us if last else 0,
        version=group.version,
    )
