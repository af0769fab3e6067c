"""`khien jobs list | run`: what runs by the clock, read from the store itself, and one job run in this process."""

from __future__ import annotations

import datetime as dt
import sys

from incident_api.jobs import service
from incident_api.jobs.schemas import JobView
from incident_api.opening import opened
from incident_api.people.person import Actor
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import CITY_ZONE, MICROSECONDS, SystemClock
from khien.errors import KhienError

_COLUMN = "  "


def list_jobs(context: Context) -> int:
    """Every job with its last and its next run; exit 0."""
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        found = service.listing(runtime)
    if context.arguments.json:
        sys.stdout.write(found.model_dump_json(indent=2) + "\n")
        return 0
    rows = [tuple(context.say("jobs.heads").split("|")), *(_cells(context, job) for job in found.jobs)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        sys.stdout.write(_COLUMN.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    held = found.lease
    is_held = held is not None and held.is_held
    ticker = context.say("jobs.ticker", holder=held.holder, fence=held.fence) if held and is_held else context.say("jobs.no_ticker")
    sys.stdout.write(f"\n{ticker}\n")
    return 0


def run_jobs(context: Context) -> int:
    """Run one job now; exit 0 when it went well, else the error says what it raised."""
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        done = service.run_now(runtime, name=context.arguments.name, actor=Actor.job("command-line"))
    if done.last_error is not None:
        raise KhienError("job.failed", job=done.name, reason=done.last_error)
    sys.stdout.write((done.model_dump_json(indent=2) if context.arguments.json else _result(context, done)) + "\n")
    return 0


def _cells(context: Context, job: JobView) -> tuple[str, ...]:
    schedule = getattr(job.schedule, context.language)
    took = "–" if job.last_duration_us is None else f"{job.last_duration_us / MICROSECONDS:.2f} s"
    last = context.say("jobs.never") if job.last_run_us is None else _moment(job.last_run_us)
    return (job.name, schedule, last, took, _moment(job.due_us), _result(context, job))


def _result(context: Context, job: JobView) -> str:
    if job.state == "running":
        return context.say("jobs.running")
    if job.last_error is not None:
        return context.say("jobs.failing", count=job.attempt, error=job.last_error)
    return job.last_result or "–"


def _moment(at_us: int) -> str:
    return f"{dt.datetime.fromtimestamp(at_us / MICROSECONDS, tz=CITY_ZONE):%d/%m/%Y %H:%M:%S}"
