"""Overrides, swaps and leave: what people change of the rota, each act one transaction with its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.duty import current
from incident_api.duty.edits import Edit, edited, tell_person
from incident_api.duty.machines import Part, execute
from incident_api.duty.models import DutyLeave, DutyOverride, DutySwap
from incident_api.duty.schemas import AskLeave, LeaveAct, OfferSwap, OverrideAct, PutOverride, SwapAct
from incident_api.duty.shift import Shift
from incident_api.duty.wall import DAY_US
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: As far as the final rota is stored.
_AHEAD_US = current.AHEAD_US


class _Swapping(Protocol):
    """What a swap is about, asked for or stored."""

    @property
    def seat(self) -> str | None: ...
    @property
    def taker(self) -> str | None: ...
    @property
    def start_us(self) -> int: ...
    @property
    def end_us(self) -> int: ...
    @property
    def return_seat(self) -> str | None: ...
    @property
    def return_start_us(self) -> int | None: ...
    @property
    def return_end_us(self) -> int | None: ...


def put_override(
    runtime: Runtime, session: Session, *, person: Person, request: PutOverride, now_us: int
) -> tuple[DutyOverride, Edit]:
    """Somebody at a seat, from now or later. Raises `duty.*`."""
    _is_ahead(request.end_us, now_us=now_us)
    check_override(runtime, session, request.person, request.seat)
    with edited(runtime, session, now_us=now_us) as edit:
        row = DutyOverride(
            seat=request.seat,
            person=request.person,
            mode=request.mode,
            start_us=max(request.start_us, now_us),
            end_us=request.end_us,
            reason=request.reason,
            made_by=person.id,
            made_us=now_us,
        )
        execute(session, row, "put", parts=parts_of(person, row), actor=Actor.of(person), now_us=now_us, reason=request.reason)
    return row, edit


def act_on_override(
    runtime: Runtime, session: Session, *, person: Person, override_id: int, request: OverrideAct, now_us: int
) -> tuple[DutyOverride, Edit]:
    """Take it back. Whoever was called to stand in answers through `sickness.answer`."""
    row = session.get(DutyOverride, override_id)
    if row is None:
        raise KhienError("duty.unknown", what=f"override {override_id}")
    if row.end_us <= now_us:
        raise KhienError("duty.over")
    with edited(runtime, session, now_us=now_us) as edit:
        execute(
            session,
            row,
            request.action,
            parts=parts_of(person, row),
            actor=Actor.of(person),
            now_us=now_us,
            version=request.version,
            reason=request.reason,
        )
    return row, edit


def offer_swap(runtime: Runtime, session: Session, *, person: Person, request: OfferSwap, now_us: int) -> DutySwap:
    """Offer one's shift; the other is told. Raises `duty.*`."""
    if request.taker == person.id:
        raise KhienError("duty.with_oneself")
    check_swap(runtime, session, giver=person.id, request=request, now_us=now_us)
    row = DutySwap(
        giver=person.id,
        taker=request.taker,
        seat=request.seat,
        start_us=request.start_us,
        end_us=request.end_us,
        return_seat=request.return_seat,
        return_start_us=request.return_start_us,
        return_end_us=request.return_end_us,
        reason=request.reason,
        offered_us=now_us,
    )
    execute(session, row, "offer", parts={Part.GIVER}, actor=Actor.of(person), now_us=now_us, reason=request.reason)
    tell_person(
        runtime,
        session,
        row.taker,
        key=f"duty/swap/{row.id}/offered",
        title=("Có đề nghị đổi ca", "A swap is offered to you"),
        text=(f"{person.name_vi} đề nghị đổi ca: {row.reason}", f"{person.name_en} offers a swap: {row.reason}"),
        now_us=now_us,
    )
    return row


def act_on_swap(
    runtime: Runtime, session: Session, *, person: Person, swap_id: int, request: SwapAct, now_us: int
) -> tuple[DutySwap, Edit | None]:
    """Accept, decline, approve, withdraw. Only an approval changes the rota."""
    row = session.get(DutySwap, swap_id)
    if row is None:
        raise KhienError("duty.unknown", what=f"swap {swap_id}")
    parts, actor = parts_of(person, row), Actor.of(person)
    if request.action != "approve":
        execute(
            session, row, request.action, parts=parts, actor=actor, now_us=now_us, version=request.version, reason=request.reason
        )
        if request.action == "accept":
            row.accepted_us = now_us
        else:
            row.decided_us, row.decided_by = now_us, person.id
        _tell_swap(runtime, session, row, by=person, now_us=now_us)
        return row, None
    if row.state == "accepted":
        check_swap(runtime, session, giver=row.giver, request=row, now_us=now_us)
    with edited(runtime, session, now_us=now_us) as edit:
        place = (session.scalar(select(func.max(DutySwap.place))) or 0) + 1
        execute(
            session,
            row,
            "approve",
            parts=parts,
            actor=actor,
            now_us=now_us,
            version=request.version,
            reason=request.reason,
            sets={"place": place, "decided_us": now_us, "decided_by": person.id},
        )
    _tell_swap(runtime, session, row, by=person, now_us=now_us)
    return row, edit


def ask_leave(session: Session, *, person: Person, request: AskLeave, now_us: int) -> DutyLeave:
    """Ask for oneself, or enter it for somebody; it counts when it is approved."""
    _is_ahead(request.end_us, now_us=now_us)
    whose = whom(session, person, request.person)
    row = DutyLeave(
        person=whose,
        kind=request.kind,
        start_us=request.start_us,
        end_us=request.end_us,
        reason=request.reason,
        asked_by=person.id,
        asked_us=now_us,
    )
    execute(session, row, "ask", parts={Part.PERSON}, actor=Actor.of(person), now_us=now_us)
    return row


def act_on_leave(
    runtime: Runtime, session: Session, *, person: Person, leave_id: int, request: LeaveAct, now_us: int
) -> tuple[DutyLeave, Edit | None]:
    """Approve, refuse, withdraw. What is not one's own to see does not exist."""
    row = session.get(DutyLeave, leave_id)
    if row is None or (row.person != person.id and Right.DUTY_EDIT not in person.rights):
        raise KhienError("duty.unknown", what=f"leave {leave_id}")
    counted = row.state == "approved"
    if request.action == "refuse" or (request.action == "withdraw" and not counted):
        _decide(session, row, person=person, request=request, now_us=now_us)
        _tell_leave(runtime, session, row, by=person, now_us=now_us)
        return row, None
    if request.action == "withdraw" and row.end_us <= now_us:
        raise KhienError("duty.over")
    with edited(runtime, session, now_us=now_us) as edit:
        _decide(session, row, person=person, request=request, now_us=now_us)
    _tell_leave(runtime, session, row, by=person, now_us=now_us)
    return row, edit


def _decide(session: Session, row: DutyLeave, *, person: Person, request: LeaveAct, now_us: int) -> None:
    execute(
        session,
        row,
        request.action,
        parts=parts_of(person, row),
        actor=Actor.of(person),
        now_us=now_us,
        version=request.version,
        reason=request.reason,
        sets={"decided_us": now_us, "decided_by": person.id},
    )


def parts_of(person: Person, row: DutySwap | DutyLeave | DutyOverride) -> set[Part]:
    """What somebody is in a matter. Nobody leads in what is about themselves."""
    concerned: Iterable[str]
    found: set[Part] = set()
    if isinstance(row, DutySwap):
        concerned = (row.giver, row.taker)
        if person.id == row.giver:
            found.add(Part.GIVER)
        if person.id == row.taker:
            found.add(Part.TAKER)
    elif isinstance(row, DutyLeave):
        concerned = (row.person,)
        if person.id == row.person:
            found.add(Part.PERSON)
    else:
        concerned = ()
        if person.id == row.person:
            found.add(Part.TAKER)
    if Right.DUTY_EDIT in person.rights and person.id not in concerned:
        found.add(Part.LEAD)
    return found


def whom(session: Session, person: Person, named: str | None) -> str:
    """Oneself, or for whoever edits the rota somebody else. Raises `duty.only_for_oneself` or `people.unknown`."""
    if named is None or named == person.id:
        return person.id
    if Right.DUTY_EDIT not in person.rights:
        raise KhienError("duty.only_for_oneself")
    if session.get(PersonRow, named) is None:
        raise KhienError("people.unknown", account=named)
    return named


def withdraw_what_is_too_late(session: Session, *, now_us: int) -> int:
    """A swap that nobody approved before its shift began is over; the job says so."""
    rows = session.scalars(select(DutySwap).where(DutySwap.state.in_(("offered", "accepted")), DutySwap.start_us <= now_us)).all()
    for row in rows:
        sets = {"decided_us": now_us, "decided_by": "job:duty"}
        execute(session, row, "withdraw", parts={Part.JOB}, actor=Actor.job("duty"), now_us=now_us, sets=sets)
    return len(rows)


def check_override(runtime: Runtime, session: Session, person: str, seat: str) -> None:
    """The seat exists, and whoever is put there is active. Raises `duty.*`."""
    _takes_role(session, person, _role_of(runtime, session, seat), is_strict=False)


def check_swap(runtime: Runtime, session: Session, *, giver: str, request: _Swapping, now_us: int) -> None:
    """Both still have what they give, it has not begun, and each may do the other's work."""
    seat, taker = request.seat or "", request.taker or ""
    _holds(runtime, session, giver, seat, request.start_us, request.end_us, now_us=now_us)
    _takes_role(session, taker, _role_of(runtime, session, seat))
    _is_not_away(runtime, session, taker, request.start_us, request.end_us)
    if request.return_seat is not None and request.return_start_us is not None and request.return_end_us is not None:
        start, end = request.return_start_us, request.return_end_us
        _holds(runtime, session, taker, request.return_seat, start, end, now_us=now_us)
        _takes_role(session, giver, _role_of(runtime, session, request.return_seat))
        _is_not_away(runtime, session, giver, start, end)


def _holds(runtime: Runtime, session: Session, person: str, seat: str, start_us: int, end_us: int, *, now_us: int) -> None:
    if start_us <= now_us:
        raise KhienError("duty.has_begun")
    if end_us > now_us + _AHEAD_US:
        raise KhienError("duty.too_far_ahead", days=_AHEAD_US // DAY_US)
    nominal = [
        each for each in current.roster(runtime, session).between(start_us, end_us) if each.seat == seat and each.source != "added"
    ]
    if any(each.person != person for each in nominal) or not _fills(nominal, start_us, end_us):
        raise KhienError("duty.not_the_holder", person=person, seat=seat)


def _fills(shifts: list[Shift], start_us: int, end_us: int) -> bool:
    reached = start_us
    for each in shifts:
        if each.start_us > reached:
            return False
        reached = max(reached, each.end_us)
    return reached >= end_us


def _is_not_away(runtime: Runtime, session: Session, person: str, start_us: int, end_us: int) -> None:
    away = current.roster(runtime, session).plan.away.get(person, ())
    if any(start < end_us and end > start_us for start, end in away):
        raise KhienError("duty.is_away", person=person)


def _role_of(runtime: Runtime, session: Session, seat: str) -> str:
    layers = current.roster(runtime, session).plan.seats.get(seat)
    if layers is None:
        raise KhienError("duty.unknown_seat", seat=seat, known=", ".join(current.roster(runtime, session).plan.seats))
    return layers[0].role


def _takes_role(session: Session, person: str, role: str, *, is_strict: bool = True) -> None:
    """A swap stays inside a role; an override may name anybody active, because in need somebody must."""
    row = session.get(PersonRow, person)
    if row is None:
        raise KhienError("people.unknown", account=person)
    if not row.is_active or (is_strict and role not in row.roles):
        raise KhienError("duty.cannot_take", person=person, role=role)


def _is_ahead(end_us: int, *, now_us: int) -> None:
    if end_us <= now_us:
        raise KhienError("duty.over")
    if end_us > now_us + 2 * _AHEAD_US:
        raise KhienError("duty.too_far_ahead", days=2 * _AHEAD_US // DAY_US)


_SWAP_WORDS = {
    "accepted": ("đã đồng ý đổi ca", "has accepted the swap"),
    "approved": ("đã phê duyệt việc đổi ca", "has approved the swap"),
    "declined": ("đã từ chối việc đổi ca", "has declined the swap"),
    "withdrawn": ("đã rút đề nghị đổi ca", "has withdrawn the swap"),
}
_LEAVE_WORDS = {
    "approved": ("đã phê duyệt đơn nghỉ", "has approved the leave"),
    "refused": ("đã từ chối đơn nghỉ", "has refused the leave"),
    "withdrawn": ("đã rút đơn nghỉ", "has withdrawn the leave"),
}


def _tell_swap(runtime: Runtime, session: Session, row: DutySwap, *, by: Person, now_us: int) -> None:
    vi, en = _SWAP_WORDS[row.state]
    for person in sorted({row.giver, row.taker} - {by.id}):
        tell_person(
            runtime,
            session,
            person,
            key=f"duty/swap/{row.id}/{row.state}",
            title=(f"Đổi ca: {by.name_vi} {vi}", f"Swap: {by.name_en} {en}"),
            text=(row.reason, row.reason),
            now_us=now_us,
        )


def _tell_leave(runtime: Runtime, session: Session, row: DutyLeave, *, by: Person, now_us: int) -> None:
    if row.person == by.id:
        return
    vi, en = _LEAVE_WORDS[row.state]
    tell_person(
        runtime,
        session,
        row.person,
        key=f"duty/leave/{row.id}/{row.version}",
        title=(f"{by.name_vi} {vi}", f"{by.name_en} {en}"),
        text=(row.reason, row.reason),
        now_us=now_us,
    )
