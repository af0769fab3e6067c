"""Our field names and datasets as a pySigma processing pipeline, from the tables that the compiler uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sigma.correlations import SigmaCorrelationRule
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import AddConditionTransformation
from sigma.processing.transformations.fields import FieldMappingTransformation
from sigma.rule import SigmaRule

from correlator import ir
from correlator.compiler.fields import Fields, fields_of
from correlator.compiler.logsource import Logsource, Source, source_of

PRIORITY = 50


def khien() -> ProcessingPipeline:
    """Fields and datasets of Khiên's events; ECS names, so that a query runs on its indices as it is."""
    return ProcessingPipeline(
        name="Khiên: ECS field names and event.dataset",
        priority=PRIORITY,
        items=[
            ProcessingItem(identifier="khien_fields", transformation=KhienFields()),
            ProcessingItem(identifier="khien_source", transformation=KhienSource()),
        ],
    )


@dataclass
class KhienFields(FieldMappingTransformation):
    """A rule's field names by its logsource."""

    mapping: dict[str | None, str | list[str]] = field(default_factory=dict)
    _fields: Fields = field(init=False, compare=False, repr=False, default_factory=lambda: Fields({}))

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Every field of the rule's detections and of its list of fields."""
        if isinstance(rule, SigmaRule):
            self._fields = fields_of(_logsource(rule))
        super().apply(rule)

    def apply_field_name(self, field: str | None) -> str | list[str] | None:
        """Where its values are."""
        if field is None:
            return None
        found = self._fields.of(field)
        return found[0] if len(found) == 1 else list(found)


@dataclass
class KhienSource(AddConditionTransformation):
    """The datasets and codes that a rule's logsource means; a rule without a source stays as it is."""

    #: Fixed, unlike pySigma's random one: the same rule gives the same query.
    name: str = "_cond_khien_source"

    def apply(self, rule: SigmaRule | SigmaCorrelationRule) -> None:
        """Added to every condition of the rule."""
        source = source_of(_logsource(rule)) if isinstance(rule, SigmaRule) else None
        if source is None or not source.routes:
            return
        self.conditions = {**_routes(source), **_stated(source.condition)}
        super().apply(rule)


def _logsource(rule: SigmaRule) -> Logsource:
    return Logsource(rule.logsource.product, rule.logsource.category, rule.logsource.service)


def _routes(source: Source) -> dict[str, Any]:
    """Datasets, and codes where every route has one: no code of one dataset of ours means something else in its neighbour."""
    pairs = [route.partition(":") for route in source.routes]
    conditions: dict[str, Any] = {"event.dataset": list(dict.fromkeys(dataset for dataset, _, _ in pairs))}
    if all(code for _, _, code in pairs):
        conditions["event.code"] = list(dict.fromkeys(code for _, _, code in pairs))
    return conditions


def _stated(condition: ir.Node | None) -> Mapping[str, list[str]]:
    """The comparison that a logsource adds, as values of one field."""
    leaves = [] if condition is None else [leaf for leaf in ir.leaves_of(condition) if isinstance(leaf, ir.Text)]
    return {
        leaf.field: ["".join(part if isinstance(part, str) else "*?"[part] for part in one.parts) for one in leaves]
        for leaf in leaves
        if leaf.field is not None
    }


__all__ = ["KhienFields", "KhienSource", "khien"]
