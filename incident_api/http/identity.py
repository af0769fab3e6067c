"""Who is asking: the session behind the cookie, the rights it has, and the proof that a change was meant.

Every route names the right it needs through `requires` or `changes`; a walk over the OpenAPI document tests that none forgot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Cookie, Depends, Header, Request
from fastapi.security import APIKeyCookie

from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from incident_api.sessions import service as sessions
from khien.errors import KhienError

#: `__Host-` binds it to this host, HTTPS and the root path (RFC 6265bis, section 4.1.3.2).
COOKIE = "__Host-khien"
_cookie_scheme = APIKeyCookie(name=COOKIE, auto_error=False, description="Server-side session; `POST /session` sets it")


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who asks, in this session."""

    person: Person
    session: sessions.Session

    @property
    def visible_units(self) -> tuple[str, ...] | None:
        """Units whose alerts exist for this person; None = all."""
        return self.person.visible_units


def runtime_of(request: Request) -> Runtime:
    """The parts that this process was put together from."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeOf = Annotated[Runtime, Depends(runtime_of)]


def caller(runtime: RuntimeOf, cookie: Annotated[str | None, Depends(_cookie_scheme)]) -> Caller:
    """The live session of the cookie; each use moves its idle limit."""
    found = sessions.resume(runtime, token=cookie)
    if found is None:
        raise KhienError("session.required")
    return Caller(person=found.person, session=found.session)


CallerOf = Annotated[Caller, Depends(caller)]


def changing_caller(
    found: CallerOf,
    csrf: Annotated[str | None, Header(alias="X-CSRF-Token", description="`csrf` of the session", max_length=128)] = None,
) -> Caller:
    """The same, and the request was made by our page: a foreign page cannot read the token."""
    if csrf is None or not sessions.csrf_matches(found.session, csrf):
        raise KhienError("session.csrf")
    return found


def requires(right: Right) -> Callable[[Caller], Caller]:
    """A dependency for reading."""

    def check(found: CallerOf) -> Caller:
        return _with_right(found, right)

    check.__khien_right__ = right  # type: ignore[attr-defined]  # read by the role walk
    return check


def changes(right: Right) -> Callable[[Caller], Caller]:
    """A dependency for changing: right and CSRF token."""

    def check(found: Annotated[Caller, Depends(changing_caller)]) -> Caller:
        return _with_right(found, right)

    check.__khien_right__ = right  # type: ignore[attr-defined]  # read by the role walk
    return check


def _with_right(found: Caller, right: Right) -> Caller:
    if right not in found.person.rights:
        raise KhienError("session.forbidden", right=right.value)
    return found


ChangingCallerOf = Annotated[Caller, Depends(changing_caller)]
SessionCookie = Annotated[str | None, Cookie(alias=COOKIE, include_in_schema=False)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        description="A retried request with the same key returns the first answer; kept for 24 hours",
    ),
]
