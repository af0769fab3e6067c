"""A correlation with the rules that it looks at, as a document: what the checkpoint keeps of what may be changed tomorrow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import orjson

from correlator.plan import (
    AllOf,
    AnyOf,
    CorrelationRule,
    DetectionRule,
    EntityField,
    Expression,
    Fire,
    Measure,
    Member,
    MemberHit,
    NotHit,
    Plan,
    Relation,
    Threshold,
)
from correlator.plan_document import expression_tree
from correlator.program import Program
from khien.alert import AlertRule, EntityKind, EntityRole

#: Raised with every change of the form.
VERSION = 1


@dataclass(frozen=True, slots=True)
class WithDetections:
    """A correlation; `detections` are what its members number, from 0 on in their order."""

    rule: CorrelationRule
    detections: tuple[DetectionRule, ...]

    @property
    def watch(self) -> str:
        """The name of its state."""
        return self.rule.watch

    @classmethod
    def of(cls, rule: CorrelationRule, plan: Plan) -> WithDetections:
        """As it stands in a plan."""
        numbers = list(dict.fromkeys(member.number for member in rule.members if member.number is not None))
        places = {number: place for place, number in enumerate(numbers)}
        members = tuple(
            member if member.number is None else replace(member, number=places[member.number]) for member in rule.members
        )
        detections = tuple(replace(plan.detections[number], number=places[number], is_silent=True) for number in numbers)
        return cls(replace(rule, members=members), detections)


def dumps(one: WithDetections) -> bytes:
    """The document; the same rule gives the same bytes."""
    rule = one.rule
    tree = {
        "version": VERSION,
        "rule": rule.rule.model_dump(mode="json"),
        "measure": rule.measure.value,
        "members": [
            {
                "number": member.number,
                "id": member.rule_id,
                "title": member.title,
                "group": member.group_fields,
                "watch": member.watch,
            }
            for member in rule.members
        ],
        "group_by": rule.group_by,
        "fields": rule.value_fields,
        "timespan_us": rule.timespan_us,
        "bounds": [[relation.value, str(value)] for relation, value in rule.threshold.bounds],
        "entities": _dump_entities(rule.entities),
        "silent": rule.is_silent,
        "expression": None if rule.expression is None else expression_tree(rule.expression),
        "percentile": None if rule.percentile is None else str(rule.percentile),
        "fire": rule.fire.value,
        "expect": rule.expect,
        "detections": [_dump_detection(detection) for detection in one.detections],
    }
    return orjson.dumps(tree)


def loads(body: bytes) -> WithDetections:
    """What was written. Raises ValueError, KeyError or TypeError for anything else."""
    tree = orjson.loads(body)
    if tree["version"] != VERSION:
        message = f"a correlation of version {tree['version']}"
        raise ValueError(message)
    rule = CorrelationRule(
        rule=AlertRule.model_validate(tree["rule"]),
        measure=Measure(tree["measure"]),
        members=tuple(
            Member(
                number=member["number"],
                rule_id=member["id"],
                title=member["title"],
                group_fields=tuple(member["group"]),
                watch=member["watch"],
            )
            for member in tree["members"]
        ),
        group_by=tuple(tree["group_by"]),
        value_fields=tuple(tree["fields"]),
        timespan_us=tree["timespan_us"],
        threshold=Threshold(tuple((Relation(relation), Fraction(value)) for relation, value in tree["bounds"])),
        entities=_load_entities(tree["entities"]),
        is_silent=tree["silent"],
        expression=None if tree["expression"] is None else _load_expression(tree["expression"]),
        percentile=None if tree["percentile"] is None else Fraction(tree["percentile"]),
        fire=Fire(tree["fire"]),
        expect=None if tree["expect"] is None else tuple(tuple(group) for group in tree["expect"]),
    )
    detections = tuple(_load_detection(number, detection) for number, detection in enumerate(tree["detections"]))
    return WithDetections(rule, detections)


def _dump_detection(one: DetectionRule) -> dict[str, Any]:
    return {
        "rule": one.rule.model_dump(mode="json"),
        "unit": one.compiled.unit.decode(),
        "names": one.compiled.names,
        "group": one.group,
        "entities": _dump_entities(one.entities),
        "condition": one.condition,
    }


def _load_detection(number: int, tree: Mapping[str, Any]) -> DetectionRule:
    return DetectionRule(
        number=number,
        rule=AlertRule.model_validate(tree["rule"]),
        compiled=Program(unit=tree["unit"].encode(), names=tuple(tree["names"])),
        group=tuple(tree["group"]),
        entities=_load_entities(tree["entities"]),
        condition=tree["condition"],
        is_silent=True,
    )


def _dump_entities(entities: tuple[EntityField, ...]) -> list[list[str]]:
    return [[entity.field, entity.kind.value, entity.role.value] for entity in entities]


def _load_entities(written: list[list[str]]) -> tuple[EntityField, ...]:
    return tuple(EntityField(field, EntityKind(kind), EntityRole(role)) for field, kind, role in written)


def _load_expression(tree: Mapping[str, Any]) -> Expression:
    """As deep as the compiler let it be."""
    ((word, inner),) = tree.items()
    match word:
        case "and":
            return AllOf(tuple(_load_expression(one) for one in inner))
        case "or":
            return AnyOf(tuple(_load_expression(one) for one in inner))
        case "not":
            return NotHit(_load_expression(inner))
        case "member":
            return MemberHit(inner)
        case _:
            message = f"no expression: {word}"
            raise ValueError(message)
