"""A compiled rule as the engine reads it; taken apart only for who wants to look inside, which hardly anybody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from correlator import ir


@dataclass(frozen=True)
class Program:
    """One unit of the intermediate representation, and the selection that each of its leaves was written in, in their order."""

    unit: bytes
    names: tuple[str, ...]

    @classmethod
    def of(cls, rule: ir.Rule, selections: Mapping[ir.Leaf, str]) -> Program:
        """Written down."""
        names = {leaf: selections.get(leaf, "logsource") for leaf in ir.leaves_of(rule.program)}
        return cls(unit=ir.dump_unit(rule), names=tuple(names.values()))

    @cached_property
    def rule(self) -> ir.Rule:
        """The unit, read."""
        return ir.load_unit(self.unit)

    @cached_property
    def selections(self) -> Mapping[ir.Leaf, str]:
        """The selection of each leaf; the first one when several hold the same."""
        leaves = dict.fromkeys(ir.leaves_of(self.rule.program))
        return dict(zip(leaves, self.names, strict=True))
