"""The one function that executes the table: right, version, state, required fields, guards, state, clocks, duties and record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from incident_api.casework import measures
from incident_api.coordination.case import Severity
from incident_api.coordination.policy import Policy
from incident_api.incidents import duties, guards, handling, judging, merging, record, severities
from incident_api.incidents.models import Incident, IncidentTransition
from incident_api.incidents.orders import Move
from incident_api.incidents.states import Action, Row, State, row_of
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.errors import KhienError


def refusal(session: Session, incident: Incident, *, person: Person, order: Move, policy: Policy) -> KhienError | None:
    """Why this may not be done now; None = it may (perhaps with a second party)."""
    row = row_of(order.action)
    if row.right not in person.rights:
        return KhienError("session.forbidden", right=row.right.value)
    if incident.state not in row.sources:
        return KhienError("incident.wrong_state", action=order.action.value, state=incident.state)
    missing = [name for name in row.required if not order.fields.get(name)]
    if missing:
        return KhienError("incident.field_required", action=order.action.value, fields=", ".join(missing))
    attempt = guards.Attempt(person=person, order=order, policy=policy)
    for guard in row.guards:
        refused = guards.refusal(guard, session, incident, attempt)
        if refused is not None:
            return refused
    return None


def two_party_act(incident: Incident, order: Move) -> str | None:
    """The act of two parties that this takes; M3 and M4 take one person."""
    is_grave = incident.severity in {Severity.M1, Severity.M2}
    return row_of(order.action).two if is_grave else None


def execute(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    *,
    person: Person,
    order: Move,
    policy: Policy,
    now_us: int,
    second: Person | None = None,
) -> None:
    """Move the incident. The caller has asked `refusal` and has seen both parties where two are needed."""
    row, actor = row_of(order.action), Actor.of(person)
    before, old_state = record.summary(incident), incident.state
    if row.target is State.MERGED:
        incident.state_before_merge = incident.state
    incident.state = State(incident.state_before_merge or State.OPEN) if row.target is None else row.target
    effect = _EFFECTS.get(order.action)
    if effect is not None:
        effect(_Deed(runtime, session, incident, order, policy, actor, now_us))
    duties.bring_up_to_date(session, incident, policy=policy, actor=actor, now_us=now_us)
    audit_seq = record.changed(
        runtime,
        session,
        incident,
        act=order.action.value,
        actor=actor,
        before=before,
        now_us=now_us,
        reason=order.fields.get("reason"),
        second=second.id if second else None,
    )
    _keep(session, incident, row=row, order=order, actor=actor, old_state=old_state, second=second, now_us=now_us, seq=audit_seq)


def _keep(  # noqa: PLR0913 - each is a column
    session: Session,
    incident: Incident,
    *,
    row: Row,
    order: Move,
    actor: Actor,
    old_state: str | None,
    second: Person | None,
    now_us: int,
    seq: int,
) -> None:
    session.add(
        IncidentTransition(
            incident_id=incident.id,
            number=row.number,
            action=order.action.value,
            from_state=old_state,
            to_state=incident.state,
            at_us=now_us,
            actor=actor.id,
            capacity=actor.capacity,
            second=second.id if second else None,
            fields=_fields(session, incident, order),
            version=incident.version,
            audit_seq=seq,
        )
    )
    session.flush()


def _fields(session: Session, incident: Incident, order: Move) -> dict[str, str]:
    """What was given; I5 lists the countermeasures as they stand, so that none is forgotten when the cause is gone."""
    if order.action is not Action.ERADICATE:
        return dict(order.fields)
    return {**order.fields, "countermeasures": measures.summary_of(session, incident)}


@dataclass(frozen=True, slots=True)
class _Deed:
    """What an effect works on."""

    runtime: Runtime
    session: Session
    incident: Incident
    order: Move
    policy: Policy
    actor: Actor
    now_us: int


def _confirm(deed: _Deed) -> None:
    deed.incident.type = deed.order.type or deed.incident.type
    assert deed.incident.type is not None, "the guard asked for it"
    deed.incident.category = deed.policy.taxonomy.group(deed.incident.type, tuple(deed.incident.tags))
    found = judging.assessment_of(deed.policy, judging.case_of(deed.incident))
    stated = severities.stated(found, deed.order.severity)
    deed.incident.is_owing = deed.incident.is_owing or deed.incident.dataset_kind != "import"
    severities.put(
        deed.session,
        deed.incident,
        policy=deed.policy,
        found=found,
        severity=stated,
        actor=deed.actor,
        reason=None,
        now_us=deed.now_us,
    )


def _reject(deed: _Deed) -> None:
    deed.incident.closed_us, deed.incident.is_owing = deed.now_us, False
    duties.cancel_all(deed.session, deed.incident, actor=deed.actor, now_us=deed.now_us)


def _recover(deed: _Deed) -> None:
    deed.incident.recovered_us = deed.now_us
    judging.keep_clocks(deed.incident, replace(judging.clocks_of(deed.incident), recovered_us=deed.now_us))


def _resume(deed: _Deed) -> None:
    deed.incident.recovered_us = None


def _take_back(deed: _Deed) -> None:
    handling.again(deed.runtime, deed.session, deed.incident, now_us=deed.now_us)


def _close(deed: _Deed) -> None:
    deed.incident.closed_us = deed.now_us


def _reopen(deed: _Deed) -> None:
    deed.incident.closed_us, deed.incident.recovered_us = None, None
    deed.incident.reopened += 1
    handling.again(deed.runtime, deed.session, deed.incident, now_us=deed.now_us)


def _merge(deed: _Deed) -> None:
    """The graver class wins; the duties of both stay."""
    _merger(deed).merge(deed.incident, deed.session.get_one(Incident, deed.order.fields["target"]))


def _unmerge(deed: _Deed) -> None:
    _merger(deed).separate(deed.incident)


def _merger(deed: _Deed) -> merging.Merger:
    return merging.Merger(deed.runtime, deed.session, deed.policy, deed.actor, deed.now_us, deed.order.fields["reason"])


_EFFECTS: dict[Action, Callable[[_Deed], None]] = {
    Action.CONFIRM: _confirm,
    Action.REJECT: _reject,
    Action.RECOVER: _recover,
    Action.RESUME: _resume,
    Action.CLOSE: _close,
    Action.TAKE_BACK: _take_back,
    Action.REOPEN: _reopen,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
}
