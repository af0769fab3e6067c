"""What the present correlation core can run: the one switch between what compiles and what is loaded.

The compiler knows all of docs/reference/correlation.md. Until the core knows it too, the rest is refused by name.
"""

from __future__ import annotations

from correlator.plan import CorrelationRule, Fire, Measure

#: The core runs everything that compiles.
EVERYTHING = True

_MEASURES = frozenset({Measure.EVENT_COUNT, Measure.VALUE_COUNT, Measure.TEMPORAL})


def unsupported(rule: CorrelationRule) -> str | None:
    """What the core cannot do of this rule; None when it runs."""
    if rule.measure not in _MEASURES:
        return f"the correlation type `{rule.measure.value}`"
    if any(member.watch is not None for member in rule.members):
        return "a correlation over a correlation"
    if rule.expression is not None and not rule.asks_for_all:
        return "a condition of names (`a and not b`)"
    if rule.fire is not Fire.EPISODE:
        return f"`fire: {rule.fire.value}`"
    return None if rule.expect is None else "`expect`"
