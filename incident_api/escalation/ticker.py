"""One round over what is due. What is due lives in the table; the job table calls it every few seconds."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

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
#: Steps in one transaction: few enough that nobody who clicks waits long for it.
_TOGETHER = 25
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
    found = _due(runtime, now_us=now)
    fired = late = 0
    for begin in range(0, len(found), _TOGETHER):
        some = found[begin : begin + _TOGETHER]
        # Boundary: one broken run must not keep the others waiting. What was to happen with it did not happen, and each goes alone.
        try:
            taken = _fire_together(runtime, some, now_us=now)
        except (KhienError, SQLAlchemyError):
            taken = [each for each in some if _fire_alone(runtime, each, now_us=now)]
        fired += len(taken)
        late += sum(now - each.due_us > LATE_US for each in taken)
    beats.beat(runtime, BEAT, now_us=now, late=late)
    return fired


@dataclass(frozen=True, slots=True)
class _Due:
    """A run as it was seen: whoever changed it meanwhile has made it another version."""

    run_id: int
    version: int
    due_us: int


def _due(runtime: Runtime, *, now_us: int) -> Sequence[_Due]:
    query = (
        select(EscalationRun.id, EscalationRun.version, EscalationRun.next_due_us)
        .where(EscalationRun.state == runs.RUNNING, EscalationRun.next_due_us <= now_us)
        .order_by(EscalationRun.next_due_us, EscalationRun.id)
        .limit(_ROUND)
    )
    with runtime.database.read() as session:
        return [_Due(int(run), int(version), int(due or now_us)) for run, version, due in session.execute(query)]


def _fire_together(runtime: Runtime, some: Sequence[_Due], *, now_us: int) -> list[_Due]:
    """The steps of these in one transaction: all of them are told and on record, or none of them happened."""
    taken = []
    with runtime.database.write() as session:
        for each in some:
            run = runs.claim(session, each.run_id, version=each.version, now_us=now_us)
            if run is not None:
                _fire(runtime, session, run, now_us=now_us)
                taken.append(each)
    return taken


def _fire_alone(runtime: Runtime, due: _Due, *, now_us: int) -> bool:
    """Whether it fired. Boundary: a broken one stays due and is tried again at the next tick."""
    try:
        return bool(_fire_together(runtime, (due,), now_us=now_us))
    except (KhienError, SQLAlchemyError):
        _log.exception("escalation run %d failed and stays due", due.run_id)
        return False


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
