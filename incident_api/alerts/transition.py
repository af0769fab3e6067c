"""The one function that executes the table: version, right, guards, state, clock, audit and live stream in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts import effects, guards, linking
from incident_api.alerts.chunk import Chunk
from incident_api.alerts.effects import RESTORED, Act, Work
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.alerts.states import QUEUED, Action, Row, State, row_of
from incident_api.audit import service as audit
from incident_api.database import put_off, write_rows
from incident_api.escalation import service as escalation
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.errors import KhienError

__all__ = ["Act", "by_job", "created", "execute", "refusal"]


def execute(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    person: Person,
    act: Act,
    chunk: Chunk | None = None,
    acted_us: int | None = None,
) -> None:
    """Move a group, or raise the refusal before anything is changed. Must run inside a writing transaction."""
    now = runtime.clock.now_us() if chunk is None else chunk.now_us
    attempt = guards.Attempt(
        person=person,
        now_us=now,
        verdict=act.verdict,
        note=act.reason,
        receiver=act.receiver,
        incident=act.incident,
        until_us=act.until_us,
        chunk=chunk,
        acted_us=acted_us,
        runtime=runtime,
    )
    refused = refusal(session, group, attempt=attempt, action=act.action, version=act.version)
    if refused is not None:
        raise refused
    work = Work(runtime=runtime, session=session, actor=Actor.of(person), act=act, now=now, chunk=chunk)
    before = _before(work, group)
    if act.action is Action.CLOSE and group.state == State.NEW:
        # The analyst takes first: two transitions, two records, one transaction; undo gives back what was before both.
        _move(replace(work, act=Act(Action.TAKE, act.version)), group, before=before)
    _move(work, group, before=before)


def by_job(runtime: Runtime, session: Session, group: TriageGroup, *, actor: Actor, act: Act, now: int) -> None:
    """A transition that the table lets a job of ours make; its guards are about people. Raises `alert.wrong_state`."""
    row = row_of(act.action)
    if not row.by_job or group.state not in row.sources:
        raise KhienError("alert.wrong_state", action=act.action.value, state=group.state)
    work = Work(runtime=runtime, session=session, actor=actor, act=act, now=now)
    _move(work, group, before=_before(work, group))


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
    """A1: the first alert of a group arrived and was assigned. The group need not be written yet."""
    work = Work(runtime=runtime, session=session, actor=actor, act=Act(Action.CREATE, 0), now=now)
    _record(work, group, row=row_of(Action.CREATE), before=None, seen=None)


def _before(work: Work, group: TriageGroup) -> dict[str, Any]:
    run = escalation.snapshot(work.session, group) if work.chunk is None else work.chunk.snapshot(group)
    return {field: getattr(group, field) for field in RESTORED} | {"run": run}


def _move(work: Work, group: TriageGroup, *, before: dict[str, Any]) -> None:
    row = row_of(work.act.action)
    seen = {"state": group.state, "assignee": group.assignee, "verdict": group.verdict}
    group.version += 1
    if row.target is None:
        last = guards.last_transition(work.session, group, chunk=work.chunk)
        if last is None or last.before is None:
            raise KhienError("alert.nothing_to_undo")
        effects.undo(work, group, last)
    else:
        group.state, group.is_open = row.target.value, row.target in QUEUED
        group.collects = row.target is not State.CLOSED
        effects.apply(work, group)
    _record(work, group, row=row, before=before, seen=seen)


def _record(work: Work, group: TriageGroup, *, row: Row, before: dict[str, Any] | None, seen: dict[str, Any] | None) -> None:
    """The transition, its one audit record and its one stream event."""
    runtime, session, act, actor = work.runtime, work.session, work.act, work.actor
    after: dict[str, Any] = {"state": group.state, "assignee": group.assignee, "verdict": group.verdict, "version": group.version}
    named = (("incident", act.incident), ("scope", act.scope), ("until_us", act.until_us))
    after |= {name: value for name, value in named if value is not None} | work.more
    audit_seq = audit.append(
        session,
        at_us=work.now,
        actor=actor,
        act=f"alert.{act.action.value}",
        object_name=f"group/{group.id}",
        before=seen,
        after=after,
        reason=act.reason,
        policy_version=runtime.policy.label,
    )
    put_off(
        session,
        TransitionRecord,
        group_id=group.id,
        number=row.number,
        action=act.action.value,
        from_state=None if seen is None else seen["state"],
        to_state=group.state,
        at_us=work.now,
        actor=actor.id,
        capacity=actor.capacity,
        reason=act.reason,
        verdict=group.verdict if row.target is State.CLOSED else None,
        assignee=group.assignee,
        version=group.version,
        before=before,
        audit_seq=audit_seq,
    )
    group.stream_seq = stream.append(
        session,
        kind="group",
        object_id=group.id,
        version=group.version,
        at_us=work.now,
        units=group.units,
        keep=runtime.settings.stream_rows,
    )
    if work.chunk is None and row.sources:
        write_rows(session)


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
