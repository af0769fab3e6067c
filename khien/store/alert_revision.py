"""Which of two statements of one alert is the newer: the rule both stores follow, Elasticsearch as its external version."""

from __future__ import annotations

from khien.alert import Alert


def revision(alert: Alert) -> int:
    """Grows with every change that an alert can see.

    Hits and events only grow, and being superseded comes last; what a repair says (docs/concepts/late-repair.md) outdoes all before
    it, whatever the numbers. Below 2^63, as Elasticsearch wants its versions.
    """
    grown = min(2 * (alert.hits + alert.event_count) + (1 if alert.superseded_by is not None else 0), _AMENDMENT - 1)
    return min(alert.amended, _MOST_AMENDMENTS) * _AMENDMENT + grown


#: More than any alert has hits and events.
_AMENDMENT = 1 << 44
_MOST_AMENDMENTS = (1 << 18) - 1
