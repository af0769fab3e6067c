"""What the routes of reports take and answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from incident_api.http.schemas import Answer, LocalText, Microseconds, Request
from incident_api.people.schemas import PersonBrief


class MakeReport(Request):
    """A kind of the rules, and for whom; without a recipient it is the team's own file, from which nothing is withheld."""

    kind: Annotated[str, Field(min_length=1, max_length=63)]
    #: As in the obligations: `city_police.intake`.
    recipient: Annotated[str | None, Field(min_length=1, max_length=128)] = None


class LeftOut(Answer):
    """A fact that the report needs and nobody knows, or that this recipient does not get."""

    name: str
    label: LocalText
    why: str | None


class ReportView(Answer):
    """A report that was made. Its files are at `/reports/{id}/json`, `/docx` and `/pdf`."""

    id: int
    incident: str
    kind: str
    title: LocalText
    number: int
    recipient: str
    recipient_name: LocalText
    made_us: Microseconds
    made_by: PersonBrief
    sha256: str
    missing: list[LeftOut]
    withheld: list[LeftOut]
    masked: dict[str, int]
    fulfils: list[str]


class ReportKindView(Answer):
    """A kind of report that the rules know: what it would lack if it were made now, and when the first notice it serves is due."""

    kind: str
    title: LocalText
    subject: LocalText
    fulfils: list[str]
    missing: list[LeftOut]
    due_us: Microseconds | None


class ReportRecipient(Answer):
    """Whom an obligation of this incident names, and for which notices."""

    id: str
    name: LocalText
    codes: list[str]


class ReportsAnswer(Answer):
    """The reports of an incident, the newest first, and the kinds that can be made.

    `is_contact_only`: a state secret, of which no document is made at all.
    """

    reports: list[ReportView]
    kinds: list[ReportKindView]
    recipients: list[ReportRecipient]
    is_contact_only: bool
