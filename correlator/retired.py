"""Versions of correlations that are no longer in force, and that go on until their open windows end (correlation.md, section 10).

They run beside the others under their own names: their members look at the rules as these were, in silent copies behind the last
rule of the set. What is deleted is over at once; who deletes a rule wants to hear no more of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from correlator import ir
from correlator.compiler.references import DEEPEST_CHAIN
from correlator.correlation.repair import spans_of
from correlator.correlation_document import WithDetections
from correlator.plan import CorrelationRule, DetectionRule, Plan
from correlator.plan_document import heard


@dataclass(frozen=True, slots=True)
class Retired:
    """One that goes on; the times are those after the change until which it opens groups, speaks of what begins, takes events."""

    rule: CorrelationRule
    detections: tuple[DetectionRule, ...]
    opens_us: int
    speaks_us: int
    ends_us: int


@dataclass(frozen=True, slots=True)
class RetiredSet:
    """All of them over one rule set; `ir` is the set's with the copies of rules that only they look at."""

    rules: tuple[Retired, ...] = ()
    detections: tuple[DetectionRule, ...] = ()
    ir: bytes = b""


NONE_RETIRED = RetiredSet()


def in_force(plan: Plan) -> dict[str, WithDetections]:
    """What of a plan must be known when it has changed: each correlation that somebody hears of, by the name of its watch."""
    return {rule.watch: WithDetections.of(rule, plan) for rule in heard(plan.correlations)}


def mark_of(plan: Plan) -> bytes:
    """Tells one such state of rules from another, without writing it down."""
    digest = hashlib.sha256()
    for rule in heard(plan.correlations):
        units = [plan.detections[member.number].compiled.unit for member in rule.members if member.number is not None]
        for part in (rule.watch.encode(), *units):
            digest.update(b"%d:" % len(part) + part)
    return digest.digest()


def leaving(before: Iterable[WithDetections], plan: Plan) -> list[WithDetections]:
    """Of those before the ones whose windows end under them: their rule has another version now, or one of these looks at them."""
    versions = {rule.rule.id: rule.watch for rule in plan.correlations}
    known = {one.watch: one for one in before}
    wanted = [one for one in known.values() if versions.get(one.rule.rule.id, one.watch) != one.watch and not one.rule.is_silent]
    found: dict[str, WithDetections] = {}
    present = set(versions.values())
    while wanted:
        one = wanted.pop()
        if one.watch in found:
            continue
        found[one.watch] = one if one.rule.rule.id in versions else _silent(one)
        wanted += [known[member.watch] for member in one.rule.members if member.watch in known and member.watch not in present]
    return [known_one for name in known if (known_one := found.get(name)) is not None]


def retired_set(kept: Sequence[WithDetections], plan: Plan, units: bytes) -> RetiredSet:
    """The kept ones that can run beside this plan; `units` is its IR."""
    chosen = _chosen(kept, plan)
    if not chosen:
        return RetiredSet(ir=units)
    rules, added = _numbered(chosen, plan)
    spans = spans_of(Plan((), (*plan.correlations, *rules.values())), None)
    ends = {name: spans[name] for name in rules}
    inner = {member.watch for rule in rules.values() for member in rule.members}
    # An inner one fires as long as an outer one listens; outer ones stand behind.
    for name in reversed(rules):
        for member in rules[name].members:
            if member.watch in ends:
                ends[member.watch] = max(ends[member.watch], ends[name])
    found = []
    for name, rule in rules.items():
        speaks_us = spans[name] - rule.timespan_us
        opens_us = ends[name] if name in inner else speaks_us
        found.append(Retired(rule, chosen[name].detections, opens_us, speaks_us, ends[name]))
    joined = ir.join(rule.compiled.unit for rule in (*plan.detections, *added))
    return RetiredSet(tuple(found), tuple(added), joined)


def _chosen(kept: Sequence[WithDetections], plan: Plan) -> dict[str, WithDetections]:
    """Those of which everything that they look at is there, inner ones first."""
    present = {rule.watch for rule in plan.correlations}
    chosen: dict[str, WithDetections] = {}
    for _ in range(DEEPEST_CHAIN):
        for one in kept:
            known = {None, *chosen, *present}
            if one.watch not in present and all(member.watch in known for member in one.rule.members):
                chosen.setdefault(one.watch, one)
    return chosen


def _numbered(chosen: Mapping[str, WithDetections], plan: Plan) -> tuple[dict[str, CorrelationRule], list[DetectionRule]]:
    """The correlations with the numbers of the set, and the copies of rules that it has no more."""
    numbers = {(rule.rule.id, rule.rule.version, rule.compiled.unit): rule.number for rule in plan.detections}
    added: list[DetectionRule] = []
    rules: dict[str, CorrelationRule] = {}
    for one in chosen.values():
        places: dict[int, int] = {}
        for detection in one.detections:
            key = (detection.rule.id, detection.rule.version, detection.compiled.unit)
            if key not in numbers:
                numbers[key] = len(plan.detections) + len(added)
                added.append(replace(detection, number=numbers[key]))
            places[detection.number] = numbers[key]
        members = tuple(
            member if member.number is None else replace(member, number=places[member.number]) for member in one.rule.members
        )
        rules[one.watch] = replace(one.rule, members=members)
    return rules, added


def _silent(one: WithDetections) -> WithDetections:
    return replace(one, rule=replace(one.rule, is_silent=True))
