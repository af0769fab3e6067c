"""One change of the work inside a case or beside a group: its one audit record and its one stream event.

The version of the incident stays: two people who finish two tasks do not stand in each other's way.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.audit import service as audit
from incident_api.incidents.models import Incident
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream


def noted(  # noqa: PLR0913 - each is a column of the record
    runtime: Runtime,
    session: Session,
    subject: Incident | TriageGroup,
    *,
    act: str,
    actor: Actor,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    now_us: int,
    reason: str | None = None,
) -> int:
    """Write the record; gives the number of the audit record."""
    kind = "incident" if isinstance(subject, Incident) else "group"
    policy = subject.policy_sha256[:16] if isinstance(subject, Incident) else runtime.policy.label
    seq = audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=act,
        object_name=f"{kind}/{subject.id}",
        before=before,
        after=after,
        reason=reason,
        policy_version=policy,
    )
    subject.stream_seq = stream.append(
        session,
        kind=kind,
        object_id=subject.id,
        version=subject.version,
        at_us=now_us,
        units=subject.units,
        keep=runtime.settings.stream_rows,
    )
    session.flush()
    return seq
