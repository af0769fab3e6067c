"""Health: for people, containers and outside checks. Needs no session and tells nothing about content."""

from __future__ import annotations

from fastapi import APIRouter, Response

from incident_api.health import service
from incident_api.health.schemas import HealthAnswer
from incident_api.http.identity import RuntimeOf

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", operation_id="readHealth", responses={503: {"model": HealthAnswer, "description": "A part is down"}})
def read_health(runtime: RuntimeOf, response: Response) -> HealthAnswer:
    """The lights; 503 when one is down."""
    answer = service.current(runtime)
    if answer.status == "down":
        response.status_code = 503
    return answer
