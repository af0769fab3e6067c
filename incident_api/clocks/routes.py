"""How long the response takes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from incident_api.clocks import times
from incident_api.clocks.schemas import ResponseTimes
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.people.rights import Right
from khien.clock import MICROSECONDS

router = APIRouter(prefix="/metrics", tags=["metrics"])

_DAY_US = 86_400 * MICROSECONDS
_DEFAULT_DAYS, _MOST_DAYS = 30, 400


@router.get("/response", operation_id="readResponseTimes", responses=problem_responses(401, 403, 422))
def read_response_times(
    _found: Annotated[Caller, Depends(requires(Right.METRICS_READ))],
    runtime: RuntimeOf,
    from_us: Annotated[int | None, Query(ge=0, le=MOST)] = None,
    to_us: Annotated[int | None, Query(ge=0, le=MOST)] = None,
) -> ResponseTimes:
    """MTTA and MTTR as p50 and p90, by unit, rule and shift; the last 30 days unless told otherwise, at most 400."""
    end = to_us if to_us is not None else runtime.clock.now_us()
    begin = from_us if from_us is not None else end - _DEFAULT_DAYS * _DAY_US
    return times.response_times(runtime, from_us=max(begin, end - _MOST_DAYS * _DAY_US), to_us=end)
