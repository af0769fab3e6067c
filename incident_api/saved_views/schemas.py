"""Bodies of saved views."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from incident_api.http.schemas import Answer, Microseconds, Request
from incident_api.people.schemas import PersonBrief


class SaveView(Request):
    """A name and what stands behind the `?` of the queue's address; a known name of one's own is replaced."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    address: Annotated[str, Field(pattern=r"^[!-~]*$", max_length=1200)]
    is_shared: bool = False


class SavedViewAnswer(Answer):
    """One view. The address is only what filters, tab, order and grouping say: it shows nobody more than they may see."""

    id: int
    name: str
    address: str
    is_shared: bool
    owner: PersonBrief
    may_remove: bool
    at_us: Microseconds


class SavedViewsAnswer(Answer):
    """One's own and the shared ones, by name."""

    views: list[SavedViewAnswer]
