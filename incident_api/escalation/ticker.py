"""One round over what is due. What is due lives in the table; the job table calls it every few seconds."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.escalation import approval_steps, beats, obligation_steps, runs, service, silence_steps
from incident_api.escalation.models import EscalationRun
from incident_api.periodic import steps as periodic_steps
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

BEAT = "escalation"
_ROUND = 500
#: A step that fires this late says that the machine or the ticker stood still.
LATE_US = 120 * MICROSECONDS
_log = logging.getLogger(__name__)


def run(runtime: Runtime, _now_us: int) -> str:
    """A round as the job table calls it."""
    fired = tick(runtime)
    return f"{fired} steps"


def tick(runtime: Runtime) -> int:
    """Fire every run that is due; gives how many. Safe to call twice at once: each run is claimed."""
    now = runtime.clock.now_us()
    fired = late = 0
    for run_id, version, due_us in _due(runtime, now_us=now):
        # Boundary: one broken run must not keep the others waiting. It stays due and is tried again at the next tick.
        try:
            fired += _fire_one(runtime, run_id, version=version, now_us=now)
            late += now - due_us > LATE_US
        except (KhienError, SQLAlchemyError):
            _log.exception("escalation run %d failed and stays due", run_id)
    beats.beat(runtime, BEAT, now_us=now, late=late)
    return fired


def _due(runtime: Runtime, *, now_us: int) -> Sequence[tuple[int, int, int]]:
    query = (
        select(EscalationRun.id, EscalationRun.version, EscalationRun.next_due_us)
        .where(EscalationRun.state == runs.RUNNING, EscalationRun.next_due_us <= now_us)
        .order_by(EscalationRun.next_due_us, EscalationRun.id)
        .limit(_ROUND)
    )
    with runtime.database.read() as session:
        return [(int(run), int(version), int(due or now_us)) for run, version, due in session.execute(query)]


def _fire_one(runtime: Runtime, run_id: int, *, version: int, now_us: int) -> int:
    with runtime.database.write() as session:
        run = runs.claim(session, run_id, version=version, now_us=now_us)
        if run is None:
            return 0
        _fire(runtime, session, run, now_us=now_us)
        return 1


def _fire(runtime: Runtime, session: Session, run: EscalationRun, *, now_us: int) -> None:
    """By what the run is about."""
    kind, _, name = run.subject.partition("/")
    if kind == "group":
        service.fire(runtime, session, session.get_one(TriageGroup, name), run, now_us=now_us)
    elif kind == "obligation":
        obligation_steps.fire(runtime, session, run, now_us=now_us)
    elif kind == "silence":
        silence_steps.fire(runtime, session, run, now_us=now_us)
    elif kind == "approval":
        approval_steps.fire(runtime, session, run, now_us=now_us)
    elif kind == "duty":
        periodic_steps.fire(runtime, session, run, now_us=now_us)
    else:
        raise KhienError("escalation.unknown_subject", subject=run.subject)
