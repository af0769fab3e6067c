"""Bodies of log-in and session."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request


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
