"""The body of `PUT /internal/v1/rules`: every rule document of the correlator's folders and what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from incident_api.http.schemas import MOST, Answer, LocalText, Request

RuleState = Literal["running", "feeds", "informational", "without_source", "kept", "rejected", "disabled"]
RuleKind = Literal["detection", "correlation", "filter"]
RuleLevel = Literal["informational", "low", "medium", "high", "critical"]
#: SigmaHQ has 3,753 documents, our own pack 314.
MOST_RULES = 20_000
_Name = Annotated[str, Field(max_length=300)]
_Words = Annotated[str, Field(max_length=1_000)]
_Text = Annotated[str, Field(max_length=8_000)]
_Names = Annotated[list[_Words], Field(max_length=200)]
_File = Annotated[str, Field(max_length=192 * 1024)]


class LocalSteps(Answer):
    """A list in both languages."""

    vi: Annotated[list[_Text], Field(max_length=100)]
    en: Annotated[list[_Text], Field(max_length=100)]


class LogSource(Answer):
    """Sigma's log source; None: not stated."""

    product: _Name | None
    category: _Name | None
    service: _Name | None


class RuleMember(Answer):
    """A rule that a correlation looks at."""

    id: _Name
    title: LocalText


class RuleFault(Answer):
    """Why a document was refused, and one thing to do about it."""

    code: _Name
    text: LocalText
    cure: LocalText


class PublishedPack(Answer):
    """A folder of rules; `settings`: its `site.yml`."""

    name: _Name
    is_imported: bool
    digest: _Name
    licence: _Name
    settings: _File | None


class PublishedFile(Answer):
    """A file; without text it was too long, or the whole catalogue was."""

    pack: Annotated[int, Field(ge=0, le=1_000)]
    path: _Words
    text: _File | None
    cases: _File | None


class PublishedRule(Answer):
    """One document."""

    rule_id: _Name
    name: _Name
    version: _Name
    kind: RuleKind
    state: RuleState
    level: RuleLevel | None
    title: LocalText
    description: LocalText
    tags: _Names
    references: Annotated[list[Annotated[str, Field(max_length=2_000)]], Field(max_length=200)]
    author: _Words
    false_positives: LocalSteps
    triage: LocalSteps
    location: Annotated[str, Field(max_length=1_200)]
    file: Annotated[int, Field(ge=0, le=MOST)] | None
    logsource: LogSource | None
    datasets: _Names
    fields: _Names
    unmapped: _Names
    filters: _Names
    members: Annotated[list[RuleMember], Field(max_length=200)]
    condition: _Text
    fault: RuleFault | None


class PublishRules(Request):
    """Everything; replaces what was sent before."""

    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    packs: Annotated[list[PublishedPack], Field(max_length=1_000)]
    files: Annotated[list[PublishedFile], Field(max_length=MOST_RULES)]
    rules: Annotated[list[PublishedRule], Field(max_length=MOST_RULES)]
