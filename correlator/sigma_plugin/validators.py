"""What `khien rules check` says of a rule, as validators of pySigma: the same compiler judges, on the same file.

A validator is given pySigma's rule, which has lost what the file said; where the rule knows its file, the file is read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from sigma.correlations import SigmaCorrelationRule
from sigma.rule import SigmaRule
from sigma.validators.base import SigmaRuleValidator, SigmaValidationIssue, SigmaValidationIssueSeverity

from correlator.compiler.bounds import bounded
from correlator.compiler.correlation_rule import compile_correlation
from correlator.compiler.detection_rule import CompiledDetection, compile_detection
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError
from correlator.compiler.settings import FILE as SITE
from correlator.compiler.settings import Settings, read_settings

_Rule = SigmaRule | SigmaCorrelationRule


@dataclass
class KhienRejectedIssue(SigmaValidationIssue):
    """`reason` is of Khiên's closed list (docs/reference/rule.md)."""

    description: ClassVar[str] = "Khiên cannot run the rule and leaves it out"
    severity: ClassVar[SigmaValidationIssueSeverity] = SigmaValidationIssueSeverity.HIGH
    reason: str
    detail: str
    location: str


@dataclass
class KhienUnmappedFieldIssue(SigmaValidationIssue):
    """A field that no event of its logsource has."""

    description: ClassVar[str] = "No table of Khiên knows the field; the rule sees it only if events have it under this name"
    severity: ClassVar[SigmaValidationIssueSeverity] = SigmaValidationIssueSeverity.MEDIUM
    field: str


@dataclass
class KhienWithoutSourceIssue(SigmaValidationIssue):
    """A logsource that no events of ours belong to."""

    description: ClassVar[str] = "No events of Khiên belong to the logsource: the rule runs and never matches"
    severity: ClassVar[SigmaValidationIssueSeverity] = SigmaValidationIssueSeverity.LOW
    logsource: str


class KhienRejectedValidator(SigmaRuleValidator):
    """The load accounting's verdict on one document."""

    def validate(self, rule: _Rule) -> list[SigmaValidationIssue]:
        """One issue for a rule that Khiên leaves out."""
        error = _judge(rule)
        if isinstance(error, RejectedDocumentError):
            return [KhienRejectedIssue([rule], error.reason.value, error.detail, error.location or "?")]
        return []


class KhienUnmappedFieldValidator(SigmaRuleValidator):
    """Fields that stay as they are."""

    def validate(self, rule: _Rule) -> list[SigmaValidationIssue]:
        """One issue a field."""
        found = _judge(rule)
        return [KhienUnmappedFieldIssue([rule], name) for name in found.unmapped] if isinstance(found, CompiledDetection) else []


class KhienWithoutSourceValidator(SigmaRuleValidator):
    """Rules that wait for a source."""

    def validate(self, rule: _Rule) -> list[SigmaValidationIssue]:
        """One issue for a rule without a source."""
        found = _judge(rule)
        if isinstance(found, CompiledDetection) and not found.has_source:
            return [KhienWithoutSourceIssue([rule], str(found.logsource))]
        return []


#: As pySigma's own module offers them, by name.
validators: Mapping[str, type[SigmaRuleValidator]] = {
    "khien_rejected": KhienRejectedValidator,
    "khien_unmapped_field": KhienUnmappedFieldValidator,
    "khien_without_source": KhienWithoutSourceValidator,
}


def _judge(rule: _Rule) -> CompiledDetection | RejectedDocumentError | None:
    """What Khiên makes of the rule; None for a correlation that it runs."""
    path = getattr(rule.source, "path", None)
    if path is not None and Path(path).is_file():
        return _of_file(Path(path)).get(str(rule.id))
    return _of_document(Document(path=rule.title, line=1, content=rule.to_dict(), lines={}), Settings())


@lru_cache(maxsize=16)
def _of_file(path: Path) -> Mapping[str, CompiledDetection | RejectedDocumentError | None]:
    """By id; sigma-cli asks for the rules of a file one after the other, and each validator asks again."""
    try:
        documents = read_documents(path)
    except RejectedDocumentError as error:
        return _Everything(error)
    settings = _settings_of(path.parent.resolve())
    return {str(document.content.get("id")): _of_document(document, settings) for document in documents}


class _Everything(dict[str, CompiledDetection | RejectedDocumentError | None]):
    """A file that cannot be trusted: the same answer for each of its rules."""

    def __init__(self, error: RejectedDocumentError) -> None:
        super().__init__()
        self._error = error

    def get(self, *_: object) -> RejectedDocumentError:
        return self._error


@lru_cache(maxsize=256)
def _settings_of(folder: Path) -> Settings:
    """The site's table of the nearest folder above that has one."""
    for above in (folder, *folder.parents):
        if (above / SITE).is_file():
            return read_settings([above])
    return Settings()


def _of_document(document: Document, settings: Settings) -> CompiledDetection | RejectedDocumentError | None:
    try:
        with bounded(document):
            if "correlation" in document.content:
                compile_correlation(document)
                return None
            return compile_detection(document, settings=settings)
    except RejectedDocumentError as error:
        return error
