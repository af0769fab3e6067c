"""Passwords: argon2id (RFC 9106), at most a few computations at a time, and the same work for an account that does not exist."""

from __future__ import annotations

import re
import threading

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from khien.errors import KhienError

#: ASVS 5.0, 6.2.1 asks for 8 and recommends 15; ours is between.
SHORTEST = 12
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
# 64 MiB each: this many at once is what a small server can spare, the others wait.
_slots = threading.BoundedSemaphore(4)


def is_account(text: str) -> bool:
    """Whether this may be an account's name."""
    return _ACCOUNT.fullmatch(text) is not None


def accepted(*, account: str, password: str) -> str:
    """The password, or `people.weak_password`: too short, the account's name, or one character repeated."""
    folded = password.casefold()
    if len(password) < SHORTEST or account.casefold() in folded or len(set(folded)) < 5:  # noqa: PLR2004 - a guess: fewer is a pattern
        raise KhienError("people.weak_password", shortest=SHORTEST)
    return password


def encode(password: str) -> str:
    """An argon2id hash with its own salt."""
    with _slots:
        return _hasher.hash(password)


#: Verified against when the account does not exist, so that both answers take the same time.
_NOBODY = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY).hash("nobody has this password")


def matches(encoded: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; None is checked against nobody's and is always False."""
    if _hasher.type is not Type.ID:  # pragma: no cover - a guard against a changed profile
        raise AssertionError
    with _slots:
        try:
            _hasher.verify(encoded or _NOBODY, password)
        except (VerificationError, InvalidHashError):
            return False
    return encoded is not None
