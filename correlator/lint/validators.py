"""pySigma's own validators, as far as they judge a rule by itself and without a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.rule import SigmaRule
from sigma.validation import SigmaValidator
from sigma.validators.base import SigmaValidationIssue
from sigma.validators.core import validators

from correlator.compiler.documents import Document
from correlator.lint.finding import Finding

#: Left out, and why. Everything else that pySigma brings is run.
LEFT_OUT: Mapping[str, str] = {
    "attacktag": "loads ATT&CK from the internet",
    "d3_fendtag": "loads D3FEND from the internet",
    "namespace_tag": "knows no `khien.` tags",
    "tlpv1_tag": "tlptag allows both versions",
    "tlpv2_tag": "tlptag allows both versions",
    "duplicate_filename": "rules of several technologies may share a file name",
    "filename_length": "a style of one repository",
    "identifier_existence": "such a document is rejected",
    "identifier_uniqueness": "such a document is rejected",
    "dangling_condition": "such a document is rejected",
    "dangling_detection": "`unused_selection` says it with the line",
}


def names() -> list[str]:
    """The validators that are run, by pySigma's names."""
    return sorted(set(validators) - set(LEFT_OUT))


def validate(documents: Sequence[Document]) -> Iterator[Finding]:
    """What pySigma's validators say; a document that pySigma cannot parse is a rejection and said elsewhere."""
    found: dict[str, Any] = {name: SigmaValidator([validators[name]]) for name in names()}
    by_rule: dict[int, Document] = {}
    rules: list[SigmaRule | SigmaCorrelationRule] = []
    for document in documents:
        rule = _parsed(document)
        if rule is None:
            continue
        # A validator may answer when it has seen every rule: it must find the document again then.
        rules.append(rule)
        by_rule[id(rule)] = document
        for name, validator in found.items():
            yield from _findings(name, validator.validate_rule(rule), by_rule)
    for name, validator in found.items():
        yield from _findings(name, validator.finalize(), by_rule)


def _parsed(document: Document) -> SigmaRule | SigmaCorrelationRule | None:
    if "filter" in document.content:
        return None
    kind = SigmaCorrelationRule if "correlation" in document.content else SigmaRule
    try:
        return kind.from_dict(dict(document.content))
    except (SigmaError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError):
        return None


def _findings(name: str, issues: Sequence[SigmaValidationIssue], documents: Mapping[int, Document]) -> Iterator[Finding]:
    for issue in issues:
        shown = {
            str(getattr(issue, entry.name)) for entry in fields(issue) if entry.name not in {"rules", "severity", "description"}
        }
        detail = " ".join(", ".join(sorted(shown)).split())[:200]
        for rule in issue.rules:
            document = documents[id(rule)]
            yield Finding(document.location, f"sigma_{name}", document.title, detail)
