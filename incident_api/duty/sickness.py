"""A sick note: counts at once, and for every shift in it somebody is called who has 15 minutes to answer; else the next one is.

Whoever is called has the shift from that moment, so that it is never empty while the answer is out.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.duty import current, words
from incident_api.duty.changes import parts_of, whom
from incident_api.duty.edits import Edit, edited, leads_on_duty, tell_person
from incident_api.duty.machines import Part, execute
from incident_api.duty.models import DutyLeave, DutyOverride
from incident_api.duty.roster import Roster
from incident_api.duty.schemas import OverrideAct, ReportSick
from incident_api.duty.shift import Shift
from incident_api.duty.standing_in import Member, choose
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

ANSWER_US = 15 * 60 * MICROSECONDS


def report(
    runtime: Runtime, session: Session, *, person: Person, request: ReportSick, now_us: int
) -> tuple[DutyLeave, list[DutyOverride], Edit]:
    """Somebody cannot come. Raises `duty.over`, `duty.only_for_oneself`."""
    if request.end_us <= now_us:
        raise KhienError("duty.over")
    whose = whom(session, person, request.person)
    actor = Actor.of(person)
    with edited(runtime, session, now_us=now_us) as edit:
        row = DutyLeave(
            person=whose,
            kind="sick",
            start_us=max(request.start_us, now_us),
            end_us=request.end_us,
            reason=request.reason,
            asked_by=person.id,
            asked_us=now_us,
            decided_by=person.id,
            decided_us=now_us,
        )
        execute(session, row, "report_sick", parts=parts_of(person, row), actor=actor, now_us=now_us)
        called = _call_all(runtime, session, edit, row, actor=actor, now_us=now_us)
    return row, called, edit


def answer(
    runtime: Runtime, session: Session, *, person: Person, override_id: int, request: OverrideAct, now_us: int
) -> tuple[DutyOverride, Edit]:
    """Whoever was called says yes, or no: then the next one is called in the same transaction."""
    row = session.get(DutyOverride, override_id)
    if row is None:
        raise KhienError("duty.unknown", what=f"override {override_id}")
    parts, actor = parts_of(person, row), Actor.of(person)
    with edited(runtime, session, now_us=now_us) as edit:
        execute(
            session, row, request.action, parts=parts, actor=actor, now_us=now_us, version=request.version, reason=request.reason
        )
        if request.action == "decline":
            _call_next(runtime, session, edit, row, now_us=now_us)
    return row, edit


def call_the_next(runtime: Runtime, session: Session, *, now_us: int) -> int:
    """The job's part: who did not answer in time is passed over. Gives how many."""
    due = select(DutyOverride).where(DutyOverride.state == "asked", DutyOverride.answer_due_us <= now_us).order_by(DutyOverride.id)
    rows = session.scalars(due).all()
    if not rows:
        return 0
    with edited(runtime, session, now_us=now_us) as edit:
        for row in rows:
            execute(session, row, "lapse", parts={Part.JOB}, actor=Actor.job("duty"), now_us=now_us)
            if row.end_us > now_us:
                _call_next(runtime, session, edit, row, now_us=now_us)
    return len(rows)


def _call_all(runtime: Runtime, session: Session, edit: Edit, leave: DutyLeave, *, actor: Actor, now_us: int) -> list[DutyOverride]:
    called, besides = [], list[Shift]()
    for part in to_fill(edit.before, leave.person, leave.start_us, leave.end_us):
        row = _call(runtime, session, edit, part, leave_id=leave.id, excluded=(), besides=besides, actor=actor, now_us=now_us)
        if row is not None:
            called.append(row)
            besides.append(replace(part, person=row.person))
    return called


def to_fill(before: Roster, person: str, start_us: int, end_us: int) -> list[Shift]:
    """The parts of somebody's shifts for which another is called."""
    # Who stands by is the depth behind a shift: their place is told as a thin night, not filled by a call.
    ours = [each for each in before.between(start_us, end_us) if each.person == person and each.priority == 1]
    return [replace(each, start_us=max(each.start_us, start_us), end_us=min(each.end_us, end_us)) for each in ours]


def who_would_come(session: Session, before: Roster, person: str, start_us: int, end_us: int) -> list[tuple[Shift, Shift | None]]:
    """Who would be called for each shift of a sick person, as `report` chooses them; nothing is changed."""
    members, besides = _members(session), list[Shift]()
    found: list[tuple[Shift, Shift | None]] = []
    for part in to_fill(before, person, start_us, end_us):
        chosen = choose(before, part, members=members, excluded=(), besides=besides)
        taken = None if chosen is None else replace(part, person=chosen.person, source="override")
        found.append((part, taken))
        if taken is not None:
            besides.append(taken)
    return found


def _call_next(runtime: Runtime, session: Session, edit: Edit, row: DutyOverride, *, now_us: int) -> None:
    """The same shift again, without those who were asked for it already."""
    asked = select(DutyOverride).where(
        DutyOverride.leave_id == row.leave_id,
        DutyOverride.seat == row.seat,
        DutyOverride.end_us == row.end_us,
        DutyOverride.state.in_(("declined", "lapsed")),
    )
    out = tuple({each.person for each in session.scalars(asked)})
    layers = edit.before.plan.seats[row.seat]
    leave = session.get(DutyLeave, row.leave_id) if row.leave_id is not None else None
    part = Shift(
        person=leave.person if leave is not None else row.person,
        role=layers[0].role,
        layer=layers[0].id,
        priority=layers[0].priority,
        start_us=max(row.start_us, now_us),
        end_us=row.end_us,
        seat=row.seat,
        presence=layers[0].presence,
    )
    if part.start_us < part.end_us:
        _call(runtime, session, edit, part, leave_id=row.leave_id, excluded=out, besides=[], actor=Actor.job("duty"), now_us=now_us)


def _call(  # noqa: PLR0913 - what a call is made of
    runtime: Runtime,
    session: Session,
    edit: Edit,
    part: Shift,
    *,
    leave_id: int | None,
    excluded: tuple[str, ...],
    besides: list[Shift],
    actor: Actor,
    now_us: int,
) -> DutyOverride | None:
    zone = current.rota(session).zone
    text = words.shift(part, zone)
    chosen = choose(edit.before, part, members=_members(session), excluded=excluded, besides=besides)
    if chosen is None:
        for lead in leads_on_duty(runtime, session, now_us=now_us):
            tell_person(
                runtime,
                session,
                lead,
                key=f"duty/nobody/{leave_id}/{part.seat}/{part.end_us}",
                title=("Không tìm được người trực thay", "Nobody can stand in"),
                text=(text.vi, text.en),
                now_us=now_us,
                urgent=True,
            )
        return None
    row = DutyOverride(
        seat=part.seat,
        person=chosen.person,
        mode="instead",
        start_us=part.start_us,
        end_us=part.end_us,
        reason="sick",
        made_by=actor.id,
        made_us=now_us,
        leave_id=leave_id,
        answer_due_us=now_us + ANSWER_US,
        explanation={"rung": chosen.rung, **chosen.explanation},
    )
    execute(session, row, "call", parts={Part.JOB}, actor=actor, now_us=now_us)
    due = words.moment(now_us + ANSWER_US, zone)
    tell_person(
        runtime,
        session,
        row.person,
        key=f"duty/call/{row.id}",
        title=("Đề nghị trực thay", "You are called to stand in"),
        text=(f"{text.vi}. Đề nghị trả lời trước {due}.", f"{text.en}. Please answer before {due}."),
        now_us=now_us,
        urgent=True,
    )
    return row


def _members(session: Session) -> list[Member]:
    return [
        Member(
            person=row.id,
            roles=tuple(row.roles),
            skills=tuple(row.skills),
            desk=tuple(row.desk),
            is_active=row.is_active and row.password_hash is not None,
        )
        for row in session.scalars(select(PersonRow).order_by(PersonRow.id))
    ]
