"""One detection document → its part of the IR and its part of the plan."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785
from khien_engine import EngineError, detect
from sigma.exceptions import (
    SigmaConditionError,
    SigmaDetectionError,
    SigmaError,
    SigmaModifierError,
    SigmaPlaceholderError,
    SigmaRegularExpressionError,
    SigmaTypeError,
    SigmaValueError,
)
from sigma.filters import SigmaFilter
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaRule

from correlator import ir
from correlator.compiler.attributes import KhienBlock, read_block
from correlator.compiler.documents import Document
from correlator.compiler.logsource import Logsource, datasets_of
from correlator.compiler.lower import LoweringError, lower, selections_of
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import DEFAULT_ENTITIES, INFORMATIONAL, LEVELS, EntityField
from khien.alert import AlertRule, Level

#: The rule's version: enough of the hash that two versions of one rule never meet.
_VERSION_DIGITS = 16
_DEFAULT_LEVEL = Level.MEDIUM
#: What pySigma's `windash` replaces, and how often it may.
_DASH = re.compile(r"\B[-/]\b")
_MOST_DASHES = 5


@dataclass(frozen=True, slots=True)
class CompiledDetection:
    """A detection rule before it gets its number."""

    document: Document
    rule: AlertRule
    name: str | None
    program: ir.Rule
    selections: Mapping[ir.Leaf, str]
    condition: str
    group: tuple[str, ...]
    entities: tuple[EntityField, ...]
    is_informational: bool
    warnings: tuple[str, ...] = ()


def compile_detection(document: Document, *, pipeline: ProcessingPipeline, filters: list[SigmaFilter]) -> CompiledDetection:
    """Parse, filter, map and lower. Raises `RejectedDocumentError`."""
    block = read_block(document)
    _check_dashes(document)
    rule = parse_sigma(SigmaRule, document)
    logsource = Logsource(rule.logsource.product, rule.logsource.category, rule.logsource.service)
    datasets = datasets_of(logsource)
    if datasets is None:
        raise RejectedDocumentError(Reason.LOGSOURCE_UNMAPPED, str(logsource), location=document.at("logsource"))
    condition = " or ".join(rule.detection.condition)
    try:
        for one in filters:
            one.apply_on_rule(rule)
        pipeline.apply(rule)
        program = ir.Rule(id=str(rule.id), program=lower(rule), datasets=datasets)
        selections = selections_of(rule)
        _check_with_engine(program, document)
    except LoweringError as error:
        raise RejectedDocumentError(error.reason, str(error), location=document.at("detection")) from error
    except SigmaError as error:
        raise rejected(error, document) from error
    informational = str(document.content.get("level", "")).lower() == INFORMATIONAL
    group, entities = block.group, block.entities or DEFAULT_ENTITIES
    version = version_of([ir.dumps([program]).decode(), list(group), [[e.field, e.kind.value, e.role.value] for e in entities]])
    return CompiledDetection(
        document=document,
        rule=alert_rule(document, block, version=version),
        name=rule.name,
        program=program,
        selections=selections,
        condition=condition,
        group=group,
        entities=entities,
        is_informational=informational,
        warnings=tuple(sorted(_unmapped(program.program))),
    )


def _check_dashes(document: Document) -> None:
    """`windash` makes 5ⁿ values of n dashes, and pySigma builds them all: judged before it begins (detection design, section 2)."""
    stack: list[tuple[str, object]] = [("", document.content.get("detection"))]
    while stack:
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(name), inner) for name, inner in value.items())
        elif isinstance(value, list):
            stack.extend((key, inner) for inner in value)
        elif isinstance(value, str) and "windash" in key.split("|") and len(_DASH.findall(value)) > _MOST_DASHES:
            raise RejectedDocumentError(
                Reason.EXPANSION_TOO_LARGE, f"more than {_MOST_DASHES} dashes under `windash`", location=document.at("detection")
            )


def _check_with_engine(program: ir.Rule, document: Document) -> None:
    """The matcher has the last word on what it can run, rule by rule, so that one rule cannot stop the set."""
    try:
        detect.Ruleset(ir.dumps([program]))
    except EngineError as error:
        reason = {
            "rules.regex_unsupported": Reason.REGEX_UNSUPPORTED,
            "rules.regex_size": Reason.REGEX_SIZE,
        }.get(error.code, Reason.FEATURE_UNSUPPORTED)
        detail = ", ".join(f"{name}: {value}" for name, value in sorted(error.params.items())) or error.code
        raise RejectedDocumentError(reason, detail, location=document.at("detection")) from error


def parse_sigma(kind: Any, document: Document, content: dict[str, Any] | None = None) -> Any:
    """What pySigma makes of the document. Raises `RejectedDocumentError`; nothing that a file holds raises anything else."""
    try:
        return kind.from_dict(content or dict(document.content))
    except SigmaError as error:
        raise rejected(error, document) from error
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        # pySigma meets some wrong types with whatever Python raises; for the person it is a document of the wrong shape.
        raise RejectedDocumentError(Reason.SCHEMA, " ".join(str(error).split()), location=document.location) from error


def rejected(error: SigmaError, document: Document) -> RejectedDocumentError:
    """PySigma's error as one of our reasons."""
    detail = " ".join(str(error).split())
    if "pipe syntax" in detail:
        return RejectedDocumentError(
            Reason.LEGACY_AGGREGATION, "`|` in the condition", location=document.at("detection", "condition")
        )
    match error:
        case SigmaTypeError():
            reason = Reason.VALUE_TYPE
        case SigmaModifierError():
            reason = Reason.MODIFIER_UNKNOWN
        case SigmaRegularExpressionError():
            reason = Reason.REGEX_UNSUPPORTED
        case SigmaPlaceholderError():
            reason = Reason.PLACEHOLDER_UNDEFINED
        case SigmaConditionError():
            reason = Reason.CONDITION_INVALID
        case SigmaValueError() if not isinstance(error, SigmaDetectionError):
            reason = Reason.VALUE_TYPE
        case _:
            reason = Reason.SCHEMA
    return RejectedDocumentError(reason, detail, location=document.at("detection"))


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
        false_positives={"en": english, "vi": block.false_positives_vi or english},
        triage={"en": block.triage_en, "vi": block.triage_vi or block.triage_en},
        skills=block.skills,
    )


def version_of(meaning: Any) -> str:
    """The hash of what a rule means: a comment, a title or a date makes no new version."""
    return hashlib.sha256(rfc8785.dumps(meaning)).hexdigest()[:_VERSION_DIGITS]


def _text(value: object) -> str:
    return " ".join(str(value).split()) if value is not None else ""


def _unmapped(program: ir.Node) -> set[str]:
    """Field names that no table knew: ours are dotted, except the few at the top level."""
    fields = {leaf.field for leaf in ir.leaves_of(program) if leaf.field is not None}
    return {field for field in fields if "." not in field and field not in {"message", "@timestamp", "tags"}}
