"""What a bulk act reads ahead for many groups and writes after them, so that a group costs no question of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts import linking
from incident_api.alerts.models import TransitionRecord, TriageGroup
from incident_api.escalation import service as escalation
from incident_api.people.person import Actor
from incident_api.runtime import Runtime


@dataclass(slots=True)
class Chunk:
    """Clocks, last transitions and open twins of the groups, and what is written for all of them at the end."""

    runs: dict[str, dict[str, Any] | None]
    last: dict[str, TransitionRecord]
    #: The group that collects what comes, by dataset and triage key.
    collecting: dict[tuple[str, str], str]
    stopping: list[str] = field(default_factory=list)
    restoring: list[dict[str, Any]] = field(default_factory=list)
    #: Groups that an incident took in, by incident.
    linked: dict[str, list[TriageGroup]] = field(default_factory=dict)

    @classmethod
    def ahead(cls, session: Session, groups: Sequence[TriageGroup]) -> Chunk:
        """Three questions for all of them."""
        ids = [group.id for group in groups]
        newest = select(func.max(TransitionRecord.id)).where(TransitionRecord.group_id.in_(ids)).group_by(TransitionRecord.group_id)
        last = session.scalars(select(TransitionRecord).where(TransitionRecord.id.in_(newest)))
        keys = {group.triage_key for group in groups}
        twins = select(TriageGroup.dataset, TriageGroup.triage_key, TriageGroup.id).where(
            TriageGroup.triage_key.in_(keys), TriageGroup.collects
        )
        return cls(
            runs=escalation.snapshots(session, ids),
            last={each.group_id: each for each in last},
            collecting={(dataset, key): group_id for dataset, key, group_id in session.execute(twins)},
        )

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

    def restore(self, session: Session, group: TriageGroup, before: dict[str, Any] | None) -> None:
        """Its clock runs on as it was; at once where another was started since."""
        run = self.runs.get(group.id)
        if before is None and run is None:
            return
        if before is None or run is None or run["id"] != before["id"]:
            escalation.restore(session, before, group=group)
        else:
            self.restoring.append(before)

    def twin(self, group: TriageGroup) -> str | None:
        """Another group of the same thing that collects what comes."""
        found = self.collecting.get((group.dataset, group.triage_key))
        return None if found == group.id else found

    def link(self, group: TriageGroup, incident_id: str) -> None:
        """An incident took a group in; it says so once for the chunk."""
        self.linked.setdefault(incident_id, []).append(group)

    def finish(self, runtime: Runtime, session: Session, *, actor: Actor, now_us: int) -> None:
        """Write what was put off."""
        session.flush()
        escalation.stop_all(session, self.stopping, now_us=now_us)
        escalation.restore_all(session, self.restoring)
        for incident_id, groups in self.linked.items():
            linking.joined_many(runtime, session, incident_id, groups, actor=actor, now=now_us)
