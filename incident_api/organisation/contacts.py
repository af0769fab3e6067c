"""Whom a recipient's name means on a day, and how they are reached (coordination design, section 1).

Names are those of the rules: a party or its endpoint (`city_police.intake`), the owner of a system (`owner:<unit>`), a function of
a unit (`unit.head:<unit>`), a person, or a role, which means whoever is on duty in it. A recipient is resolved when sending.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import Policy
from incident_api.duty.current import roster
from incident_api.duty.shift import Shift
from incident_api.organisation.parts import Channel, ContactEntry, Text, day_of
from incident_api.people.models import PersonRow
from incident_api.people.rights import ROLE_CAPACITY
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: An endpoint that nobody tried for a year is warned about (B10).
VERIFIED_DAYS = 365
#: Who speaks for a unit that owns a system, the first that is known.
_OWNER_FUNCTIONS = ("approver", "head", "contact", "duty")
#: What a step of the rules tells besides recipients.
_ASSIGNEE = "assignee"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How somebody is reached; the primary channel first. `id`: the entry or person that the name led to."""

    id: str
    name: Text
    channels: tuple[Channel, ...]
    deputies: tuple[str, ...] = ()
    verified_on: dt.date | None = None
    is_stale: bool
    unit: str | None = None


def resolve(runtime: Runtime, session: Session, recipient: str, *, at_us: int) -> Contact:
    """Whom a name means at a time. Raises `contact.unknown`."""
    found = find(runtime.organisation, recipient, at_us=at_us, shifts=roster(runtime, session).shifts_at(at_us))
    if found is not None:
        return found
    row = session.get(PersonRow, recipient)
    if row is not None:
        # Somebody made by `khien user add`: only the page knows them.
        return _of_person(row.id, Text(vi=row.name_vi, en=row.name_en), home=row.home)
    raise KhienError("contact.unknown", recipient=recipient, day=day_of(at_us))


def find(organisation: Organisation, recipient: str, *, at_us: int, shifts: Sequence[Shift] = ()) -> Contact | None:
    """The same from the organisation alone; a role means whoever has one of these shifts in it, else who holds it."""
    day = day_of(at_us)
    for name in _names(organisation, recipient, day=day):
        entry = organisation.contact_on(name, day)
        if entry is not None:
            return _of_entry(organisation, entry, day=day)
        if name in organisation.people:
            person = organisation.people[name]
            return _of_person(name, person.name, home=person.home)
        if name in ROLE_CAPACITY:
            holder = _holder(organisation, name, shifts=shifts)
            if holder is not None:
                return find(organisation, holder, at_us=at_us)
    return None


def scoped(recipient: str, *, owners: Iterable[str], units: Iterable[str]) -> tuple[str, ...]:
    """A name that means somebody else in every case (`unit.head`, `owner.dpo`), once for each unit of this case."""
    party, _, function = recipient.partition(".")
    if party not in {"owner", "unit"} or not function or ":" in recipient:
        return (recipient,)
    meant = tuple(dict.fromkeys(owners if party == "owner" else units))
    return tuple(f"{recipient}:{unit}" for unit in meant) or (recipient,)


def recipients_of(organisation: Organisation, policy: Policy) -> tuple[str, ...]:
    """Every name that the obligations and their steps can produce for a case in this city."""
    rules = policy.obligations
    owners = sorted({owner for asset in organisation.assets.values() for owner, _ in asset.owners_and_operators})
    names: list[str] = []
    for to in (each for rule in rules.rules for each in rule.to):
        if to in rules.groups:
            names += [member.to for member in rules.groups[to]]
        elif to == "owner":
            names += [f"owner:{owner}" for owner in (*owners, policy.severity.unknown_owner)]
        else:
            names.append(to)
    names += [to for step in rules.steps for to in step.tell if to != _ASSIGNEE]
    return tuple(dict.fromkeys(names))


def unreached(organisation: Organisation, policy: Policy, *, at_us: int) -> tuple[str, ...]:
    """The recipients of the rules that nobody answers for on that day."""
    return tuple(each for each in recipients_of(organisation, policy) if find(organisation, each, at_us=at_us) is None)


def stale(organisation: Organisation, *, at_us: int) -> tuple[ContactEntry, ...]:
    """The entries that hold today and that nobody tried for a year."""
    day = day_of(at_us)
    return tuple(each for each in organisation.contacts if each.holds(day) and _is_stale(each.verified_on, day=day))


def _names(organisation: Organisation, recipient: str, *, day: str) -> Iterator[str]:
    """What to look up, in order."""
    head, colon, unit = recipient.partition(":")
    if not colon:
        yield recipient
        return
    unit = organisation.parties.get(unit, unit)
    party, _, function = head.partition(".")
    for heir in _heirs(organisation, unit, day=day):
        if function:
            yield f"{heir}.{function}"
        if party in {"owner", "unit"}:
            yield from (f"{heir}.{each}" for each in _OWNER_FUNCTIONS)
            yield heir
    if function:
        yield head


def _heirs(organisation: Organisation, unit: str, *, day: str) -> Iterator[str]:
    """The unit, or who answers for it since it ended; every unit once, however they succeed one another."""
    waiting, seen = [unit], set()
    while waiting:
        name = waiting.pop(0)
        known = organisation.units.get(name)
        if known is None or name in seen:
            continue
        seen.add(name)
        if known.holds(day):
            yield name
        else:
            waiting += known.successors


def _holder(organisation: Organisation, role: str, *, shifts: Sequence[Shift]) -> str | None:
    """Who is on duty in a role, then who holds it at all."""
    on_duty = sorted((each for each in shifts if each.role == role), key=lambda each: each.priority)
    holders = [shift.person for shift in on_duty] + sorted(name for name, each in organisation.people.items() if role in each.roles)
    return next(iter(holders), None)


def _of_entry(organisation: Organisation, entry: ContactEntry, *, day: str) -> Contact:
    channels = entry.channels
    if entry.id in organisation.people and all(each.kind != "app" for each in channels):
        channels = (*channels, Channel(kind="app", address=entry.id))
    return Contact(
        id=entry.id,
        name=entry.name,
        channels=channels,
        deputies=entry.deputies,
        verified_on=None if entry.verified_on is None else dt.date.fromisoformat(entry.verified_on),
        is_stale=_is_stale(entry.verified_on, day=day),
        unit=entry.unit or (organisation.people[entry.id].home if entry.id in organisation.people else None),
    )


def _of_person(person: str, name: Text, *, home: str) -> Contact:
    """Somebody without an entry: the page only, and nobody ever tried more."""
    return Contact(id=person, name=name, channels=(Channel(kind="app", address=person),), is_stale=True, unit=home)


def _is_stale(verified_on: str | None, *, day: str) -> bool:
    if verified_on is None:
        return True
    return (dt.date.fromisoformat(day) - dt.date.fromisoformat(verified_on)).days > VERIFIED_DAYS
