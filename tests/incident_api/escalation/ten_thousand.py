"""Measures a tick over ten thousand open obligations: `python -m tests.incident_api.escalation.ten_thousand FOLDER`."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from sqlalchemy import select

from incident_api.coordination.service import pinned
from incident_api.escalation import auditor
from incident_api.escalation.models import EscalationRun
from incident_api.escalation.ticker import tick
from incident_api.incidents import duties
from incident_api.incidents.models import Incident, Obligation
from incident_api.jobs.table import job_of
from incident_api.notifications.models import NoticeRow
from incident_api.runtime import Runtime
from khien.clock import ManualClock
from tests.incident_api.city import START_US, city
from tests.incident_api.incidents.case import CaseFile

OBLIGATIONS = 10_000
#: Of those so many have a step that is due at the measured tick.
DUE = 50
HOUR = 3_600_000_000


def fill(runtime: Runtime) -> None:
    """Obligations of one incident with recipients of their own; the first fifty are half way now."""
    CaseFile(runtime, facts={"data_encrypted": True}).confirm()
    with runtime.database.write() as session:
        incident = session.scalars(select(Incident)).one()
        policy = pinned(runtime, session, incident.policy_sha256)
        for number in range(OBLIGATIONS):
            start = START_US - 12 * HOUR if number < DUE else START_US
            row = Obligation(
                incident_id=incident.id,
                code="IN",
                recipient=f"unit.contact:{number}",
                occurrence=0,
                state="pending",
                start_us=start,
                due_us=start + 24 * HOUR,
                made_us=START_US,
                born_overdue=False,
                version=1,
            )
            session.add(row)
            session.flush()
            duties.start_clock(session, row, policy=policy, now_us=START_US)


def timed(work: object, *given: object) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work(*given)  # type: ignore[operator]  # a function of ours
    return round((time.perf_counter() - began) * 1000, 1)


def main(folder: Path) -> None:
    """Print what each takes."""
    with city(folder, clock=ManualClock(START_US)) as runtime:
        fill(runtime)
        fired = timed(tick, runtime)
        idle = [timed(tick, runtime) for _ in range(20)]
        with runtime.database.read() as session:
            told = len(session.scalars(select(NoticeRow.id).where(NoticeRow.subject.startswith("obligation/"))).all())
            runs = len(session.scalars(select(EscalationRun.id)).all())
        found = {
            "open": OBLIGATIONS,
            "runs": runs,
            "tick_with_due_ms": fired,
            "due": DUE,
            "told": told,
            "tick_idle_ms": {"median": sorted(idle)[10], "most": max(idle)},
            "auditor_ms": timed(auditor.run, runtime, START_US),
            "interims_ms": timed(job_of("interims").run, runtime, START_US),
        }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
