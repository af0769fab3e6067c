"""Live updates as server-sent events (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.responses import StreamingResponse

from incident_api.http.identity import BearerOf, Caller, RuntimeOf, SessionCookie, ended, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right
from incident_api.stream import service
from incident_api.stream.schemas import StreamEvent

router = APIRouter(prefix="/stream", tags=["stream"])


@router.get(
    "",
    operation_id="readStream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`event:` is the kind, `id:` the seq, `data:` a StreamEvent. Heartbeat every 15 seconds",
            "content": {"text/event-stream": {"schema": StreamEvent.model_json_schema()}},
        },
        **problem_responses(401, 403),
    },
)
async def read_stream(
    found: Annotated[Caller, Depends(requires(Right.STREAM_READ))],
    runtime: RuntimeOf,
    bearer: BearerOf,
    cookie: SessionCookie = None,
    last: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> StreamingResponse:
    """What changed, as it happens; resumes after `Last-Event-ID`."""
    return StreamingResponse(
        service.follow(runtime, caller=found, is_over=partial(ended, runtime, cookie, bearer), last=last),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
