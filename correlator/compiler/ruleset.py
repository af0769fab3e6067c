"""A folder of rules → one IR document, one plan, and the account of every document that was read.

`documents = compiled + rejected(reason) + disabled`. A broken rule never stops the others; a rejected one stops only the
correlations over it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sigma.filters import SigmaFilter

from correlator import ir
from correlator.compiler.attributes import read_block
from correlator.compiler.bounds import bounded
from correlator.compiler.correlation_rule import CompiledCorrelation, compile_correlation
from correlator.compiler.detection_rule import CompiledDetection, compile_detection, parse_sigma
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.fields import pipeline
from correlator.compiler.rejection import Reason, RejectedDocumentError, Rejection
from correlator.plan import CorrelationRule, DetectionRule, Plan
from khien.alert import AlertRule
from khien.errors import KhienError

_OFF_STATUS = frozenset({"deprecated", "unsupported"})
#: Beside each rule stand its cases, which are no rules.
_CASES = ".test.yml"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What the runtime runs, and the account of how it came to be."""

    ir: bytes
    plan: Plan
    documents: int
    disabled: int
    rejections: tuple[Rejection, ...]
    unmapped_fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    filters: int = 0

    @property
    def compiled(self) -> int:
        """Documents that run: rules, correlations and filters."""
        return len(self.plan.detections) + len(self.plan.correlations) + self.filters

    def rejected(self) -> dict[str, int]:
        """Documents that were left out, by reason."""
        return dict(sorted(Counter(entry.reason.value for entry in self.rejections).items()))


def rule_files(folders: Iterable[Path]) -> list[tuple[Path, str]]:
    """Every rule file below the folders (or the files themselves), sorted, with the name that errors show.

    Raises `rule.path_missing` and `rule.none_found`: a mistyped folder must not be a correlator that finds nothing.
    """
    found: dict[Path, str] = {}
    for folder in folders:
        if not folder.exists():
            raise KhienError("rule.path_missing", path=str(folder))
        paths = [folder] if folder.is_file() else sorted([*folder.rglob("*.yml"), *folder.rglob("*.yaml")])
        rules = [path for path in paths if not path.name.endswith(_CASES)]
        if not rules:
            raise KhienError("rule.none_found", path=str(folder))
        for path in rules:
            found.setdefault(path, str(path if folder.is_file() else path.relative_to(folder)))
    return list(found.items())


def compile_folders(folders: Sequence[Path]) -> RuleSet:
    """Read and compile all rule files below these folders. Raises `rule.path_missing` and `rule.none_found`."""
    compiler = _Compiler()
    for path, name in rule_files(folders):
        try:
            documents = read_documents(path, shown_as=name)
        except RejectedDocumentError as error:
            compiler.refuse(error, title=name)
            continue
        compiler.documents.extend(documents)
    rules = compiler.compile()
    if folders and not rules.documents:
        raise KhienError("rule.none_found", path=", ".join(map(str, folders)))
    return rules


def compile_documents(documents: Sequence[Document]) -> RuleSet:
    """The same for documents that are already read."""
    compiler = _Compiler()
    compiler.documents.extend(documents)
    return compiler.compile()


class _Compiler:
    def __init__(self) -> None:
        self.documents: list[Document] = []
        self._rejections: list[Rejection] = []
        self._disabled = 0
        self._unreadable = 0

    def refuse(self, error: RejectedDocumentError, *, title: str) -> None:
        """A whole file counts as one document: what it held is not known."""
        self._unreadable += 1
        self._note(error, title)

    def compile(self) -> RuleSet:
        active = [document for document in self.documents if not self._is_disabled(document)]
        kinds = {"filter": list[Document](), "correlation": list[Document](), "detection": list[Document]()}
        for document in active:
            kinds[next((kind for kind in ("filter", "correlation") if kind in document.content), "detection")].append(document)
        filters = self._filters(kinds["filter"], kinds["correlation"])
        names: set[str] = set()
        detections = self._detections(kinds["detection"], filters, names)
        correlations = self._correlations(kinds["correlation"], names)
        resolved = self._resolve(correlations, detections)
        return RuleSet(
            ir=ir.dumps(found.program for found in detections),
            plan=Plan(detections=_numbered(detections, correlations, resolved), correlations=tuple(resolved.values())),
            documents=len(self.documents) + self._unreadable,
            disabled=self._disabled,
            rejections=tuple(sorted(self._rejections, key=lambda entry: (entry.location, entry.title))),
            unmapped_fields={found.rule.id: found.warnings for found in detections if found.warnings},
            filters=len(filters),
        )

    def _is_disabled(self, document: Document) -> bool:
        block = document.content.get("khien")
        off = document.content.get("status") in _OFF_STATUS or (isinstance(block, dict) and block.get("enabled") is False)
        self._disabled += off
        return off

    def _filters(self, documents: list[Document], correlations: list[Document]) -> list[SigmaFilter]:
        over = {str(found.content.get(key)) for found in correlations for key in ("id", "name") if found.content.get(key)}
        filters = []
        for document in documents:
            try:
                with bounded(document):
                    filters.append(_filter(document, over))
            except RejectedDocumentError as error:
                self._note(error, document.title)
        return filters

    def _detections(self, documents: list[Document], filters: list[SigmaFilter], names: set[str]) -> list[CompiledDetection]:
        found: list[CompiledDetection] = []
        mapping = pipeline()
        for document in documents:
            try:
                with bounded(document):
                    compiled = compile_detection(document, pipeline=mapping, filters=filters)
                _claim(document, compiled.rule.id, compiled.name, names)
                found.append(compiled)
            except RejectedDocumentError as error:
                self._note(error, document.title)
        # By id: the same rules in other files give the same bytes.
        return sorted(found, key=lambda compiled: compiled.rule.id)

    def _correlations(self, documents: list[Document], names: set[str]) -> list[CompiledCorrelation]:
        found: list[CompiledCorrelation] = []
        for document in documents:
            try:
                with bounded(document):
                    compiled = compile_correlation(document)
                _claim(document, compiled.rule.id, compiled.name, names)
                found.append(compiled)
            except RejectedDocumentError as error:
                self._note(error, document.title)
        return sorted(found, key=lambda compiled: compiled.rule.id)

    def _resolve(self, correlations: list[CompiledCorrelation], detections: list[CompiledDetection]) -> dict[str, CorrelationRule]:
        known: dict[str, tuple[int, AlertRule]] = {}
        for number, compiled in enumerate(detections):
            entry = (number, compiled.rule)
            known[compiled.rule.id] = entry
            if compiled.name:
                known[compiled.name] = entry
        chained = {name for one in correlations for name in (one.rule.id, one.name) if name}
        resolved: dict[str, CorrelationRule] = {}
        for correlation in correlations:
            missing = [reference for reference in correlation.references if reference not in known]
            if missing:
                reason = Reason.FEATURE_UNSUPPORTED if missing[0] in chained else Reason.REFERENCE_MISSING
                detail = f"a correlation over the correlation `{missing[0]}`" if missing[0] in chained else f"`{missing[0]}`"
                location = correlation.document.at("correlation", "rules")
                self._note(RejectedDocumentError(reason, detail, location=location), correlation.document.title)
                continue
            resolved[correlation.rule.id] = correlation.resolve({name: known[name] for name in correlation.references})
        return resolved

    def _note(self, error: RejectedDocumentError, title: str) -> None:
        self._rejections.append(Rejection(reason=error.reason, location=error.location or "?", title=title, detail=error.detail))


def _filter(document: Document, correlations: set[str]) -> SigmaFilter:
    block = read_block(document)
    parsed: SigmaFilter = parse_sigma(SigmaFilter, document)
    rules = parsed.filter.rules
    named = [] if isinstance(rules, str) else [reference.reference for reference in rules]
    over = [name for name in named if name in correlations]
    if over:
        raise RejectedDocumentError(Reason.FILTER_ON_CORRELATION, f"`{over[0]}`", location=document.at("filter", "rules"))
    if not block.is_narrowing_filter and re.search(r"\bnot\b", parsed.filter.condition[0]) is None:
        raise RejectedDocumentError(
            Reason.FILTER_NOT_NEGATED, parsed.filter.condition[0], location=document.at("filter", "condition")
        )
    return parsed


def _claim(document: Document, rule_id: str, name: str | None, taken: set[str]) -> None:
    for claimed in (rule_id, name):
        if claimed and claimed in taken:
            raise RejectedDocumentError(Reason.DUPLICATE_ID, f"`{claimed}`", location=document.at("id"))
    taken.update(claimed for claimed in (rule_id, name) if claimed)


def _numbered(
    detections: list[CompiledDetection], correlations: list[CompiledCorrelation], resolved: dict[str, CorrelationRule]
) -> tuple[DetectionRule, ...]:
    """A referenced rule is silent unless one reference says `generate: true` (detection design, section 6)."""
    referenced: set[int] = set()
    generated: set[int] = set()
    for correlation in correlations:
        rule = resolved.get(correlation.rule.id)
        numbers = {member.number for member in rule.members} if rule else set()
        referenced |= numbers
        generated |= numbers if correlation.generates else set()
    return tuple(
        DetectionRule(
            number=number,
            rule=found.rule,
            program=found.program,
            selections=found.selections,
            group=found.group,
            entities=found.entities,
            condition=found.condition,
            is_silent=found.is_informational or (number in referenced and number not in generated),
        )
        for number, found in enumerate(detections)
    )
