"""Everything that `khien rules check` knows of a folder of rules: the load accounting, the warnings, and what falls silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from correlator.compiler.bounds import bounded
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.rejection import RejectedDocumentError, file_of
from correlator.compiler.ruleset import RuleSet, compile_folders, refuse_link, rule_files
from correlator.compiler.shape import Written, read_written
from correlator.lint.finding import Finding
from correlator.lint.own import lint, lint_meaning, lint_texts, lint_threshold
from correlator.lint.validators import validate
from correlator.packs.manifest import MANIFEST
from correlator.plan import INFORMATIONAL, CorrelationRule, DetectionRule

Progress = Callable[[int, int], None]


class Because(StrEnum):
    """Why a rule that was read makes no alert of its own."""

    REJECTED = "rejected"
    DISABLED = "disabled"
    INFORMATIONAL = "informational"
    COUNTED_BY_CORRELATION = "counted_by_correlation"
    WITHOUT_SOURCE = "without_source"


@dataclass(frozen=True, slots=True)
class Silent:
    """A rule that makes no alert of its own."""

    location: str
    title: str
    because: Because


@dataclass(frozen=True, slots=True)
class Report:
    """The account of a folder."""

    rules: RuleSet
    findings: tuple[Finding, ...]
    silent: tuple[Silent, ...]

    def kinds(self) -> dict[str, int]:
        """Compiled documents by kind."""
        plan = self.rules.plan
        return {"detections": len(plan.detections), "correlations": len(plan.correlations), "filters": self.rules.filters}

    def by_code(self) -> dict[str, int]:
        """Warnings by code."""
        return dict(sorted(Counter(finding.code for finding in self.findings).items()))


def report(folders: Sequence[Path], *, progress: Progress = lambda _done, _all: None) -> Report:
    """Compile and lint. Raises `rule.path_missing` and `rule.none_found`."""
    rules = compile_folders(folders)
    read = list(_documents(folders))
    findings: list[Finding] = []
    by_id = {rule.rule.id: rule for rule in rules.plan.detections}
    correlations = {rule.rule.id: rule for rule in rules.plan.correlations}
    sound: list[Document] = []
    for number, (path, document) in enumerate(read):
        progress(number + 1, len(read) * 2)
        written = _written(document)
        if written is None:
            continue
        sound.append(document)
        findings += lint(written)
        if not _is_of_pack(path):
            findings += lint_texts(written, rule_file=path)
        compiled = by_id.get(str(document.content.get("id")))
        correlation = correlations.get(str(document.content.get("id")))
        if correlation is not None:
            findings += lint_threshold(written, correlation)
        if compiled is not None:
            findings += lint_meaning(written, compiled)
            unmapped = rules.unmapped_fields.get(compiled.rule.id, ())
            findings += [Finding(document.at("detection"), "unmapped_field", document.title, name) for name in unmapped]
    for number, finding in enumerate(validate(sound)):
        findings.append(finding)
        progress(min(len(read) + number, len(read) * 2), len(read) * 2)
    findings += [Finding(location, "unused_filter", location) for location in rules.unused_filters]
    return Report(rules=rules, findings=tuple(sorted(findings)), silent=tuple(_silent(rules, [found for _, found in read])))


def _documents(folders: Sequence[Path]) -> Iterator[tuple[Path, Document]]:
    for path, name in rule_files(folders):
        try:
            refuse_link(path, name, folders)
            for document in read_documents(path, shown_as=name):
                yield path, document
        except RejectedDocumentError:
            continue  # the load accounting has it


def _written(document: Document) -> Written | None:
    """What the lints may trust; None where the compiler refused it, or would if it were not disabled: that comes first."""
    try:
        with bounded(document):
            return read_written(document)
    except RejectedDocumentError:
        return None


def _is_of_pack(path: Path) -> bool:
    """Rules from outside owe us no cases and no Vietnamese."""
    return any((above / MANIFEST).is_file() for above in path.parents)


def _silent(rules: RuleSet, documents: Sequence[Document]) -> Iterator[Silent]:
    for rejection in rules.rejections:
        yield Silent(rejection.location, rejection.title, Because.REJECTED)
    loaded: list[DetectionRule | CorrelationRule] = [*rules.plan.detections, *rules.plan.correlations]
    running = {rule.rule.id: rule.is_silent for rule in loaded}
    rejected = {(file_of(rejection.location), rejection.title) for rejection in rules.rejections}
    for document in documents:
        if "filter" in document.content:
            continue
        is_silent = running.get(str(document.content.get("id")))
        if str(document.content.get("id")) in rules.without_source:
            yield Silent(document.location, document.title, Because.WITHOUT_SOURCE)
            continue
        if is_silent is None and (document.path, document.title) not in rejected:
            yield Silent(document.location, document.title, Because.DISABLED)
        elif is_silent:
            informational = str(document.content.get("level", "")).lower() == INFORMATIONAL
            because = Because.INFORMATIONAL if informational else Because.COUNTED_BY_CORRELATION
            yield Silent(document.location, document.title, because)
