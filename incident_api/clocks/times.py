"""How long the response takes, from the logs of transitions: p50 and p90 by unit, rule and shift (response design, section 9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.clocks import measure
from incident_api.clocks.measure import Change
from incident_api.clocks.schemas import Measured, ResponseTimes, Spread
from incident_api.clocks.table import GROUP
from incident_api.duty.current import roster
from incident_api.incidents.models import Incident
from incident_api.runtime import Runtime

By = Literal["all", "unit", "rule", "shift"]
_ACKNOWLEDGE = GROUP[0]
_LEAD = "irt.shift_lead"
_NOBODY = "–"


@dataclass(slots=True)
class _Times:
    acknowledge: list[int] = field(default_factory=list)
    close_alert: list[int] = field(default_factory=list)
    recover: list[int] = field(default_factory=list)


def response_times(runtime: Runtime, *, from_us: int, to_us: int) -> ResponseTimes:
    """Of alerts that came and incidents that were detected in the time; exercises and imports do not count."""
    found: dict[tuple[By, str], _Times] = defaultdict(_Times)
    with runtime.database.read() as session:
        for unit, rule, created, log in _groups(session, from_us=from_us, to_us=to_us):
            taken = [each for each in measure.cycles(_ACKNOWLEDGE, log) if each.stop_us is not None and not each.is_dropped]
            closed = next((each.at_us for each in measure.happened(log) if each.to_state == "closed"), None)
            for key in _keys(runtime, session, unit=unit, rule=rule, at_us=created):
                found[key].acknowledge += [each.stop_us - each.start_us for each in taken if each.stop_us is not None]
                if closed is not None:
                    found[key].close_alert.append(closed - created)
        for units, detected, recovered in _incidents(session, from_us=from_us, to_us=to_us):
            for unit in units or [_NOBODY]:
                found["unit", unit].recover.append(recovered - detected)
            found["shift", _shift(runtime, session, at_us=detected)].recover.append(recovered - detected)
            found["all", ""].recover.append(recovered - detected)
    rows = [_measured(by, key, times) for (by, key), times in sorted(found.items())]
    return ResponseTimes(from_us=from_us, to_us=to_us, rows=rows)


def _groups(session: Session, *, from_us: int, to_us: int) -> Iterator[tuple[str, str, int, list[Change]]]:
    """Each group with its log, one group in memory at a time."""
    query = (
        select(
            TriageGroup.id,
            TriageGroup.unit,
            TriageGroup.rule_id,
            TriageGroup.received_us,
            TransitionRecord.action,
            TransitionRecord.to_state,
            TransitionRecord.at_us,
        )
        .join(TransitionRecord, TransitionRecord.group_id == TriageGroup.id)
        .where(TriageGroup.dataset_kind == "live", TriageGroup.received_us.between(from_us, to_us))
        .order_by(TriageGroup.id, TransitionRecord.id)
        .execution_options(yield_per=2000)
    )
    for (_, unit, rule, received), rows in groupby(session.execute(query), key=lambda row: tuple(row[:4])):
        log = [Change(row[4], row[5], row[6]) for row in rows]
        yield unit or _NOBODY, rule, log[0].at_us if log else received, log


def _incidents(session: Session, *, from_us: int, to_us: int) -> Iterator[tuple[list[str], int, int]]:
    query = select(Incident.units, Incident.detected_us, Incident.recovered_us).where(
        Incident.dataset_kind == "live", Incident.detected_us.between(from_us, to_us), Incident.recovered_us.is_not(None)
    )
    for units, detected, recovered in session.execute(query.execution_options(yield_per=2000)):
        if recovered is not None:
            yield list(units), detected, recovered


def _keys(runtime: Runtime, session: Session, *, unit: str, rule: str, at_us: int) -> list[tuple[By, str]]:
    return [("all", ""), ("unit", unit), ("rule", rule), ("shift", _shift(runtime, session, at_us=at_us))]


def _shift(runtime: Runtime, session: Session, *, at_us: int) -> str:
    """A shift is known by its lead."""
    shifts = roster(runtime, session).shifts_at(at_us)
    return next((shift.person for shift in shifts if shift.role == _LEAD and shift.priority == 1), _NOBODY)


def _measured(by: By, key: str, times: _Times) -> Measured:
    return Measured(
        by=by,
        key=key,
        acknowledge=_spread(times.acknowledge),
        close_alert=_spread(times.close_alert),
        recover=_spread(times.recover),
    )


def _spread(values: list[int]) -> Spread:
    return Spread(count=len(values), p50_us=measure.percentile(values, 50), p90_us=measure.percentile(values, 90))
