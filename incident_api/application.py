"""The application that people's browsers talk to."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from incident_api.alerts.routes import router as alerts
from incident_api.assignments.routes import router as assignments
from incident_api.audit.routes import router as audit
from incident_api.board.routes import router as board
from incident_api.casework.routes import router as casework
from incident_api.clocks.routes import router as metrics
from incident_api.coordination.routes import router as coordination
from incident_api.duty.routes import router as duty
from incident_api.exports.routes import router as exports
from incident_api.health.routes import router as health
from incident_api.held_back.routes import router as held_back
from incident_api.http import page, problems
from incident_api.http.guard import Guard
from incident_api.http.rate import RateLimit
from incident_api.incidents.routes import router as incidents
from incident_api.jobs.routes import router as jobs
from incident_api.ledger.routes import router as ledger
from incident_api.notifications.routes import router as notifications
from incident_api.organisation.routes import router as organisation
from incident_api.people.routes import roles_router as roles
from incident_api.people.routes import router as people
from incident_api.periodic.routes import router as periodic
from incident_api.reports.routes import router as reports
from incident_api.rules.routes import router as rules
from incident_api.runtime import Runtime
from incident_api.saved_views.routes import router as saved_views
from incident_api.sessions.routes import router as sessions
from incident_api.sessions.routes import tokens_router as tokens
from incident_api.setup.routes import router as setup
from incident_api.stream.routes import router as stream

PREFIX = "/api/v1"


def create_application(runtime: Runtime | None) -> FastAPI:
    """The application; without a runtime it can only describe itself (`openapi.json`)."""
    application = FastAPI(
        title="Khiên incident API",
        version="1",
        summary="Alerts, the people they are assigned to, and the record of what was done",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    application.state.runtime = runtime
    problems.install(application)
    api = APIRouter(prefix=PREFIX)
    for router in (
        notifications,
        sessions,
        tokens,
        alerts,
        saved_views,
        incidents,
        casework,
        reports,
        exports,
        people,
        roles,
        organisation,
        assignments,
        duty,
        coordination,
        audit,
        ledger,
        held_back,
        rules,
        health,
        setup,
        jobs,
        metrics,
        periodic,
        stream,
    ):
        api.include_router(router)
    application.include_router(api)
    application.include_router(board)
    if runtime is not None:
        page.install(application, folder=runtime.settings.page_folder)
        settings = runtime.settings
        rate = RateLimit(requests=settings.requests_a_minute, changes=settings.changes_a_minute)
        application.add_middleware(Guard, origins=settings.origins, rate=rate)
    return application
