"""Bodies of log-in and session."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.people.rights import Right
from incident_api.sessions import tokens


class LogIn(Request):
    """Account and password."""

    account: Annotated[str, Field(min_length=1, max_length=128)]
    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class ChangePassword(Request):
    """The old password proves the person, the new one must be long enough."""

    current: Annotated[SecretStr, Field(min_length=1, max_length=1024)]
    new: Annotated[SecretStr, Field(min_length=12, max_length=1024)]


class ChangeLanguage(Request):
    """The language of this person's page."""

    language: Literal["vi", "en"]


class BeginSecondFactor(Request):
    """The password once more: a session left open must not be enough."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=1024)]


class GiveCode(Request):
    """Six digits of the authenticator, or a recovery code."""

    code: Annotated[SecretStr, Field(min_length=6, max_length=40)]


class MakeToken(Request):
    """What a script may do, and for how long."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    rights: Annotated[tuple[Right, ...], Field(min_length=1, max_length=len(Right))]
    days: Annotated[int, Field(ge=1, le=tokens.LONGEST_DAYS)]


class SecondFactorSecret(Answer):
    """What an authenticator reads: the secret, and the same as an `otpauth:` address. Shown once."""

    secret: str
    uri: str


class RecoveryCodes(Answer):
    """For the day the telephone is lost. Shown once; each counts once."""

    codes: list[str]


class SecondFactorView(Answer):
    """Whether this person has a second factor in use, and until when it counts in this session."""

    is_set_up: bool
    proven_until_us: Microseconds | None
    recovery_codes_left: int


class TokenView(Answer):
    """An access token without its secret."""

    id: int
    name: str
    rights: list[str]
    created_us: Microseconds
    expires_us: Microseconds
    last_used_us: Microseconds | None


class TokenMade(Answer):
    """A fresh token. `secret` goes into the header `Authorization: Bearer`; shown once."""

    secret: str
    token: TokenView


class TokensAnswer(Answer):
    """The tokens of this person that count."""

    tokens: list[TokenView]


class SessionPerson(Answer):
    """Who is logged in."""

    id: str
    account: str
    name: LocalText
    home: str
    unit: str | None
    capacity: Literal["responder", "investigator", "approver", "observer"]


class SessionView(Answer):
    """The session of the cookie; `csrf` goes into the header `X-CSRF-Token` of every change."""

    person: SessionPerson
    roles: list[str]
    rights: list[str]
    csrf: str
    language: Literal["vi", "en"]
    idle_expires_us: Microseconds
    absolute_expires_us: Microseconds
