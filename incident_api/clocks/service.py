"""The clocks of a group and of an incident, always measured anew from their transitions and the calendar in force."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.clocks import measure
from incident_api.clocks.measure import Change, Cycle
from incident_api.clocks.schemas import ClockView
from incident_api.clocks.table import GROUP, INCIDENT, Clock, ClockRow, Limit
from incident_api.coordination.policy import Policy
from incident_api.http.schemas import LocalText
from incident_api.incidents.models import Approval, Incident, IncidentTransition
from incident_api.runtime import Runtime
from khien.alert import Level
from khien.errors import KhienError

_CLASSES = ("M1", "M2", "M3", "M4")
#: Roles outside the team: while their word is awaited, the team's clocks stand still.
_OUTSIDE = ("owner.", "police.", "pc_office.", "unit.")


def of_group(runtime: Runtime, session: Session, group: TriageGroup) -> list[ClockView]:
    """Acknowledge and triage. An import and what does not stand owe nothing."""
    if group.dataset_kind == "import":
        return []
    policy, now = runtime.policy.policy, runtime.clock.now_us()
    log = [
        Change(action, state, at)
        for action, state, at in session.execute(
            select(TransitionRecord.action, TransitionRecord.to_state, TransitionRecord.at_us)
            .where(TransitionRecord.group_id == group.id)
            .order_by(TransitionRecord.id)
        )
    ]
    return _views(policy, GROUP, log, rank=len(Level) - group.severity, pauses=(), now_us=now)


def of_incident(runtime: Runtime, session: Session, incident: Incident) -> list[ClockView]:
    """Confirm and contain, by the class that the incident has now."""
    if not incident.is_owing and incident.dataset_kind == "import":
        return []
    policy, now = runtime.policy.policy, runtime.clock.now_us()
    log = [
        Change(action, state, at)
        for action, state, at in session.execute(
            select(IncidentTransition.action, IncidentTransition.to_state, IncidentTransition.at_us)
            .where(IncidentTransition.incident_id == incident.id)
            .order_by(IncidentTransition.id)
        )
    ]
    rank = _CLASSES.index(incident.severity) if incident.severity in _CLASSES else _CLASSES.index("M3")
    return _views(policy, INCIDENT, log, rank=rank, pauses=pauses_of(session, incident, policy=policy, now_us=now), now_us=now)


def pauses_of(session: Session, incident: Incident, *, policy: Policy, now_us: int) -> list[tuple[int, int]]:
    """While an approval of somebody outside the team is awaited."""
    rows = session.scalars(select(Approval).where(Approval.incident_id == incident.id))
    found = []
    for row in rows:
        act = policy.approvals.acts.get(row.act)
        if act is not None and any(role.startswith(_OUTSIDE) for role in (*act.first, *act.second)):
            found.append((row.asked_us, row.ended_us if row.ended_us is not None else min(now_us, row.expires_us)))
    return found


def limit_of(policy: Policy, row: ClockRow, rank: int) -> Limit | None:
    """The limit of a clock for critical or M1 (0) down to low or M4 (3)."""
    if row.clock is Clock.ACKNOWLEDGE:
        deadline = policy.deadlines[list(Level)[len(Level) - 1 - rank]]
        return Limit(deadline.minutes, deadline.time)
    return row.limits[rank]


def _views(
    policy: Policy,
    rows: Sequence[ClockRow],
    log: Sequence[Change],
    *,
    rank: int,
    pauses: Sequence[tuple[int, int]],
    now_us: int,
) -> list[ClockView]:
    views = []
    for row in rows:
        found = measure.cycles(row, log)
        if not found:
            continue
        # Boundary: a year that the calendar has not leaves out the clock, and not the whole page.
        with suppress(KhienError):
            views.append(_view(policy, row, found[-1], limit=limit_of(policy, row, rank), pauses=pauses, now_us=now_us))
    return views


def _view(
    policy: Policy, row: ClockRow, cycle: Cycle, *, limit: Limit | None, pauses: Sequence[tuple[int, int]], now_us: int
) -> ClockView:
    calendar, stop = policy.calendar, cycle.stop_us if cycle.stop_us is not None else now_us
    counted = limit or Limit(0)
    elapsed = measure.elapsed_us(calendar, counted, cycle.start_us, stop, pauses)
    whole = measure.elapsed_us(calendar, counted, cycle.start_us, stop, ())
    due = None if limit is None else measure.due_us(calendar, limit, cycle.start_us, stop, pauses)
    return ClockView.model_validate(
        {
            "clock": row.clock,
            "text": LocalText(vi=row.text.vi, en=row.text.en),
            "time": counted.time,
            "limit_minutes": None if limit is None else limit.minutes,
            "start_us": cycle.start_us,
            "stop_us": cycle.stop_us,
            "due_us": due,
            "elapsed_us": elapsed,
            "paused_us": whole - elapsed,
            "state": _state(cycle, due=due, pauses=pauses, now_us=now_us),
        }
    )


def _state(cycle: Cycle, *, due: int | None, pauses: Sequence[tuple[int, int]], now_us: int) -> str:
    if cycle.is_dropped:
        return "dropped"
    if cycle.stop_us is not None:
        return "met" if due is None or cycle.stop_us <= due else "missed"
    if due is not None and now_us > due:
        return "overdue"
    return "paused" if any(begin <= now_us <= end for begin, end in pauses if end >= now_us) else "running"
