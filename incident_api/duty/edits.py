"""Around every edit of the rota: it takes effect, what it makes worse is said and told, whoever gains or loses shifts is told."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.duty import checks, current, words
from incident_api.duty.checks import Finding
from incident_api.duty.models import DutyState
from incident_api.duty.roster import Roster
from incident_api.duty.shift import Shift
from incident_api.notifications import outbox
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime

#: Faults that leave a place without enough people: the shift lead is told at once.
HOLES = frozenset({"gap", "leave", "one_deep", "thin_holiday"})
_TOLD_SHIFTS = 5


@dataclass(slots=True)
class Edit:
    """What an edit did: filled when it has taken effect."""

    before: Roster
    warnings: list[Finding] = field(default_factory=list)


@contextmanager
def edited(runtime: Runtime, session: Session, *, now_us: int) -> Iterator[Edit]:
    """Change the tables inside; afterwards `warnings` are the faults of the next 30 days that were not there before."""
    with current.changing(runtime, session, now_us=now_us) as before:
        edit = Edit(before)
        known = checks.check(current.rota(session), before, start_us=now_us).findings
        yield edit
    after = current.roster(runtime, session)
    found = checks.check(current.rota(session), after, start_us=now_us).findings
    edit.warnings += [each for each in found if not any(covers(other, each) for other in known)]
    _tell(runtime, session, edit, after, now_us=now_us)


def tell_holes(runtime: Runtime, session: Session, holes: list[Finding], *, key: str, now_us: int) -> int:
    """Tell the shift leads on duty, or whoever leads; gives how many were told something new."""
    if not holes:
        return 0
    zone = current.rota(session).zone
    texts = [words.finding(each, zone) for each in holes[:_TOLD_SHIFTS]]
    values = {
        "title_vi": f"Lịch trực có {len(holes)} vấn đề cần xử lý",
        "title_en": f"The rota has {len(holes)} faults to mend",
        "text_vi": "\n".join(each.vi for each in texts),
        "text_en": "\n".join(each.en for each in texts),
    }
    return sum(
        _put(runtime, session, key=key, template="duty", person=person, values=values, now_us=now_us)
        for person in leads_on_duty(runtime, session, now_us=now_us)
    )


def leads_on_duty(runtime: Runtime, session: Session, *, now_us: int) -> list[str]:
    """The shift lead on duty; without one the leader, the deputy, then every shift lead there is."""
    shifts = [each for each in current.roster(runtime, session).shifts_at(now_us) if each.priority == 1]
    for roles in (("irt.shift_lead",), ("irt.leader", "irt.deputy")):
        found = [each.person for each in shifts if each.role in roles]
        if found:
            return list(dict.fromkeys(found))
    rows = session.scalars(select(PersonRow).where(PersonRow.is_active).order_by(PersonRow.id))
    return [row.id for row in rows if "irt.shift_lead" in row.roles]


def tell_person(
    runtime: Runtime,
    session: Session,
    person: str,
    *,
    key: str,
    title: tuple[str, str],
    text: tuple[str, str],
    now_us: int,
    urgent: bool = False,
) -> None:
    """One notice in the page and on the first channel."""
    values = {"title_vi": title[0], "title_en": title[1], "text_vi": text[0], "text_en": text[1]}
    _put(runtime, session, key=key, template="duty", person=person, values=values, now_us=now_us, urgent=urgent)


def _put(
    runtime: Runtime,
    session: Session,
    *,
    key: str,
    template: str,
    person: str,
    values: dict[str, str],
    now_us: int,
    urgent: bool = False,
) -> int:
    if session.get(PersonRow, person) is None:
        return 0
    told = 0
    for channel in ("app", "first"):
        notice = outbox.Notice(
            key=key,
            subject=f"duty/{key.partition('/')[2]}"[:80],
            template=template,
            recipient=person,
            channel="app" if channel == "app" else "first",
            urgency="high" if urgent else "normal",
            values=values,
            tlp="GREEN",
            simulated=False,
        )
        told += outbox.put(runtime, session, notice, now_us=now_us) is not None
    return int(told > 0)


def _tell(runtime: Runtime, session: Session, edit: Edit, after: Roster, *, now_us: int) -> None:
    revision = session.get_one(DutyState, 1).revision
    holes = [each for each in edit.warnings if each.kind in HOLES]
    tell_holes(runtime, session, holes, key=f"duty/holes/{revision}", now_us=now_us)
    until = now_us + checks.AHEAD_US
    zone = current.rota(session).zone
    had, has = _by_person(edit.before, now_us, until), _by_person(after, now_us, until)
    for person in sorted(set(had) | set(has)):
        gained = [each for each in has.get(person, ()) if not _is_in(each, had.get(person, ()), now_us)]
        lost = [each for each in had.get(person, ()) if not _is_in(each, has.get(person, ()), now_us)]
        if not gained and not lost:
            continue
        lines_vi = [*(f"+ {words.shift(each, zone).vi}" for each in gained), *(f"- {words.shift(each, zone).vi}" for each in lost)]
        lines_en = [*(f"+ {words.shift(each, zone).en}" for each in gained), *(f"- {words.shift(each, zone).en}" for each in lost)]
        more = len(lines_vi) - 2 * _TOLD_SHIFTS
        tail = ("", "") if more <= 0 else (f"\n… và {more} ca khác", f"\n… and {more} more")
        tell_person(
            runtime,
            session,
            person,
            key=f"duty/shifts/{revision}",
            title=("Lịch trực của đồng chí thay đổi", "Your shifts have changed"),
            text=("\n".join(lines_vi[: 2 * _TOLD_SHIFTS]) + tail[0], "\n".join(lines_en[: 2 * _TOLD_SHIFTS]) + tail[1]),
            now_us=now_us,
        )


def _by_person(roster: Roster, start_us: int, end_us: int) -> dict[str, list[Shift]]:
    found: dict[str, list[Shift]] = {}
    for each in roster.between(start_us, end_us):
        found.setdefault(each.person, []).append(each)
    return found


def _is_in(shift: Shift, others: list[Shift] | tuple[()], now_us: int) -> bool:
    """The same seat until the same end; that a running shift was cut in two is no news to whoever has both halves."""
    return any(
        each.seat == shift.seat and each.end_us == shift.end_us and max(each.start_us, now_us) == max(shift.start_us, now_us)
        for each in others
    )


def covers(known: Finding, found: Finding) -> bool:
    """Whether a fault was there before, at least as bad."""
    return (
        (known.kind, known.role, known.person) == (found.kind, found.role, found.person)
        and known.start_us <= found.start_us
        and found.end_us <= known.end_us
        and known.found <= found.found
    )
