"""Why this person: the stored decision in words."""

from __future__ import annotations

from typing import Literal

from incident_api.http.schemas import Answer, LocalText, Microseconds
from incident_api.people.schemas import PersonBrief


class LegalBasis(Answer):
    """On what a rule of the policy stands; `status` S sourced, A assumed, L legacy, S/A sourced with our number."""

    id: str
    status: Literal["S", "A", "L", "S/A"]
    text: LocalText


class MatchedRule(Answer):
    """A coordination rule that spoke about this alert."""

    id: str
    decides: bool
    text: LocalText
    basis: LegalBasis


class Candidate(Answer):
    """Somebody who was weighed: excluded with the reason, or scored."""

    person: PersonBrief
    eligible: bool
    chosen: bool
    exclusion: LocalText | None
    load: float
    last_assigned_us: Microseconds | None
    scores: dict[str, str]


class Rung(Answer):
    """A step of the ladder: who was asked and how many of them could."""

    id: str
    text: LocalText
    eligible: int
    chosen: bool


class AssignmentView(Answer):
    """Why this person: stored when it was decided and never computed again."""

    id: int
    at_us: Microseconds
    person: PersonBrief
    cause: Literal["arrived", "returned", "reopened", "handed_over", "not_acknowledged", "taken", "escalated"]
    lead: LocalText
    is_unattended: bool
    policy_id: str
    policy_version: str
    policy_sha256: str
    rota_version: str
    rules: list[MatchedRule]
    rungs: list[Rung]
    candidates: list[Candidate]
    decided_by: LocalText
    inputs_sha256: str
