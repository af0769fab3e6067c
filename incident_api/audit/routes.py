"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from incident_api.audit import service
from incident_api.audit.schemas import AuditAnswer, AuditProgress, AuditVerification, CheckpointsAnswer
from incident_api.audit.service import Wanted
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import MOST, problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/audit", tags=["audit"])


def _wanted(
    object_name: Annotated[
        str | None, Query(alias="object", max_length=200, description="Such as `group/0123456789abcdef`")
    ] = None,
    actor: Annotated[str | None, Query(max_length=128, description="An account, or such as `job:escalation`")] = None,
    act: Annotated[str | None, Query(max_length=64, description="An act or the beginning of one: `incident.`")] = None,
    from_us: Annotated[int | None, Query(ge=0, le=MOST)] = None,
    until_us: Annotated[int | None, Query(ge=0, le=MOST, description="Not included")] = None,
) -> Wanted:
    return Wanted(object_name=object_name, actor=actor, act=act, from_us=from_us, until_us=until_us)


@router.get("", operation_id="listAudit", responses=problem_responses(401, 403, 422))
def list_audit(
    found: Annotated[Caller, Depends(requires(Right.AUDIT_READ))],
    runtime: RuntimeOf,
    wanted: Annotated[Wanted, Depends(_wanted)],
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditAnswer:
    """Records of the audit log (nhật ký thao tác), newest first; everybody sees their own acts, leads the team's, auditors all."""
    return service.listing(runtime, reader=found.person, wanted=wanted, after=after, limit=limit)


@router.get("/verification", operation_id="verifyAudit", responses=problem_responses(401, 403))
def verify_audit(_found: Annotated[Caller, Depends(requires(Right.AUDIT_VERIFY))], runtime: RuntimeOf) -> AuditVerification:
    """Walk the whole log against its chain and its signed checkpoints, and name the first bad record or the missing checkpoint."""
    return service.verification(runtime)


@router.get("/verification/progress", operation_id="readAuditProgress", responses=problem_responses(401, 403))
def read_audit_progress(_found: Annotated[Caller, Depends(requires(Right.AUDIT_VERIFY))], runtime: RuntimeOf) -> AuditProgress:
    """How far a verification that goes on in this process has come."""
    return service.progress(runtime)


@router.get("/checkpoints", operation_id="listAuditCheckpoints", responses=problem_responses(401, 403, 422))
def list_checkpoints(
    _found: Annotated[Caller, Depends(requires(Right.AUDIT_VERIFY))],
    runtime: RuntimeOf,
    limit: Annotated[int, Query(ge=1, le=200)] = 24,
) -> CheckpointsAnswer:
    """The newest signed checkpoints, as they lie beside the log."""
    return service.checkpoints(runtime, limit=limit)
