"""What became of each rule's alerts, counted over what the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import StoredAlert, TriageGroup
from incident_api.alerts.queue import visible
from incident_api.rules.schemas import DatasetKind, RuleFigures
from khien.clock import MICROSECONDS

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_DAY_US = 86_400 * MICROSECONDS
NONE = RuleFigures(alerts_7=0, alerts_30=0, closed_30=0, false_30=0, last_us=None, noise=None)


def figures(session: Session, *, caller: Caller, kind: DatasetKind, now_us: int) -> Mapping[str, RuleFigures]:
    """By the rule's id; a rule without alerts is not there."""
    week, month = now_us - 7 * _DAY_US, now_us - 30 * _DAY_US
    seen = and_(visible(caller), TriageGroup.dataset_kind == kind)
    is_closed = and_(TriageGroup.closed_us >= month, TriageGroup.verdict.is_not(None))
    groups = session.execute(
        select(
            TriageGroup.rule_id,
            func.max(TriageGroup.last_us),
            func.sum(case((is_closed, 1), else_=0)),
            func.sum(case((and_(is_closed, TriageGroup.verdict == "false_positive"), 1), else_=0)),
        )
        .where(seen)
        .group_by(TriageGroup.rule_id)
    ).all()
    alerts = {
        rule_id: (int(of_week), int(of_month))
        for rule_id, of_week, of_month in session.execute(
            select(TriageGroup.rule_id, func.sum(case((StoredAlert.last_us >= week, 1), else_=0)), func.count())
            .join(StoredAlert, StoredAlert.group_id == TriageGroup.id)
            .where(seen, TriageGroup.last_us >= month, StoredAlert.last_us >= month)
            .group_by(TriageGroup.rule_id)
        )
    }
    found = {
        rule_id: RuleFigures(
            alerts_7=alerts.get(rule_id, (0, 0))[0],
            alerts_30=alerts.get(rule_id, (0, 0))[1],
            closed_30=int(closed),
            false_30=int(false),
            last_us=last,
            noise=None,
        )
        for rule_id, last, closed, false in groups
    }
    return {**found, **_ranked(found)}


def _ranked(found: Mapping[str, RuleFigures]) -> dict[str, RuleFigures]:
    """Who costs people most stands first: by false alarms, then by alerts, of the last 30 days."""
    loud = [(rule_id, one) for rule_id, one in found.items() if one.alerts_30]
    loud.sort(key=lambda item: (-item[1].false_30, -item[1].alerts_30, item[0]))
    return {rule_id: one.model_copy(update={"noise": place}) for place, (rule_id, one) in enumerate(loud, start=1)}
