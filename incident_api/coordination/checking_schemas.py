"""Bodies of the check of an upload."""

from __future__ import annotations

from typing import Literal

from incident_api.coordination.schemas import CaseAnswer, PolicyDifferences, RuleOverlap
from incident_api.http.schemas import Answer, LocalText


class PolicyFault(Answer):
    """One thing to mend. `line` null: it is not in one place of the file."""

    file: str
    line: int | None
    place: str
    code: str
    text: LocalText


class FailedCase(Answer):
    """A worked case of the upload that its own rules answer otherwise."""

    line: int | None
    answer: CaseAnswer


class PolicyCheck(Answer):
    """Everything that the checks say. `state`: the version is known already, and how it stands; null: it is new.

    Without a fault the hash is what both parties would sign; with one there is nothing to compare, and the rest is empty.
    """

    faults: list[PolicyFault]
    faults_in_all: int
    failed_cases: list[FailedCase]
    sha256: str | None
    short: str | None
    version: str | None
    effective_from: str | None
    state: Literal["draft", "signed_a", "signed_b", "signed", "in_force", "superseded", "withdrawn"] | None
    cases: int
    obligations: int
    sourced: int
    partly: int
    assumed: int
    legacy: int
    overlaps: list[RuleOverlap]
    differences: PolicyDifferences | None
