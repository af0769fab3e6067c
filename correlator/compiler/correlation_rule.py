"""One correlation document → a `CorrelationRule`; what it refers to is resolved by the rule set (`references.py`).

pySigma reads the common keys; the condition is read by `correlation_condition.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sigma.correlations import SigmaCorrelationRule

from correlator.compiler.attributes import KhienBlock, read_block
from correlator.compiler.correlation_condition import Condition, names_in, read_condition
from correlator.compiler.detection_rule import alert_rule, version_of
from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.compiler.sigma_document import parse_sigma
from correlator.plan import (
    DEFAULT_ENTITIES,
    INFORMATIONAL,
    CorrelationRule,
    EntityField,
    Fire,
    Measure,
    Member,
    decimal_text,
    expression_holds,
    is_monotone,
)
from correlator.plan_document import expression_tree
from khien.alert import AlertRule
from khien.clock import MICROSECONDS

_LONGEST_TIMESPAN_SECONDS = 31 * 86_400
#: Most rules of one correlation.
_MOST_REFERENCES = 100


@dataclass(frozen=True, slots=True)
class Referenced:
    """What a reference leads to: a detection with its number in the IR, or a correlation with its group-by names."""

    rule: AlertRule
    number: int | None = None
    watch: str | None = None
    group_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompiledCorrelation:
    """A correlation before its references are resolved."""

    document: Document
    rule: AlertRule
    name: str | None
    measure: Measure
    references: tuple[str, ...]
    group_by: tuple[str, ...]
    aliases: Mapping[str, Mapping[str, str]]
    timespan_us: int
    condition: Condition
    entities: tuple[EntityField, ...]
    generates: bool
    is_informational: bool
    fire: Fire
    expect: tuple[tuple[str, ...], ...] | None

    def resolve(self, members: Mapping[str, Referenced]) -> CorrelationRule:
        """The runtime's rule. `members`: reference → what it leads to, in the order of `references`.

        Raises `RejectedDocumentError` for a rule that is named twice, and for a group that an inner correlation cannot give.
        """
        if len({found.rule.id for found in members.values()}) < len(members):
            raise _error(self.document, Reason.SCHEMA, "the same rule is named twice, once by id and once by name", "rules")
        found = [self._member(reference, target) for reference, target in members.items()]
        return CorrelationRule(
            rule=self.rule.model_copy(update={"version": version_of(self._meaning(members))}),
            measure=self.measure,
            members=tuple(found),
            group_by=self.group_by,
            value_fields=self.condition.fields,
            timespan_us=self.timespan_us,
            threshold=self.condition.threshold,
            entities=self.entities,
            is_silent=self.is_informational,
            expression=self.condition.expression,
            percentile=self.condition.percentile,
            fire=self.fire,
            expect=self.expect,
        )

    def _member(self, reference: str, target: Referenced) -> Member:
        fields = tuple(self._field(name, reference) for name in self.group_by)
        if target.watch is not None:
            missing = next((name for name in fields if name not in target.group_by), None)
            if missing is not None:
                detail = f"`{reference}` has no `{missing}` in its group-by"
                raise _error(self.document, Reason.GROUP_NOT_PARTITIONABLE, detail, "group-by")
        return Member(target.number, target.rule.id, target.rule.title, fields, target.watch)

    def _field(self, name: str, reference: str) -> str:
        """What a group-by name is called in the events of one referenced rule."""
        return self.aliases.get(name, {}).get(reference, name)

    def _meaning(self, members: Mapping[str, Referenced]) -> list[Any]:
        """All that decides when it fires. What a rule does not use adds nothing, so that a new key makes no new versions."""
        meaning: list[Any] = [
            self.measure.value,
            sorted([target.rule.id, target.rule.version] for target in members.values()),
            list(self.group_by),
            {alias: dict(mapping) for alias, mapping in self.aliases.items()},
            list(self.condition.fields),
            str(self.timespan_us),
            self.condition.threshold.text(),
            [[entity.field, entity.kind.value, entity.role.value] for entity in self.entities],
        ]
        more: dict[str, Any] = {}
        if self.measure is Measure.TEMPORAL_ORDERED or self.condition.names:
            more["order"] = [target.rule.id for target in members.values()]
        if self.condition.names and self.condition.expression is not None:
            more["expression"] = expression_tree(self.condition.expression)
        if self.condition.percentile is not None:
            more["percentile"] = decimal_text(self.condition.percentile)
        if self.fire is not Fire.EPISODE:
            more["fire"] = self.fire.value
        if self.expect is not None:
            more["expect"] = [list(group) for group in self.expect]
        return [*meaning, more] if more else meaning


def compile_correlation(document: Document) -> CompiledCorrelation:
    """Read and check. Raises `RejectedDocumentError`."""
    block = read_block(document)
    if block.group:
        raise RejectedDocumentError(
            Reason.ATTRIBUTE_UNKNOWN, "`group` of a correlation is its `group-by`", location=document.at("khien", "group")
        )
    body = document.content.get("correlation")
    if not isinstance(body, dict):
        raise RejectedDocumentError(Reason.SCHEMA, "`correlation` is not a map", location=document.at("correlation"))
    measure = _measure(document, body)
    parsed = _parse(document, body)
    # pySigma hands on whatever the list held.
    named: tuple[Any, ...] = tuple(reference.reference for reference in parsed.rules or ()) or names_in(body.get("condition"))
    references = tuple(dict.fromkeys(named))
    if not references or not all(isinstance(name, str) and name for name in references):
        raise _error(document, Reason.SCHEMA, "no rules are referenced: `rules` is a list of names and ids", "rules")
    if len(references) > _MOST_REFERENCES:
        raise _error(document, Reason.FEATURE_UNSUPPORTED, f"more than {_MOST_REFERENCES} rules", "rules")
    if parsed.timespan.seconds > _LONGEST_TIMESPAN_SECONDS:
        raise _error(document, Reason.FEATURE_UNSUPPORTED, "a timespan of more than 31 days", "timespan")
    condition = read_condition(document, measure, body, references)
    group_by = tuple(parsed.group_by or ())
    if len(set(group_by)) < len(group_by):
        raise _error(document, Reason.SCHEMA, "a group-by field is given twice", "group-by")
    return CompiledCorrelation(
        document=document,
        rule=alert_rule(document, block, version=""),
        name=parsed.name,
        measure=measure,
        references=references,
        group_by=group_by,
        aliases=_aliases(document, parsed, references),
        timespan_us=parsed.timespan.seconds * MICROSECONDS,
        condition=condition,
        entities=block.entities or DEFAULT_ENTITIES,
        generates=parsed.generate,
        is_informational=str(document.content.get("level", "")).lower() == INFORMATIONAL,
        fire=_fire(document, block, condition),
        expect=_expected(document, block, measure, condition, group_by),
    )


def _parse(document: Document, body: dict[str, Any]) -> SigmaCorrelationRule:
    """PySigma's reading of all but the condition, which is replaced by one that it cannot misread."""
    content = {**document.content, "correlation": {**body, "condition": {"gte": 1, "field": "any"}}}
    parsed: SigmaCorrelationRule = parse_sigma(SigmaCorrelationRule, document, content)
    return parsed


def _measure(document: Document, body: dict[str, Any]) -> Measure:
    kind = body.get("type")
    try:
        return Measure(str(kind))
    except ValueError as error:
        raise _error(document, Reason.SCHEMA, f"the correlation type `{kind}`", "type") from error


def _is_rising(condition: Condition) -> bool:
    return is_monotone(condition.expression) if condition.expression is not None else condition.threshold.is_rising


def _fire(document: Document, block: KhienBlock, condition: Condition) -> Fire:
    fire = block.fire or Fire.EPISODE
    if fire is not Fire.EPISODE and not _is_rising(condition):
        detail = "`fire` is for a condition that can hold before its window ends (`gt`, `gte`, no `not`)"
        raise RejectedDocumentError(Reason.ATTRIBUTE_UNKNOWN, detail, location=document.at("khien", "fire"))
    return fire


def _expected(
    document: Document, block: KhienBlock, measure: Measure, condition: Condition, group_by: tuple[str, ...]
) -> tuple[tuple[str, ...], ...] | None:
    """The groups of `khien.expect`, each once and sorted: their order in the file means nothing."""
    if block.expect is None:
        return None
    location = document.at("khien", "expect")
    expression = condition.expression
    holds_of_nothing = condition.threshold.holds(0) if expression is None else expression_holds(expression, ())
    if measure.is_numeric or not holds_of_nothing:
        detail = "`expect` needs a condition that holds when nothing came (`lt: 1`, `not a_rule`)"
        raise RejectedDocumentError(Reason.ATTRIBUTE_UNKNOWN, detail, location=location)
    found = set()
    for entry in block.expect:
        values = [entry.get(name) for name in group_by] if isinstance(entry, Mapping) else [entry]
        if len(values) != len(group_by) or None in values or (isinstance(entry, Mapping) and set(entry) != set(group_by)):
            detail = f"each entry of `expect` gives a value for {', '.join(group_by) or 'no field: the rule has no group-by'}"
            raise RejectedDocumentError(Reason.ATTRIBUTE_UNKNOWN, detail, location=location)
        found.add(tuple(str(value) for value in values))
    return tuple(sorted(found))


def _aliases(document: Document, parsed: SigmaCorrelationRule, references: tuple[str, ...]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for alias in parsed.aliases:
        mapping = {reference.reference: str(name) for reference, name in alias.mapping.items()}
        foreign = set(mapping) - set(references)
        if foreign:
            raise _error(document, Reason.REFERENCE_MISSING, f"the alias names `{min(foreign)}`", "aliases", alias.alias)
        found[str(alias.alias)] = mapping
    return found


def _error(document: Document, reason: Reason, detail: str, *keys: str) -> RejectedDocumentError:
    return RejectedDocumentError(reason, detail, location=document.at("correlation", *keys))
