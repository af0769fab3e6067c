"""The guards of the table: each answers None, or the refusal that names the rule and what is needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts import linking, suppression
from incident_api.alerts.chunk import Chunk
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.alerts.states import Action, Guard, State
from incident_api.coordination.case import Severity
from incident_api.escalation import by_hand
from incident_api.escalation import service as escalation
from incident_api.incidents.models import Incident
from incident_api.people.known import known
from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.clock import MICROSECONDS
from khien.errors import KhienError

REOPEN_DAYS = 90
REOPEN_US = REOPEN_DAYS * 86_400 * MICROSECONDS
UNDO_SECONDS = 60
_GRAVE = frozenset({Severity.M1.value, Severity.M2.value})


@dataclass(frozen=True, slots=True)
class Attempt:
    """What somebody wants to do. `note` is the reason or the closing note."""

    person: Person
    now_us: int
    verdict: str | None = None
    note: str | None = None
    receiver: str | None = None
    incident: str | None = None
    until_us: int | None = None
    chunk: Chunk | None = None
    #: When a bulk act that is taken back as a whole ended.
    acted_us: int | None = None
    #: Where something is to be done, and not only offered.
    runtime: Runtime | None = None


def refusal(guard: Guard, session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """What a guard says."""
    return _GUARDS[guard](session, group, attempt)


def last_transition(session: Session, group: TriageGroup, *, chunk: Chunk | None = None) -> TransitionRecord | None:
    """The newest transition of a group."""
    if chunk is not None:
        return chunk.last.get(group.id)
    query = select(TransitionRecord).where(TransitionRecord.group_id == group.id)
    return session.scalar(query.order_by(TransitionRecord.id.desc()).limit(1))


def _holder_or_lead(_session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    if group.assignee == attempt.person.id or Right.ALERTS_ASSIGN in attempt.person.rights:
        return None
    return KhienError("alert.not_the_holder", holder=group.assignee)


def _holder_or_lead_if_taken(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """What somebody works on they send up themselves; what nobody has taken yet, whoever sees it."""
    return _holder_or_lead(session, group, attempt) if group.state == State.TAKEN else None


def _ladder_goes_on(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """What is only offered looks at the chain; what is asked for, at the people, and that they are those who were shown."""
    run = escalation.current(session, group.id)
    if run is None or group.dataset_kind == "import" or not group.stands:
        return KhienError("alert.no_ladder", group=group.id)
    if attempt.runtime is None:
        return None if escalation.goes_on(run) else KhienError("alert.ladder_ended", group=group.id)
    try:
        plan = by_hand.planned(attempt.runtime, session, group, actor=attempt.person.id, now_us=attempt.now_us)
    except KhienError as error:
        return error
    if attempt.receiver is not None and attempt.receiver != plan.assignee:
        return KhienError("alert.escalates_to_others", person=plan.assignee)
    return None


def _receiver_can_take(session: Session, _group: TriageGroup, attempt: Attempt) -> KhienError | None:
    if attempt.receiver is None:
        return None
    row = known(session, attempt.receiver)
    can_take = row is not None and row.is_active and row.password_hash is not None
    if row is not None and can_take and Right.ALERTS_TRIAGE in Person.of(row).rights:
        return None
    return KhienError("alert.receiver_cannot_take", person=attempt.receiver)


def _incident_open(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """Of the incident that is named, or that the group belongs to. Where nobody has named one yet there is nothing to refuse."""
    incident = _incident(session, group, attempt)
    if incident is None:
        return None if attempt.incident is None else KhienError("incident.not_found", object=attempt.incident)
    return None if linking.is_open(incident) else KhienError("alert.incident_ended", object=incident.id, state=incident.state)


def _same_dataset_kind(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    incident = _incident(session, group, attempt)
    if incident is None or incident.dataset_kind == group.dataset_kind:
        return None
    return KhienError("incident.mixed_datasets", kinds=", ".join(sorted({incident.dataset_kind, group.dataset_kind})))


def _lead_if_grave(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """What was taken out of an M1 or M2 was looked at by whoever leads the shift."""
    incident = _incident(session, group, attempt)
    if incident is None or incident.severity not in _GRAVE or Right.ALERTS_ASSIGN in attempt.person.rights:
        return None
    return KhienError("alert.shift_lead_needed")


def _lead_if_critical(_session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    if group.severity < Level.CRITICAL.severity or Right.ALERTS_ASSIGN in attempt.person.rights:
        return None
    return KhienError("alert.shift_lead_needed")


def _within_30_days(_session: Session, _group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """Nobody may silence something for good. Where no end was named yet there is nothing to refuse."""
    if attempt.until_us is None or 0 < attempt.until_us - attempt.now_us <= suppression.MOST_US:
        return None
    return KhienError("alert.suppressed_too_long", days=suppression.MOST_DAYS)


def _incident(session: Session, group: TriageGroup, attempt: Attempt) -> Incident | None:
    if attempt.incident is not None:
        return session.get(Incident, attempt.incident) if attempt.chunk is None else attempt.chunk.incident(attempt.incident)
    return linking.incident_of(session, group.id)


def _last_incident(session: Session, group: TriageGroup, attempt: Attempt) -> Incident | None:
    return linking.last_incident_of(session, group.id) if attempt.chunk is None else attempt.chunk.last_incident(group)


def _note_unless_duplicate(_session: Session, _group: TriageGroup, attempt: Attempt) -> KhienError | None:
    if attempt.verdict == "duplicate" or attempt.note:
        return None
    return KhienError("alert.note_required")


def _second_analyst(_session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    """A critical alert called false needs four eyes: who holds it is not the one who closes it."""
    is_critical = group.severity == Level.CRITICAL.severity
    if not is_critical or attempt.verdict != "false_positive":
        return None
    if group.state == State.TAKEN and group.assignee != attempt.person.id:
        return None
    return KhienError("alert.second_analyst_needed")


def _within_90_days(_session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    if group.closed_us is not None and attempt.now_us - group.closed_us <= REOPEN_US:
        return None
    return KhienError("alert.too_old_to_reopen", days=REOPEN_DAYS)


def _no_open_twin(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    twin = attempt.chunk.twin(group) if attempt.chunk is not None else _twin(session, group)
    return None if twin is None else KhienError("alert.open_group_exists", group=twin)


def _twin(session: Session, group: TriageGroup) -> str | None:
    return session.scalar(
        select(TriageGroup.id).where(
            TriageGroup.dataset == group.dataset,
            TriageGroup.triage_key == group.triage_key,
            TriageGroup.collects,
            TriageGroup.id != group.id,
        )
    )


def _undoable(session: Session, group: TriageGroup, attempt: Attempt) -> KhienError | None:
    last = last_transition(session, group, chunk=attempt.chunk)
    if last is None or last.before is None or last.action in {Action.CREATE, Action.UNDO}:
        return KhienError("alert.nothing_to_undo")
    if last.actor != attempt.person.id:
        return KhienError("alert.undo_of_another", person=last.actor)
    if last.version != group.version:
        return KhienError("alert.undo_changed_since")
    if attempt.acted_us is None and attempt.now_us - last.at_us > UNDO_SECONDS * MICROSECONDS:
        return KhienError("alert.undo_too_late", seconds=UNDO_SECONDS)
    # The incident of a group that was taken out of it is the one it would go back to.
    incident = _last_incident(session, group, attempt) if last.action in {Action.LINK, Action.UNLINK} else None
    if incident is not None and not linking.is_open(incident):
        return KhienError("alert.incident_ended", object=incident.id, state=incident.state)
    collected = last.before.get("collects", last.before["is_open"])
    return _no_open_twin(session, group, attempt) if collected and not group.collects else None


_GUARDS: dict[Guard, Callable[[Session, TriageGroup, Attempt], KhienError | None]] = {
    Guard.HOLDER_OR_LEAD: _holder_or_lead,
    Guard.HOLDER_OR_LEAD_IF_TAKEN: _holder_or_lead_if_taken,
    Guard.LADDER_GOES_ON: _ladder_goes_on,
    Guard.RECEIVER_CAN_TAKE: _receiver_can_take,
    Guard.INCIDENT_OPEN: _incident_open,
    Guard.SAME_DATASET_KIND: _same_dataset_kind,
    Guard.LEAD_IF_GRAVE: _lead_if_grave,
    Guard.LEAD_IF_CRITICAL: _lead_if_critical,
    Guard.WITHIN_30_DAYS: _within_30_days,
    Guard.NOTE_UNLESS_DUPLICATE: _note_unless_duplicate,
    Guard.SECOND_ANALYST: _second_analyst,
    Guard.WITHIN_90_DAYS: _within_90_days,
    Guard.NO_OPEN_TWIN: _no_open_twin,
    Guard.UNDOABLE: _undoable,
}
