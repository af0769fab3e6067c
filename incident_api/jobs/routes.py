"""The jobs: what runs by the clock, and run now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from incident_api.http.identity import Caller, RuntimeOf, changes, requires
from incident_api.http.schemas import problem_responses
from incident_api.jobs import service
from incident_api.jobs.schemas import JobsAnswer, JobView
from incident_api.people.person import Actor
from incident_api.people.rights import Right

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", operation_id="listJobs", responses=problem_responses(401, 403))
def list_jobs(_found: Annotated[Caller, Depends(requires(Right.JOBS_READ))], runtime: RuntimeOf) -> JobsAnswer:
    """Every job with its last and its next run, and the process that ticks."""
    return service.listing(runtime)


@router.post("/{name}/run", operation_id="runJob", responses=problem_responses(401, 403, 404, 409, 422))
def run_job(
    name: Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,62}$")],
    found: Annotated[Caller, Depends(changes(Right.JOBS_RUN))],
    runtime: RuntimeOf,
) -> JobView:
    """Run a job now; the answer says how it went."""
    return service.run_now(runtime, name=name, actor=Actor.of(found.person))
