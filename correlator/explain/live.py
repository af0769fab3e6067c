"""A correlation as it stands in the running correlator: what its open groups have counted, what is missing, when they end.

The checkpoint is asked, which is at most a second behind; nothing is recomputed. The core itself reads the groups back and says
what is in them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import apsw
from khien_engine import EngineError, correlate

from correlator.checkpoint_schema import VERSION
from correlator.compiler.ruleset import RuleSet
from correlator.correlation.lane import BEGINNING
from correlator.correlation.watch import MOST_BYTES, Watches
from correlator.database import rows
from correlator.plan import CorrelationRule
from khien.errors import KhienError
from khien.fold import normal

#: Groups that are shown when none is asked for: the most recent.
_MOST_SHOWN = 20
_LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class LiveGroup:
    """One open group. `missing`: so much more makes it fire, where that is a number; `unseen`: ids of members that did not hit."""

    open: correlate.OpenGroup
    missing: int | None
    unseen: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveExplanation:
    """The state of a rule in a dataset. `held_by`: the source that promised least; `other_versions`: groups of older versions."""

    rule: CorrelationRule
    dataset: str
    watermark_us: int | None
    held_by: str | None
    waiting: int
    groups: tuple[LiveGroup, ...]
    other_versions: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        rule = self.rule.rule
        return {
            "rule": {"id": rule.id, "name": rule.name, "version": rule.version},
            "dataset": self.dataset,
            "threshold": self.rule.threshold.text(),
            "timespan_us": self.rule.timespan_us,
            "judged": "at_each_event" if self.rule.is_rising else "at_the_end",
            "watermark_us": self.watermark_us,
            "held_by": self.held_by,
            "waiting": self.waiting,
            "groups": [self._group(group) for group in self.groups],
            "other_versions": dict(self.other_versions),
        }

    def _group(self, group: LiveGroup) -> dict[str, Any]:
        found = group.open
        return {
            "group": dict(zip(self.rule.group_by, found.key, strict=True)),
            "observed": found.observed,
            "missing": group.missing,
            "unseen": list(group.unseen),
            "events": [{"time_us": time_us, "id": event_id, "value": value} for time_us, event_id, value in found.events],
            "event_count": found.event_count,
            "carried": found.carried,
            "start_us": found.start_us,
            "end_us": found.end_us,
            "would_hold": would_hold(self.rule, found),
            "alert_hits": found.hits,
        }


def explain_live(
    path: Path, rules: RuleSet, rule: CorrelationRule, *, dataset: str = "live", group: Mapping[str, str] | None = None
) -> LiveExplanation:
    """`path`: the checkpoint; `group`: field → value; without it the newest are told. Raises `rules.*`."""
    key = None
    if group:
        if set(group) != set(rule.group_by):
            raise KhienError("rules.no_such_group", rule=rule.rule.name, fields=", ".join(rule.group_by) or "–")
        key = [normal(group[field]) for field in rule.group_by]
    try:
        with closing(apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            connection.set_busy_timeout(5_000)
            if int(str(connection.pragma("user_version"))) != VERSION:
                raise KhienError("rules.no_live_state", path=str(path))
            # One transaction: everything is of one moment.
            with connection:
                found = _read(connection, rules, rule, dataset, key)
    except (apsw.Error, EngineError) as error:
        raise KhienError("rules.no_live_state", path=str(path)) from error
    return found


def _read(
    connection: apsw.Connection, rules: RuleSet, rule: CorrelationRule, dataset: str, key: Sequence[str] | None
) -> LiveExplanation:
    marks = rows(connection, "select watermark_us from lanes where dataset = ? and sensor = ''", (dataset,))
    query = "select name, sensor, promise_us from sources where dataset = ? order by promise_us, sensor, name limit 1"
    held = [f"{sensor} {name}" for name, sensor, promise_us in rows(connection, query, (dataset,)) if promise_us < _LARGEST]
    lane = correlate.Lane(Watches(rules.plan).native, is_main=True, most_bytes=MOST_BYTES)
    query = "select watch, key, state from groups where dataset = ? and sensor = '' and watch = ?"
    lane.restore([(watch, bytes(name), bytes(state)) for watch, name, state in rows(connection, query, (dataset, rule.watch))])
    lane.finish_restore()
    query = "select watch, count(*) from groups where dataset = ? and watch like ? and watch != ? group by watch"
    others = rows(connection, query, (dataset, f"{rule.rule.id}@%", rule.watch))
    found = lane.explain(rule.watch, key=None if key is None else list(key), most=_MOST_SHOWN)
    waiting = rows(connection, "select count(*) from pending where dataset = ? and sensor = ''", (dataset,))
    return LiveExplanation(
        rule=rule,
        dataset=dataset,
        watermark_us=marks[0][0] if marks and marks[0][0] > BEGINNING else None,
        held_by=held[0] if held else None,
        waiting=int(waiting[0][0]),
        groups=tuple(LiveGroup(one, _missing(rule, one), _unseen(rule, one)) for one in found),
        other_versions={watch.rpartition("@")[2]: count for watch, count in others},
    )


def _missing(rule: CorrelationRule, group: correlate.OpenGroup) -> int | None:
    """How many more, where it is a count that rises."""
    needed = rule.threshold.rising_at
    if needed is None or not rule.is_rising or rule.measure.is_numeric or not (rule.expression is None or rule.asks_for_all):
        return None
    return max(needed - int(group.observed), 0)


def _unseen(rule: CorrelationRule, group: correlate.OpenGroup) -> tuple[str, ...]:
    if not group.members:
        return ()
    return tuple(dict.fromkeys(member.rule_id for member in rule.members if member.rule_id not in group.members))


def would_hold(rule: CorrelationRule, group: correlate.OpenGroup) -> bool | None:
    """Of a window that is judged at its end: whether its condition holds of what is there now; None where that is no number."""
    if rule.is_rising or rule.expression is not None or not group.observed:
        return None
    return rule.threshold.holds(Fraction(group.observed))
