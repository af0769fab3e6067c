"""How the families are written down: events as short lines, alerts by the ids that make them, the rest worked out here.

What is worked out follows from the definition alone: a rising alert lasts from its first contributing event to the one that
fired, a closing one from its anchor over the timespan.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from tests.conformance.correlation.vector import Expected, Vector

SECOND = 1_000_000
IP = "192.0.2.1"
OTHER_IP = "192.0.2.2"
#: The detections that all vectors know: one for each value of `event.action`, silent.
COLOURS = ("red", "blue", "green", "grey")
_DETECTION = """\
title: {name}
id: 00000000-0000-4000-8000-0000000000{number:02x}
name: {name}
logsource: {{product: khien, service: host.auth}}
detection:
  selection:
    event.action: {name}
  condition: selection
level: informational
---
"""
COMMON = "".join(_DETECTION.format(name=name, number=number) for number, name in enumerate(COLOURS, start=1))


@dataclass(slots=True)
class Alert:
    """An expected alert in short: contributing ids, then what is not as usual."""

    rule: str
    ids: Sequence[int]
    observed: str | None = None
    grown: Sequence[int] = ()
    group: Mapping[str, str] | None = None
    fired_by: int | None = None
    start: float | None = None
    end: float | None = None
    last: float | None = None
    hits: int | None = None
    count: int | None = None
    is_fired: bool = True


@dataclass(slots=True)
class Case:
    """A vector in short. `events`: `seconds action[+action] [field=value …]`, one a line or after `;`, ids from 1."""

    name: str
    pins: str
    rules: Sequence[Mapping[str, Any]]
    events: str
    expect: Sequence[Alert] = ()
    arrival: Sequence[Any] | None = None
    needs: tuple[str, ...] = ()
    then: Sequence[Mapping[str, Any]] = ()

    def vector(self) -> Vector:
        """The vector."""
        events = events_of(self.events)
        rules = [dict(rule) for rule in self.rules]
        for number, rule in enumerate(rules, start=1):
            rule.setdefault("id", f"00000000-0000-4000-8000-0000000001{number:02x}")
        ids = {rule["name"]: rule["id"] for rule in rules}
        then = [{"id": ids.get(rule["name"]), **rule} for rule in self.then]
        return Vector(
            name=self.name,
            pins=self.pins,
            rules=_text(rules),
            then=_text(then),
            events=tuple(events),
            arrival=tuple(self.arrival) if self.arrival is not None else (*(event["id"] for event in events), "end"),
            expect=tuple(sorted((_expected(alert, events, rules) for alert in self.expect), key=lambda one: one.key)),
            needs=self.needs,
        )


def detection(name: str, *, action: str) -> dict[str, Any]:
    """One of the colours, looking at another action."""
    (found,) = yaml.safe_load_all(_DETECTION.format(name=name, number=COLOURS.index(name) + 1).removesuffix("---\n"))
    found["detection"]["selection"]["event.action"] = action
    return dict(found)


def _text(rules: Sequence[Mapping[str, Any]]) -> str:
    return "---\n".join(yaml.safe_dump(_ordered(rule), sort_keys=False, allow_unicode=True, width=10_000) for rule in rules)


def rule(
    name: str, kind: str = "event_count", condition: Any = None, *, rules: Sequence[str] | str = ("red",), span: str = "60s",
    group: Sequence[str] | None = ("source.ip",), level: str = "high", **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """A correlation. `more`: keys of `khien` (`fire`, `expect`), else of the correlation (`aliases`, `generate`)."""
    khien = {key: more.pop(key) for key in ("fire", "expect") if key in more}
    body: dict[str, Any] = {"type": kind, "rules": list(rules) if not isinstance(rules, str) else rules}
    if group is not None:
        body["group-by"] = list(group)
    body |= {"timespan": span, **more}
    if condition is not None:
        body["condition"] = condition
    return {"title": name, "name": name, "correlation": body, "level": level, **({"khien": khien} if khien else {})}


def events_of(text: str) -> list[dict[str, Any]]:
    """The events of a short text; `source.ip` is the usual one unless `ip=` says another or `ip=-` none."""
    found = []
    for number, line in enumerate((one for row in text.splitlines() for one in row.split(";") if one.strip()), start=1):
        at, actions, *pairs = line.split()
        event: dict[str, Any] = {"id": number, "at": _microseconds(at)}
        names = actions.split("+")
        fields = {"event.action": names if len(names) > 1 else names[0], "source.ip": IP}
        for pair in pairs:
            name, _, value = pair.partition("=")
            fields["source.ip" if name == "ip" else name] = _value(value)
        found.append(event | {name: value for name, value in fields.items() if value != "-"})
    return found


def _microseconds(text: str) -> int:
    """`60`, `0.5`, `60+1us`, `60-1us`."""
    seconds, sign, micros = text.partition("+") if "+" in text else text.partition("-")
    whole, _, part = seconds.partition(".")
    base = int(whole) * SECOND + int(part.ljust(6, "0") or 0)
    return base + (int(micros.removesuffix("us")) * (1 if sign == "+" else -1) if sign else 0)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _expected(alert: Alert, events: list[dict[str, Any]], rules: Sequence[Mapping[str, Any]]) -> Expected:
    times = {event["id"]: event["at"] for event in events}
    body = next(one for one in rules if one["name"] == alert.rule)["correlation"]
    ids = [*alert.ids, *(one for one in alert.grown if one not in alert.ids)]
    closes = is_closing(body)
    fired_by = alert.fired_by or (ids[0] if closes else alert.ids[-1] if alert.ids else None) if alert.is_fired else None
    start = round(alert.start * SECOND) if alert.start is not None else times[alert.ids[0]]
    usual_end = start + _span(body) if closes else times.get(fired_by or 0, 0)
    end = round(alert.end * SECOND) if alert.end is not None else usual_end
    group = alert.group if alert.group is not None else dict.fromkeys(body.get("group-by", []), IP)
    last = round(alert.last * SECOND) if alert.last is not None else times[ids[-1]]
    return Expected(
        rule=alert.rule,
        group=dict(group),
        start=start,
        end=end,
        fired_by=fired_by,
        last=last,
        hits=alert.hits or 1 + len(alert.grown),
        event_count=alert.count if alert.count is not None else len(alert.ids) + len(alert.grown),
        events=tuple(ids[:100]),
        observed=alert.observed if alert.observed is not None else str(len(alert.ids)),
    )


def is_closing(body: Mapping[str, Any]) -> bool:
    """Whether a condition is judged when its window is over."""
    condition = body.get("condition")
    if isinstance(condition, str):
        return "not" in condition.replace("(", " ").split()
    bounds = set(condition or {"gte": 1}) - {"field", "percentile"}
    return len(bounds) > 1 or not bounds <= {"gt", "gte"}


def _span(body: Mapping[str, Any]) -> int:
    span = body["timespan"]
    return int(span[:-1]) * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[span[-1]] * SECOND


def _ordered(one: Mapping[str, Any]) -> dict[str, Any]:
    order = ("title", "id", "name", "logsource", "detection", "correlation", "level", "khien")
    return {key: one[key] for key in order if key in one}
