"""What follows when late events were evaluated again: alerts before and after, compared (docs/concepts/late-repair.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from khien.alert import Alert
from khien.fold import normal

#: Alerts that one alert says it takes the place of.
_MOST_SUPERSEDED = 100


def settle(before: Iterable[Alert], after: Iterable[Alert]) -> list[Alert]:
    """What must be said now, by id. `before`: the last word on each alert; `after`: what the evaluation of everything says."""
    old = {alert.id: alert for alert in before}
    new = {alert.id: alert for alert in after}
    ends: dict[str, Alert] = {}
    superseded: defaultdict[str, list[str]] = defaultdict(list)
    by_matter: defaultdict[tuple[object, ...], list[Alert]] = defaultdict(list)
    for alert in new.values():
        by_matter[_matter(alert)].append(alert)
    for alert in old.values():
        if alert.id not in new:
            covering = _covering(alert, by_matter[_matter(alert)])
            ends[alert.id] = _ended(alert, covering)
            if covering is not None:
                superseded[covering.id].append(alert.id)
    stays = {alert_id: _stays(old.get(alert_id), alert, superseded[alert_id]) for alert_id, alert in new.items()}
    said = {alert_id: alert for alert_id, alert in {**ends, **stays}.items() if alert != old.get(alert_id)}
    return [said[alert_id] for alert_id in sorted(said)]


def _matter(alert: Alert) -> tuple[object, ...]:
    return (alert.dataset, alert.rule.id, alert.rule.version, alert.group.fields, tuple(map(normal, alert.group.values)))


def _covering(alert: Alert, others: Iterable[Alert]) -> Alert | None:
    """Of the alerts that share time with it, the one that shares most; of several the earliest."""
    sharing = [(min(alert.last_us, one.last_us) - max(alert.first_us, one.first_us), one) for one in others]
    sharing = [(shared, one) for shared, one in sharing if shared >= 0]
    return min(sharing, key=lambda pair: (-pair[0], pair[1].first_us, pair[1].id))[1] if sharing else None


def _ended(alert: Alert, covering: Alert | None) -> Alert:
    """An alert that the evaluation no longer makes."""
    changes = {"superseded_by": covering.id if covering else None, "withdrawn": covering is None}
    if all(getattr(alert, name) == value for name, value in changes.items()):
        return alert
    return alert.model_copy(update={**changes, "amended": alert.amended + 1})


def _stays(old: Alert | None, new: Alert, superseded: list[str]) -> Alert:
    """An alert that the evaluation makes: as it is now, with the account of its repairs."""
    supersedes = tuple(sorted({*(old.supersedes if old else ()), *superseded}))[:_MOST_SUPERSEDED]
    if old is None:
        return new.model_copy(update={"supersedes": supersedes})
    kept = {"amended": old.amended, "withdrawn": False, "superseded_by": None, "supersedes": supersedes}
    candidate = new.model_copy(update=kept)
    return candidate if candidate == old else candidate.model_copy(update={"amended": old.amended + 1})
