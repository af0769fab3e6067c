"""Rules that contradict each other: one that can never decide (refused), and two that answer one case differently (reported).

Every condition of a list is "any of these", and a question that nobody answered makes its condition false; so a rule decides
somewhere exactly when it decides in one of its smallest cases, the ones that hold nothing it does not ask for. Those are few, and
all of them are asked.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from incident_api.coordination.assignment import Facts, holds
from incident_api.coordination.case import AffectedAsset, Bound, Case, CaseCondition, FactValue, Severity
from incident_api.coordination.policy import AssignmentRule, Policy
from incident_api.coordination.severity import SeverityRules, assess, lead_of
from khien.alert import Level
from khien.errors import KhienError

_LEVELS = tuple(range(1, 6))
#: Smallest cases of one rule; a rule with more is a mistake or an attack.
_MOST_CASES = 20_000


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rules of a list hold for one case and answer differently; the first one decides."""

    part: str
    decides: str
    beside: str
    case: str


def check_conflicts(policy: Policy) -> None:
    """Raises `policy.shadowed_rule` for the first rule that can never decide, `policy.no_lead` for a case without one."""
    # The last rule is the net that the schema demands: it may be empty.
    for rule in policy.rules[:-1]:
        if not any(_first(policy, facts) is rule for facts in _alerts(rule)):
            raise KhienError("policy.shadowed_rule", policy=policy.id, part="assignment.yaml", rule=rule.id)
    _check_severity(policy)
    _check_leads(policy)


def overlaps(policy: Policy) -> tuple[Overlap, ...]:
    """Pairs of assignment rules that both hold for an alert and give it to another role or another lead."""
    found: dict[tuple[str, str], Overlap] = {}
    for rule in policy.rules[:-1]:
        for facts in _alerts(rule):
            matching = [each for each in policy.rules[:-1] if holds(each, facts, unknown_level=policy.unknown_asset_level)]
            for other in matching[1:]:
                first = matching[0]
                if (first.role, first.lead) != (other.role, other.lead):
                    found.setdefault((first.id, other.id), Overlap("assignment", first.id, other.id, _words(facts)))
    return tuple(found[pair] for pair in sorted(found))


def _check_severity(policy: Policy) -> None:
    rules = policy.severity
    for rule in rules.rules:
        alternatives = rule.when or (CaseCondition(),)
        cases = itertools.chain.from_iterable(_cases(rules, each) for each in alternatives)
        if not any(assess(rules, case, unknown_level=policy.unknown_asset_level).rule == rule.id for case in cases):
            raise KhienError("policy.shadowed_rule", policy=policy.id, part="severity.yaml", rule=rule.id)


def _check_leads(policy: Policy) -> None:
    """Every class at every level with every flag has a lead, and every rule of leads decides somewhere."""
    rules, decided = policy.severity, set()
    for severity, level, flag in itertools.product(Severity, _LEVELS, (None, *rules.flags)):
        case = rules.complete(Case(assets=(AffectedAsset("–", level),), flags=frozenset({flag} if flag else ())))
        place = next(
            (at for at, each in enumerate(rules.leads) if each.when.holds(case, severity=severity, unknown_level=level)), None
        )
        if place is None or lead_of(rules, case, severity=severity, unknown_level=level) not in policy.leads:
            raise KhienError("policy.no_lead", policy=policy.id, severity=severity.value, level=level, flag=flag or "–")
        decided.add(place)
    for place, each in enumerate(rules.leads):
        if place not in decided and not each.when.facts and not each.when.asset_flags:
            raise KhienError(
                "policy.shadowed_rule", policy=policy.id, part="severity.yaml", rule=f"leads {place + 1} ({each.lead})"
            )


def _first(policy: Policy, facts: Facts) -> AssignmentRule:
    return next(each for each in policy.rules if holds(each, facts, unknown_level=policy.unknown_asset_level))


def _alerts(rule: AssignmentRule) -> Iterator[Facts]:
    """The smallest alerts for which a rule holds."""
    when = rule.when
    choices = itertools.product(
        when.levels or tuple(Level),
        when.tags or (None,),
        when.asset_flags or (None,),
        when.units or (None,),
        [level for level in _LEVELS if _within(level, when.asset_level_at_least, when.asset_level_at_most)],
    )
    for level, tag, flag, unit, asset_level in itertools.islice(choices, _MOST_CASES):
        yield Facts(
            object_id="–",
            level=level,
            tags=(tag,) if tag else (),
            assets=(),
            asset_level=asset_level,
            asset_flags=(flag,) if flag else (),
            units=(unit,) if unit else (),
            skills=(),
            identities=(),
        )


def _cases(rules: SeverityRules, condition: CaseCondition) -> Iterator[Case]:
    """The smallest incidents for which a condition holds."""
    flags: tuple[str | None, ...] = condition.flags or (tuple(rules.flags) if condition.any_flag else (None,))
    levels = [level for level in _LEVELS if _within(level, condition.asset_level_at_least, condition.asset_level_at_most)]
    places = itertools.product(levels, condition.asset_flags or (None,), flags)
    answers = itertools.product(*(_answers(wanted) for wanted in condition.facts.values()))
    for (level, asset_flag, flag), given in itertools.islice(itertools.product(places, answers), _MOST_CASES):
        asset = AffectedAsset("–", level, None, (asset_flag,) if asset_flag else ())
        facts: dict[str, FactValue] = dict(zip(condition.facts, given, strict=True))
        yield rules.complete(Case(assets=(asset,), facts=facts, flags=frozenset({flag} if flag else ())))


def _answers(wanted: Any) -> list[FactValue]:
    if isinstance(wanted, Bound):
        edges = (wanted.at_least, None if wanted.more_than is None else wanted.more_than + 1, wanted.at_most, 0)
        return sorted({edge for edge in edges if edge is not None and edge >= 0 and wanted.holds(edge)})
    return list(wanted) if isinstance(wanted, tuple) else [wanted]


def _within(level: int, least: int | None, most: int | None) -> bool:
    return (least is None or level >= least) and (most is None or level <= most)


def _words(facts: Facts) -> str:
    parts = (facts.level.value, *facts.tags, f"asset level {facts.asset_level}", *facts.asset_flags, *facts.units)
    return ", ".join(parts)
