"""Shift hand-over (bàn giao ca trực): what is open is collected, hashed and signed by both; the audit log keeps the signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from sqlalchemy import false, func, select, true
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.coordination.canonical import sha256_of
from incident_api.duty import current
from incident_api.duty.edits import tell_person
from incident_api.duty.machines import Part, execute
from incident_api.duty.models import DutyHandOver
from incident_api.duty.schemas import DraftHandOver, SignHandOver
from incident_api.duty.wall import DAY_US
from incident_api.health import service as health
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.visibility import visible
from incident_api.ledger.models import LedgerRow
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: Clocks that fall due, and suppressions that end, in the shift that follows and the one after it.
_AHEAD_US = DAY_US
#: A list longer than this says how many there are.
_MOST = 200
_SILENT_US = 300 * MICROSECONDS
_OVER = ("closed", "rejected", "merged", "handed_over")
_HIGH = 3


def draft(runtime: Runtime, session: Session, *, caller: Caller, request: DraftHandOver, now_us: int) -> DutyHandOver:
    """Collect what the next one must know. Raises `duty.unknown_seat`, `duty.nobody_to_take`, `duty.not_yours`."""
    person, roster = caller.person, current.roster(runtime, session)
    if request.seat not in roster.plan.seats:
        raise KhienError("duty.unknown_seat", seat=request.seat, known=", ".join(roster.plan.seats))
    now = next((each for each in roster.shifts_at(now_us) if each.seat == request.seat and each.source != "added"), None)
    following = next((each for each in roster.next_shifts(now_us) if each.seat == request.seat), None)
    has_it = now is not None and now.person == person.id
    # Whoever has just gone hands over to the one who has come.
    expected = following if has_it else now
    taker = request.taker or (None if expected is None else expected.person)
    if taker is None or taker == person.id or session.get(PersonRow, taker) is None:
        raise KhienError("duty.nobody_to_take", seat=request.seat)
    content = collect(runtime, session, caller=caller, seat=request.seat, notes=request.notes, now_us=now_us)
    row = DutyHandOver(
        giver=person.id,
        taker=taker,
        seat=request.seat,
        at_us=now.end_us if has_it and now is not None else now_us,
        content=content,
        content_sha256=sha256_of(content),
        notes=request.notes,
        drafted_us=now_us,
        signatures=[],
    )
    parts = {Part.GIVER} if has_it or _had(runtime, session, person.id, row.seat, now_us) else set()
    if Right.DUTY_EDIT in person.rights:
        parts.add(Part.LEAD)
    execute(session, row, "draft", parts=parts, actor=Actor.of(person), now_us=now_us)
    tell_person(
        runtime,
        session,
        taker,
        key=f"duty/hand_over/{row.id}",
        title=("Có bàn giao ca trực chờ ký nhận", "A shift hand-over waits for your signature"),
        text=(f"{person.name_vi} bàn giao vị trí {row.seat}", f"{person.name_en} hands over {row.seat}"),
        now_us=now_us,
    )
    return row


def act(session: Session, *, person: Person, hand_over_id: int, request: SignHandOver, now_us: int) -> DutyHandOver:
    """Sign exactly what was drafted; with the second signature it is done. Raises `duty.*`."""
    row = session.get(DutyHandOver, hand_over_id)
    if row is None:
        raise KhienError("duty.unknown", what=f"hand-over {hand_over_id}")
    parts = {part for part, name in ((Part.GIVER, row.giver), (Part.TAKER, row.taker)) if name == person.id}
    if Right.DUTY_EDIT in person.rights and not parts:
        parts.add(Part.LEAD)
    actor = Actor.of(person)
    if request.action == "withdraw":
        execute(session, row, "withdraw", parts=parts, actor=actor, now_us=now_us, version=request.version)
        return row
    if request.content_sha256 != row.content_sha256 or sha256_of(row.content) != row.content_sha256:
        raise KhienError("duty.other_content", hand_over=row.id)
    if any(each["person"] == person.id for each in row.signatures):
        raise KhienError("duty.signed_already", hand_over=row.id)
    signature = {"person": person.id, "at_us": now_us, "content_sha256": row.content_sha256, "capacity": person.capacity}
    signed = [*row.signatures, signature]
    action = "complete" if {each["person"] for each in signed} == {row.giver, row.taker} else "sign"
    sets = {"signatures": signed}
    execute(session, row, action, parts=parts, actor=actor, now_us=now_us, version=request.version, sets=sets)
    return row


def collect(runtime: Runtime, session: Session, *, caller: Caller, seat: str, notes: str, now_us: int) -> dict[str, Any]:
    """Everything that is open, as plain values: what is signed is what stood here."""
    ours = (Incident.dataset_kind == "live", visible(caller))
    incidents = select(Incident).where(Incident.state.not_in(_OVER), *ours)
    clocks = select(Obligation).join(Incident, Incident.id == Obligation.incident_id).where(*ours)
    due = clocks.where(Obligation.state.in_(("pending", "overdue", "sent")), Obligation.due_us <= now_us + _AHEAD_US)
    # The PC Office hands over its own seat and sees no alerts.
    sees_alerts = true() if Right.ALERTS_READ in caller.person.rights and caller.visible_units is None else false()
    waiting = (TriageGroup.is_open, TriageGroup.dataset_kind == "live", TriageGroup.state.in_(("new", "taken")))
    groups = select(TriageGroup).where(*waiting, sees_alerts)
    grave = groups.where(TriageGroup.severity >= _HIGH)
    return {
        "seat": seat,
        "at_us": now_us,
        "rota_version": current.roster(runtime, session).version,
        "notes": notes,
        "incidents": _listed(session, incidents.order_by(Incident.severity, Incident.opened_us, Incident.id), _incident),
        "due": _listed(session, due.order_by(Obligation.due_us, Obligation.id), _obligation),
        "alerts": _listed(session, grave.order_by(TriageGroup.severity.desc(), TriageGroup.first_us, TriageGroup.id), _group),
        "open_groups": session.scalar(select(func.count()).select_from(groups.subquery())) or 0,
        "suppressions": _suppressions(session, now_us=now_us),
        "parts_down": [
            {"name": each.name, "light": each.light, "vi": each.text.vi, "en": each.text.en}
            for each in health.current(runtime).checks
            if each.light != "ok"
        ],
        "silent": _silent(session, now_us=now_us),
    }


def _incident(row: Incident) -> dict[str, Any]:
    return {"id": row.id, "title": row.title, "state": row.state, "severity": row.severity, "assignee": row.assignee}


def _obligation(row: Obligation) -> dict[str, Any]:
    return {
        "id": row.id,
        "incident": row.incident_id,
        "code": row.code,
        "recipient": row.recipient,
        "due_us": row.due_us,
        "state": row.state,
    }


def _group(row: TriageGroup) -> dict[str, Any]:
    return {"id": row.id, "title": row.title_vi, "severity": row.severity, "state": row.state, "assignee": row.assignee}


def _listed(session: Session, query: Any, shape: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    rows = session.scalars(query.limit(_MOST)).all()
    count = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    return {"count": count, "rows": [shape(row) for row in rows]}


def _suppressions(session: Session, *, now_us: int) -> dict[str, Any]:
    """Groups whose suppression ends in the next shifts; the column comes with the state (A6)."""
    until = getattr(TriageGroup, "suppressed_until_us", None)
    if until is None:
        return {"count": 0, "rows": []}
    query = select(TriageGroup).where(TriageGroup.state == "suppressed", until <= now_us + _AHEAD_US)

    def shape(row: Any) -> dict[str, Any]:
        return {"id": row.id, "title": row.title_vi, "until_us": row.suppressed_until_us}

    return _listed(session, query.order_by(until, TriageGroup.id), shape)


def _silent(session: Session, *, now_us: int) -> list[dict[str, Any]]:
    """Parts of the platform that gave no account of themselves for five minutes."""
    rows = session.scalars(select(LedgerRow).where(LedgerRow.received_us <= now_us - _SILENT_US).order_by(LedgerRow.component))
    return [{"component": row.component, "received_us": row.received_us} for row in rows]


def _had(runtime: Runtime, session: Session, person: str, seat: str, now_us: int) -> bool:
    """Whether somebody had the seat lately: hand-overs are written a little late, too."""
    before = current.roster(runtime, session).between(now_us - _AHEAD_US // 2, now_us)
    return any(each.person == person and each.seat == seat for each in before)
