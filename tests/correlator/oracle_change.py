"""The definition of a change of rules (docs/reference/correlation.md, section 10): old and new, each over its own time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from tests.correlator.oracle import Outcome, Said, Watched, alerts
from tests.correlator.oracle_rules import Definition, Seen, is_silent

#: Under which version something is said: of a rule that did not change, of the old one, of the new one.
UNCHANGED, OLD, NEW = "unchanged", "old", "new"


def alerts_over_change(
    old: Sequence[Definition], new: Sequence[Definition], *, changed: Collection[str], events: Sequence[Seen], watched: Watched,
    at_us: int | None,
) -> set[tuple[str, Said]]:  # fmt: skip
    """What is said when `new` came into force with the watermark at `at_us` (None: before the first).

    `changed`: names of the rules of which the new version decides otherwise.
    """
    firings: dict[str, list[Outcome]] = {}
    found = {(UNCHANGED, said) for said in alerts(new, events, watched, firings=firings) if said.name not in changed}
    after = [event for event in events if at_us is None or event.time_us > at_us]
    later = watched if at_us is None else replace(watched, first_us=at_us)
    # An inner one that did not change goes on: each of its firings after the change is an event after the change.
    given = {
        rule.id: [one for one in firings[rule.id] if at_us is None or one.fired.time_us > at_us]
        for rule in new
        if rule.kind != "event" and rule.name not in changed
    }
    found |= {(NEW, said) for said in alerts(new, after, later, given=given) if said.name in changed}
    if at_us is None:
        return found
    leaving = [rule for rule in old if rule.name in changed and rule.kind != "event" and not is_silent(rule, old)]
    retired = {name for rule in leaving for name in _below(rule)}
    for rule in leaving:
        listeners = [other for other in old if other.id in retired and rule.id in _below(other)]
        until_us = at_us + max(_reach(other) for other in listeners)
        last_us = None if watched.last_us is None else min(watched.last_us, until_us)
        for said in alerts(old, events, replace(watched, last_us=last_us, until_us=until_us)):
            if said.name == rule.name and said.start_us <= at_us + _reach(rule) - rule.span_us:
                found.add((OLD, said))
    return found


def _reach(rule: Definition) -> int:
    """Its timespan and the widest of its inner ones."""
    return rule.span_us + max((_reach(member) for member in rule.members if member.kind != "event"), default=0)


def _below(rule: Definition) -> set[str]:
    """It and all that it looks at."""
    return {rule.id}.union(*(_below(member) for member in rule.members))
