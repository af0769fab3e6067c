"""Who stands in for somebody who is sick: the ladder of assignment (response design, section 6) asked about a shift.

A pure function. Rungs: those who stand by · the same role · without the skills · without the rest · the shift lead on duty ·
leader and deputies. On a rung the first difference decides: same desk, fewer hours in the month around, longest since the last
shift, the lot. The reason is kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from incident_api.duty.checks import REST_US
from incident_api.duty.roster import Roster, runs_of
from incident_api.duty.shift import Shift
from incident_api.duty.wall import DAY_US, HOUR_US

_AROUND_US = 15 * DAY_US
_LONGEST_US = 12 * HOUR_US


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who might."""

    person: str
    roles: tuple[str, ...]
    skills: tuple[str, ...]
    desk: tuple[str, ...]
    is_active: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """Who, on which rung, and why not the others."""

    person: str
    rung: str
    explanation: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rung:
    name: str
    roles: tuple[str, ...] | None
    skills: bool
    rest: bool
    duty: int | None = None


_RUNGS = (
    _Rung("stands_by", None, skills=True, rest=True, duty=2),
    _Rung("same_role", None, skills=True, rest=True),
    _Rung("any_skill", None, skills=False, rest=True),
    _Rung("short_rest", None, skills=False, rest=False),
    _Rung("shift_lead", ("irt.shift_lead",), skills=False, rest=False, duty=1),
    _Rung("leader", ("irt.leader", "irt.deputy"), skills=False, rest=False),
)


def choose(
    roster: Roster, shift: Shift, *, members: Sequence[Member], excluded: Iterable[str] = (), besides: Sequence[Shift] = ()
) -> Choice | None:
    """The person for a shift that its own cannot work; `besides`: shifts given to people meanwhile. None: nobody at all."""
    out = set(excluded) | {shift.person}
    absent = next((each for each in members if each.person == shift.person), None)
    around = [*roster.between(shift.start_us - _AROUND_US, shift.end_us + _AROUND_US), *besides]
    rungs: list[dict[str, Any]] = []
    reasons: dict[str, str] = {}
    for rung in _RUNGS:
        eligible: list[tuple[tuple[int, int, int, str], Member]] = []
        for member in members:
            reason = _exclusion(rung, member, shift, roster, around, absent=absent, out=out)
            if reason is None:
                eligible.append((_key(member, shift, around, absent=absent), member))
            elif reason != "not_on_this_rung" or member.person not in reasons:
                reasons[member.person] = reason
        rungs.append({"id": rung.name, "eligible": len(eligible)})
        if eligible:
            key, chosen = min(eligible, key=lambda each: each[0])
            explanation = {
                "rungs": rungs,
                "chosen": {"person": chosen.person, "same_desk": key[0] == 0, "hours": key[1] // HOUR_US, "lot": key[3]},
                "excluded": {
                    name: why for name, why in sorted(reasons.items()) if name != chosen.person and why != "not_on_this_rung"
                },
            }
            return Choice(chosen.person, rung.name, explanation)
    return None


def _exclusion(  # noqa: PLR0911 - one line a reason, in the order they are asked
    rung: _Rung,
    member: Member,
    shift: Shift,
    roster: Roster,
    around: Sequence[Shift],
    *,
    absent: Member | None,
    out: set[str],
) -> str | None:
    roles = rung.roles or (shift.role,)
    if not set(roles) & set(member.roles):
        return "not_on_this_rung"
    if member.person in out:
        return "did_not_take_it"
    if not member.is_active:
        return "account_disabled"
    if any(start < shift.end_us and end > shift.start_us for start, end in roster.plan.away.get(member.person, ())):
        return "on_leave"
    theirs = [each for each in around if each.person == member.person]
    overlapping = [each for each in theirs if each.start_us < shift.end_us and each.end_us > shift.start_us]
    if rung.duty is not None and not any(each.priority == rung.duty and each.role in roles for each in overlapping):
        return "off_duty"
    # The last two rungs take it besides what they have: there must be somebody.
    if rung.roles is None and any(each.priority == 1 and each.presence == "desk" for each in overlapping):
        return "is_at_a_desk"
    if rung.skills and absent is not None and not set(absent.skills) <= set(member.skills):
        return "skills"
    if rung.rest and not _is_rested([each for each in theirs if each.presence == "desk"], shift):
        return "no_rest"
    return None


def _is_rested(theirs: Sequence[Shift], shift: Shift) -> bool:
    """Eleven hours before and after, and no longer than twelve, if the shift is worked at the desk."""
    if shift.presence != "desk":
        return True
    for start, end in runs_of([*theirs, shift]):
        if start <= shift.start_us < end and end - start > max(_LONGEST_US, shift.end_us - shift.start_us):
            return False
    return all(
        each.start_us - shift.end_us >= REST_US or shift.start_us - each.end_us >= REST_US or _touch(each, shift) for each in theirs
    )


def _touch(one: Shift, other: Shift) -> bool:
    return one.end_us == other.start_us or other.end_us == one.start_us


def _key(member: Member, shift: Shift, around: Sequence[Shift], *, absent: Member | None) -> tuple[int, int, int, str]:
    worked = [each for each in around if each.person == member.person and each.priority == 1]
    hours = sum(each.end_us - each.start_us for each in worked)
    last = max((each.end_us for each in worked if each.end_us <= shift.start_us), default=0)
    same_desk = absent is not None and bool(set(absent.desk) & set(member.desk))
    lot = hashlib.sha256(f"{shift.seat} {shift.start_us}\n{member.person}".encode()).hexdigest()[:16]
    return (0 if same_desk else 1, hours, last, lot)
