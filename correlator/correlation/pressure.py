"""The state-pressure alert: Khiên's own word that a rule had more groups than may be kept, so that some had to go.

One alert a watch and lane. It grows with every group that goes and ends after ten quiet minutes of event time; what goes later is
the next alert. Hits and events are the groups that went: each went for the one event that opened another group.
"""

from __future__ import annotations

from khien_engine import correlate

from correlator.correlation.pressure_rule import rule_of_memory, rule_of_quota
from correlator.correlation.watch import Watch, Watches
from khien.alert import Alert, Explanation, Group, Window
from khien.clock import MICROSECONDS
from khien.ids import AlertId

#: The core tells what goes after a longer pause apart (engine/correlate, quota.rs).
QUIET_US = 600 * MICROSECONDS
#: Behind the name of a watch whose groups went for the lane's memory; no watch's name has a space.
_FOR_MEMORY = " memory"


class Pressures:
    """The open alerts of one lane, by the name of the watch that is short of room."""

    def __init__(self, dataset: str, watches: Watches, *, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self.open: dict[str, Alert] = {}
        self._dataset = dataset
        self._watches = watches

    def add(self, eviction: correlate.Eviction, *, is_complete: bool) -> Alert:
        """Groups had to go: the alert as it is now."""
        place = f"{eviction.watch}{_FOR_MEMORY}" if eviction.is_for_memory else eviction.watch
        known = self.open.get(place)
        if known is not None and eviction.since_us <= known.last_us + QUIET_US:
            alert = _grown(known, eviction)
        else:
            watch = self._watches.by_name[eviction.watch]
            limit = self._most_bytes if eviction.is_for_memory else self._watches.most_groups
            alert = _begun(watch, eviction, self._dataset, limit=limit, is_complete=is_complete)
        self.open[place] = alert
        return alert

    def end(self, watermark_us: int) -> None:
        """Everything up to here has been seen: what was quiet for so long is over."""
        for name in [name for name, alert in self.open.items() if alert.last_us + QUIET_US < watermark_us]:
            del self.open[name]

    def restore(self, alerts: dict[str, Alert]) -> None:
        """Open alerts as a checkpoint kept them; those of watches that are gone are over."""
        known = self._watches.by_name
        self.open = {place: alert for place, alert in alerts.items() if place.removesuffix(_FOR_MEMORY) in known}


def _grown(known: Alert, eviction: correlate.Eviction) -> Alert:
    count = known.hits + eviction.count
    return known.model_copy(update={"hits": count, "event_count": count, "last_us": max(known.last_us, eviction.last_us)})


def _begun(watch: Watch, eviction: correlate.Eviction, dataset: str, *, limit: int, is_complete: bool) -> Alert:
    is_for_memory = eviction.is_for_memory
    rule = rule_of_memory(watch, eviction, limit) if is_for_memory else rule_of_quota(watch, eviction, limit)
    # Both may happen at one event, and are two alerts.
    group = (("khien.rule", watch.name), *((("khien.limit", "bytes"),) if is_for_memory else ()))
    return Alert(
        id=AlertId.of(
            rule_id=rule.id,
            rule_version=rule.version,
            dataset=dataset,
            group=list(group),
            window_start_us=eviction.since_us,
            first_event_id=eviction.event_id,
        ),
        dataset=dataset,
        rule=rule,
        severity=rule.level.severity,
        group=Group(fields=tuple(field for field, _ in group), values=(watch.rule.name, *(value for _, value in group[1:]))),
        window=Window(start_us=eviction.since_us, end_us=eviction.since_us),
        first_us=eviction.since_us,
        last_us=eviction.last_us,
        hits=eviction.count,
        event_ids=(eviction.event_id,),
        event_count=eviction.count,
        complete=is_complete,
        explanation=Explanation(
            # Different keys of groups are what is counted, or their bytes.
            kind="value_sum" if is_for_memory else "value_count",
            condition=f"{'bytes of groups, most' if is_for_memory else 'groups'} of {watch.rule.name} > {limit}",
            threshold=f"> {limit}",
            observed=limit + 1,
        ),
    )
