"""Two rule sets over one input: alerts that the second adds, loses, or makes differently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from khien.alert import Alert
from khien.clock import format_utc


@dataclass(frozen=True, slots=True)
class Change:
    """The same alert (rule, group, window's beginning) that says something else; `fields`: before and after."""

    before: Alert
    after: Alert
    fields: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Alerts of the first set and not of the second, the other way around, and of both but different."""

    lost: tuple[Alert, ...]
    added: tuple[Alert, ...]
    changed: tuple[Change, ...]
    same: int

    @property
    def is_empty(self) -> bool:
        """Whether both sets said the same."""
        return not (self.lost or self.added or self.changed)

    def as_json(self) -> dict[str, Any]:
        """Without ids, which name the import and the rule's version: what can be compared with another day's."""
        return {
            "added": [_shown(alert) for alert in self.added],
            "lost": [_shown(alert) for alert in self.lost],
            "changed": [
                {**_shown(one.after), "differs": {name: list(pair) for name, pair in one.fields.items()}} for one in self.changed
            ],
            "same": self.same,
        }


def compare(before: Iterable[Alert], after: Iterable[Alert]) -> Comparison:
    """By rule id, group and the window's beginning; a rule's new version alone is no difference."""
    first, second = {_key(alert): alert for alert in before}, {_key(alert): alert for alert in after}
    changed, same = [], 0
    for key in sorted(first.keys() & second.keys()):
        fields = _differences(first[key], second[key])
        if fields:
            changed.append(Change(first[key], second[key], fields))
        else:
            same += 1
    return Comparison(
        lost=tuple(first[key] for key in sorted(first.keys() - second.keys())),
        added=tuple(second[key] for key in sorted(second.keys() - first.keys())),
        changed=tuple(changed),
        same=same,
    )


def _key(alert: Alert) -> tuple[int, str, tuple[str, ...]]:
    return (alert.window.start_us, alert.rule.id, alert.group.values)


def _differences(before: Alert, after: Alert) -> dict[str, tuple[str, str]]:
    pairs = {
        "level": (before.rule.level.value, after.rule.level.value),
        "hits": (str(before.hits), str(after.hits)),
        "event_count": (str(before.event_count), str(after.event_count)),
        "window_end": (format_utc(before.window.end_us), format_utc(after.window.end_us)),
        "last": (format_utc(before.last_us), format_utc(after.last_us)),
    }
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _shown(alert: Alert) -> dict[str, Any]:
    return {
        "rule": alert.rule.name,
        "rule_id": alert.rule.id,
        "level": alert.rule.level.value,
        "group": dict(zip(alert.group.fields, alert.group.values, strict=True)),
        "start": format_utc(alert.window.start_us),
        "hits": alert.hits,
    }
