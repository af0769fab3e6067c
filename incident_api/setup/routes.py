"""The first run: how far the set-up is, and before anybody can log in, whether there is an administrator."""

from __future__ import annotations

from fastapi import APIRouter

from incident_api.http.identity import CallerOf, RuntimeOf
from incident_api.http.schemas import problem_responses
from incident_api.setup import service
from incident_api.setup.schemas import SetupAnswer, SetupHint

router = APIRouter(prefix="/setup", tags=["setup"])


@router.get("", operation_id="readSetup", responses=problem_responses(401))
def read_setup(found: CallerOf, runtime: RuntimeOf) -> SetupAnswer:
    """The steps to the first alert, and who can take those that are open."""
    return service.progress(runtime, caller=found)


@router.get("/hint", operation_id="readSetupHint")
def read_setup_hint(runtime: RuntimeOf) -> SetupHint:
    """Whether an administrator can log in; needs no session, so that the log-in page can say how the first one is made."""
    return service.hint(runtime)
