"""The rota in force, kept in memory by its revision, and the one way in which it changes.

A change first stores what was so far (`freeze`), then counts the revision up; every process sees the new number with its next
transaction and reads the rota anew. So a shift that has begun is never rewritten: it ends now, and what follows is a shift of
its own.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from incident_api.duty.models import DutyLeave, DutyOverride, DutyShiftRow, DutyState, DutySwap, RotaVersion
from incident_api.duty.resolving import Plan, clipped
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.duty.shift import Absence, Replacement, Shift
from incident_api.duty.wall import DAY_US
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.text import fold

#: The final rota is stored so far back before the first change, and so far ahead.
BACK_US, AHEAD_US = 15 * DAY_US, 180 * DAY_US
#: How much of the frozen past is kept in memory; `past` reads further back from the store.
_REMEMBERED_US = 60 * DAY_US
_ROW = ("seat", "layer", "person", "role", "priority", "presence", "start_us", "end_us", "source", "reference")


def roster(runtime: Runtime, session: Session) -> Roster:
    """The rota as this transaction sees it; cheap: one row is read once, the rest only after a change."""
    known: Roster | None = session.info.get("roster")
    if known is not None:
        return known
    state = session.get(DutyState, 1)
    if state is None:
        # Before the first start has taken over the rota of the folder.
        return Roster(version=runtime.organisation.rota.version, plan=_plan_of_layers(runtime, runtime.organisation.rota))
    key = (state.rota_id, state.revision, state.frozen_us, _policy_sha(runtime))
    cached = runtime.rosters.get(key)
    if cached is None:
        cached = _read(runtime, session, state)
        runtime.rosters.clear()
        runtime.rosters[key] = cached
    session.info["roster"] = cached
    return cached


def rota(session: Session) -> Rota:
    """The layers in force."""
    state = session.get_one(DutyState, 1)
    return Rota.model_validate(session.get_one(RotaVersion, state.rota_id).document)


def days_off(runtime: Runtime) -> dict[dt.date, str]:
    """The named days off of the signed calendar with their folded names; none without a policy."""
    calendar = runtime.policy.policy.calendar
    days = (day for year in calendar.years.values() for day in year.days)
    return {
        dt.date.fromisoformat(day.date): fold(day.text.vi) for day in days if not calendar.works(dt.date.fromisoformat(day.date))
    }


def plan_with(
    runtime: Runtime,
    session: Session,
    layers: Rota,
    *,
    replacements: tuple[Replacement, ...] = (),
    absences: tuple[Absence, ...] = (),
) -> Plan:
    """Layers with everything that people changed, and with what they are about to change."""
    return layers.plan(
        days_off=days_off(runtime),
        replacements=(*_swaps(session), *_of(replacements, is_swap=True), *_overrides(session), *_of(replacements, is_swap=False)),
        absences=(*_absences(session), *absences),
    )


@contextmanager
def changing(runtime: Runtime, session: Session, *, now_us: int) -> Iterator[Roster]:
    """Around every change of the rota's tables, in its transaction. Gives the rota as it was; `roster` then gives the new one."""
    before = roster(runtime, session)
    yield before
    session.flush()
    _take_effect(runtime, session, before, now_us=now_us)


def _take_effect(runtime: Runtime, session: Session, before: Roster, *, now_us: int) -> None:
    state = session.get_one(DutyState, 1)
    plan = plan_with(runtime, session, rota(session))
    _freeze(session, state, before, plan, now_us=now_us)
    state.revision += 1
    state.changed_us = now_us
    session.flush()
    session.info.pop("roster", None)
    after = _read(runtime, session, state)
    session.info["roster"] = after
    stream.append(session, kind="duty", object_id="rota", version=state.revision, at_us=now_us, keep=runtime.settings.stream_rows)


def between(runtime: Runtime, session: Session, start_us: int, end_us: int) -> list[Shift]:
    """Shifts that touch a window; what is further back than memory goes comes from the store."""
    now = roster(runtime, session)
    state = session.get(DutyState, 1)
    if state is None or start_us >= now.frozen_from_us or now.frozen_from_us <= state.frozen_from_us:
        return now.between(start_us, end_us)
    edge = min(end_us, now.frozen_from_us)
    older = select(DutyShiftRow).where(DutyShiftRow.start_us < edge, DutyShiftRow.end_us > start_us)
    found = {_key(_shift(row)): _shift(row) for row in session.scalars(older.order_by(DutyShiftRow.start_us, DutyShiftRow.id))}
    if end_us > edge:
        found |= {_key(each): each for each in now.between(edge, end_us) if each.start_us > edge}
    return sorted(found.values(), key=lambda each: each.start_us)


def store_final(runtime: Runtime, session: Session, *, now_us: int) -> int:
    """The job's part: the past until now is frozen as it was, the days ahead are stored anew. Gives how many rows stand ahead."""
    state = session.get(DutyState, 1)
    if state is None:
        return 0
    before = roster(runtime, session)
    _freeze(session, state, before, before.plan, now_us=now_us)
    session.flush()
    session.info.pop("roster", None)
    return store_ahead(session, roster(runtime, session), now_us=now_us)


def store_ahead(session: Session, now: Roster, *, now_us: int) -> int:
    """Shifts that have not begun, for 180 days; only what differs is written. By the job: what people see is reckoned anew."""
    wanted = {_key(each): each for each in now.between(now_us, now_us + AHEAD_US) if each.start_us >= now_us}
    stored = session.scalars(select(DutyShiftRow).where(DutyShiftRow.start_us >= now_us)).all()
    stale = [row.id for row in stored if wanted.pop(_key(_shift(row)), None) is None]
    for start in range(0, len(stale), 500):
        session.execute(delete(DutyShiftRow).where(DutyShiftRow.id.in_(stale[start : start + 500])))
    if wanted:
        # Thousands of rows at once while everybody waits: without objects.
        session.execute(insert(DutyShiftRow), [{name: getattr(each, name) for name in _ROW} for each in wanted.values()])
    return len(stored) - len(stale) + len(wanted)


def _freeze(session: Session, state: DutyState, before: Roster, plan: Plan, *, now_us: int) -> None:
    """Store what had begun by now as it stood; a turn that the new plan does not carry on ends now."""
    since = state.frozen_us or now_us - BACK_US
    past = before.between(since, now_us)
    if not state.frozen_us:
        past = clipped(past, from_us=since)
    begun = {_key(each): each for each in past if each.start_us < now_us}
    rows = session.scalars(select(DutyShiftRow).where(DutyShiftRow.start_us < now_us, DutyShiftRow.end_us > since)).all()
    unknown = dict(begun)
    for row in rows:
        if unknown.pop(_key(_shift(row)), None) is None:
            # Stored ahead by a job before the clock of this process was set back, or before a change of the calendar.
            session.delete(row)
    kept = [row for row in rows if _key(_shift(row)) in begun]
    made = [_row(each) for each in unknown.values()]
    session.add_all(made)
    running = [row for row in (*kept, *made) if row.end_us > now_us]
    following = Roster(version="", plan=plan).shifts_at(now_us) if running else ()
    for row in running:
        if not any(_shift(row).goes_on_as(each) for each in following):
            row.end_us = now_us
    state.frozen_from_us = state.frozen_from_us or since
    state.frozen_us = max(state.frozen_us, now_us)
    session.flush()


def _read(runtime: Runtime, session: Session, state: DutyState) -> Roster:
    layers = rota(session)
    since = max(state.frozen_from_us, state.frozen_us - _REMEMBERED_US)
    rows = session.scalars(
        select(DutyShiftRow)
        .where(DutyShiftRow.start_us < state.frozen_us, DutyShiftRow.end_us > since)
        .order_by(DutyShiftRow.start_us)
    )
    # Revision 1 is the rota of the file and nothing else.
    label = layers.version if state.revision == 1 else f"{layers.version}+{state.revision}"
    return Roster(
        version=label,
        plan=plan_with(runtime, session, layers),
        frozen=tuple(clipped((_shift(row) for row in rows), from_us=since)),
        frozen_from_us=since,
        frozen_us=state.frozen_us,
    )


def _plan_of_layers(runtime: Runtime, layers: Rota) -> Plan:
    return layers.plan(days_off=days_off(runtime))


def _policy_sha(runtime: Runtime) -> str:
    return runtime.policy.sha256


def _swaps(session: Session) -> list[Replacement]:
    found = []
    for swap in session.scalars(select(DutySwap).where(DutySwap.state == "approved").order_by(DutySwap.place)):
        one = Replacement(
            reference=f"swap/{swap.id}",
            kind="swap",
            seat=swap.seat,
            person=swap.taker,
            of=swap.giver,
            start_us=swap.start_us,
            end_us=swap.end_us,
        )
        found.append(one)
        if swap.return_seat is not None and swap.return_start_us is not None and swap.return_end_us is not None:
            found.append(
                Replacement(
                    reference=f"swap/{swap.id}",
                    kind="swap",
                    seat=swap.return_seat,
                    person=swap.giver,
                    of=swap.taker,
                    start_us=swap.return_start_us,
                    end_us=swap.return_end_us,
                )
            )
    return found


def _of(replacements: tuple[Replacement, ...], *, is_swap: bool) -> list[Replacement]:
    return [each for each in replacements if (each.kind == "swap") is is_swap]


def _overrides(session: Session) -> list[Replacement]:
    rows = session.scalars(select(DutyOverride).where(DutyOverride.state.in_(("active", "asked"))).order_by(DutyOverride.id))
    return [
        Replacement(
            reference=f"override/{row.id}",
            kind="added" if row.mode == "added" else "override",
            seat=row.seat,
            person=row.person,
            start_us=row.start_us,
            end_us=row.end_us,
        )
        for row in rows
    ]


def _absences(session: Session) -> list[Absence]:
    rows = session.scalars(select(DutyLeave).where(DutyLeave.state == "approved").order_by(DutyLeave.id))
    return [
        Absence(person=row.person, start_us=row.start_us, end_us=row.end_us, kind=row.kind, reference=f"leave/{row.id}")
        for row in rows
    ]


def _shift(row: DutyShiftRow) -> Shift:
    return Shift(**{name: getattr(row, name) for name in _ROW})


def _row(shift: Shift) -> DutyShiftRow:
    return DutyShiftRow(**{name: getattr(shift, name) for name in _ROW})


def _key(shift: Shift) -> tuple[Any, ...]:
    return tuple(getattr(shift, name) for name in _ROW)
