"""A group that calls nobody for a while, because somebody said why and until when (response design, section 2, A6 and A7).

Its hits are counted all the same. It comes back when its time is over, when an analyst says so, and at once when what arrives is
graver than what was looked at, or comes from a source that the suppression does not name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts import grouping
from incident_api.alerts.models import Suppression, TriageGroup
from khien.alert import Alert
from khien.clock import MICROSECONDS

Scope = Literal["thing", "sources"]
MOST_DAYS = 30
MOST_US = MOST_DAYS * 86_400 * MICROSECONDS


def begin(session: Session, group: TriageGroup, *, person: str, reason: str | None, scope: str, until_us: int, now: int) -> None:
    """Remember what was known of the group when somebody decided so."""
    group.suppressed_until_us = until_us
    session.add(
        Suppression(
            group_id=group.id,
            person=person,
            at_us=now,
            until_us=until_us,
            scope=scope,
            reason=reason or "",
            severity=group.severity,
            sources=list(group.sources),
            alerts=group.alerts,
            hits=group.hits,
        )
    )


def end(session: Session, group: TriageGroup, *, now: int) -> None:
    """It is over; the row stays."""
    end_of(group, current(session, group.id), now=now)


def end_of(group: TriageGroup, found: Suppression | None, *, now: int) -> None:
    """`end` of the suppression that is known to be the current one."""
    group.suppressed_until_us = None
    if found is not None:
        found.ended_us = now


def begin_again(session: Session, group: TriageGroup) -> None:
    """Undo of `end`: the same suppression as before."""
    query = select(Suppression).where(Suppression.group_id == group.id).order_by(Suppression.id.desc()).limit(1)
    found = session.scalar(query)
    if found is not None:
        found.ended_us = None


def current(session: Session, group_id: str) -> Suppression | None:
    """The suppression of a group that is suppressed."""
    query = select(Suppression).where(Suppression.group_id == group_id, Suppression.ended_us.is_(None))
    return session.scalar(query.order_by(Suppression.id.desc()).limit(1))


def current_of(session: Session, group_ids: Sequence[str]) -> dict[str, Suppression]:
    """`current` of many groups in one question."""
    query = select(Suppression).where(Suppression.group_id.in_(group_ids), Suppression.ended_us.is_(None))
    return {each.group_id: each for each in session.scalars(query.order_by(Suppression.id))}


def broken_by(session: Session, group: TriageGroup, alert: Alert) -> str | None:
    """Why an alert that arrives is not what was suppressed; None = it is counted and nobody is called."""
    found = current(session, group.id)
    if found is None:
        return None
    if alert.severity > found.severity:
        return "graver_than_suppressed"
    if found.scope == "sources" and not set(grouping.sources(alert)) <= set(found.sources):
        return "other_source_than_suppressed"
    return None
