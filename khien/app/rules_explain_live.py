"""`khien rules explain RULE --live`: what the running correlator has counted, what is missing, when it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from correlator.explain.finding import load_rules
from correlator.explain.live import LiveExplanation, LiveGroup, explain_live, would_hold
from correlator.plan import CorrelationRule
from khien.app.command import Context
from khien.app.rules_output import write_json
from khien.clock import format_utc
from khien.errors import KhienError


def explain_live_rule(context: Context, folders: Sequence[Path]) -> int:
    """Print the open groups of a correlation; exit 0 however they stand."""
    given = context.arguments
    if given.rule is None:
        raise KhienError("rules.explain_live_what")
    rules, rule = load_rules(given.rule, folders)
    if not isinstance(rule, CorrelationRule):
        raise KhienError("rules.explain_live_what")
    group: dict[str, str] = {}
    for text in given.event:
        field, equals, value = text.partition("=")
        if not equals:
            raise KhienError("rules.no_such_group", rule=rule.rule.name, fields=", ".join(rule.group_by) or "–")
        group[field] = value
    path = context.home.correlator / "checkpoint.db"
    found = explain_live(path, rules, rule, dataset=given.dataset, group=group)
    if given.json:
        write_json(found.as_json())
    else:
        sys.stdout.write("".join(f"{line}\n" for line in told(context, found)))
    return 0


def told(context: Context, found: LiveExplanation) -> Iterator[str]:
    """As lines."""
    rule = found.rule
    watermark = "–" if found.watermark_us is None else _time(found.watermark_us)
    yield f"{rule.rule.name}: {rule.measure.value} {rule.threshold.text()}"
    held_by = found.held_by or "–"
    said = context.say(
        "rules.explain.live.state", dataset=found.dataset, watermark=watermark, held_by=held_by, waiting=found.waiting
    )
    yield f"  {said}"
    for version, count in sorted(found.other_versions.items()):
        yield f"  {context.say('rules.explain.live.older', version=version, count=count)}"
    if not found.groups:
        yield f"  {context.say('rules.explain.live.none')}"
    for group in found.groups:
        yield from _group(context, rule, group)


def _group(context: Context, rule: CorrelationRule, group: LiveGroup) -> Iterator[str]:
    found = group.open
    shown = ", ".join(f"{field}={value}" for field, value in zip(rule.group_by, found.key, strict=True))
    counted = context.say(
        "rules.explain.live.counted",
        observed=found.observed or "–",
        threshold=rule.threshold.text(),
        events=found.event_count,
        start=_time(found.start_us),
    )
    yield f"  {shown or context.say('rules.explain.all')}: {counted}"
    if rule.is_rising:
        leaves, end = _time(found.start_us + rule.timespan_us), _time(found.end_us)
        if group.missing is None:
            yield f"    {context.say('rules.explain.live.slides', leaves=leaves, end=end)}"
        else:
            yield f"    {context.say('rules.explain.live.missing', missing=group.missing, leaves=leaves, end=end)}"
    else:
        yield f"    {context.say('rules.explain.live.judged', end=_time(found.end_us))}"
        holds = would_hold(rule, found)
        if holds is not None:
            yield f"    {context.say('rules.explain.live.would' if holds else 'rules.explain.live.would_not')}"
    if group.unseen:
        titles = {member.rule_id: member.title[context.language] for member in rule.members}
        yield f"    {context.say('rules.explain.live.unseen', titles=', '.join(titles[name] for name in group.unseen))}"
    if found.hits:
        yield f"    {context.say('rules.explain.live.grows', hits=found.hits)}"
    for time_us, event_id, value in found.events:
        yield f"      {_time(time_us)} {event_id}{'' if value is None else f' {value}'}"


def _time(time_us: int) -> str:
    """A time far outside of the calendar, as hostile clocks claim it, is shown as its number."""
    try:
        return format_utc(time_us)
    except (ValueError, OverflowError):
        return str(time_us)
