"""Who is asking: the session behind the cookie, the rights it has, and the proof that a change was meant.

Every route names the right it needs through `requires` or `changes`; a walk over the OpenAPI document tests that none forgot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Cookie, Depends, Header, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from incident_api.people.person import Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from incident_api.sessions import second_factor as factor
from incident_api.sessions import service as sessions
from incident_api.sessions import tokens
from khien.errors import KhienError

#: `__Host-` binds it to this host, HTTPS and the root path (RFC 6265bis, section 4.1.3.2).
COOKIE = "__Host-khien"
#: Sent by the page with what it asks by itself: no person did anything, so the session goes on towards its idle end.
BACKGROUND = "Khien-Background"
_COOKIE_TEXT = (
    "Server-side session; `POST /session` sets it. Each request moves its idle end, except one with the header"
    " `Khien-Background: 1`: the page sends it with what no person asked for"
)
_cookie_scheme = APIKeyCookie(name=COOKIE, auto_error=False, description=_COOKIE_TEXT)
_bearer_scheme = HTTPBearer(auto_error=False, description="An access token of `POST /tokens`, for scripts")


@dataclass(frozen=True, slots=True)
class Caller:
    """The person who asks, in this session or by this token."""

    person: Person
    #: None: a script with an access token.
    session: sessions.Session | None

    @property
    def visible_units(self) -> tuple[str, ...] | None:
        """Units whose alerts exist for this person; None = all."""
        return self.person.visible_units


@dataclass(frozen=True, slots=True)
class InSession:
    """The person who asks, and the session."""

    person: Person
    session: sessions.Session


def runtime_of(request: Request) -> Runtime:
    """The parts that this process was put together from."""
    runtime: Runtime = request.app.state.runtime
    return runtime


RuntimeOf = Annotated[Runtime, Depends(runtime_of)]
BearerOf = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer_scheme)]


def caller(
    runtime: RuntimeOf,
    cookie: Annotated[str | None, Depends(_cookie_scheme)],
    bearer: BearerOf,
    background: Annotated[str | None, Header(alias=BACKGROUND, include_in_schema=False)] = None,
) -> Caller:
    """The live session of the cookie, each use of which by a person moves its idle limit, or the owner of an access token."""
    if bearer is not None:
        owner = tokens.owner(runtime, bearer.credentials)
        if owner is None:
            raise KhienError("token.refused")
        return Caller(person=owner, session=None)
    found = sessions.resume(runtime, token=cookie, touch=background is None)
    if found is None:
        raise KhienError("session.required")
    return Caller(person=found.person, session=found.session)


def ended(runtime: Runtime, cookie: str | None, bearer: HTTPAuthorizationCredentials | None) -> bool:
    """Whether who asked may ask no more: for answers that go on for hours."""
    if bearer is not None:
        return tokens.owner(runtime, bearer.credentials) is None
    return sessions.resume(runtime, token=cookie, touch=False) is None


CallerOf = Annotated[Caller, Depends(caller)]


def changing_caller(
    found: CallerOf,
    csrf: Annotated[str | None, Header(alias="X-CSRF-Token", description="`csrf` of the session", max_length=128)] = None,
) -> Caller:
    """The same, and the request was made by our page: a foreign page cannot read the token. No browser sends an access token."""
    if found.session is None:
        return found
    if csrf is None or not sessions.csrf_matches(found.session, csrf):
        raise KhienError("session.csrf")
    return found


def requires(right: Right) -> Callable[[Caller], Caller]:
    """A dependency for reading."""

    def check(found: CallerOf) -> Caller:
        return _with_right(found, right)

    check.__khien_right__ = right  # type: ignore[attr-defined]  # read by the role walk
    return check


def changes(right: Right, *, second_factor: bool = False) -> Callable[[Runtime, Caller], Caller]:
    """A dependency for changing: right and CSRF token, and for the gravest acts a code given a moment ago."""

    def check(runtime: RuntimeOf, found: Annotated[Caller, Depends(changing_caller)]) -> Caller:
        allowed = _with_right(found, right)
        if second_factor:
            factor.demand(runtime, person=found.person, session=found.session)
        return allowed

    check.__khien_right__ = right  # type: ignore[attr-defined]  # read by the role walk
    return check


def _with_right(found: Caller, right: Right) -> Caller:
    if right not in found.person.rights:
        raise KhienError("session.forbidden", right=right.value)
    return found


def in_session(found: Annotated[Caller, Depends(changing_caller)]) -> InSession:
    """A person at the page: log-in, password and tokens are nothing for a script."""
    if found.session is None:
        raise KhienError("token.not_here")
    return InSession(person=found.person, session=found.session)


def reading_session(found: CallerOf) -> InSession:
    """The same, for reading."""
    return in_session(found)


InSessionOf = Annotated[InSession, Depends(in_session)]
ReadingSessionOf = Annotated[InSession, Depends(reading_session)]
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
