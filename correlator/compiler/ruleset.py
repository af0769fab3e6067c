"""A folder of rules → one IR document, one plan, and the account of every document that was read.

`documents = compiled + rejected(reason) + disabled`. A broken rule never stops the others; a rejected one stops only the
correlations over it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from correlator import ir
from correlator.compiler.bounds import bounded
from correlator.compiler.correlation_rule import CompiledCorrelation, Referenced, compile_correlation
from correlator.compiler.detection_rule import CompiledDetection, compile_detection
from correlator.compiler.documents import Document, read_documents
from correlator.compiler.filter_rule import CompiledFilter, compile_filter
from correlator.compiler.references import resolve_all, silenced, with_silence
from correlator.compiler.rejection import Reason, RejectedDocumentError, Rejection
from correlator.compiler.runnable import EVERYTHING, unsupported
from correlator.compiler.settings import FILE as SITE
from correlator.compiler.settings import Settings, read_settings
from correlator.plan import CorrelationRule, DetectionRule, Plan
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
    #: Ids of rules whose logsource no events of ours belong to: they run, and never match.
    without_source: tuple[str, ...] = ()
    #: Where filters stand that met no rule.
    unused_filters: tuple[str, ...] = ()
    #: Ids of the rules that make no alerts of their own because a correlation looks at them.
    silenced: tuple[str, ...] = ()

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
        rules = [path for path in paths if not path.name.endswith(_CASES) and path.name != SITE]
        if not rules:
            raise KhienError("rule.none_found", path=str(folder))
        for path in rules:
            found.setdefault(path, str(path if folder.is_file() else path.relative_to(folder)))
    return list(found.items())


def compile_folders(folders: Sequence[Path]) -> RuleSet:
    """Read and compile all rule files below these folders. Raises `rule.path_missing` and `rule.none_found`."""
    compiler = _Compiler(settings=read_settings(folders))
    for path, name in rule_files(folders):
        try:
            documents = read_documents(path, shown_as=name)
        except RejectedDocumentError as error:
            compiler.refuse(error, title=name)
            continue
        pack = _pack_of(path, folders)
        compiler.documents.extend(replace(document, pack=pack) for document in documents)
    rules = compiler.compile()
    if folders and not rules.documents:
        raise KhienError("rule.none_found", path=", ".join(map(str, folders)))
    return rules


def compile_documents(documents: Sequence[Document], *, everything: bool = EVERYTHING, settings: Settings | None = None) -> RuleSet:
    """The same for documents that are already read. `everything`: also what the present core cannot run."""
    compiler = _Compiler(everything=everything, settings=settings)
    compiler.documents.extend(documents)
    return compiler.compile()


def _pack_of(path: Path, folders: Sequence[Path]) -> str:
    """A folder that was handed in is a pack; files that were handed in themselves are one together."""
    return next((str(folder) for folder in folders if folder in path.parents), "")


class _Compiler:
    def __init__(self, *, everything: bool = EVERYTHING, settings: Settings | None = None) -> None:
        self._everything = everything
        self._settings = settings or Settings()
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
        if not self._everything:
            resolved = self._runnable(correlations, resolved)
        packs = {one.rule.id: one.pack for one in detections} | {one.rule.id: one.document.pack for one in correlations}
        quiet = silenced(correlations, resolved, packs)
        return RuleSet(
            ir=ir.join(found.program.unit for found in detections),
            plan=Plan(
                detections=_numbered(detections, quiet),
                correlations=tuple(with_silence(rule, quiet) for rule in resolved.values()),
            ),
            documents=len(self.documents) + self._unreadable,
            disabled=self._disabled,
            rejections=tuple(sorted(self._rejections, key=lambda entry: (entry.location, entry.title))),
            unmapped_fields={found.rule.id: found.unmapped for found in detections if found.unmapped},
            filters=len(filters),
            without_source=tuple(found.rule.id for found in detections if not found.has_source),
            unused_filters=tuple(sorted({one.document.location for one in filters}.difference(*(d.filters for d in detections)))),
            silenced=tuple(sorted(quiet)),
        )

    def _is_disabled(self, document: Document) -> bool:
        block = document.content.get("khien")
        off = document.content.get("status") in _OFF_STATUS or (isinstance(block, dict) and block.get("enabled") is False)
        self._disabled += off
        return off

    def _filters(self, documents: list[Document], correlations: list[Document]) -> list[CompiledFilter]:
        over = frozenset(str(one.content.get(key)) for one in correlations for key in ("id", "name") if one.content.get(key))
        filters = []
        for document in documents:
            try:
                with bounded(document):
                    filters.append(compile_filter(document, correlations=over))
            except RejectedDocumentError as error:
                self._note(error, document.title)
        return filters

    def _detections(self, documents: list[Document], filters: list[CompiledFilter], names: set[str]) -> list[CompiledDetection]:
        found: list[CompiledDetection] = []
        for document in documents:
            try:
                with bounded(document):
                    compiled = compile_detection(document, settings=self._settings, filters=filters)
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
        known: dict[str, Referenced] = {}
        for number, compiled in enumerate(detections):
            entry = Referenced(compiled.rule, number=number)
            known[compiled.rule.id] = entry
            if compiled.name:
                known[compiled.name] = entry
        return resolve_all(correlations, known, lambda one, error: self._note(error, one.document.title))

    def _runnable(
        self, correlations: list[CompiledCorrelation], resolved: dict[str, CorrelationRule]
    ) -> dict[str, CorrelationRule]:
        """Without what the core cannot run yet, and without what looks at that."""
        found: dict[str, CorrelationRule] = {}
        documents = {one.rule.id: one.document for one in correlations}
        for rule_id, rule in resolved.items():
            detail = unsupported(rule)
            if detail is None:
                found[rule_id] = rule
                continue
            document = documents[rule_id]
            error = RejectedDocumentError(Reason.FEATURE_UNSUPPORTED, detail, location=document.at("correlation"))
            self._note(error, document.title)
        return found

    def _note(self, error: RejectedDocumentError, title: str) -> None:
        self._rejections.append(Rejection(reason=error.reason, location=error.location or "?", title=title, detail=error.detail))


def _claim(document: Document, rule_id: str, name: str | None, taken: set[str]) -> None:
    for claimed in (rule_id, name):
        if claimed and claimed in taken:
            raise RejectedDocumentError(Reason.DUPLICATE_ID, f"`{claimed}`", location=document.at("id"))
    taken.update(claimed for claimed in (rule_id, name) if claimed)


def _numbered(detections: list[CompiledDetection], quiet: frozenset[str]) -> tuple[DetectionRule, ...]:
    return tuple(
        DetectionRule(
            number=number,
            rule=found.rule,
            compiled=found.program,
            group=found.group,
            entities=found.entities,
            condition=found.condition,
            is_silent=found.is_informational or found.rule.id in quiet,
        )
        for number, found in enumerate(detections)
    )
