"""Slowing down guesses: a growing delay per account and address, and never a lock-out.

Who guesses from one address waits up to a minute there; an account that is attacked from everywhere waits at most two seconds,
so that its owner still gets in from a fresh address.
"""

from __future__ import annotations

from sqlalchemy import delete
from sqlalchemy.orm import Session

from incident_api.sessions.models import LogInFailures
from khien.clock import MICROSECONDS
from khien.errors import KhienError

#: Failures older than this are forgotten.
FORGET_US = 3600 * MICROSECONDS
#: (free failures, longest delay in seconds) by kind of subject.
_LIMITS = {"pair": (3, 60.0), "address": (10, 60.0), "account": (10, 2.0)}


def subjects(*, account: str, address: str) -> dict[str, str]:
    """What is counted: this account from this address, this address, this account."""
    return {"pair": f"pair {account} {address}", "address": f"address {address}", "account": f"account {account}"}


def check(session: Session, *, account: str, address: str, at_us: int) -> None:
    """Raise `session.too_many_attempts` while a delay runs; a refused try counts as none."""
    waits = []
    for kind, subject in subjects(account=account, address=address).items():
        row = session.get(LogInFailures, subject[:200])
        if row is not None and at_us - row.last_us < FORGET_US:
            waits.append(row.last_us + round(delay_seconds(kind, row.failures) * MICROSECONDS) - at_us)
    longest = max(waits, default=0)
    if longest > 0:
        raise KhienError("session.too_many_attempts", seconds=-(-longest // MICROSECONDS))


def failed(session: Session, *, account: str, address: str, at_us: int) -> None:
    """Count one failure."""
    session.execute(delete(LogInFailures).where(LogInFailures.last_us < at_us - FORGET_US))
    for subject in subjects(account=account, address=address).values():
        row = session.get(LogInFailures, subject[:200])
        if row is None:
            session.add(LogInFailures(subject=subject[:200], failures=1, last_us=at_us))
        else:
            row.failures, row.last_us = row.failures + 1, at_us


def succeeded(session: Session, *, account: str, address: str) -> None:
    """The pair starts again; the address and the account keep what others did."""
    row = session.get(LogInFailures, subjects(account=account, address=address)["pair"][:200])
    if row is not None:
        session.delete(row)


def delay_seconds(kind: str, failures: int) -> float:
    """0 for the first few, then 1, 2, 4 … up to the limit of the kind."""
    free, longest = _LIMITS[kind]
    if failures < free:
        return 0.0
    return min(longest, float(2 ** min(failures - free, 10)))
