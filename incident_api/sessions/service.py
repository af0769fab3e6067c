"""Sessions live on the server: 30 minutes idle, 12 hours at most, a new id at each log-in, gone when a person is disabled."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session as Transaction

from incident_api.audit import service as audit
from incident_api.http.schemas import LocalText
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from incident_api.sessions import passwords, throttle
from incident_api.sessions.models import SessionRow
from incident_api.sessions.schemas import SessionPerson, SessionView
from khien.clock import MICROSECONDS
from khien.errors import KhienError

IDLE_SECONDS = 1800
ABSOLUTE_SECONDS = 43_200
#: The idle limit moves at most this often, so that reading does not write each time.
_TOUCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Session:
    """A live session."""

    token_sha256: str
    csrf: str
    created_us: int
    last_seen_us: int
    #: When the second factor was last given in this session.
    proven_us: int | None = None

    @property
    def idle_expires_us(self) -> int:
        """When it ends if nothing happens."""
        return min(self.last_seen_us + IDLE_SECONDS * MICROSECONDS, self.absolute_expires_us)

    @property
    def absolute_expires_us(self) -> int:
        """When it ends whatever happens."""
        return self.created_us + ABSOLUTE_SECONDS * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Opened:
    """A fresh session; the token is nowhere else."""

    token: str
    person: Person
    session: Session


@dataclass(frozen=True, slots=True)
class Resumed:
    """A live session and whose it is."""

    person: Person
    session: Session


def log_in(runtime: Runtime, *, account: str, password: str, address: str, old_token: str | None) -> Opened:
    """Check and open. One answer for a wrong password, an unknown and a disabled account, after the same work."""
    now = runtime.clock.now_us()
    name = account.strip().casefold()[:128]
    with runtime.database.read() as transaction:
        throttle.check(transaction, account=name, address=address, at_us=now)
        row = transaction.get(PersonRow, name)
        encoded = row.password_hash if row is not None and row.is_active else None
    is_right = passwords.matches(encoded, password)
    opened: Opened | None = None
    with runtime.database.write() as transaction:
        # Again inside the transaction: of many guesses at once only the first may pass the delay.
        throttle.check(transaction, account=name, address=address, at_us=now)
        row = transaction.get(PersonRow, name)
        if is_right and row is not None and row.is_active and row.password_hash == encoded:
            opened = _open(transaction, row, now=now, old_token=old_token)
            throttle.succeeded(transaction, account=name, address=address)
        else:
            throttle.failed(transaction, account=name, address=address, at_us=now)
        _record(transaction, now=now, person=opened.person if opened else None, account=name, address=address)
    if opened is None:
        raise KhienError("session.refused")
    return opened


def resume(runtime: Runtime, *, token: str | None, touch: bool = True) -> Resumed | None:
    """The session of a cookie, if it lives and its person is active; without `touch` looking at it does not keep it alive."""
    if not token or len(token) > 128:  # noqa: PLR2004 - ours have 43 characters
        return None
    now, digest = runtime.clock.now_us(), _digest(token)
    with runtime.database.read() as transaction:
        row = transaction.get(SessionRow, digest)
        person = None if row is None else transaction.get(PersonRow, row.person)
        if row is None or person is None or not person.is_active:
            return None
        found = Session(row.token_sha256, row.csrf, row.created_us, row.last_seen_us, row.proven_us)
        owner = Person.of(person)
    if now >= found.idle_expires_us:
        return None
    if touch and now - found.last_seen_us >= _TOUCH_SECONDS * MICROSECONDS:
        found = _touch(runtime, found, now=now)
    return Resumed(person=owner, session=found)


def csrf_matches(session: Session, token: str) -> bool:
    """In constant time."""
    return hmac.compare_digest(session.csrf.encode(), token.encode())


def log_out(runtime: Runtime, session: Session, *, person: Person) -> None:
    """End one session."""
    with runtime.database.write() as transaction:
        transaction.execute(delete(SessionRow).where(SessionRow.token_sha256 == session.token_sha256))
        _append(transaction, now=runtime.clock.now_us(), actor=Actor.of(person), act="session.log_out", account=person.id)


def change_password(runtime: Runtime, *, person: Person, session: Session, address: str, current: str, new: str) -> None:
    """Prove the old one, set the new one, end the other sessions. Guessing the old one is slowed down as log-in is."""
    now = runtime.clock.now_us()
    with runtime.database.read() as transaction:
        throttle.check(transaction, account=person.id, address=address, at_us=now)
        encoded = transaction.get_one(PersonRow, person.id).password_hash
    if not passwords.matches(encoded, current):
        with runtime.database.write() as transaction:
            throttle.check(transaction, account=person.id, address=address, at_us=now)
            throttle.failed(transaction, account=person.id, address=address, at_us=now)
            _append(transaction, now=now, actor=Actor.of(person), act="session.refuse", account=person.id, address=address)
        raise KhienError("session.wrong_password")
    fresh = passwords.encode(passwords.accepted(account=person.id, password=new))
    with runtime.database.write() as transaction:
        # Again inside the transaction: of many guesses at once only the first may pass the delay.
        throttle.check(transaction, account=person.id, address=address, at_us=now)
        throttle.succeeded(transaction, account=person.id, address=address)
        transaction.get_one(PersonRow, person.id).password_hash = fresh
        others = delete(SessionRow).where(SessionRow.person == person.id, SessionRow.token_sha256 != session.token_sha256)
        transaction.execute(others)
        _append(transaction, now=runtime.clock.now_us(), actor=Actor.of(person), act="session.change_password", account=person.id)


def change_language(runtime: Runtime, *, person: Person, language: str) -> Person:
    """Keep the choice."""
    with runtime.database.write() as transaction:
        row = transaction.get_one(PersonRow, person.id)
        row.language = language
        return Person.of(row)


def view(person: Person, session: Session) -> SessionView:
    """What the page is told."""
    return SessionView(
        person=SessionPerson(
            id=person.id,
            account=person.id,
            name=LocalText(vi=person.name_vi, en=person.name_en),
            home=person.home,
            unit=person.unit,
            capacity=person.capacity,
        ),
        roles=list(person.roles),
        rights=sorted(right.value for right in person.rights),
        csrf=session.csrf,
        language=person.language,
        idle_expires_us=session.idle_expires_us,
        absolute_expires_us=session.absolute_expires_us,
    )


def _open(transaction: Transaction, row: PersonRow, *, now: int, old_token: str | None) -> Opened:
    expired = now - ABSOLUTE_SECONDS * MICROSECONDS
    transaction.execute(delete(SessionRow).where(SessionRow.created_us <= expired))
    if old_token:
        transaction.execute(delete(SessionRow).where(SessionRow.token_sha256 == _digest(old_token)))
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    fresh = Session(token_sha256=_digest(token), csrf=csrf, created_us=now, last_seen_us=now)
    transaction.add(SessionRow(token_sha256=fresh.token_sha256, person=row.id, csrf=csrf, created_us=now, last_seen_us=now))
    return Opened(token=token, person=Person.of(row), session=fresh)


def _touch(runtime: Runtime, session: Session, *, now: int) -> Session:
    with runtime.database.write() as transaction:
        row = transaction.scalar(select(SessionRow).where(SessionRow.token_sha256 == session.token_sha256))
        if row is not None:
            row.last_seen_us = now
    return replace(session, last_seen_us=now)


def _record(transaction: Transaction, *, now: int, person: Person | None, account: str, address: str) -> None:
    actor = Actor.of(person) if person else Actor.job("log-in")
    act = "session.log_in" if person else "session.refuse"
    # An unknown account's name is what somebody typed, perhaps a password in the wrong field: it is not kept.
    known = transaction.get(PersonRow, account) is not None
    _append(transaction, now=now, actor=actor, act=act, account=account if known else "unknown", address=address)


def _append(transaction: Transaction, *, now: int, actor: Actor, act: str, account: str, address: str | None = None) -> None:
    after = {"address": address} if address else None
    audit.append(transaction, at_us=now, actor=actor, act=act, object_name=f"person/{account}", before=None, after=after)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
