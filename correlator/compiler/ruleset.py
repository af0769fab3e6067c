"""A folder of rules → one IR document, one plan, and the account of every document that was read.

`documents = compiled + rejected(reason) + disabled`. A broken rule never stops the others; a rejected one stops only the
correlations over it.
"""

from __future__ import annotations

import os
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from sigma.rule import SigmaLogSource

from correlator import ir
from correlator.compiler.bounds import bounded
from correlator.compiler.cache import CachedFile, RuleCache, key_of
from correlator.compiler.correlation_rule import CompiledCorrelation, Referenced, compile_correlation
from correlator.compiler.detection_rule import CompiledDetection, compile_detection
from correlator.compiler.documents import Document, decode_documents, read_bytes
from correlator.compiler.filter_rule import CompiledFilter, compile_filter
from correlator.compiler.references import resolve_all, silenced, with_silence
from correlator.compiler.rejection import Reason, RejectedDocumentError, Rejection, file_of
from correlator.compiler.settings import FILE as SITE
from correlator.compiler.settings import Settings, read_settings
from correlator.packs.seal import Seal, seal_of
from correlator.plan import CorrelationRule, DetectionRule, Plan
from khien.errors import KhienError, visible

_OFF_STATUS = frozenset({"deprecated", "unsupported"})
#: Beside each rule stand its cases, which are no rules.
CASES = ".test.yml"
_ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class Sources:
    """What a rule set was put together from; the next one takes from it what has become unreadable since."""

    detections: tuple[CompiledDetection, ...] = ()
    correlations: tuple[CompiledCorrelation, ...] = ()
    filters: tuple[CompiledFilter, ...] = ()


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
    #: Ids of rules, and places of filters, that run as they were before: their documents are broken now.
    kept: tuple[str, ...] = ()
    sources: Sources = field(default_factory=Sources, repr=False, compare=False)

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
        if folder.is_file() and zipfile.is_zipfile(folder):
            raise KhienError("rule.is_archive", path=str(folder))
        paths = [folder] if folder.is_file() else _below(folder)
        rules = [path for path in paths if not path.name.endswith(CASES) and path.name != SITE]
        if not rules:
            raise KhienError("rule.none_found", path=str(folder))
        for path in rules:
            found.setdefault(path, visible(str(path if folder.is_file() else path.relative_to(folder))))
    return list(found.items())


def _below(folder: Path) -> list[Path]:
    """Its YAML files, sorted by their parts, and links to folders, which are not followed and must be accounted for."""
    found = []
    for root, folders, names in os.walk(folder):
        found += [Path(root, name) for name in names if name.endswith(_ENDINGS)]
        # A hidden one is of a machine's making: the `..data` of a Kubernetes volume.
        found += [path for name in folders if not name.startswith(".") and (path := Path(root, name)).is_symlink()]
    return sorted(found, key=lambda path: path.parts)


def refuse_link(path: Path, name: str, folders: Iterable[Path]) -> None:
    """Raise `RejectedDocumentError` for a link to a folder, one that leads out of the folders that were handed in, and no file.

    Rules are what stands in the folder: who may write a link there must not choose what the correlator reads elsewhere.
    """
    if not path.is_dir() and path.exists() and not path.is_file():
        # A pipe would be waited for, for ever.
        raise RejectedDocumentError(Reason.YAML, "not an ordinary file", location=name)
    if not path.is_symlink() or path in folders:
        return
    if path.is_dir():
        raise RejectedDocumentError(Reason.YAML, "a link to a folder", location=name)
    target = path.resolve()
    if not any(folder.resolve() in target.parents for folder in folders):
        raise RejectedDocumentError(Reason.YAML, "a link that leads out of the folder", location=name)


def compile_folders(folders: Sequence[Path], *, cache: Path | None = None, previous: RuleSet | None = None) -> RuleSet:
    """Read and compile all rule files below these folders. Raises `rule.path_missing` and `rule.none_found`.

    `cache`: a file in which compiled rules are kept by content; the result is the same with and without it. `previous`: the set
    that runs now; what of it stands in a document that is broken since is kept as it was, and named.
    """
    seals = {str(folder): seal for folder in folders if (seal := _seal(folder)) is not None}
    believed = [folder for folder in folders if str(folder) not in seals or not seals[str(folder)].fault]
    compiler = _Compiler(settings=read_settings(believed), previous=previous)
    files = [_read(path, name, folders, seals) for path, name in rule_files(folders)]
    files += _gone(files, seals)
    with RuleCache(cache) if cache is not None else nullcontext() as kept:
        rules = compiler.compile(files, kept)
    if folders and not rules.documents:
        raise KhienError("rule.none_found", path=", ".join(map(str, folders)))
    return rules


def compile_documents(documents: Sequence[Document], *, settings: Settings | None = None) -> RuleSet:
    """The same for documents that are already read."""
    return _Compiler(settings=settings).compile([_File(name="", pack="", documents=list(documents))])


def _pack_of(path: Path, folders: Sequence[Path]) -> str:
    """A folder that was handed in is a pack; files that were handed in themselves are one together."""
    return next((str(folder) for folder in folders if folder in path.parents), "")


@dataclass(slots=True)
class _File:
    """A file on its way: its bytes until somebody wants its documents. One that cannot be read has a `failure`."""

    name: str
    pack: str
    data: bytes = b""
    documents: list[Document] | None = None
    failure: RejectedDocumentError | None = None

    def read(self) -> list[Document]:
        """Its documents; an unreadable file has none."""
        if self.documents is None:
            try:
                read = decode_documents(self.data, shown_as=self.name)
                self.documents = [replace(document, pack=self.pack) for document in read]
            except RejectedDocumentError as error:
                self.failure, self.documents = error, []
        return self.documents


def _read(path: Path, name: str, folders: Sequence[Path], seals: Mapping[str, Seal]) -> _File:
    pack = _pack_of(path, folders)
    try:
        refuse_link(path, name, folders)
        data = read_bytes(path, shown_as=name)
    except RejectedDocumentError as error:
        return _File(name=name, pack=pack, documents=[], failure=error)
    seal = seals.get(pack)
    objection = seal.objection(path.relative_to(pack).as_posix(), data) if seal is not None else ""
    return _altered(name, pack, objection) if objection else _File(name=name, pack=pack, data=data)


def _seal(folder: Path) -> Seal | None:
    """What a pack's record vouches for: nothing when `site.yml` was changed, because that changes what every rule means."""
    seal = seal_of(folder) if folder.is_dir() else None
    site = folder / SITE
    if seal is None or not site.is_file():
        return seal
    try:
        objection = seal.objection(SITE, read_bytes(site, shown_as=SITE))
    except RejectedDocumentError as error:
        objection = error.detail
    return replace(seal, fault=f"{SITE}: {objection}") if objection else seal


def _gone(files: Sequence[_File], seals: Mapping[str, Seal]) -> list[_File]:
    """Rules that a pack's record names and that are not there: a rule that was taken away is a change too."""
    found: list[_File] = []
    for pack, seal in seals.items():
        there = {file.name for file in files if file.pack == pack} | {SITE}
        gone = [name for name in seal.missing(there, endings=_ENDINGS) if not name.endswith(CASES)]
        found += [_altered(name, pack, "taken away") for name in gone]
    return found


def _altered(name: str, pack: str, objection: str) -> _File:
    error = RejectedDocumentError(Reason.PACK_ALTERED, objection, location=name)
    return _File(name=name, pack=pack, documents=[], failure=error)


class _Compiler:
    def __init__(self, *, settings: Settings | None = None, previous: RuleSet | None = None) -> None:
        self._previous = previous.sources if previous is not None else Sources()
        self._kept: list[str] = []
        self._settings = settings or Settings()
        self._rejections: list[Rejection] = []
        self._disabled = 0
        self._documents = 0
        self._digests: dict[str, bytes] = {}

    def compile(self, files: Sequence[_File], cache: RuleCache | None = None) -> RuleSet:
        known = {number: found for number, file in enumerate(files) if (found := self._cached(file, cache)) is not None}
        kinds = {"filter": list[Document](), "correlation": list[Document]()}
        for number, file in enumerate(files):
            for document in [] if number in known else file.read():
                kind = _kind(document)
                if kind in kinds and not _is_disabled(document):
                    kinds[kind].append(document)
        filters = self._filters(kinds["filter"], kinds["correlation"])
        plain = [self._plain(file, known.get(number), cache) for number, file in enumerate(files)]
        filters += self._kept_filters(plain)
        names: dict[str, str] = {}
        detections: list[CompiledDetection] = []
        for file, without_filters in zip(files, plain, strict=True):
            entry = self._filtered(file, without_filters, filters, cache)
            self._documents += entry.documents
            self._disabled += entry.disabled
            self._rejections += entry.rejections
            detections += self._claimed(entry.detections, file.pack, names)
        self._documents += len(kinds["filter"]) + len(kinds["correlation"])
        correlations = self._correlations(kinds["correlation"], names)
        broken = self._broken()
        detections += self._claimed(
            [one for one in self._previous.detections if self._keeps(one.rule.id, one.location, broken, names)], "", names
        )
        correlations += [
            one for one in self._previous.correlations if self._keeps(one.rule.id, one.document.location, broken, names)
        ]
        # By id: the same rules in other files give the same bytes.
        detections.sort(key=lambda compiled: compiled.rule.id)
        correlations.sort(key=lambda compiled: compiled.rule.id)
        return self._rule_set(detections, correlations, filters)

    def _rule_set(
        self, detections: list[CompiledDetection], correlations: list[CompiledCorrelation], filters: list[CompiledFilter]
    ) -> RuleSet:
        resolved = self._resolve(correlations, detections)
        packs = {one.rule.id: one.pack for one in detections} | {one.rule.id: one.document.pack for one in correlations}
        quiet = silenced(correlations, resolved, packs)
        return RuleSet(
            ir=ir.join(found.program.unit for found in detections),
            plan=Plan(
                detections=_numbered(detections, quiet),
                correlations=tuple(with_silence(rule, quiet) for rule in resolved.values()),
            ),
            documents=self._documents,
            disabled=self._disabled,
            rejections=tuple(sorted(self._rejections, key=lambda entry: (entry.location, entry.title))),
            unmapped_fields={found.rule.id: found.unmapped for found in detections if found.unmapped},
            filters=len(filters),
            without_source=tuple(found.rule.id for found in detections if not found.has_source),
            unused_filters=tuple(sorted({one.document.location for one in filters}.difference(*(d.filters for d in detections)))),
            silenced=tuple(sorted(quiet)),
            kept=tuple(sorted(self._kept)),
            sources=Sources(tuple(detections), tuple(correlations), tuple(filters)),
        )

    def _broken(self) -> frozenset[str]:
        """The files with a document that was refused."""
        return frozenset(file_of(entry.location) for entry in self._rejections)

    def _keeps(self, rule_id: str, location: str, broken: frozenset[str], taken: dict[str, str]) -> bool:
        is_kept = rule_id not in taken and file_of(location) in broken
        if is_kept:
            self._kept.append(rule_id)
        return is_kept

    def _kept_filters(self, plain: Sequence[CachedFile]) -> list[CompiledFilter]:
        """A filter that is broken now would let through what it kept away: it stays as it was."""
        broken = self._broken() | {file_of(one.location) for entry in plain for one in entry.rejections}
        kept = [one for one in self._previous.filters if one.document.path in broken]
        self._kept += [one.document.location for one in kept]
        return kept

    def _cached(self, file: _File, cache: RuleCache | None) -> CachedFile | None:
        return cache.get(self._key(file)) if cache is not None and file.data else None

    def _key(self, file: _File, filters: Sequence[CompiledFilter] = ()) -> bytes:
        if file.pack not in self._digests:
            self._digests[file.pack] = self._settings.digest(file.pack)
        digests = [one.digest for one in filters]
        return key_of(file.data, shown_as=file.name, settings=self._digests[file.pack], filters=digests)

    def _plain(self, file: _File, entry: CachedFile | None, cache: RuleCache | None) -> CachedFile:
        """What the file's detection rules compile to by themselves."""
        if entry is None:
            entry = self._compile_file(file, ())
            # A file with anything else in it is read each time: filters and correlations speak of other files.
            if cache is not None and file.data and all(_kind(document) == "detection" for document in file.read()):
                cache.put(self._key(file), entry)
        return entry

    def _filtered(self, file: _File, entry: CachedFile, filters: Sequence[CompiledFilter], cache: RuleCache | None) -> CachedFile:
        """The same under the filters that cover any of them."""
        covering = [one for one in filters if any(_covers(one, rule) for rule in entry.detections)]
        if not covering:
            return entry
        key = self._key(file, covering)
        found = cache.get(key) if cache is not None and file.data else None
        if found is None:
            found = self._compile_file(file, covering)
            if cache is not None and file.data and all(_kind(document) == "detection" for document in file.read()):
                cache.put(key, found)
        return found

    def _compile_file(self, file: _File, filters: Sequence[CompiledFilter]) -> CachedFile:
        detections: list[CompiledDetection] = []
        rejections: list[Rejection] = []
        disabled = 0
        documents = file.read()
        if file.failure is not None:
            # A whole file counts as one document: what it held is not known.
            rejections.append(_rejection(file.failure, file.name))
        for document in documents:
            if _is_disabled(document):
                disabled += 1
            elif _kind(document) == "detection":
                try:
                    with bounded(document):
                        detections.append(compile_detection(document, settings=self._settings, filters=filters))
                except RejectedDocumentError as error:
                    rejections.append(_rejection(error, document.title))
        return CachedFile(tuple(detections), tuple(rejections), disabled)

    def _claimed(self, detections: Sequence[CompiledDetection], pack: str, taken: dict[str, str]) -> Iterator[CompiledDetection]:
        for one in detections:
            try:
                _claim(one.location, one.rule.id, one.name, taken)
            except RejectedDocumentError as error:
                self._note(error, one.rule.title["en"])
            else:
                yield one if one.pack == pack or not pack else replace(one, pack=pack)

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

    def _correlations(self, documents: list[Document], names: dict[str, str]) -> list[CompiledCorrelation]:
        found: list[CompiledCorrelation] = []
        for document in documents:
            try:
                with bounded(document):
                    compiled = compile_correlation(document)
                _claim(document.at("id"), compiled.rule.id, compiled.name, names)
                found.append(compiled)
            except RejectedDocumentError as error:
                self._note(error, document.title)
        return found

    def _resolve(self, correlations: list[CompiledCorrelation], detections: list[CompiledDetection]) -> dict[str, CorrelationRule]:
        known: dict[str, Referenced] = {}
        for number, compiled in enumerate(detections):
            entry = Referenced(compiled.rule, number=number)
            known[compiled.rule.id] = entry
            if compiled.name:
                known[compiled.name] = entry
        return resolve_all(correlations, known, lambda one, error: self._note(error, one.document.title))

    def _note(self, error: RejectedDocumentError, title: str) -> None:
        self._rejections.append(_rejection(error, title))


def _rejection(error: RejectedDocumentError, title: str) -> Rejection:
    return Rejection(reason=error.reason, location=error.location or "?", title=title, detail=error.detail)


def _covers(one: CompiledFilter, rule: CompiledDetection) -> bool:
    source = rule.logsource
    return one.covers(SigmaLogSource(source.category, source.product, source.service), rule.rule.id, rule.name)


def _kind(document: Document) -> str:
    return next((kind for kind in ("filter", "correlation") if kind in document.content), "detection")


def _is_disabled(document: Document) -> bool:
    block = document.content.get("khien")
    return str(document.content.get("status")) in _OFF_STATUS or (isinstance(block, dict) and block.get("enabled") is False)


def _claim(location: str, rule_id: str, name: str | None, taken: dict[str, str]) -> None:
    for claimed in (rule_id, name):
        if claimed and claimed in taken:
            raise RejectedDocumentError(Reason.DUPLICATE_ID, f"`{claimed}`: {taken[claimed]}", location=location)
    taken.update({claimed: location for claimed in (rule_id, name) if claimed})


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
