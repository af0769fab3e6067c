"""The second factor: time-based one-time passwords (RFC 6238) for the acts that response design, section 16, names.

A code proves presence for a few minutes in one session (`PROVEN_SECONDS`); each code counts once, so that one read over a shoulder
is worth nothing. Secrets are stored encrypted under a key beside the database, recovery codes as hashes. Guesses are slowed down as
those of a password are.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session as Transaction

from incident_api.audit import service as audit
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from incident_api.sessions import passwords, throttle
from incident_api.sessions.models import RecoveryCode, SecondFactor, SessionRow
from incident_api.sessions.service import Session
from khien.clock import MICROSECONDS
from khien.errors import KhienError
from khien.key_files import make_folder, write_file

#: How long one code counts in its session.
PROVEN_SECONDS = 300
#: RFC 6238, section 5.2: a step of 30 s, and one step of a clock that goes wrong on either side.
_STEP_SECONDS, _STEPS_ASIDE = 30, 1
_RECOVERY_CODES, _RECOVERY_BYTES = 10, 10
_KEY_FILE = "second-factor.key"
_ISSUER = "Khien"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator needs; shown once, until a code confirms it."""

    secret: str
    uri: str


def begin(runtime: Runtime, *, person: Person, address: str, password: str) -> Enrolment:
    """A new secret, not in use until a code of it is given. Asks for the password: a session left open must not be enough."""
    now, box = runtime.clock.now_us(), _box(runtime)
    with runtime.database.read() as transaction:
        throttle.check(transaction, account=person.id, address=address, at_us=now)
        encoded = transaction.get_one(PersonRow, person.id).password_hash
    is_right = passwords.matches(encoded, password)
    secret = pyotp.random_base32()
    with runtime.database.write() as transaction:
        throttle.check(transaction, account=person.id, address=address, at_us=now)
        row = transaction.get(SecondFactor, person.id)
        if is_right and (row is None or row.confirmed_us is None):
            throttle.succeeded(transaction, account=person.id, address=address)
            if row is not None:
                transaction.delete(row)
                transaction.flush()
            fresh = SecondFactor(person=person.id, secret=box.encrypt(secret.encode()).decode(), last_step=0)
            transaction.add(fresh)
            _record(transaction, act="session.second_factor_begin", person=person, now=now)
        elif not is_right:
            throttle.failed(transaction, account=person.id, address=address, at_us=now)
            _record(transaction, act="session.refuse", person=person, now=now)
    if not is_right:
        raise KhienError("session.wrong_password")
    if row is not None and row.confirmed_us is not None:
        raise KhienError("second_factor.in_use")
    return Enrolment(secret=secret, uri=pyotp.TOTP(secret).provisioning_uri(name=person.id, issuer_name=_ISSUER))


def confirm(runtime: Runtime, *, person: Person, session: Session, address: str, code: str) -> tuple[str, ...]:
    """The first code puts the secret in use; gives the recovery codes, which nobody can read again."""
    now = runtime.clock.now_us()
    if not _proves(runtime, person=person, session=session, address=address, code=code, is_first=True, now=now):
        raise KhienError("second_factor.wrong_code")
    codes = tuple(_recovery_code() for _ in range(_RECOVERY_CODES))
    with runtime.database.write() as transaction:
        transaction.execute(delete(RecoveryCode).where(RecoveryCode.person == person.id))
        transaction.add_all(RecoveryCode(sha256=_digest(person.id, each), person=person.id) for each in codes)
        _record(transaction, act="session.second_factor_confirm", person=person, now=now)
    return codes


def prove(runtime: Runtime, *, person: Person, session: Session, address: str, code: str) -> int:
    """Give a code, or one of the recovery codes; gives until when it counts. Raises `second_factor.*`."""
    now = runtime.clock.now_us()
    if not _proves(runtime, person=person, session=session, address=address, code=code, is_first=False, now=now):
        raise KhienError("second_factor.wrong_code")
    return now + PROVEN_SECONDS * MICROSECONDS


def demand(runtime: Runtime, *, person: Person, session: Session | None) -> None:
    """Raise unless this session proved its person a moment ago; a token of a script never did."""
    if session is None:
        raise KhienError("second_factor.not_by_token")
    now = runtime.clock.now_us()
    if session.proven_us is not None and 0 <= now - session.proven_us < PROVEN_SECONDS * MICROSECONDS:
        return
    raise KhienError("second_factor.required" if is_set_up(runtime, person=person) else "second_factor.not_set_up")


def is_set_up(runtime: Runtime, *, person: Person) -> bool:
    """Whether somebody has one in use."""
    with runtime.database.read() as transaction:
        row = transaction.get(SecondFactor, person.id)
        return row is not None and row.confirmed_us is not None


def codes_left(runtime: Runtime, *, person: Person) -> int:
    """How many recovery codes were not used."""
    with runtime.database.read() as transaction:
        query = select(func.count()).where(RecoveryCode.person == person.id, RecoveryCode.used_us.is_(None))
        return transaction.scalar(query) or 0


def reset(runtime: Runtime, *, account: str, actor: Actor) -> None:
    """Lost telephone and lost codes: the factor is gone, every session of the person ends, and they set it up anew."""
    with runtime.database.write() as transaction:
        if transaction.get(PersonRow, account) is None:
            raise KhienError("people.unknown", account=account)
        for table in (SecondFactor, RecoveryCode, SessionRow):
            transaction.execute(delete(table).where(table.person == account))
        audit.append(
            transaction,
            at_us=runtime.clock.now_us(),
            actor=actor,
            act="person.reset_second_factor",
            object_name=f"person/{account}",
            before=None,
            after={},
        )


def _proves(runtime: Runtime, *, person: Person, session: Session, address: str, code: str, is_first: bool, now: int) -> bool:
    """One attempt, counted; a right one is noted in the session, and its step or its recovery code is used up."""
    box = _box(runtime)
    with runtime.database.write() as transaction:
        throttle.check(transaction, account=person.id, address=address, at_us=now)
        row = transaction.get(SecondFactor, person.id)
        if row is None or (row.confirmed_us is None) is not is_first:
            raise KhienError("second_factor.in_use" if row is not None and is_first else "second_factor.not_set_up")
        is_right = _counts(transaction, row, box=box, code=code, is_first=is_first, now=now)
        if is_right:
            throttle.succeeded(transaction, account=person.id, address=address)
            transaction.get_one(SessionRow, session.token_sha256).proven_us = now
        else:
            throttle.failed(transaction, account=person.id, address=address, at_us=now)
        act = "session.second_factor" if is_right else "session.second_factor_refuse"
        _record(transaction, act=act, person=person, now=now)
    return is_right


def _counts(transaction: Transaction, row: SecondFactor, *, box: Fernet, code: str, is_first: bool, now: int) -> bool:
    given = "".join(code.split()).upper()
    step = _step(_secret(box, row), given, now=now)
    if step is not None:
        if step <= row.last_step:
            return False
        row.last_step = step
        row.confirmed_us = row.confirmed_us or now
        return True
    kept = None if is_first else transaction.get(RecoveryCode, _digest(row.person, given.replace("-", "")))
    if kept is None or kept.person != row.person or kept.used_us is not None:
        return False
    kept.used_us = now
    return True


def _step(secret: str, code: str, *, now: int) -> int | None:
    """The step that the code belongs to, ours or a neighbour; compared in constant time."""
    generator, present = pyotp.TOTP(secret, interval=_STEP_SECONDS), now // MICROSECONDS // _STEP_SECONDS
    found = None
    for step in range(present - _STEPS_ASIDE, present + _STEPS_ASIDE + 1):
        if hmac.compare_digest(generator.generate_otp(step).encode(), code.encode()):
            found = step
    return found


def _secret(box: Fernet, row: SecondFactor) -> str:
    try:
        return box.decrypt(row.secret.encode()).decode()
    except InvalidToken as error:
        raise KhienError("second_factor.key_lost") from error


def _box(runtime: Runtime) -> Fernet:
    """The key of this installation; born on first use, readable by its owner alone."""
    path: Path = runtime.settings.home.incident_api / _KEY_FILE
    if not path.exists():
        make_folder(path.parent)
        write_file(path, Fernet.generate_key(), mode=0o600)
    try:
        return Fernet(path.read_bytes())
    except ValueError as error:
        raise KhienError("second_factor.key_lost") from error


def _recovery_code() -> str:
    """16 letters and digits (80 bits) in four groups, as somebody writes them down."""
    raw = base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode()
    return "-".join(raw[place : place + 4] for place in range(0, 16, 4))


def _digest(person: str, code: str) -> str:
    return hashlib.sha256(f"{person} {code.replace('-', '')}".encode()).hexdigest()


def _record(transaction: Transaction, *, act: str, person: Person, now: int) -> None:
    audit.append(
        transaction, at_us=now, actor=Actor.of(person), act=act, object_name=f"person/{person.id}", before=None, after=None
    )
