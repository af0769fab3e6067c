"""What a bulk act reads ahead for many groups and writes after them, so that a group costs no question of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.escalation import service as escalation


@dataclass(slots=True)
class Chunk:
    """Clocks and last transitions of the groups, and which clocks end with it."""

    runs: dict[str, dict[str, Any] | None]
    last: dict[str, TransitionRecord]
    stopping: list[str] = field(default_factory=list)

    @classmethod
    def ahead(cls, session: Session, group_ids: Sequence[str]) -> Chunk:
        """Two questions for all of them."""
        newest = (
            select(func.max(TransitionRecord.id))
            .where(TransitionRecord.group_id.in_(group_ids))
            .group_by(TransitionRecord.group_id)
        )
        last = session.scalars(select(TransitionRecord).where(TransitionRecord.id.in_(newest)))
        return cls(runs=escalation.snapshots(session, group_ids), last={each.group_id: each for each in last})

    def snapshot(self, group: TriageGroup) -> dict[str, Any] | None:
        """The clock of a group, as `escalation.snapshot` gives it."""
        run = self.runs.get(group.id)
        return None if run is None else dict(run)

    def stop(self, group: TriageGroup) -> None:
        """Its clock ends with the chunk; what is asked of it until then says so already."""
        self.stopping.append(group.id)
        run = self.runs.get(group.id)
        if run is not None and run["state"] == escalation.RUNNING:
            run["state"] = escalation.STOPPED

    def forget(self, group: TriageGroup) -> None:
        """Its clock was started or set back: what was read ahead is not true any more."""
        self.runs.pop(group.id, None)

    def finish(self, session: Session, *, now_us: int) -> None:
        """Write what was put off."""
        session.flush()
        escalation.stop_all(session, self.stopping, now_us=now_us)
        self.stopping.clear()
