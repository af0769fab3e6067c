"""What people do with a group: one act, one transaction, and the first answer again for a retried request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from incident_api.alerts import detail, transition
from incident_api.alerts.models import Note, TriageGroup
from incident_api.alerts.queue import visible_group
from incident_api.alerts.schemas import GroupDetail
from incident_api.alerts.states import Action
from incident_api.audit import service as audit
from incident_api.coordination.canonical import sha256_of
from incident_api.http.idempotent import once
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


@dataclass(frozen=True, slots=True)
class Order:
    """A request to act on a group; `key` makes it idempotent."""

    group_id: str
    action: str
    version: int
    key: str | None = None
    verdict: str | None = None
    reason: str | None = None
    to: str | None = None
    incident: str | None = None
    scope: str | None = None
    until_us: int | None = None


def perform(runtime: Runtime, *, caller: Caller, order: Order) -> GroupDetail:
    """Execute a transition of the table."""
    act = transition.Act(
        action=Action(order.action),
        version=order.version,
        verdict=order.verdict,
        reason=normalise(order.reason) if order.reason else None,
        receiver=order.to,
        incident=order.incident,
        scope=order.scope,
        until_us=order.until_us,
    )

    def work(session: Session, group: TriageGroup) -> None:
        if order.incident is not None:
            visible_incident(session, caller=caller, incident_id=order.incident)
        transition.execute(runtime, session, group, person=caller.person, act=act)

    fingerprint = sha256_of(asdict(order) | {"key": None})
    return _once(runtime, caller=caller, group_id=order.group_id, key=order.key, fingerprint=fingerprint, work=work)


def add_note(runtime: Runtime, *, caller: Caller, group_id: str, text: str, key: str | None) -> GroupDetail:
    """Write into the history; no transition, but on record."""

    def work(session: Session, group: TriageGroup) -> None:
        now = runtime.clock.now_us()
        note = Note(group_id=group.id, author=caller.person.id, at_us=now, text=normalise(text))
        session.add(note)
        session.flush()
        audit.append(
            session,
            at_us=now,
            actor=Actor.of(caller.person),
            act="alert.note",
            object_name=f"group/{group.id}",
            before=None,
            after={"note": note.id, "text_sha256": sha256_of(note.text)},
            policy_version=runtime.policy.label,
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

    fingerprint = sha256_of({"note": text, "group": group_id})
    return _once(runtime, caller=caller, group_id=group_id, key=key, fingerprint=fingerprint, work=work)


def _once(
    runtime: Runtime,
    *,
    caller: Caller,
    group_id: str,
    key: str | None,
    fingerprint: str,
    work: Callable[[Session, TriageGroup], None],
) -> GroupDetail:
    """Do it in one transaction with the answer, unless this key has its answer already."""
    with runtime.database.write() as session:
        group = visible_group(session, caller=caller, group_id=group_id)

        def answer() -> GroupDetail:
            work(session, group)
            session.flush()
            return detail.of(runtime, session, group, caller=caller)

        return once(runtime, session, caller=caller, key=key, fingerprint=fingerprint, model=GroupDetail, work=answer)
