"""Bodies of notices."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.notifications.states import State
from incident_api.organisation.parts import ChannelKind


class NoticeView(Answer):
    """One thing that one recipient is told. `title` is null for who may not read what it is about."""

    id: int
    subject: str
    template: str
    title: LocalText | None
    recipient: str
    channel: Literal["app", "first", "second", "voice"]
    urgency: Literal["M1", "high", "normal"]
    tlp: str
    state: State
    reason: Annotated[str | None, Field(description="Why it was withheld, withdrawn, not reached or not taken")]
    contact: Annotated[LocalText | None, Field(description="Whom the recipient's name meant when it was sent")]
    via: str | None
    kind: ChannelKind | None
    address: str | None
    made_us: Microseconds
    next_at_us: Microseconds | None
    sent_us: Microseconds | None
    ended_us: Microseconds | None
    attempts: int
    receipt: str | None


class NoticesAnswer(Answer):
    """Notices, newest first, and how many of each state there are in this view."""

    rows: list[NoticeView]
    states: dict[State, int]
    channels: Annotated[list[str], Field(description="The rows of the settings; empty: nothing can leave the house")]
    next: str | None


class TestNotice(Request):
    """Whom to try, and by which channel."""

    to: Annotated[str, Field(min_length=1, max_length=128)]
    channel: Literal["app", "first", "second", "voice"] = "first"
