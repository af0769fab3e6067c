"""What an edit of the rota would do: the same checks, the same rota, and nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from incident_api.duty import changes, checks, current, sickness
from incident_api.duty.checks import Finding
from incident_api.duty.edits import covers
from incident_api.duty.resolving import Plan
from incident_api.duty.roster import Roster
from incident_api.duty.schemas import PreviewEdit
from incident_api.duty.shift import Absence, Replacement, Shift
from incident_api.duty.wall import DAY_US
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: Enough of the past to see who rests too little after it.
_BACK_US = 2 * DAY_US
_REFERENCE = "preview"


@dataclass(frozen=True, slots=True)
class Preview:
    """Shifts as they would be; `called`: each shift of a sick person with who would have it."""

    gained: tuple[Shift, ...]
    lost: tuple[Shift, ...]
    called: tuple[tuple[Shift, Shift | None], ...]
    warnings: tuple[Finding, ...]


def look(runtime: Runtime, session: Session, *, person: Person, request: PreviewEdit, now_us: int) -> Preview:
    """Raises what the act itself would raise (`duty.*`, `people.unknown`)."""
    before = current.roster(runtime, session)
    spans = [(max(request.start_us, now_us), request.end_us)]
    if request.end_us <= now_us:
        raise KhienError("duty.over")
    called: list[tuple[Shift, Shift | None]] = []
    replacements: list[Replacement] = []
    absences: list[Absence] = []
    if request.kind == "override":
        replacements.append(_override(runtime, session, request, whose=request.person or person.id, span=spans[0]))
    elif request.kind == "swap":
        replacements += _swap(runtime, session, request, giver=request.person or person.id, now_us=now_us)
        spans += [(each.start_us, each.end_us) for each in replacements[1:]]
    else:
        whose = changes.whom(session, person, request.person)
        absences.append(Absence(person=whose, start_us=spans[0][0], end_us=spans[0][1], reference=_REFERENCE))
        if request.kind == "sick":
            called = sickness.who_would_come(session, before, whose, *spans[0])
            replacements += [_stand_in(taken) for _, taken in called if taken is not None]
    rota = current.rota(session)
    plan = current.plan_with(runtime, session, rota, replacements=tuple(replacements), absences=tuple(absences))
    after = _after(before, plan, now_us=now_us)
    known = checks.check(rota, before, start_us=now_us).findings
    found = checks.check(rota, after, start_us=now_us).findings
    return Preview(
        gained=tuple(_differing(after, before, spans)),
        lost=tuple(_differing(before, after, spans)),
        called=tuple(called),
        warnings=tuple(each for each in found if not any(covers(other, each) for other in known)),
    )


def _override(runtime: Runtime, session: Session, request: PreviewEdit, *, whose: str, span: tuple[int, int]) -> Replacement:
    seat = request.seat or ""
    changes.check_override(runtime, session, whose, seat)
    kind = "added" if request.mode == "added" else "override"
    return Replacement(reference=_REFERENCE, kind=kind, seat=seat, person=whose, start_us=span[0], end_us=span[1])  # type: ignore[arg-type]  # one of two words


def _swap(runtime: Runtime, session: Session, request: PreviewEdit, *, giver: str, now_us: int) -> list[Replacement]:
    taker = request.taker or ""
    if taker == giver:
        raise KhienError("duty.with_oneself")
    changes.check_swap(runtime, session, giver=giver, request=request, now_us=now_us)
    given = Replacement(
        reference=_REFERENCE,
        kind="swap",
        seat=request.seat or "",
        person=taker,
        of=giver,
        start_us=request.start_us,
        end_us=request.end_us,
    )
    if request.return_seat is None or request.return_start_us is None or request.return_end_us is None:
        return [given]
    return [
        given,
        Replacement(
            reference=_REFERENCE,
            kind="swap",
            seat=request.return_seat,
            person=giver,
            of=taker,
            start_us=request.return_start_us,
            end_us=request.return_end_us,
        ),
    ]


def _stand_in(shift: Shift) -> Replacement:
    return Replacement(
        reference=_REFERENCE, kind="override", seat=shift.seat, person=shift.person, start_us=shift.start_us, end_us=shift.end_us
    )


def _after(before: Roster, plan: Plan, *, now_us: int) -> Roster:
    """The past as it was, and from now on the new plan."""
    since = now_us - _BACK_US
    past = [replace(each, end_us=min(each.end_us, now_us)) for each in before.between(since, now_us)]
    return Roster(version="", plan=plan, frozen=tuple(past), frozen_from_us=since, frozen_us=now_us)


def _differing(one: Roster, other: Roster, spans: Iterable[tuple[int, int]]) -> list[Shift]:
    """What stands in the one and not in the other, cut to the spans."""
    found: dict[tuple[str, str, int, int], Shift] = {}
    for start, end in spans:
        there = {_key(each) for each in _clipped(other, start, end)}
        found |= {_key(each): each for each in _clipped(one, start, end) if _key(each) not in there}
    return sorted(found.values(), key=lambda each: (each.start_us, each.seat))


def _clipped(roster: Roster, start_us: int, end_us: int) -> list[Shift]:
    found = roster.between(start_us, end_us)
    return [replace(each, start_us=max(each.start_us, start_us), end_us=min(each.end_us, end_us)) for each in found]


def _key(shift: Shift) -> tuple[str, str, int, int]:
    return shift.seat, shift.person, shift.start_us, shift.end_us
