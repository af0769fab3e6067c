"""The jobs as people see them, and the one they run by hand."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.http.schemas import LocalText
from incident_api.jobs import lease, tick
from incident_api.jobs.models import JobLease, JobRow
from incident_api.jobs.schedule import Job
from incident_api.jobs.schemas import JobsAnswer, JobView, LeaseView
from incident_api.jobs.table import JOBS, job_of
from incident_api.people.person import Actor
from incident_api.runtime import Runtime


def listing(runtime: Runtime) -> JobsAnswer:
    """The whole table; a job that was never due is due for the first time."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        rows = _rows(session)
        held = session.get(JobLease, lease.NAME)
        return JobsAnswer(
            now_us=now,
            lease=None
            if held is None
            else LeaseView(holder=held.holder, fence=held.fence, expires_us=held.expires_us, is_held=held.expires_us > now),
            jobs=[_view(job, rows.get(job.name), now_us=now) for job in JOBS],
        )


def run_now(runtime: Runtime, *, name: str, actor: Actor) -> JobView:
    """Run a job now and say how it went. Raises `job.unknown`, `job.running`."""
    job = job_of(name)
    with runtime.database.write() as session:
        claim = tick.claim_by_hand(runtime, session, job)
        audit.append(
            session, at_us=claim.began_us, actor=actor, act="job.run", object_name=f"job/{name}", before=None, after={"job": name}
        )
    tick.perform(runtime, claim)
    with runtime.database.read() as session:
        return _view(job, session.get_one(JobRow, (name, "")), now_us=claim.began_us)


def failing(session: Session) -> list[JobRow]:
    """Jobs whose last run failed."""
    return list(session.scalars(select(JobRow).where(JobRow.attempt > 0).order_by(JobRow.kind)))


def _rows(session: Session) -> dict[str, JobRow]:
    return {row.kind: row for row in session.scalars(select(JobRow).where(JobRow.subject == ""))}


def _view(job: Job, row: JobRow | None, *, now_us: int) -> JobView:
    return JobView.model_validate(
        {
            "name": job.name,
            "text": LocalText(vi=job.text.vi, en=job.text.en),
            "schedule": LocalText(vi=job.every.text.vi, en=job.every.text.en),
            "state": row.state if row else tick.WAITING,
            "due_us": row.due_us if row else job.every.first_us(now_us),
            "attempt": row.attempt if row else 0,
            "runs": row.runs if row else 0,
            "failures": row.failures if row else 0,
            "last_run_us": row.last_run_us if row else None,
            "last_duration_us": row.last_duration_us if row else None,
            "last_result": row.last_result if row else None,
            "last_error": row.last_error if row else None,
        }
    )
