"""Whose alerts late events may change, and what must be said then (docs/concepts/late-repair.md).

It knows neither lanes nor files: `evaluate` runs all that is kept through a scratch lane and gives the alerts of that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from correlator.correlation.settling import settle
from correlator.plan import CorrelationRule, Plan
from correlator.plan_document import EVENT_EPISODE_US
from khien.alert import Alert


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair says, and the ids of the rules that were too wide for what is kept."""

    said: tuple[Alert, ...] = ()
    too_wide: tuple[str, ...] = ()


def repair(
    plan: Plan,
    *,
    late: Collection[int],
    said: Iterable[Alert],
    since_us: int,
    watermark_us: int,
    evaluate: Callable[[], Iterable[Alert]],
) -> Repair:
    """`late`: numbers of the rules that hit late events; `said`: the last word on each alert of the time that is kept.

    `since_us`: from here to the watermark everything is kept. What began within one timespan of it may be the rest of something
    older, so it is left as it is.
    """
    reaches = reach(plan, late)
    begins = {rule_id: since_us + span_us for rule_id, span_us in reaches.items() if 2 * span_us <= watermark_us - since_us}
    too_wide = tuple(sorted(set(reaches) - set(begins)))
    if not begins:
        return Repair(too_wide=too_wide)
    before = [alert for alert in said if alert.first_us > begins.get(alert.rule.id, alert.first_us)]
    after = [alert for alert in evaluate() if alert.first_us > begins.get(alert.rule.id, alert.first_us)]
    return Repair(tuple(settle(before, after)), too_wide)


def reach(plan: Plan, late: Collection[int]) -> dict[str, int]:
    """The rules whose alerts may change, each with how far back what they say may begin: its timespan and its inner ones'."""
    found = {rule.rule.id: EVENT_EPISODE_US for rule in plan.detections if rule.number in late and not rule.is_silent}
    spans = _spans(plan.correlations)
    touched: set[str] = set()
    # Inner ones stand before outer ones, so one pass is enough.
    for rule in plan.correlations:
        if any(member.number in late if member.watch is None else member.watch in touched for member in rule.members):
            touched.add(rule.watch)
            if not rule.is_silent:
                found[rule.rule.id] = spans[rule.watch]
    return found


def spans_of(plan: Plan, late: Collection[int] | None) -> dict[str, int]:
    """The watches whose groups may change, silent ones too, each with how far back it looks; without `late` all of them."""
    found = {
        f"{rule.rule.id}@{rule.rule.version}": EVENT_EPISODE_US for rule in plan.detections if late is None or rule.number in late
    }
    spans = _spans(plan.correlations)
    for rule in plan.correlations:
        if any(late is None or member.number in late if member.watch is None else member.watch in found for member in rule.members):
            found[rule.watch] = spans[rule.watch]
    return found


def _spans(correlations: Iterable[CorrelationRule]) -> dict[str, int]:
    spans: dict[str, int] = {}
    for rule in correlations:
        inner = [spans[member.watch] for member in rule.members if member.watch is not None]
        spans[rule.watch] = rule.timespan_us + max(inner, default=0)
    return spans
