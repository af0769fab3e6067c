"""Whom a step tells: names of the rules become people on duty; parties and endpoints stay names until they are sent."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from incident_api.duty.current import roster
from incident_api.people.models import PersonRow
from incident_api.people.rights import ROLE_CAPACITY
from incident_api.runtime import Runtime

_TEAM = "team"


def on_duty(runtime: Runtime, session: Session, roles: Iterable[str], *, now_us: int) -> list[str]:
    """Who is on duty in these roles now, in the order of the roles; who only stands by is not."""
    shifts = roster(runtime, session).shifts_at(now_us)
    return list(dict.fromkeys(shift.person for role in roles for shift in shifts if shift.role == role and shift.priority == 1))


def reached(runtime: Runtime, session: Session, names: Iterable[str], *, assignee: str, now_us: int) -> list[str]:
    """The recipients of a step, each once. A role that nobody is on duty in means everybody who has it."""
    found: list[str] = []
    for name in names:
        if name == "assignee":
            found.append(assignee)
        elif name == _TEAM:
            found += on_duty(runtime, session, [role for role in ROLE_CAPACITY if role.startswith("irt.")], now_us=now_us)
        elif name in ROLE_CAPACITY:
            found += _of_role(runtime, session, name, now_us=now_us)
        else:
            found.append(name)
    return list(dict.fromkeys(found))


def _of_role(runtime: Runtime, session: Session, role: str, *, now_us: int) -> list[str]:
    duty = [each for each in on_duty(runtime, session, (role,), now_us=now_us) if session.get(PersonRow, each) is not None]
    if duty:
        return duty
    holders = [person for person, row in sorted(runtime.organisation.people.items()) if role in row.roles]
    rota = roster(runtime, session)
    there = [each for each in holders if not rota.is_on_leave(each, at_us=now_us)]
    # Nobody has the role: its name stays, and who sends it says that it leads nowhere.
    return there or holders or [role]
