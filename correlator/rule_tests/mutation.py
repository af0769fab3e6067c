"""Mutants of a rule: every selection dropped, every comparison turned around, every threshold and member of a correlation.

A mutant is the rule as a careless hand would have left it. If no case notices, the cases do not say what the rule is for.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from correlator import ir, reference
from correlator.compiler.condition import NO_SELECTIONS, All, Any_, Condition, Name, Negation, Selector, parse_condition
from correlator.compiler.correlation_condition import names_in
from correlator.compiler.documents import Document
from correlator.compiler.ruleset import RuleSet, compile_documents
from correlator.compiler.settings import Settings
from correlator.plan import DetectionRule, Plan
from correlator.program import Program

#: A field that no event has: `null` is true of it and `exists` false, through any field mapping.
_NEVER = "khien.mutation.never"
_ALWAYS_TRUE: dict[str, Any] = {_NEVER: None}
_ALWAYS_FALSE: dict[str, Any] = {f"{_NEVER}|exists": True}
_TURNED = {"gt": "lte", "gte": "lt", "lt": "gte", "lte": "gt", "eq": "neq", "neq": "eq"}
#: Longest text of a comparison in a mutant's name.
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Mutant:
    """What was done to the rule, and what it then runs."""

    name: str
    program: ir.Rule


def mutants_of_detection(
    document: Document, filters: Sequence[Document], rule: DetectionRule, *, settings: Settings | None = None
) -> Iterator[Mutant]:
    """Selections dropped, then comparisons turned around. A mutant that means the same as the rule is none."""
    for name, neutral in _droppable(document):
        content = copy.deepcopy(document.content)
        content["detection"][name] = dict(_ALWAYS_TRUE if neutral else _ALWAYS_FALSE)
        changed = compile_documents([replace(document, content=content), *filters], settings=settings)
        for compiled in changed.plan.detections:
            if compiled.program.program != rule.program.program:
                yield Mutant(f"selection `{name}` dropped", compiled.program)
    for leaf, program in _turned(rule.program.program):
        text = reference.describe(leaf)
        shown = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        yield Mutant(f"comparison `{leaf.field or 'keyword'}` {shown} turned around", replace(rule.program, program=program))


def with_program(rules: RuleSet, rule: DetectionRule, program: ir.Rule) -> RuleSet:
    """The set with another program in the rule's place."""
    detections = tuple(
        replace(one, compiled=Program.of(program, rule.selections)) if one.number == rule.number else one
        for one in rules.plan.detections
    )
    return replace(
        rules,
        ir=ir.dumps(one.program for one in detections),
        plan=Plan(detections=detections, correlations=rules.plan.correlations),
    )


def mutants_of_correlation(
    document: Document, others: Sequence[Document], *, settings: Settings | None = None
) -> Iterator[tuple[str, RuleSet]]:
    """Each bound turned around, each member dropped; compiled with the documents beside it. What is no rule is no mutant."""
    for name, content in _changed_correlations(document.content):
        changed = compile_documents([replace(document, content=content), *others], settings=settings)
        if not changed.rejections:
            yield name, changed


def _changed_correlations(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    correlation = content["correlation"]
    condition = correlation.get("condition")
    if isinstance(condition, dict):
        for relation in [key for key in condition if key in _TURNED]:
            changed = copy.deepcopy(content)
            bounds = changed["correlation"]["condition"]
            value = bounds.pop(relation)
            bounds[_TURNED[relation]] = value
            yield f"`{relation}: {value}` turned around", changed
    rules = correlation.get("rules")
    if isinstance(condition, str):
        for name, expression in _changed_expressions(parse_condition(condition)):
            changed = copy.deepcopy(content)
            changed["correlation"]["condition"] = _written(expression)
            _keep_members(changed, names_in(_written(expression)))
            yield name, changed
    elif isinstance(rules, list) and len(rules) > 1:
        for rule in rules:
            changed = copy.deepcopy(content)
            _keep_members(changed, [one for one in rules if one != rule])
            yield f"member `{rule}` dropped", changed
    if correlation.get("type") == "temporal_ordered":
        changed = copy.deepcopy(content)
        changed["correlation"]["type"] = "temporal"
        yield "order dropped", changed
    if isinstance(content.get("khien"), dict) and "expect" in content["khien"]:
        changed = copy.deepcopy(content)
        del changed["khien"]["expect"]
        yield "`expect` dropped", changed


def _keep_members(content: dict[str, Any], kept: Sequence[str]) -> None:
    """Only these rules, also in the aliases: an alias over a rule that is not there would be no correlation."""
    correlation = content["correlation"]
    correlation["rules"] = list(kept)
    for mapping in (correlation.get("aliases") or {}).values():
        for name in [name for name in mapping if name not in kept]:
            del mapping[name]


def _changed_expressions(node: Condition) -> Iterator[tuple[str, Condition]]:
    """Each name turned around, each name dropped. Depth is bounded by the correlation's own reading."""
    match node:
        case Name(name):
            yield f"`{name}` turned around", Negation(node)
        case Negation(Name(name)):
            yield f"`not {name}` turned around", node.node
        case Negation(inner):
            yield from ((name, Negation(changed)) for name, changed in _changed_expressions(inner))
        case All(nodes) | Any_(nodes):
            kind = type(node)
            for number, inner in enumerate(nodes):
                rest = (*nodes[:number], *nodes[number + 1 :])
                yield f"`{_written(inner)}` dropped", rest[0] if len(rest) == 1 else kind(rest)
                for name, changed in _changed_expressions(inner):
                    yield name, kind((*nodes[:number], changed, *nodes[number + 1 :]))


def _written(node: Condition) -> str:
    match node:
        case Name(name):
            return name
        case Negation(inner):
            return f"not {_within(inner)}"
        case All(nodes) | Any_(nodes):
            return (" and " if isinstance(node, All) else " or ").join(_within(inner) for inner in nodes)
        case Selector(quantifier, pattern):
            return f"{quantifier} of {pattern}"


def _within(node: Condition) -> str:
    return f"({_written(node)})" if isinstance(node, All | Any_) else _written(node)


def _droppable(document: Document) -> list[tuple[str, bool]]:
    """Each selection with what it must become so that the rest of the condition stays as if it were not there."""
    detection = document.content["detection"]
    names = [name for name in detection if name not in NO_SELECTIONS]
    conditions = detection["condition"]
    found: dict[tuple[str, bool], None] = {}
    for condition in conditions if isinstance(conditions, list) else [conditions]:
        stack: list[tuple[Condition, bool]] = [(parse_condition(str(condition)), True)]
        while stack:
            node, neutral = stack.pop()
            match node:
                case Name(name):
                    found.setdefault((name, neutral))
                case Selector(quantifier):
                    chosen = node.names(names)
                    own = neutral if len(chosen) == 1 else quantifier == "all"
                    found |= dict.fromkeys((name, own) for name in chosen)
                case Negation(inner):
                    stack.append((inner, not neutral))
                case All(nodes) | Any_(nodes):
                    stack += [(inner, isinstance(node, All)) for inner in nodes]
    return list(found)


def _turned(program: ir.Node) -> Iterator[tuple[ir.Leaf, ir.Node]]:
    """Each occurrence of a comparison negated, from the left. Depth is bounded by the representation (`ir.MAX_DEPTH`)."""
    match program:
        case ir.And(nodes) | ir.Or(nodes):
            kind = type(program)
            for number, inner in enumerate(nodes):
                for leaf, changed in _turned(inner):
                    yield leaf, kind((*nodes[:number], changed, *nodes[number + 1 :]))
        case ir.Not(inner):
            for leaf, changed in _turned(inner):
                yield leaf, changed.node if isinstance(changed, ir.Not) and changed.node == inner else ir.Not(changed)
        case leaf:
            yield leaf, ir.Not(leaf)
