"""What the runtime needs to know of the compiled rules, beside the IR that the matcher runs.

The plan is plain frozen data, so that the correlation core stays free of Sigma and can move to Rust with these as its input.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

from correlator import ir
from khien.alert import AlertRule, EntityKind, EntityRole, Level


@dataclass(frozen=True, slots=True)
class EntityField:
    """A field whose value an alert names, and what that value did."""

    field: str
    kind: EntityKind
    role: EntityRole


class Measure(StrEnum):
    """What a correlation counts."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"


class Relation(StrEnum):
    """Sigma's comparison words."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NEQ = "neq"

    def holds(self, left: int, right: Fraction) -> bool:
        """Exact: a threshold of 0.5 is not 0."""
        match self:
            case Relation.GT:
                return left > right
            case Relation.GTE:
                return left >= right
            case Relation.LT:
                return left < right
            case Relation.LTE:
                return left <= right
            case Relation.EQ:
                return left == right
            case Relation.NEQ:
                return left != right


@dataclass(frozen=True, slots=True)
class Threshold:
    """All of its comparisons must hold."""

    bounds: tuple[tuple[Relation, Fraction], ...]

    @property
    def rising_at(self) -> int | None:
        """The count from which a rising condition holds; None for one that can only be judged when its window closes."""
        if len(self.bounds) != 1:
            return None
        relation, value = self.bounds[0]
        if relation is Relation.GTE:
            return max(-(-value.numerator // value.denominator), 1)
        if relation is Relation.GT:
            return max(value.numerator // value.denominator + 1, 1)
        return None

    def holds(self, count: int) -> bool:
        """Whether a count satisfies every bound."""
        return all(relation.holds(count, value) for relation, value in self.bounds)

    def text(self) -> str:
        """`gte 5`, `gt 100 and lte 200`."""
        return " and ".join(f"{relation.value} {_number(value)}" for relation, value in self.bounds)


@dataclass(frozen=True, slots=True)
class Member:
    """A rule that a correlation looks at: number in the IR, titles, and what the group-by names are called in its events."""

    number: int
    rule_id: str
    title: Mapping[Literal["en", "vi"], str]
    group_fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """A rule on single events; `number` is its place in the IR.

    `group` empty: the alert's group is those of `entities` that the event has. `is_silent`: it makes no alerts of its own
    (level informational, or referenced with `generate: false` everywhere).
    """

    number: int
    rule: AlertRule
    program: ir.Rule
    selections: Mapping[ir.Leaf, str]
    group: tuple[str, ...]
    entities: tuple[EntityField, ...]
    condition: str
    is_silent: bool


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A correlation over detection rules."""

    rule: AlertRule
    measure: Measure
    members: tuple[Member, ...]
    group_by: tuple[str, ...]
    value_fields: tuple[str, ...]
    timespan_us: int
    threshold: Threshold
    entities: tuple[EntityField, ...]
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole set, as the runtime uses it."""

    detections: tuple[DetectionRule, ...]
    correlations: tuple[CorrelationRule, ...]


#: Sigma's word for what is worth keeping but never worth an alert.
INFORMATIONAL = "informational"

DEFAULT_ENTITIES: tuple[EntityField, ...] = (
    EntityField("source.ip", EntityKind.IP, EntityRole.SOURCE),
    EntityField("destination.ip", EntityKind.IP, EntityRole.TARGET),
    EntityField("host.hostname", EntityKind.HOST, EntityRole.TARGET),
    EntityField("host.name", EntityKind.HOST, EntityRole.TARGET),
    EntityField("user.name", EntityKind.USER, EntityRole.TARGET),
)

LEVELS: Mapping[str, Level | None] = {INFORMATIONAL: None, **{level.value: level for level in Level}}


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else str(float(value))
