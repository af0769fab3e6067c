"""`khien rules explain RULE EVENT`: why a rule did or did not fire; the night officer's first question."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from correlator import reference
from correlator.compiler.ruleset import RuleSet
from correlator.explain.event import EventExplanation, explain_event
from correlator.explain.finding import load_rules
from correlator.explain.group import CorrelationExplanation, explain_correlation, with_counts
from correlator.plan import CorrelationRule, DetectionRule
from correlator.rule_tests.bench import Bench
from correlator.rule_tests.inputs import inline
from khien.alert import Alert
from khien.app.command import Context
from khien.app.rules_explain_live import explain_live_rule
from khien.app.rules_output import running, write_json
from khien.clock import MICROSECONDS, SystemClock, format_utc
from khien.errors import KhienError
from khien.event import STAMPED, LineRejected
from khien.store.event_store import EventStore
from khien.store.opening import open_store

_LARGEST_INPUT = 64 << 20
#: What a correlator counts and a person must know to trust a count; the others are of all rules together.
_TOLD_COUNTS = frozenset({"counts_not_carried", "group_missing", "groups_evicted", "late", "not_numbers"})


def explain(context: Context) -> int:
    """Print the tree of a rule and an event, or the groups of a correlation; exit 0 however it ended."""
    given = context.arguments
    folders = running(context)
    if given.live:
        return explain_live_rule(context, folders)
    if given.alert is not None:
        alert, events = _of_alert(context, given.alert)
        rules, rule = load_rules(alert.rule.id, folders)
        if rule.rule.version != alert.rule.version:
            context.tell(context.say("rules.explain.other_version", alert=alert.rule.version, now=rule.rule.version))
    elif given.rule is None or not given.event:
        raise KhienError("rules.explain_what")
    else:
        rules, rule = load_rules(given.rule, folders)
        alert, events = None, list(_texts(context, given.event))
    if isinstance(rule, DetectionRule):
        _tell_events(context, [explain_event(rule, reference.read_event(event)) for event in events], alert)
        return 0
    explanation = _correlation(rules, rule, events)
    if given.json:
        write_json(explanation.as_json())
    else:
        _print_correlation(context, explanation, events)
    return 0


def _correlation(rules: RuleSet, rule: CorrelationRule, events: list[str]) -> CorrelationExplanation:
    clock = SystemClock()
    lines = _framed(events)
    explanation = explain_correlation(rules, rule, lines, clock=clock)
    with TemporaryDirectory(prefix="khien-explain-") as scratch, Bench(Path(scratch), rules, clock=clock) as bench:
        bench.run(lines)
        return with_counts(explanation, {name: count for name, count in bench.counts().items() if name in _TOLD_COUNTS})


def _framed(events: list[str]) -> list[bytes]:
    """As lines of a producer: what ingest wrote into stored ones is taken out, it is written anew."""
    try:
        return [line for event in events for line in inline({}, [_unstamped(orjson.loads(event))])]
    except (LineRejected, ValueError, TypeError, KeyError, AttributeError) as error:
        raise KhienError("rules.event_unreadable", event="", reason=str(error)) from error


def _unstamped(event: dict[str, Any]) -> dict[str, Any]:
    for name, keys in STAMPED.items():
        part = event.get(name)
        if isinstance(part, dict):
            event[name] = {key: value for key, value in part.items() if key not in keys}
    return event


def _tell_events(context: Context, found: list[EventExplanation], alert: Alert | None) -> None:
    if context.arguments.json:
        write_json({"alert": None if alert is None else alert.id, "events": [one.as_json() for one in found]})
        return
    for number, one in enumerate(found):
        if len(found) > 1:
            sys.stdout.write(f"{context.say('rules.explain.event', number=number + 1)}\n")
        sys.stdout.write("".join(f"{line}\n" for line in told(context, one)))


def told(context: Context, one: EventExplanation) -> Iterator[str]:
    """The tree as lines: a mark, the comparison, what was there; the first that fails is pointed at."""
    rule = one.rule.rule
    verdict = "rules.explain.hit" if one.is_hit else "rules.explain.no_hit"
    yield f"{rule.name}: {context.say(verdict)}"
    if not one.is_considered:
        actual = " | ".join(one.tree.actual) or context.say("rules.explain.nothing")
        yield f"  {context.say('rules.explain.not_considered', expected=one.tree.expected, actual=actual)}"
        return
    stack: list[tuple[reference.Explanation, int]] = [(one.tree.children[0], 1)]
    failing = one.first_failing
    while stack:
        node, depth = stack.pop()
        mark = "✓" if node.truth else "✗"
        arrow = f"   ← {context.say('rules.explain.first')}" if node is failing else ""
        yield f"{'  ' * depth}{mark} {_text(context, node)}{arrow}"
        stack.extend((child, depth + 1) for child in reversed(node.children))
    if one.rule.is_silent:
        yield f"  {context.say('rules.explain.silent')}"


def _text(context: Context, node: reference.Explanation) -> str:
    if node.kind != "leaf":
        return node.kind
    actual = " | ".join(node.actual) or context.say("rules.explain.nothing")
    selection = f"{node.selection}: " if node.selection else ""
    field = node.field or context.say("rules.explain.any_field")
    return context.say("rules.explain.leaf", selection=selection, field=field, expected=node.expected, actual=actual)


def _print_correlation(context: Context, found: CorrelationExplanation, events: list[str]) -> None:
    rule = found.rule
    seconds = rule.timespan_us / MICROSECONDS
    out = [
        f"{rule.rule.name}: {rule.measure.value} {found.threshold}, {seconds:g} s",
        context.say("rules.explain.fed", events=len(events), unseen=len(found.unseen), without=len(found.without_group)),
    ]
    for group in found.groups:
        shown = ", ".join(f"{field}={value}" for field, value in group.group.items()) or context.say("rules.explain.all")
        mark = {True: "✓", False: "✗", None: "?"}[group.holds]
        observed = context.say("rules.explain.left_to_core") if group.observed is None else str(group.observed)
        window = f"{format_utc(group.window_start_us)} … {format_utc(group.window_end_us)}"
        out.append(f"  {mark} {shown}: {observed} ({found.threshold}), {window}")
        titles = {member.rule_id: member.title[context.language] for member in rule.members}
        out += [f"      {titles[member]}: {count}" for member, count in sorted(group.members.items())]
    out += [f"  {name}: {count}" for name, count in sorted(found.counts.items())]
    sys.stdout.write("".join(f"{line}\n" for line in out))


def _of_alert(context: Context, alert_id: str) -> tuple[Alert, list[str]]:
    """The stored alert and its first events."""
    store = _store(context)
    try:
        alert = store.get_alerts([alert_id]).get(alert_id)
        if alert is None:
            raise KhienError("rules.unknown_alert", alert=alert_id)
        lines = store.get_events(list(alert.event_ids), dataset=alert.dataset)
        return alert, [lines[event_id].decode() for event_id in alert.event_ids if event_id in lines]
    finally:
        store.close()


def _texts(context: Context, given: list[str]) -> Iterator[str]:
    for text in given:
        if text.lstrip().startswith("{"):
            yield from _objects(text, "EVENT")
        elif text == "-":
            yield from _objects(sys.stdin.read(_LARGEST_INPUT), "-")
        elif Path(text).is_file():
            if Path(text).stat().st_size > _LARGEST_INPUT:
                raise KhienError("rules.event_unreadable", event=text, reason=f"> {_LARGEST_INPUT >> 20} MiB")
            yield from _objects(Path(text).read_text(encoding="utf-8", errors="replace"), text)
        else:
            yield _stored(context, text)


def _objects(text: str, name: str) -> Iterator[str]:
    """JSON objects one after another: lines, or printed over several."""
    decoder = json.JSONDecoder()
    place = 0
    try:
        while place < len(text):
            if text[place].isspace():
                place += 1
                continue
            start = place
            event, place = decoder.raw_decode(text, start)
            if not isinstance(event, dict):
                raise KhienError("rules.event_unreadable", event=name, reason="{ … }")
            yield text[start:place]
    except (json.JSONDecodeError, RecursionError) as error:
        raise KhienError("rules.event_unreadable", event=name, reason=str(error)) from error


def _stored(context: Context, event_id: str) -> str:
    store = _store(context)
    try:
        line = store.get_events([event_id]).get(event_id)
    finally:
        store.close()
    if line is None:
        raise KhienError("rules.unknown_event", event=event_id)
    return line.decode()


def _store(context: Context) -> EventStore:
    return open_store("sqlite:", home=context.home, clock=SystemClock(), is_read_only=True)
