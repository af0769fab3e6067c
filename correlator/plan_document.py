"""Writes the plan document, version 1: what the correlation core reads (docs/concepts/contracts.md, section 10).

Canonical JSON (RFC 8785), every number that is compared as exact decimal text, so the same rules give the same bytes anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import rfc8785

from correlator.plan import (
    MOST_GROUPS,
    AllOf,
    AnyOf,
    CorrelationRule,
    DetectionRule,
    EntityField,
    Expression,
    Fire,
    Member,
    MemberHit,
    NotHit,
    Plan,
    decimal_text,
)
from khien.clock import MICROSECONDS

VERSION = 1
#: An episode of a single-event rule ends this long after its last hit (architecture, Detection).
EVENT_EPISODE_US = 600 * MICROSECONDS


def dumps(plan: Plan, *, most_groups: int = MOST_GROUPS) -> bytes:
    """The document. Watches that nobody hears of are left out: silent ones that feed no other."""
    watches = [_event_watch(rule, most_groups) for rule in plan.detections if not rule.is_silent]
    watches += [_correlation_watch(rule, most_groups) for rule in heard(plan.correlations)]
    return rfc8785.dumps({"version": VERSION, "watches": watches})


def dumps_retired(rule: CorrelationRule, *, most_groups: int, opens_us: int, speaks_us: int, ends_us: int) -> bytes:
    """One watch of a version that is no longer in force: an element for the list of the document."""
    retired = {"opens_us": opens_us, "speaks_us": speaks_us, "ends_us": ends_us}
    return rfc8785.dumps({**_correlation_watch(rule, most_groups), "retired": retired})


def heard(correlations: Sequence[CorrelationRule]) -> list[CorrelationRule]:
    """Those that make alerts, and all that feed one of these, inner ones first."""
    by_watch = {rule.watch: rule for rule in correlations}
    wanted: set[str] = set()
    waiting = [rule.watch for rule in correlations if not rule.is_silent]
    while waiting:
        name = waiting.pop()
        if name not in wanted:
            wanted.add(name)
            waiting.extend(member.watch for member in by_watch[name].members if member.watch is not None)
    return [rule for rule in correlations if rule.watch in wanted]


def _event_watch(rule: DetectionRule, most_groups: int) -> dict[str, Any]:
    fields = list(rule.group or dict.fromkeys(entity.field for entity in rule.entities))
    return {
        "name": f"{rule.rule.id}@{rule.rule.version}",
        "kind": "event",
        "timespan_us": EVENT_EPISODE_US,
        "fire": Fire.EPISODE.value,
        "bounds": [["gte", "1"]],
        "expression": None,
        "percentile": None,
        "members": [{"id": rule.rule.id, "rule": rule.number, "group": fields}],
        "group_by": fields,
        "fields": [],
        "most_groups": most_groups,
        "expect": None,
        "entities": _entities(rule.entities),
        "silent": False,
    }


def _correlation_watch(rule: CorrelationRule, most_groups: int) -> dict[str, Any]:
    bounds = [[relation.value, decimal_text(value)] for relation, value in rule.threshold.bounds]
    return {
        "name": rule.watch,
        "kind": rule.measure.value,
        "timespan_us": rule.timespan_us,
        "fire": rule.fire.value,
        "bounds": [] if rule.expression is not None else bounds,
        "expression": None if rule.expression is None else expression_tree(rule.expression),
        "percentile": None if rule.percentile is None else decimal_text(rule.percentile),
        "members": [_member(member) for member in rule.members],
        "group_by": list(rule.group_by),
        "fields": list(rule.value_fields),
        "most_groups": most_groups,
        "expect": None if rule.expect is None else [list(group) for group in rule.expect],
        "entities": _entities(rule.entities),
        "silent": rule.is_silent,
    }


def _member(member: Member) -> dict[str, Any]:
    source = {"rule": member.number} if member.watch is None else {"watch": member.watch}
    return {"id": member.rule_id, **source, "group": list(member.group_fields)}


def _entities(entities: Sequence[EntityField]) -> list[list[str]]:
    return [[entity.field, entity.kind.value, entity.role.value] for entity in entities]


def expression_tree(node: Expression) -> dict[str, Any]:
    """An expression as the document has it."""
    match node:
        case AllOf(nodes):
            return {"and": [expression_tree(inner) for inner in nodes]}
        case AnyOf(nodes):
            return {"or": [expression_tree(inner) for inner in nodes]}
        case NotHit(inner):
            return {"not": expression_tree(inner)}
        case MemberHit(position):
            return {"member": position}
