"""A rule on single events and one event: what held, what did not, and where it failed first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from correlator import reference
from correlator.plan import DetectionRule

_LONGEST = 500


@dataclass(frozen=True, slots=True)
class EventExplanation:
    """`is_considered` false: the rule does not look at events of this dataset, whatever they hold."""

    rule: DetectionRule
    tree: reference.Explanation

    @property
    def is_hit(self) -> bool:
        """True exactly when the matcher hits."""
        return self.tree.truth

    @property
    def is_considered(self) -> bool:
        """Whether the event's dataset is one of the rule's logsource."""
        return bool(self.tree.children)

    @property
    def first_failing(self) -> reference.Explanation | None:
        """The leftmost comparison that made the rule fail."""
        return self.tree.first_failing()

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        rule = self.rule.rule
        return {
            "kind": "event",
            "rule": {"id": rule.id, "name": rule.name, "version": rule.version, "silent": self.rule.is_silent},
            "hit": self.is_hit,
            "considered": self.is_considered,
            "logsource": {"looks_at": self.tree.expected, "event_is": list(self.tree.actual)},
            "condition": self.rule.condition,
            "first_failing": None if self.first_failing is None else _node(self.first_failing, deep=False),
            "tree": _node(self.tree.children[0], deep=True) if self.tree.children else None,
        }


def explain_event(rule: DetectionRule, event: Mapping[str, Any]) -> EventExplanation:
    """The tree of one rule on one event."""
    return EventExplanation(rule, reference.explain(rule.program, event, selections=rule.selections))


def _node(node: reference.Explanation, *, deep: bool) -> dict[str, Any]:
    """Depth is bounded by the representation (`ir.MAX_DEPTH`)."""
    found: dict[str, Any] = {"kind": node.kind, "truth": node.truth}
    if node.kind in {"leaf", "routing"}:
        found |= {
            "selection": node.selection,
            "field": node.field,
            "expected": node.expected[:_LONGEST],
            "actual": [value[:_LONGEST] for value in node.actual],
        }
    if deep and node.children:
        found["children"] = [_node(child, deep=True) for child in node.children]
    return found
