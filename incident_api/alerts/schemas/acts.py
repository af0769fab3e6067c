"""What people ask for on one group."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from incident_api.alerts.schemas.words import IncidentId, Reason, SuppressionScope, Verdict, Version
from incident_api.http.schemas import MOST, Request


class TakeGroup(Request):
    """Taking is acknowledging: it stops the clock."""

    version: Version


class HandOverGroup(Request):
    """To a person, or, without one, back to the rules, which assign again."""

    version: Version
    to: Annotated[str, Field(max_length=128)] | None = None
    reason: Reason


class LinkGroup(Request):
    """To an incident that is open."""

    version: Version
    incident: IncidentId


class UnlinkGroup(Request):
    """Why it does not belong there."""

    version: Version
    reason: Reason


class SuppressGroup(Request):
    """Call nobody for it until then: of everything of this thing, or only of the sources that it has now."""

    version: Version
    reason: Reason
    scope: SuppressionScope
    until_us: Annotated[int, Field(ge=0, le=MOST, description="At most 30 days ahead")]


class UnsuppressGroup(Request):
    """Before its time is over."""

    version: Version
    reason: Reason | None = None


class CloseGroup(Request):
    """A verdict; a note unless it is a duplicate."""

    version: Version
    verdict: Verdict
    note: Annotated[str, Field(max_length=2000)] | None = None


class ReopenGroup(Request):
    """Why it is opened again."""

    version: Version
    reason: Reason


class UndoGroup(Request):
    """Back to the previous state: same person, within 60 seconds, nothing changed since."""

    version: Version


class AddNote(Request):
    """A note for the history."""

    text: Annotated[str, Field(min_length=1, max_length=8000)]
