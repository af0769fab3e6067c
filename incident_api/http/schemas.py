"""Shapes that more than one route answers with."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from khien.errors import KhienError

#: Exact in a browser (RFC 8259, section 6), and far below the 64 bits of a column.
MOST = 2**53 - 1
#: PostgreSQL has no U+0000 in text or JSON, UTF-8 no lone surrogates (RFC 3629, section 3).
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: Microseconds since 1970 UTC; below 2**53, so exact in a browser.
Microseconds = Annotated[int, Field(description="Microseconds since 1970-01-01T00:00:00Z")]


class Answer(BaseModel):
    """A response body; what is not declared cannot leave."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Request(BaseModel):
    """A request body: an unknown field is a 422, so `status` or `assignee` cannot be smuggled in."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _storable_only(cls, data: Any) -> Any:
        return storable_only(data)


def storable_only(data: Any) -> Any:
    """Raise `request.invalid` where a text holds U+0000 or a lone surrogate, which a database refuses. No recursion: any depth."""
    waiting = [data]
    while waiting:
        value = waiting.pop()
        bad = UNSTORABLE.search(value) if isinstance(value, str) else None
        if bad is not None:
            raise KhienError("request.invalid", place="body", reason=f"U+{ord(bad[0]):04X}")
        if isinstance(value, dict):
            waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            waiting += value
    return data


class LocalText(Answer):
    """One text in both languages."""

    vi: str
    en: str


class Problem(Answer):
    """An error as RFC 9457 says, with Khiên's stable code; texts in both languages so that the page can switch."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    params: dict[str, str | int | float] = Field(default_factory=dict)
    location: str | None = None
    hint: str = ""
    text: LocalText
    hint_text: LocalText


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a route, for the OpenAPI document."""
    return {
        status: {"model": Problem, "content": {"application/problem+json": {}}, "description": _REASONS[status]}
        for status in statuses
    }


_REASONS = {
    400: "The request is malformed",
    401: "Nobody is logged in",
    403: "The rights of this person, or the request's origin, do not allow it",
    404: "It does not exist, or not for this person",
    409: "It changed meanwhile, or its state does not allow this",
    413: "The body is too large",
    422: "A field is missing, unknown or out of range",
    429: "Too many attempts; `Retry-After` says when",
    503: "A part that this needs is not available",
}
