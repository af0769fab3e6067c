"""Resolves the references of all correlations: inner ones first, no cycles, no chain deeper than ten; and who falls silent."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from correlator.compiler.correlation_rule import CompiledCorrelation, Referenced
from correlator.compiler.rejection import Reason, RejectedDocumentError
from correlator.plan import CorrelationRule

#: A correlation over detections has depth 1.
DEEPEST_CHAIN = 10
#: Rules shown of a cycle.
_LONGEST_PATH = 12

Refuse = Callable[[CompiledCorrelation, RejectedDocumentError], None]


def resolve_all(
    correlations: Sequence[CompiledCorrelation], detections: Mapping[str, Referenced], refuse: Refuse
) -> dict[str, CorrelationRule]:
    """The correlations that can run, by id, each after all that it refers to. Linear in rules and references; no recursion."""
    known = dict(detections)
    depths: dict[str, int] = {}
    resolved: dict[str, CorrelationRule] = {}
    ordered, rest = _inner_first(correlations)
    for one in ordered:
        depth = 1 + max((depths.get(name, 0) for name in one.references), default=0)
        try:
            rule = _resolved(one, known, depth)
        except RejectedDocumentError as error:
            refuse(one, error)
            continue
        resolved[rule.rule.id] = rule
        for name in _names(one):
            depths[name] = depth
            known[name] = Referenced(rule.rule, watch=rule.watch, group_by=rule.group_by)
    by_name = {name: one for one in rest for name in _names(one)}
    for one in rest:
        refuse(one, _cycle(one, by_name))
    return resolved


def _inner_first(correlations: Sequence[CompiledCorrelation]) -> tuple[list[CompiledCorrelation], list[CompiledCorrelation]]:
    """Each after the correlations that it refers to; apart those that lead into a cycle."""
    id_of = {name: one.rule.id for one in correlations for name in _names(one)}
    by_id = {one.rule.id: one for one in correlations}
    needs = {one.rule.id: {id_of[name] for name in one.references if name in id_of} for one in correlations}
    users: defaultdict[str, list[str]] = defaultdict(list)
    for user, needed in needs.items():
        for rule_id in needed:
            users[rule_id].append(user)
    ready = deque(rule_id for rule_id, needed in needs.items() if not needed)
    ordered = []
    while ready:
        rule_id = ready.popleft()
        ordered.append(by_id.pop(rule_id))
        for user in users[rule_id]:
            needs[user].discard(rule_id)
            if not needs[user]:
                ready.append(user)
    return ordered, list(by_id.values())


def silenced(
    correlations: Sequence[CompiledCorrelation], resolved: Mapping[str, CorrelationRule], packs: Mapping[str, str]
) -> frozenset[str]:
    """Ids of the rules that make no alert because a correlation of their own pack looks at them and none says `generate: true`.

    A reference from another pack never silences: who adds a pack must not lose what the others said. `packs`: rule id → pack.
    """
    quiet: set[str] = set()
    loud: set[str] = set()
    for one in correlations:
        rule = resolved.get(one.rule.id)
        for member in rule.members if rule else ():
            if one.generates:
                loud.add(member.rule_id)
            elif packs.get(member.rule_id) == packs.get(one.rule.id):
                quiet.add(member.rule_id)
    return frozenset(quiet - loud)


def with_silence(rule: CorrelationRule, quiet: frozenset[str]) -> CorrelationRule:
    """The same rule, silent when it is looked at without `generate`."""
    return replace(rule, is_silent=True) if rule.rule.id in quiet else rule


def _resolved(one: CompiledCorrelation, known: Mapping[str, Referenced], depth: int) -> CorrelationRule:
    missing = next((name for name in one.references if name not in known), None)
    location = one.document.at("correlation", "rules")
    if missing is not None:
        raise RejectedDocumentError(Reason.REFERENCE_MISSING, f"`{missing}`", location=location)
    if depth > DEEPEST_CHAIN:
        detail = f"a chain of more than {DEEPEST_CHAIN} correlations"
        raise RejectedDocumentError(Reason.FEATURE_UNSUPPORTED, detail, location=location)
    return one.resolve({name: known[name] for name in one.references})


def _cycle(one: CompiledCorrelation, by_name: Mapping[str, CompiledCorrelation]) -> RejectedDocumentError:
    """`by_name`: all that lead into a cycle. Each of them refers to another of them: follow, until a rule comes again."""
    path: dict[str, str] = {}
    here = one
    while here.rule.id not in path:
        path[here.rule.id] = here.rule.name
        here = next(by_name[name] for name in here.references if name in by_name)
    shown = [*path.values(), here.rule.name]
    if len(shown) > _LONGEST_PATH:
        shown = [*shown[: _LONGEST_PATH - 1], "…", shown[-1]]
    location = one.document.at("correlation", "rules")
    return RejectedDocumentError(Reason.REFERENCE_CYCLE, " → ".join(shown), location=location)


def _names(one: CompiledCorrelation) -> list[str]:
    return [name for name in (one.rule.id, one.name) if name]
