"""What the runtime needs to know of the compiled rules, beside the IR that the matcher runs.

The plan is plain frozen data, so that the correlation core stays free of Sigma; `correlator/plan_document.py` writes it for the
core. What each part means: docs/reference/correlation.md.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal, TypeAlias

from correlator import ir
from correlator.program import Program
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
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_MEDIAN = "value_median"
    VALUE_PERCENTILE = "value_percentile"

    @property
    def is_numeric(self) -> bool:
        """Whether it computes with the numbers of a field."""
        return self in _NUMERIC

    @property
    def is_temporal(self) -> bool:
        """Whether it asks which rules hit."""
        return self in {Measure.TEMPORAL, Measure.TEMPORAL_ORDERED}


_NUMERIC = frozenset({Measure.VALUE_SUM, Measure.VALUE_AVG, Measure.VALUE_MEDIAN, Measure.VALUE_PERCENTILE})


class Fire(StrEnum):
    """What follows a rising condition that holds: a growing alert, a new beginning, or an alert for every such event."""

    EPISODE = "episode"
    RESET = "reset"
    EVERY = "every"


class Relation(StrEnum):
    """Sigma's comparison words."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NEQ = "neq"

    def holds(self, left: int | Fraction, right: Fraction) -> bool:
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

    def holds(self, count: int | Fraction) -> bool:
        """Whether a count satisfies every bound."""
        return all(relation.holds(count, value) for relation, value in self.bounds)

    @property
    def is_rising(self) -> bool:
        """Whether it can be judged at each event; what is not rising is judged when its window closes."""
        return len(self.bounds) == 1 and self.bounds[0][0] in {Relation.GT, Relation.GTE}

    def text(self) -> str:
        """`gte 5`, `gt 100 and lte 200`."""
        return " and ".join(f"{relation.value} {decimal_text(value)}" for relation, value in self.bounds)


@dataclass(frozen=True, slots=True)
class MemberHit:
    """An expression's leaf: the member at this position hit inside the window."""

    position: int


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of them."""

    nodes: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of them."""

    nodes: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class NotHit:
    """Not this one, in the whole window."""

    node: Expression


Expression: TypeAlias = AllOf | AnyOf | NotHit | MemberHit


@dataclass(frozen=True, slots=True)
class Member:
    """A rule that a correlation looks at, titles, and what the group-by names are called in its events.

    A detection has a `number` in the IR; a correlation has none and is referenced by the name of its `watch`.
    """

    number: int | None
    rule_id: str
    title: Mapping[Literal["en", "vi"], str]
    group_fields: tuple[str, ...]
    watch: str | None = None


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """A rule on single events; `number` is its place in the IR.

    `group` empty: the alert's group is those of `entities` that the event has. `is_silent`: it makes no alerts of its own
    (level informational, or referenced with `generate: false` everywhere).
    """

    number: int
    rule: AlertRule
    compiled: Program
    group: tuple[str, ...]
    entities: tuple[EntityField, ...]
    condition: str
    is_silent: bool

    @property
    def program(self) -> ir.Rule:
        """What the matcher runs, taken apart."""
        return self.compiled.rule

    @property
    def selections(self) -> Mapping[ir.Leaf, str]:
        """The selection that each leaf was written in."""
        return self.compiled.selections


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A correlation over detection rules and other correlations.

    `expression` is what a temporal correlation asks for when it is more than a number of rules; then `threshold` says how many
    members it has. `expect`: the groups that must be seen in each window. `is_silent`: it makes no alerts, but it may feed others.
    """

    rule: AlertRule
    measure: Measure
    members: tuple[Member, ...]
    group_by: tuple[str, ...]
    value_fields: tuple[str, ...]
    timespan_us: int
    threshold: Threshold
    entities: tuple[EntityField, ...]
    is_silent: bool = False
    expression: Expression | None = None
    percentile: Fraction | None = None
    fire: Fire = Fire.EPISODE
    expect: tuple[tuple[str, ...], ...] | None = None

    @property
    def watch(self) -> str:
        """The name of its state: a state belongs to a version."""
        return f"{self.rule.id}@{self.rule.version}"

    @property
    def asks_for_all(self) -> bool:
        """Whether its expression is what `temporal` means without a condition: all rules."""
        found = self.expression
        return isinstance(found, AllOf) and all(isinstance(node, MemberHit) for node in found.nodes)

    @property
    def counts_events(self) -> bool:
        """Whether it rises with a number of detections' hits: then the events that fired fire alone, and one less does not."""
        is_counted = self.is_rising and not self.measure.is_numeric and self.measure is not Measure.TEMPORAL_ORDERED
        is_plain = self.expression is None or self.asks_for_all
        return is_counted and is_plain and all(member.watch is None for member in self.members)

    @property
    def is_rising(self) -> bool:
        """Whether it is judged at each event, not when a window closes."""
        if self.expect is not None:
            return False
        return is_monotone(self.expression) if self.expression is not None else self.threshold.is_rising


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole set, as the runtime uses it."""

    detections: tuple[DetectionRule, ...]
    correlations: tuple[CorrelationRule, ...]


#: Groups of one watch in one lane; beyond it the quota decides who goes.
MOST_GROUPS = 50_000

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


def is_monotone(expression: Expression) -> bool:
    """Whether more hits can only make it true: it holds no `not`."""
    match expression:
        case AllOf(nodes) | AnyOf(nodes):
            return all(is_monotone(node) for node in nodes)
        case NotHit():
            return False
        case MemberHit():
            return True


def expression_holds(expression: Expression, seen: Collection[int]) -> bool:
    """Whether it is true of a window in which the members at these positions hit."""
    match expression:
        case AllOf(nodes):
            return all(expression_holds(node, seen) for node in nodes)
        case AnyOf(nodes):
            return any(expression_holds(node, seen) for node in nodes)
        case NotHit(node):
            return not expression_holds(node, seen)
        case MemberHit(position):
            return position in seen


def decimal_text(value: Fraction) -> str:
    """An exact decimal without exponent: `5`, `0.5`, `-12.25`. The value must have one."""
    if value.denominator == 1:
        return str(value.numerator)
    digits = 0
    scaled = value
    while scaled.denominator != 1:
        scaled, digits = scaled * 10, digits + 1
    whole, rest = divmod(abs(scaled.numerator), 10**digits)
    return f"{'-' if value < 0 else ''}{whole}.{rest:0{digits}d}"
