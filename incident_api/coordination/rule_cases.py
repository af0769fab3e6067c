"""For every assignment rule a case in which it decides, and one neighbour for each of its conditions in which it does not hold.

Made from the rules themselves, so that a policy that somebody writes tomorrow is checked like the shipped ones.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from incident_api.coordination.assignment import Facts, holds
from incident_api.coordination.policy import AssignmentRule, Policy
from khien.alert import Level

_LOWEST, _HIGHEST = 1, 5
_NONE = "–"


@dataclass(frozen=True, slots=True)
class RuleCases:
    """`decides`: facts for which the rule decides, None when no such alert exists. `neighbours`: each breaks one condition."""

    rule: str
    decides: Facts | None
    neighbours: tuple[Facts, ...]


def cases_of(policy: Policy) -> tuple[RuleCases, ...]:
    """One entry a rule, in their order."""
    return tuple(_cases(policy, rule) for rule in policy.rules)


def unreachable(policy: Policy) -> tuple[str, ...]:
    """Rules that never decide because those before them hold whenever they do; the last one is there in case they leave a gap."""
    return tuple(each.rule for each in cases_of(policy)[:-1] if each.decides is None)


def _cases(policy: Policy, rule: AssignmentRule) -> RuleCases:
    candidates = list(_candidates(rule))
    decides = next((facts for facts in candidates if _deciding(policy, facts) == rule.id), None)
    return RuleCases(rule.id, decides, tuple(_neighbours(rule, decides or candidates[0])))


def _candidates(rule: AssignmentRule) -> Iterator[Facts]:
    """Alerts that meet the conditions and say nothing beyond them."""
    when = rule.when
    low = when.asset_level_at_least or _LOWEST
    high = when.asset_level_at_most or _HIGHEST
    levels = when.levels or tuple(Level)
    for level, asset_level, tag, flag, unit in itertools.product(
        levels, range(low, high + 1), when.tags or (_NONE,), when.asset_flags or (_NONE,), when.units or (_NONE,)
    ):
        yield Facts(
            object_id=rule.id,
            level=level,
            tags=() if tag == _NONE else (tag,),
            assets=("asset",),
            asset_level=asset_level,
            asset_flags=() if flag == _NONE else (flag,),
            units=() if unit == _NONE else (unit,),
            skills=(),
            identities=(),
        )


def _neighbours(rule: AssignmentRule, facts: Facts) -> Iterator[Facts]:
    """One condition broken each."""
    when = rule.when
    others = [level for level in Level if level not in when.levels]
    if when.levels and others:
        yield replace(facts, level=others[0])
    if when.tags:
        yield replace(facts, tags=("another",))
    if when.asset_flags:
        yield replace(facts, asset_flags=())
    if when.units:
        yield replace(facts, units=("another",))
    if when.asset_level_at_least is not None and when.asset_level_at_least > _LOWEST:
        yield replace(facts, asset_level=when.asset_level_at_least - 1)
    if when.asset_level_at_most is not None and when.asset_level_at_most < _HIGHEST:
        yield replace(facts, asset_level=when.asset_level_at_most + 1)


def _deciding(policy: Policy, facts: Facts) -> str:
    return next(rule.id for rule in policy.rules if holds(rule, facts, unknown_level=policy.unknown_asset_level))
