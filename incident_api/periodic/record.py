"""Where a periodic duty stands, and the one record of each change."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.people.person import Actor
from incident_api.periodic.models import PeriodicDutyRow

ACTOR = Actor.job("periodic")


class State(StrEnum):
    """pending → fulfilled, or → overdue → late."""

    PENDING = "pending"
    OVERDUE = "overdue"
    FULFILLED = "fulfilled"
    LATE = "late"


def summary(row: PeriodicDutyRow) -> dict[str, Any]:
    """What the audit log keeps before and after."""
    return {"state": row.state, "due_us": row.due_us, "target_us": row.target_us}


def changed(session: Session, row: PeriodicDutyRow, *, act: str, before: dict[str, Any] | None, actor: Actor, now_us: int) -> None:
    """A change that was just made."""
    row.version += 1
    after = {"code": row.code, "period": row.period, **summary(row), "receipt": row.receipt}
    audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act=act,
        object_name=f"duty/{row.id}",
        before=before,
        after=after,
        reason=row.reason,
    )


def overdue(session: Session, row: PeriodicDutyRow, *, now_us: int) -> None:
    """Its time is over."""
    before = summary(row)
    row.state = State.OVERDUE
    changed(session, row, act="duty.overdue", before=before, actor=ACTOR, now_us=now_us)
