"""One detection document → its part of the IR and its part of the plan."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson
import rfc8785
from khien_engine import EngineError, detect
from sigma.exceptions import SigmaError
from sigma.pipelines.elasticsearch.kubernetes import ecs_kubernetes
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from correlator import ir
from correlator.compiler.attributes import KhienBlock, read_block
from correlator.compiler.condition import ConditionError, parse_condition
from correlator.compiler.documents import Document
from correlator.compiler.fields import Fields, fields_of
from correlator.compiler.filter_rule import CompiledFilter
from correlator.compiler.logsource import Logsource, Source, source_of
from correlator.compiler.lower import Lowering, LoweringError, check_depth
from correlator.compiler.modifiers import misuse
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.compiler.settings import Settings
from correlator.compiler.sigma_document import has_large_integers, items_of, parse_sigma, rejected, restore_integers
from correlator.plan import DEFAULT_ENTITIES, INFORMATIONAL, LEVELS, EntityField
from correlator.program import Program
from khien.alert import AlertRule, Level

#: The rule's version: enough of the hash that two versions of one rule never meet.
_VERSION_DIGITS = 16
_DEFAULT_LEVEL = Level.MEDIUM
#: What pySigma's `windash` replaces, and how often it may.
_DASH = re.compile(r"\B[-/]\b")
_MOST_DASHES = 5
#: Leaves that the engine may refuse; of the others it takes any.
_JUDGED = re.compile(rb'"op":"(?!text"|null"|exists"|bool"|fieldref")')


@dataclass(frozen=True, slots=True)
class CompiledDetection:
    """A detection rule before it gets its number. `location`: where its id stands; without a source no events of ours are meant."""

    location: str
    pack: str
    rule: AlertRule
    name: str | None
    program: Program
    condition: str
    group: tuple[str, ...]
    entities: tuple[EntityField, ...]
    is_informational: bool
    logsource: Logsource
    has_source: bool
    unmapped: tuple[str, ...] = ()
    filters: tuple[str, ...] = field(default=(), compare=False)


def compile_detection(
    document: Document, *, settings: Settings | None = None, filters: Sequence[CompiledFilter] = ()
) -> CompiledDetection:
    """Parse, filter, map and lower. Raises `RejectedDocumentError`."""
    settings = settings or Settings()
    block = read_block(document)
    _check_items(document)
    parsed: SigmaRule = parse_sigma(SigmaRule, document)
    _restore(parsed, document)
    logsource = Logsource(parsed.logsource.product, parsed.logsource.category, parsed.logsource.service)
    source = source_of(logsource)
    if source is None:
        raise RejectedDocumentError(Reason.LOGSOURCE_UNMAPPED, str(logsource), location=document.at("logsource"))
    condition = " or ".join(parsed.detection.condition)
    covering = [one for one in filters if one.covers(parsed.logsource, str(parsed.id), parsed.name)]
    program, unmapped = _program(document, parsed, source, fields_of(logsource), settings, covering)
    _check_with_engine(program, document)
    group, entities = block.group, block.entities or DEFAULT_ENTITIES
    return CompiledDetection(
        location=document.at("id"),
        pack=document.pack,
        rule=alert_rule(document, block, version=_version(program, group, entities)),
        name=parsed.name,
        program=program,
        condition=condition,
        group=group,
        entities=entities,
        is_informational=str(document.content.get("level", "")).lower() == INFORMATIONAL,
        logsource=logsource,
        has_source=bool(source.routes),
        unmapped=unmapped,
        filters=tuple(one.document.location for one in covering),
    )


def _program(
    document: Document,
    parsed: SigmaRule,
    source: Source,
    fields: Fields,
    settings: Settings,
    filters: Sequence[CompiledFilter],
) -> tuple[Program, tuple[str, ...]]:
    """The rule's program, and the fields that no table knows."""
    offsets = settings.of_pack(document.pack)
    try:
        for pipeline in _pipelines(tuple(settings.pipelines.values()), str(parsed.logsource.product)):
            pipeline.apply(parsed)
        own = Lowering(parsed.detection.detections, fields, settings.placeholders, offsets)
        nodes = [own.condition(_condition(text, document)) for text in parsed.detection.condition]
        node = nodes[0] if len(nodes) == 1 else ir.Or(tuple(nodes))
        selections = dict(own.selections)
        for one in filters:
            added = Lowering(one.detections, fields, settings.placeholders, offsets, prefix="filter ")
            node = ir.And((node, added.condition(one.condition)))
            for leaf, name in added.selections.items():
                selections.setdefault(leaf, name)
        if source.condition is not None:
            node = ir.And((source.condition, node))
        check_depth(node)
    except LoweringError as error:
        raise RejectedDocumentError(error.reason, str(error), location=document.at("detection")) from error
    except SigmaError as error:
        raise rejected(error, document) from error
    named = {leaf.field for leaf in ir.leaves_of(node) if leaf.field is not None}
    unmapped = tuple(sorted(name for name in named if not fields.is_known(name)))
    return Program.of(ir.Rule(id=str(parsed.id), program=node, datasets=source.routes), selections), unmapped


def _condition(text: str, document: Document) -> Any:
    location = document.at("detection", "condition")
    if "|" in text:
        raise RejectedDocumentError(Reason.LEGACY_AGGREGATION, "`|` in the condition", location=location)
    try:
        return parse_condition(text)
    except ConditionError as error:
        raise RejectedDocumentError(Reason.CONDITION_INVALID, str(error), location=location) from error


@lru_cache(maxsize=8)
def _pipelines(texts: tuple[str, ...], product: str) -> tuple[ProcessingPipeline, ...]:
    """The site's own, by their priority, then pySigma's where its names are also those of our events."""
    own = sorted((ProcessingPipeline.from_dict(orjson.loads(text)) for text in texts), key=lambda pipeline: pipeline.priority)
    return (*own, ecs_kubernetes()) if product == "kubernetes" else tuple(own)


def _check_items(document: Document) -> None:
    """What pySigma would build before it can be judged, or accept without meaning anything (detection design, section 2)."""
    for place, key, value in items_of(document.content.get("detection")):
        modifiers = key.split("|")[1:]
        if not modifiers:
            continue
        detail = misuse(modifiers, value)
        if detail is not None:
            raise RejectedDocumentError(Reason.VALUE_TYPE, detail, location=document.at("detection", *place))
        if "windash" not in modifiers:
            continue
        # `windash` makes 5ⁿ values of n dashes, and pySigma builds them all.
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and len(_DASH.findall(text)) > _MOST_DASHES:
                raise RejectedDocumentError(
                    Reason.EXPANSION_TOO_LARGE,
                    f"more than {_MOST_DASHES} dashes under `windash`",
                    location=document.at("detection", *place),
                )


def _restore(parsed: SigmaRule, document: Document) -> None:
    written: Mapping[str, Any] = document.content["detection"]
    if has_large_integers(written):
        for name, detection in parsed.detection.detections.items():
            restore_integers(detection, written.get(name))


def _version(program: Program, group: Sequence[str], entities: Sequence[EntityField]) -> str:
    """A unit is canonical by itself: its bytes are the rule's meaning (`version_of` says the same of a tree)."""
    alert = orjson.dumps([group, [[one.field, one.kind.value, one.role.value] for one in entities]])
    return hashlib.sha256(program.unit + b"\n" + alert).hexdigest()[:_VERSION_DIGITS]


def _check_with_engine(program: Program, document: Document) -> None:
    """The matcher has the last word on what it can run, rule by rule, so that one rule cannot stop the set."""
    if not _JUDGED.search(program.unit):
        return
    try:
        detect.Ruleset(ir.join([program.unit]))
    except EngineError as error:
        reason = {
            "rules.regex_unsupported": Reason.REGEX_UNSUPPORTED,
            "rules.regex_size": Reason.REGEX_SIZE,
        }.get(error.code, Reason.FEATURE_UNSUPPORTED)
        detail = ", ".join(f"{name}: {value}" for name, value in sorted(error.params.items())) or error.code
        raise RejectedDocumentError(reason, detail, location=document.at("detection")) from error


def alert_rule(document: Document, block: KhienBlock, *, version: str) -> AlertRule:
    """The rule as its alerts carry it. Raises `RejectedDocumentError` (`schema`) without an id."""
    content = document.content
    rule_id = content.get("id")
    if rule_id is None:
        raise RejectedDocumentError(Reason.SCHEMA, "the rule has no `id`", location=document.location)
    title, description = str(content["title"]), _text(content.get("description"))
    english = tuple(str(entry) for entry in content.get("falsepositives") or ())
    level = LEVELS.get(str(content.get("level", _DEFAULT_LEVEL.value)).lower())
    return AlertRule(
        id=str(rule_id),
        version=version,
        name=str(content.get("name") or title),
        title={"en": title, "vi": block.title_vi or title},
        description={"en": description, "vi": block.description_vi or description},
        level=level or Level.LOW,
        tags=tuple(str(tag) for tag in content.get("tags") or ()),
        references=tuple(str(entry) for entry in content.get("references") or ()),
        author=_text(content.get("author")),
        false_positives={"en": english, "vi": block.false_positives_vi or english},
        triage={"en": block.triage_en, "vi": block.triage_vi or block.triage_en},
        skills=block.skills,
    )


def version_of(meaning: Any) -> str:
    """The hash of what a rule means: a comment, a title or a date makes no new version."""
    return hashlib.sha256(rfc8785.dumps(meaning)).hexdigest()[:_VERSION_DIGITS]


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""
