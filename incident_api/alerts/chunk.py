"""What a bulk act reads ahead for many groups and writes after them, so that a group costs no question of its own.

The decisions are those of a single act, by the same functions; here is only who reads and when it is written. A chunk is one
moment: everything in it happens at `now_us`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts import linking, suppression
from incident_api.alerts.models import Suppression, TransitionRecord, TriageGroup
from incident_api.assignments import open_work
from incident_api.escalation import runs
from incident_api.escalation import service as escalation
from incident_api.escalation.models import EscalationRun
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.notifications import outbox
from incident_api.people.person import Actor
from incident_api.runtime import Runtime


@dataclass(slots=True)
class Chunk:
    """Clocks, last transitions and open twins of the groups, and what is written for all of them at the end."""

    session: Session
    now_us: int
    groups: Sequence[TriageGroup]
    runs: dict[str, dict[str, Any] | None]
    last: dict[str, TransitionRecord]
    #: The group that collects what comes, by dataset and triage key.
    collecting: dict[tuple[str, str], str]
    stopping: list[str] = field(default_factory=list)
    restoring: list[dict[str, Any]] = field(default_factory=list)
    #: Groups whose act is taken back, by its moment.
    undoing: dict[int, list[str]] = field(default_factory=dict)
    starting: list[EscalationRun] = field(default_factory=list)
    #: What the starting clocks say, once they have their numbers.
    telling: list[Callable[[], None]] = field(default_factory=list)
    #: Groups that an incident took in, or gave back, by incident.
    linked: dict[str, list[TriageGroup]] = field(default_factory=dict)
    parted: dict[str, list[TriageGroup]] = field(default_factory=dict)
    #: Read when somebody first asks.
    _links: dict[str, IncidentLink] | None = None
    _suppressions: dict[str, Suppression] | None = None
    _incidents: dict[str, Incident | None] = field(default_factory=dict)

    @classmethod
    def ahead(cls, session: Session, groups: Sequence[TriageGroup], *, now_us: int) -> Chunk:
        """Three questions for all of them."""
        ids = [group.id for group in groups]
        newest = select(func.max(TransitionRecord.id)).where(TransitionRecord.group_id.in_(ids)).group_by(TransitionRecord.group_id)
        last = session.scalars(select(TransitionRecord).where(TransitionRecord.id.in_(newest)))
        keys = {group.triage_key for group in groups}
        twins = select(TriageGroup.dataset, TriageGroup.triage_key, TriageGroup.id).where(
            TriageGroup.triage_key.in_(keys), TriageGroup.collects
        )
        open_work.keep(session, assets=((group.dataset, group.assets) for group in groups))
        return cls(
            session=session,
            now_us=now_us,
            groups=groups,
            runs=escalation.snapshots(session, ids),
            last={each.group_id: each for each in last},
            collecting={(dataset, key): group_id for dataset, key, group_id in session.execute(twins)},
        )

    def working_on(self, group: TriageGroup) -> AbstractContextManager[None]:
        """While one of them is worked on, its own work weighs on nobody."""
        return open_work.aside(self.session, group)

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

    def start(self, runtime: Runtime, group: TriageGroup, *, inform: tuple[str, ...]) -> None:
        """Its clock begins with the others; what it does at once is done, and told when it has its number."""
        run = escalation.planned(runtime, self.session, group, now_us=self.now_us)
        if run is not None:
            self.starting.append(run)
            escalation.tell_first(runtime, self.session, group, run, now_us=self.now_us, inform=inform, later=self.telling)

    def restore(self, group: TriageGroup, before: dict[str, Any] | None, *, acted_us: int) -> None:
        """Its clock runs on as it was before the act; one that was started since ends."""
        self.stopping.append(group.id)
        self.undoing.setdefault(acted_us, []).append(group.id)
        if before is not None:
            self.restoring.append(before)

    def twin(self, group: TriageGroup) -> str | None:
        """Another group of the same thing that collects what comes."""
        found = self.collecting.get((group.dataset, group.triage_key))
        return None if found == group.id else found

    def moved(self, group: TriageGroup) -> None:
        """It may collect now, or no more: the next of its thing is told so."""
        key = (group.dataset, group.triage_key)
        if group.collects:
            self.collecting[key] = group.id
        elif self.collecting.get(key) == group.id:
            del self.collecting[key]

    def incident(self, incident_id: str) -> Incident | None:
        """The incident that they are about, read once."""
        if incident_id not in self._incidents:
            self._incidents[incident_id] = self.session.get(Incident, incident_id)
        return self._incidents[incident_id]

    def last_incident(self, group: TriageGroup) -> Incident | None:
        """The incident that a group belongs to, or belonged to last."""
        link = self._last_link(group)
        return None if link is None else self.incident(link.incident_id)

    def link(self, group: TriageGroup, incident_id: str) -> None:
        """An incident took a group in; it says so once for the chunk."""
        self.linked.setdefault(incident_id, []).append(group)

    def part(self, group: TriageGroup) -> None:
        """An incident gave a group back; it says so once for the chunk."""
        link = self._last_link(group)
        if link is not None and link.unlinked_us is None:
            link.unlinked_us = self.now_us
            self.parted.setdefault(link.incident_id, []).append(group)

    def unsuppress(self, group: TriageGroup) -> None:
        """Its suppression is over."""
        if self._suppressions is None:
            self._suppressions = suppression.current_of(self.session, [each.id for each in self.groups])
        suppression.end_of(group, self._suppressions.get(group.id), now=self.now_us)

    def finish(self, runtime: Runtime, *, actor: Actor) -> None:
        """Write what was put off: the old clocks end before the new ones begin, and these before what they say."""
        session = self.session
        open_work.keep_nothing(session)
        session.flush()
        withdrawn = escalation.withdrawn_by(session, self.undoing)
        escalation.stop_all(session, self.stopping, now_us=self.now_us)
        escalation.restore_all(session, self.restoring)
        outbox.put_back(session, withdrawn, now_us=self.now_us)
        runs.start_all(session, self.starting)
        for tell in self.telling:
            tell()
        for incident_id, groups in self.linked.items():
            linking.joined_many(runtime, session, incident_id, groups, actor=actor, now=self.now_us)
        for incident_id, groups in self.parted.items():
            linking.parted_many(runtime, session, incident_id, groups, actor=actor, now=self.now_us)

    def _last_link(self, group: TriageGroup) -> IncidentLink | None:
        if self._links is None:
            self._links = linking.last_links(self.session, [each.id for each in self.groups])
        return self._links.get(group.id)
