"""Access tokens: how a script calls the API as somebody, with at most some of their rights, for at most a year.

A token is made in the page (or by `POST /tokens`), shown once and stored as a hash. It needs no CSRF token, because no browser
sends it by itself, and it never does an act that asks for a second factor. It ends when it is revoked, when its time is over, and
when its person is disabled.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session as Transaction

from incident_api.audit import service as audit
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from incident_api.sessions.models import AccessToken
from khien.clock import MICROSECONDS
from khien.errors import KhienError

#: What a token begins with, so that a scanner for secrets in a repository finds it.
PREFIX = "khien_"
LONGEST_DAYS = 366
#: Live tokens of one person; beyond it something is forgetting to revoke.
MOST_LIVE = 20
_DAY_US = 86_400 * MICROSECONDS
_SHOWN_CHARACTERS = 128
#: The time of last use moves at most this often, so that reading does not write each time.
_TOUCH_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Made:
    """A fresh token; the secret is nowhere else."""

    secret: str
    row: AccessToken


def make(runtime: Runtime, *, person: Person, name: str, rights: Iterable[Right], days: int) -> Made:
    """A new one. Raises `token.not_your_right`, `token.too_many`."""
    wanted = sorted(set(rights))
    for right in wanted:
        if right not in person.rights:
            raise KhienError("token.not_your_right", right=right.value)
    now, secret = runtime.clock.now_us(), PREFIX + secrets.token_urlsafe(32)
    with runtime.database.write() as transaction:
        live = transaction.scalar(select(func.count()).where(*_live_of(person.id, now_us=now))) or 0
        if live >= MOST_LIVE:
            raise KhienError("token.too_many", most=MOST_LIVE)
        row = AccessToken(
            sha256=_digest(secret),
            person=person.id,
            name=name,
            rights=[right.value for right in wanted],
            created_us=now,
            expires_us=now + days * _DAY_US,
        )
        transaction.add(row)
        transaction.flush()
        _record(transaction, act="token.make", person=person, row=row, now=now)
    return Made(secret, row)


def of(runtime: Runtime, *, person: Person) -> Sequence[AccessToken]:
    """The tokens of a person that still count, the newest first."""
    with runtime.database.read() as transaction:
        query = select(AccessToken).where(*_live_of(person.id, now_us=runtime.clock.now_us()))
        return transaction.scalars(query.order_by(AccessToken.id.desc())).all()


def revoke(runtime: Runtime, *, person: Person, token_id: int) -> None:
    """It counts no more, from the next request on. Raises `token.not_found`."""
    now = runtime.clock.now_us()
    with runtime.database.write() as transaction:
        row = transaction.get(AccessToken, token_id)
        if row is None or row.person != person.id or row.revoked_us is not None:
            raise KhienError("token.not_found", object=str(token_id))
        row.revoked_us = now
        _record(transaction, act="token.revoke", person=person, row=row, now=now)


def owner(runtime: Runtime, secret: str) -> Person | None:
    """Whose it is, with no more rights than it carries; None when it does not count (any more)."""
    if not secret.startswith(PREFIX) or len(secret) > _SHOWN_CHARACTERS:
        return None
    now = runtime.clock.now_us()
    with runtime.database.read() as transaction:
        row = transaction.scalar(select(AccessToken).where(AccessToken.sha256 == _digest(secret)))
        known = None if row is None else transaction.get(PersonRow, row.person)
        if row is None or known is None or not known.is_active or row.revoked_us is not None or now >= row.expires_us:
            return None
        person, token_id, last = Person.of(known), row.id, row.last_used_us
        limited_to = frozenset(Right(each) for each in row.rights if each in set(Right))
    if last is None or now - last >= _TOUCH_US:
        with runtime.database.write() as transaction:
            transaction.get_one(AccessToken, token_id).last_used_us = now
    return replace(person, limited_to=limited_to)


def _live_of(person: str, *, now_us: int) -> tuple[ColumnElement[bool], ...]:
    return (AccessToken.person == person, AccessToken.revoked_us.is_(None), AccessToken.expires_us > now_us)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(transaction: Transaction, *, act: str, person: Person, row: AccessToken, now: int) -> None:
    after = {"token": row.id, "name": row.name, "rights": list(row.rights), "expires_us": row.expires_us}
    audit.append(
        transaction, at_us=now, actor=Actor.of(person), act=act, object_name=f"person/{person.id}", before=None, after=after
    )
