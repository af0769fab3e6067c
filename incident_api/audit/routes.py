"""The audit log."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from incident_api.audit import service
from incident_api.audit.schemas import AuditAnswer, AuditVerification
from incident_api.http.identity import Caller, RuntimeOf, requires
from incident_api.http.schemas import problem_responses
from incident_api.people.rights import Right

router = APIRouter(prefix="/audit", tags=["audit"])


@router.get("", operation_id="listAudit", responses=problem_responses(401, 403, 422))
def list_audit(
    found: Annotated[Caller, Depends(requires(Right.AUDIT_READ))],
    runtime: RuntimeOf,
    object_name: Annotated[
        str | None, Query(alias="object", max_length=200, description="Such as `group/0123456789abcdef`")
    ] = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> AuditAnswer:
    """Records of the audit log (nhật ký thao tác), newest first; everybody sees their own acts, leads the team's, auditors all."""
    return service.listing(runtime, reader=found.person, object_name=object_name, after=after, limit=limit)


@router.get("/verification", operation_id="verifyAudit", responses=problem_responses(401, 403))
def verify_audit(_found: Annotated[Caller, Depends(requires(Right.AUDIT_VERIFY))], runtime: RuntimeOf) -> AuditVerification:
    """Walk the whole log against its chain and its signed checkpoints, and name the first bad record or the missing checkpoint."""
    return service.verification(runtime)
