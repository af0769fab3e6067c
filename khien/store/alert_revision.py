"""Which of two statements of one alert is the newer: the rule both stores follow, Elasticsearch as its external version."""

from __future__ import annotations

from khien.alert import Alert


def revision(alert: Alert) -> int:
    """Grows with every change that an alert can see: hits and events only grow, and being superseded comes last."""
    return 2 * (alert.hits + alert.event_count) + (1 if alert.superseded_by is not None else 0)
