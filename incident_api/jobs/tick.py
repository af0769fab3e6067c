"""Claims what is due and runs it: claim, run, record; each claim is a compare-and-set, so that nothing runs twice at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from incident_api.jobs import lease
from incident_api.jobs.models import JobRow
from incident_api.jobs.schedule import Every, Job
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

WAITING, RUNNING, FAILING = "waiting", "running", "failing"
#: Claimed by a person and not by the ticker.
BY_HAND = 0
_FIRST_RETRY_SECONDS, _LAST_RETRY_SECONDS = 5, 3600
_TEXT = 500
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours to run: nobody else's claim has this version."""

    job: Job
    version: int
    began_us: int


def due(runtime: Runtime, jobs: Iterable[Job], *, holder: str, busy: frozenset[str] = frozenset()) -> list[Claim]:
    """Take or keep the lease and claim what is due; nothing while another process ticks. `busy`: still running here."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        fence = lease.take(session, holder=holder, now_us=now)
        if fence is None:
            return []
        _know(session, jobs, now_us=now)
        claims = []
        for job in jobs:
            if job.name in busy:
                continue
            is_free = or_(
                JobRow.state != RUNNING,
                JobRow.claimed_until_us <= now,
                # Whoever ticked before is gone, and with them what they had begun.
                (JobRow.fence != BY_HAND) & (JobRow.fence < fence),
            )
            version = _claim(session, job, JobRow.due_us <= now, is_free, fence=fence, now_us=now)
            if version is not None:
                claims.append(Claim(job, version, now))
        return claims


def claim_by_hand(runtime: Runtime, session: Session, job: Job) -> Claim:
    """The job now, whenever it is due. Raises `job.running`."""
    now = runtime.clock.now_us()
    _know(session, (job,), now_us=now)
    is_free = or_(JobRow.state != RUNNING, JobRow.claimed_until_us <= now)
    version = _claim(session, job, is_free, fence=BY_HAND, now_us=now)
    if version is None:
        raise KhienError("job.running", job=job.name)
    return Claim(job, version, now)


def perform(runtime: Runtime, claim: Claim) -> bool:
    """Run a claimed job and record how it went; whether it went well."""
    result = error = None
    started = runtime.clock.monotonic()
    # Boundary: whatever a job raises is recorded, seen in health and tried again; the other jobs run on.
    try:
        result = claim.job.run(runtime, claim.began_us)
    except Exception as raised:  # noqa: BLE001
        _log.exception("job %s failed", claim.job.name)
        error = f"{raised.code}: {raised.sentence()}" if isinstance(raised, KhienError) else f"{type(raised).__name__}: {raised}"
    duration = round((runtime.clock.monotonic() - started) * MICROSECONDS)
    with runtime.database.write() as session:
        row = session.get_one(JobRow, (claim.job.name, ""), populate_existing=True)
        if row.version != claim.version:
            _log.warning("job %s ended after somebody else had claimed it", claim.job.name)
            return error is None
        row.version += 1
        row.last_run_us, row.last_duration_us = claim.began_us, duration
        row.runs += 1
        row.attempt = 0 if error is None else row.attempt + 1
        row.failures += error is not None
        row.state = WAITING if error is None else FAILING
        row.last_error = None if error is None else error[:_TEXT]
        if result is not None:
            row.last_result = result[:_TEXT]
        row.due_us = _next(claim.job, attempt=row.attempt, began_us=claim.began_us, now_us=runtime.clock.now_us())
    return error is None


def _claim(session: Session, job: Job, *conditions: ColumnElement[bool], fence: int, now_us: int) -> int | None:
    claimed = session.execute(
        update(JobRow)
        .where(JobRow.kind == job.name, JobRow.subject == "", *conditions)
        .values(
            state=RUNNING,
            fence=fence,
            claimed_until_us=now_us + job.limit_seconds * MICROSECONDS,
            version=JobRow.version + 1,
        )
        .returning(JobRow.version)
    ).scalar()
    return None if claimed is None else int(claimed)


def _know(session: Session, jobs: Iterable[Job], *, now_us: int) -> None:
    """A job of the table that has no row yet gets one."""
    known = set(session.scalars(select(JobRow.kind).where(JobRow.subject == "")))
    for job in jobs:
        if job.name not in known:
            session.add(
                JobRow(
                    kind=job.name,
                    subject="",
                    state=WAITING,
                    due_us=job.every.first_us(now_us),
                    attempt=0,
                    fence=BY_HAND,
                    claimed_until_us=0,
                    version=1,
                    runs=0,
                    failures=0,
                )
            )
    session.flush()


def _next(job: Job, *, attempt: int, began_us: int, now_us: int) -> int:
    """The regular time, or sooner or later after a failure: twice as long each time, up to an hour or the job's own period."""
    regular = max(job.every.next_us(began_us), now_us)
    if attempt == 0:
        return regular
    period = job.every.seconds if isinstance(job.every, Every) else _LAST_RETRY_SECONDS
    most = min(_LAST_RETRY_SECONDS, 12 * period)
    return now_us + min(most, _FIRST_RETRY_SECONDS << min(attempt - 1, 20)) * MICROSECONDS
