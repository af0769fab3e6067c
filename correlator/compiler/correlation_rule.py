"""One correlation document → a `CorrelationRule`; its references are resolved by the rule set.

pySigma reads the common keys; the condition is read here, exactly, because pySigma truncates thresholds (`gte: 0.5` becomes 0 and
fires on everything) and refuses ranges (detection design, section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sigma.correlations import SigmaCorrelationRule

from correlator.compiler.attributes import read_block
from correlator.compiler.detection_rule import alert_rule, parse_sigma, version_of
from correlator.compiler.documents import Document
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import (
    DEFAULT_ENTITIES,
    INFORMATIONAL,
    CorrelationRule,
    EntityField,
    Measure,
    Member,
    Relation,
    Threshold,
)
from khien.alert import AlertRule
from khien.clock import MICROSECONDS

#: A larger threshold would let one group hold more than a megabyte; what must be counted so far is not an alert's business.
LARGEST_THRESHOLD = 10_000
_LONGEST_TIMESPAN_SECONDS = 31 * 86_400
_RELATIONS = frozenset(Relation)
_LATER_TYPES = frozenset({"temporal_ordered", "value_sum", "value_avg", "value_percentile", "value_median"})


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
    value_fields: tuple[str, ...]
    timespan_us: int
    threshold: Threshold
    entities: tuple[EntityField, ...]
    generates: bool
    is_informational: bool

    def resolve(self, members: Mapping[str, tuple[int, AlertRule]]) -> CorrelationRule:
        """The runtime's rule. `members`: reference → number in the IR and rule of each detection."""
        meaning = [
            self.measure.value,
            sorted([rule.id, rule.version] for _, rule in members.values()),
            list(self.group_by),
            {alias: dict(mapping) for alias, mapping in self.aliases.items()},
            list(self.value_fields),
            str(self.timespan_us),
            self.threshold.text(),
            [[entity.field, entity.kind.value, entity.role.value] for entity in self.entities],
        ]
        return CorrelationRule(
            rule=self.rule.model_copy(update={"version": version_of(meaning)}),
            measure=self.measure,
            members=tuple(
                Member(number, rule.id, rule.title, tuple(self._field(name, reference) for name in self.group_by))
                for reference, (number, rule) in members.items()
            ),
            group_by=self.group_by,
            value_fields=self.value_fields,
            timespan_us=self.timespan_us,
            threshold=self.threshold,
            entities=self.entities,
            is_silent=self.is_informational,
        )

    def _field(self, name: str, reference: str) -> str:
        """What a group-by name is called in the events of one referenced rule."""
        return self.aliases.get(name, {}).get(reference, name)


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
    condition = body.get("condition")
    if isinstance(condition, str):
        raise _error(document, Reason.FEATURE_UNSUPPORTED, "a condition of names (`a and not b`)", "condition")
    parsed = _parse(document, body)
    references = tuple(dict.fromkeys(reference.reference for reference in parsed.rules or ()))
    if not references:
        raise _error(document, Reason.SCHEMA, "no rules are referenced", "rules")
    if parsed.timespan.seconds > _LONGEST_TIMESPAN_SECONDS:
        raise _error(document, Reason.FEATURE_UNSUPPORTED, "a timespan of more than 31 days", "timespan")
    return CompiledCorrelation(
        document=document,
        rule=alert_rule(document, block, version=""),
        name=parsed.name,
        measure=measure,
        references=references,
        group_by=tuple(parsed.group_by or ()),
        aliases=_aliases(document, parsed, references),
        value_fields=_value_fields(document, measure, condition),
        timespan_us=parsed.timespan.seconds * MICROSECONDS,
        threshold=_threshold(document, measure, condition, rules=len(references)),
        entities=block.entities or DEFAULT_ENTITIES,
        generates=parsed.generate,
        is_informational=str(document.content.get("level", "")).lower() == INFORMATIONAL,
    )


def _parse(document: Document, body: dict[str, Any]) -> SigmaCorrelationRule:
    """PySigma's reading of all but the condition, which is replaced by one that it cannot misread."""
    field = body["condition"].get("field") if isinstance(body.get("condition"), dict) else None
    harmless = {"gte": 1} if field is None else {"gte": 1, "field": field}
    content = {**document.content, "correlation": {**body, "condition": harmless}}
    parsed: SigmaCorrelationRule = parse_sigma(SigmaCorrelationRule, document, content)
    return parsed


def _measure(document: Document, body: dict[str, Any]) -> Measure:
    kind = body.get("type")
    try:
        return Measure(str(kind))
    except ValueError as error:
        if kind == "value_percentile" and "percentile" not in (body.get("condition") or {}):
            raise _error(document, Reason.PERCENTILE_MISSING, "value_percentile", "condition") from error
        reason = Reason.FEATURE_UNSUPPORTED if kind in _LATER_TYPES else Reason.SCHEMA
        raise _error(document, reason, f"the correlation type `{kind}`", "type") from error


def _threshold(document: Document, measure: Measure, condition: object, *, rules: int) -> Threshold:
    if condition is None and measure is Measure.TEMPORAL:
        return Threshold(((Relation.GTE, Fraction(rules)),))
    if not isinstance(condition, dict) or not condition:
        raise _error(document, Reason.SCHEMA, "the correlation has no condition", "condition")
    unknown = set(condition) - _RELATIONS - {"field"}
    if unknown:
        raise _error(document, Reason.CONDITION_INVALID, f"`{min(map(str, unknown))}`", "condition")
    bounds = tuple((Relation(key), _exact(document, key, value)) for key, value in condition.items() if key != "field")
    if not bounds:
        raise _error(document, Reason.CONDITION_INVALID, "no comparison", "condition")
    return Threshold(bounds)


def _exact(document: Document, key: str, value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124
        raise _error(document, Reason.VALUE_TYPE, f"`{key}: {value}` is not a number", "condition", key)
    # A YAML float is read as its shortest decimal: `0.1` means one tenth.
    exact = Fraction(value) if isinstance(value, int) else Fraction(Decimal(repr(value)))
    if not 0 <= exact <= LARGEST_THRESHOLD:
        detail = f"`{key}: {value}` is outside 0 … {LARGEST_THRESHOLD}"
        raise _error(document, Reason.FEATURE_UNSUPPORTED, detail, "condition", key)
    return exact


def _value_fields(document: Document, measure: Measure, condition: object) -> tuple[str, ...]:
    field = condition.get("field") if isinstance(condition, dict) else None
    fields = [field] if isinstance(field, str) else field
    if measure is not Measure.VALUE_COUNT:
        if fields is not None:
            raise _error(document, Reason.CONDITION_INVALID, f"`field` has no meaning for {measure.value}", "condition", "field")
        return ()
    if not isinstance(fields, list) or not fields or not all(isinstance(name, str) and name for name in fields):
        raise _error(document, Reason.CONDITION_INVALID, "value_count names a `field` or a list of fields", "condition")
    return tuple(fields)


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
