"""`khien rules convert`: rules as queries, for hunting in Elasticsearch; none whose meaning would change."""

from __future__ import annotations

import sys
from collections import Counter

from correlator.compiler.ruleset import compile_folders
from correlator.explain.finding import load_rules
from correlator.hunting.conversion import Query, Target, Unconvertible, convert
from correlator.plan import CorrelationRule, DetectionRule
from khien.app.command import Context
from khien.app.rules_output import EXIT_REJECTED, running, write_json


def convert_(context: Context) -> int:
    """One query a rule; exit 4 when a rule that was named cannot be converted."""
    given = context.arguments
    folders = running(context)
    rules: list[DetectionRule | CorrelationRule]
    rules = [load_rules(name, folders)[1] for name in given.rule] or [*compile_folders(folders).plan.detections]
    queries: list[Query] = []
    refused: list[tuple[str, Unconvertible]] = []
    for rule in rules:
        try:
            queries.append(_query(rule, Target(given.to), index=given.index))
        except Unconvertible as reason:
            refused.append((rule.rule.name, reason))
    if given.json:
        write_json(
            {
                "queries": [{"rule": one.rule, "target": one.target.value, "query": one.text} for one in queries],
                "refused": [{"rule": name, "reason": why.reason, "detail": why.detail} for name, why in refused],
            }
        )
    else:
        _print(context, queries, refused)
    return EXIT_REJECTED if refused and given.rule else 0


def _query(rule: DetectionRule | CorrelationRule, target: Target, *, index: str) -> Query:
    if isinstance(rule, CorrelationRule):
        raise Unconvertible("correlation", rule.measure.value)
    return convert(rule, target, index=index)


def _print(context: Context, queries: list[Query], refused: list[tuple[str, Unconvertible]]) -> None:
    for query in queries:
        sys.stdout.write(f"{query.rule}\n  {query.text}\n")
    if context.arguments.rule:
        for name, why in refused:
            context.tell(f"{name}: {context.say(f'unconvertible.{why.reason}', detail=why.detail)}")
    counts = Counter(why.reason for _, why in refused)
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items()))
    context.tell(context.say("rules.convert.summary", converted=len(queries), refused=len(refused), reasons=reasons or "–"))
