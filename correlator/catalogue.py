"""What rules this correlator runs and why others do not run, as the incident API shows them to people.

The body of `PUT /internal/v1/rules`: every document of the folders with what it says in both languages, what it needs, where it
stands and what became of it. Sent whole, and only when the API does not have it: `digest` names the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from correlator import ir
from correlator.compiler.correlation_rule import CompiledCorrelation
from correlator.compiler.documents import Document, read_bytes, read_documents
from correlator.compiler.rejection import RejectedDocumentError, Rejection, file_of
from correlator.compiler.ruleset import CASES, RuleSet, refuse_link, rule_files
from correlator.compiler.settings import FILE as SITE
from correlator.packs.manifest import MANIFEST, Manifest
from correlator.plan import CorrelationRule
from khien.alert import AlertRule
from khien.errors import KhienError

#: Of one file; SigmaHQ's largest has 295 KB, and nobody reads more than this in a browser.
LARGEST_TEXT = 192 * 1024
#: Of all files together, well below what the incident API takes at once; what is beyond is listed without its text.
ALL_TEXT = 18 << 20
_MOST_NAMES = 200


@dataclass(slots=True)
class _Files:
    """The files that rules stand in, each once."""

    packs: list[str]
    paths: Mapping[tuple[str, str], Path]
    entries: list[dict[str, Any]] = field(default_factory=list)
    _places: dict[tuple[str, str], int] = field(default_factory=dict)
    _bytes: int = 0

    def place(self, pack: str, name: str) -> int | None:
        """The number of a file's entry; None for one that is not there any more."""
        key = (pack, name)
        if key not in self._places:
            if key not in self.paths:
                return None
            self._places[key] = len(self.entries)
            path = self.paths[key]
            cases = path.with_name(path.name.removesuffix(path.suffix) + CASES)
            self.entries.append(
                {
                    "pack": self.packs.index(pack) if pack in self.packs else 0,
                    "path": name[:1_000],
                    "text": self._text(path),
                    "cases": self._text(cases) if cases.is_file() and not cases.is_symlink() else None,
                }
            )
        return self._places[key]

    def _text(self, path: Path) -> str | None:
        try:
            data = read_bytes(path, shown_as=path.name)
        except RejectedDocumentError:
            return None
        if len(data) > LARGEST_TEXT or self._bytes + len(data) > ALL_TEXT:
            return None
        self._bytes += len(data)
        # What cannot be stored or is no UTF-8 is shown as what it is: not readable.
        return data.decode("utf-8", errors="replace").replace("\x00", "\N{SYMBOL FOR NULL}")


def catalogue(rules: RuleSet, folders: Sequence[Path]) -> dict[str, Any]:
    """The document. Reads the files again: only their texts, and those of documents that were switched off."""
    paths = _paths(folders)
    files = _Files(packs=_pack_folders(folders), paths=paths)
    entries = [*_detections(rules, files), *_correlations(rules, files), *_filters(rules, files), *_rejections(rules, files)]
    entries += _disabled(rules, files, entries)
    document = {"packs": [_pack(name) for name in files.packs], "files": files.entries, "rules": entries}
    return {"digest": hashlib.sha256(orjson.dumps(document)).hexdigest(), **document}


def _paths(folders: Sequence[Path]) -> dict[tuple[str, str], Path]:
    found: dict[tuple[str, str], Path] = {}
    try:
        listed = rule_files(folders)
    except KhienError:
        return found  # a folder that is gone: the reload says so, and what runs is listed without its text
    for path, name in listed:
        found.setdefault((next((str(folder) for folder in folders if folder in path.parents), ""), name), path)
    return found


def _pack_folders(folders: Sequence[Path]) -> list[str]:
    found = [str(folder) for folder in folders if not folder.is_file()]
    return [*found, ""] if len(found) < len(folders) or not found else found


def _pack(folder: str) -> dict[str, Any]:
    """Name, licence and digest of a pack; of a folder that was never imported its own name."""
    path = Path(folder) if folder else None
    settings = None
    if path is not None and (path / SITE).is_file():
        try:
            settings = read_bytes(path / SITE, shown_as=SITE)[:LARGEST_TEXT].decode("utf-8", errors="replace")
        except RejectedDocumentError:
            settings = None
    try:
        manifest = Manifest.from_json(orjson.loads((path / MANIFEST).read_bytes())) if path is not None else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        manifest = None
    return {
        "name": (manifest.name if manifest else path.name if path else "–")[:200],
        "is_imported": manifest is not None,
        "digest": manifest.digest[:64] if manifest else "",
        "licence": manifest.licence[:200] if manifest else "",
        "settings": None if settings is None else settings.replace("\x00", "\N{SYMBOL FOR NULL}"),
    }


def _detections(rules: RuleSet, files: _Files) -> Iterator[dict[str, Any]]:
    silent, counted = {one.rule.id: one.is_silent for one in rules.plan.detections}, _counted(rules)
    for one in rules.sources.detections:
        if one.rule.id not in silent:
            continue
        unit = ir.load_unit(one.program.unit)
        fields = sorted({leaf.field for leaf in ir.leaves_of(unit.program) if leaf.field is not None})
        yield _entry(
            one.rule,
            kind="detection",
            state=_state(rules, one.rule.id, is_silent=silent[one.rule.id], counted=counted),
            location=one.location,
            file=files.place(one.pack, file_of(one.location)),
            name=one.name,
            is_informational=one.is_informational,
            logsource={"product": one.logsource.product, "category": one.logsource.category, "service": one.logsource.service},
            datasets=sorted({route.partition(":")[0] for route in unit.datasets or ()}),
            fields=fields,
            unmapped=list(one.unmapped),
            filters=list(one.filters),
            condition=one.condition[:8_000],
        )


def _correlations(rules: RuleSet, files: _Files) -> Iterator[dict[str, Any]]:
    planned, counted = {one.rule.id: one for one in rules.plan.correlations}, _counted(rules)
    for one in rules.sources.correlations:
        found = planned.get(one.rule.id)
        if found is None:
            continue
        yield _entry(
            found.rule,
            kind="correlation",
            state=_state(rules, one.rule.id, is_silent=found.is_silent, counted=counted),
            location=one.document.location,
            file=files.place(one.document.pack, one.document.path),
            name=one.name,
            is_informational=one.is_informational,
            fields=sorted({*found.group_by, *found.value_fields}),
            members=[{"id": member.rule_id, "title": dict(member.title)} for member in found.members],
            condition=_condition(found, one),
        )


def _condition(found: CorrelationRule, one: CompiledCorrelation) -> str:
    written = one.document.content["correlation"].get("condition")
    text = written if isinstance(written, str) else found.threshold.text()
    return f"{found.measure.value} {text} within {found.timespan_us // 1_000_000} s"[:8_000]


def _filters(rules: RuleSet, files: _Files) -> Iterator[dict[str, Any]]:
    for one in rules.sources.filters:
        yield _of_document(one.document, files, kind="filter", state="kept" if one.document.location in rules.kept else "running")


def _rejections(rules: RuleSet, files: _Files) -> Iterator[dict[str, Any]]:
    by_name: dict[str, str] = {}
    for pack, name in files.paths:
        by_name.setdefault(name, pack)
    for one in rules.rejections:
        path = file_of(one.location)
        yield {
            **_empty(kind="detection", state="rejected", location=one.location, title=one.title),
            "file": files.place(by_name.get(path, ""), path),
            "fault": _fault(one),
        }


def _fault(one: Rejection) -> dict[str, Any]:
    return {
        "code": one.reason.code,
        "text": {language: one.sentence(language)[:4_000] for language in ("vi", "en")},
        "cure": {language: one.hint(language)[:4_000] for language in ("vi", "en")},
    }


def _disabled(rules: RuleSet, files: _Files, entries: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Documents that were switched off are nowhere else: they are in the files of which not every document is accounted for."""
    if not rules.disabled:
        return
    known = {entry["rule_id"] for entry in entries if entry["rule_id"]}
    rejected = {file_of(one.location) for one in rules.rejections}
    accounted = {files.entries[entry["file"]]["path"] for entry in entries if entry["file"] is not None}
    for (pack, name), path in files.paths.items():
        if name in rejected or (name in accounted and not _has_several(path)):
            continue
        try:
            refuse_link(path, name, [Path(pack)] if pack else [path])
            documents = read_documents(path, shown_as=name)
        except RejectedDocumentError:
            continue  # it is among the rejections
        for document in documents:
            if str(document.content.get("id")) not in known and "filter" not in document.content:
                yield _of_document(document, files, kind="detection", state="disabled", pack=pack)


def _has_several(path: Path) -> bool:
    try:
        return b"\n---" in path.read_bytes()
    except OSError:
        return False


def _state(rules: RuleSet, rule_id: str, *, is_silent: bool, counted: frozenset[str]) -> str:
    if rule_id in rules.kept:
        return "kept"
    if rule_id in rules.without_source:
        return "without_source"
    if is_silent:
        return "feeds" if rule_id in counted else "informational"
    return "running"


def _counted(rules: RuleSet) -> frozenset[str]:
    """The rules that a correlation looks at."""
    return frozenset(member.rule_id for one in rules.plan.correlations for member in one.members)


def _entry(
    rule: AlertRule,
    *,
    kind: str,
    state: str,
    location: str,
    file: int | None,
    name: str | None,
    is_informational: bool,
    **more: Any,
) -> dict[str, Any]:
    title = {language: rule.title.get(language, rule.name) for language in ("vi", "en")}
    lists = {key: [one[:1_000] for one in value[:_MOST_NAMES]] for key, value in more.items() if key in _LISTS}
    return {
        **_empty(kind=kind, state=state, location=location, title=""),
        **{key: value for key, value in more.items() if key not in _LISTS},
        **lists,
        "rule_id": rule.id[:300],
        "name": (name or rule.name)[:300],
        "version": rule.version[:64],
        "level": "informational" if is_informational else rule.level.value,
        "title": {language: text[:1_000] for language, text in title.items()},
        "description": {language: rule.description.get(language, "")[:8_000] for language in ("vi", "en")},
        "tags": [tag[:200] for tag in rule.tags[:_MOST_NAMES]],
        "references": [one[:2_000] for one in rule.references[:_MOST_NAMES]],
        "author": rule.author[:1_000],
        "false_positives": {language: _steps(rule.false_positives.get(language, ())) for language in ("vi", "en")},
        "triage": {language: _steps(rule.triage.get(language, ())) for language in ("vi", "en")},
        "file": file,
    }


_LISTS = frozenset({"datasets", "fields", "unmapped", "filters"})


def _steps(steps: Sequence[str]) -> list[str]:
    return [step[:4_000] for step in steps[:100]]


def _of_document(document: Document, files: _Files, *, kind: str, state: str, pack: str | None = None) -> dict[str, Any]:
    content = document.content
    file = files.place(document.pack if pack is None else pack, document.path)
    found = _empty(kind=kind, state=state, location=document.location, title=document.title)
    block = content.get("khien")
    title_vi = block.get("title_vi") if isinstance(block, dict) else None
    if isinstance(title_vi, str):
        found["title"] = {**found["title"], "vi": title_vi[:1_000]}
    level, tags, description = content.get("level"), content.get("tags"), content.get("description")
    text = " ".join(description.split())[:8_000] if isinstance(description, str) else ""
    return {
        **found,
        "rule_id": str(content.get("id") or "")[:300],
        "name": str(content.get("name") or document.title)[:300],
        "level": level if level in _LEVELS else None,
        "description": {"vi": text, "en": text},
        "tags": [str(tag)[:200] for tag in tags[:_MOST_NAMES]] if isinstance(tags, list) else [],
        "file": file,
    }


_LEVELS = frozenset({"informational", "low", "medium", "high", "critical"})


def _empty(*, kind: str, state: str, location: str, title: str) -> dict[str, Any]:
    return {
        "rule_id": "",
        "name": title[:300],
        "version": "",
        "kind": kind,
        "state": state,
        "level": None,
        "title": {"vi": title[:1_000], "en": title[:1_000]},
        "description": {"vi": "", "en": ""},
        "tags": [],
        "references": [],
        "author": "",
        "false_positives": {"vi": [], "en": []},
        "triage": {"vi": [], "en": []},
        "location": location[:1_200],
        "file": None,
        "logsource": None,
        "datasets": [],
        "fields": [],
        "unmapped": [],
        "filters": [],
        "members": [],
        "condition": "",
        "fault": None,
    }
