"""One change of an incident: its version, its one audit record and its one stream event, in the transaction of the change."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.incidents.models import Incident
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream


def changed(  # noqa: PLR0913 - each is a column of the record
    runtime: Runtime,
    session: Session,
    incident: Incident,
    *,
    act: str,
    actor: Actor,
    before: dict[str, Any] | None,
    now_us: int,
    reason: str | None = None,
    second: str | None = None,
) -> int:
    """Write the record of a change that was just made; gives the number of the audit record."""
    incident.version += 1
    after: dict[str, Any] = {**summary(incident), "version": incident.version}
    if second is not None:
        after["second"] = second
    audit_seq = audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=f"incident.{act}",
        object_name=f"incident/{incident.id}",
        before=before,
        after=after,
        reason=reason,
        policy_version=f"{incident.policy_sha256[:16]}",
    )
    incident.stream_seq = stream.append(
        session,
        kind="incident",
        object_id=incident.id,
        version=incident.version,
        at_us=now_us,
        units=incident.units,
        keep=runtime.settings.stream_rows,
    )
    session.flush()
    return audit_seq


def summary(incident: Incident) -> dict[str, Any]:
    """What the audit log keeps of an incident before and after."""
    return {
        "state": incident.state,
        "severity": incident.severity,
        "flags": sorted(incident.flags),
        "assignee": incident.assignee,
        "detected_us": incident.detected_us,
        "personal_data_us": incident.personal_data_us,
        "tlp": incident.tlp,
        "pap": incident.pap,
    }
