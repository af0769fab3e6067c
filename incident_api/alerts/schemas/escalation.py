"""Escalating by hand: what is asked, and what would happen."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.alerts.schemas.assignment import LegalBasis, MatchedRule
from incident_api.alerts.schemas.words import Reason, Version
from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.notifications.states import State as NoticeState
from incident_api.people.schemas import PersonBrief


class EscalateGroup(Request):
    """Up the ladder now; `to` is whom the preview named: if the rules name somebody else by now, nothing happens."""

    version: Version
    reason: Reason
    to: Annotated[str, Field(max_length=128)] | None = None


class EscalationNotice(Answer):
    """Somebody who would be told, by which way, and what becomes of the notice at once."""

    recipient: str
    person: PersonBrief | None
    name: LocalText
    channel: Literal["app", "first", "second", "voice"]
    state: NoticeState


class EscalationRule(Answer):
    """The step of the ladder, in words, and on what it stands."""

    id: str
    text: LocalText
    basis: LegalBasis


class EscalationPreview(Answer):
    """To whom the rules would send it next, why, and who would be told; nothing has happened."""

    version: Annotated[int, Field(description="Of the group as it was looked at")]
    to: PersonBrief
    is_unattended: Annotated[bool, Field(description="Nobody is on duty for it: of record only")]
    step: int
    whom: LocalText
    rule: EscalationRule
    rules: Annotated[list[MatchedRule], Field(description="Rules of assignment that found the person, where the step asks them")]
    decided_by: LocalText | None
    passed: Annotated[list[LocalText], Field(description="Steps that lead nowhere above those who have it")]
    notices: list[EscalationNotice]
    acknowledge_due_us: Annotated[Microseconds, Field(description="Until when it is to be taken then")]
    follows: Annotated[LocalText | None, Field(description="The step after it, when nobody takes it")]
    follows_us: Microseconds | None
    rota_version: str
