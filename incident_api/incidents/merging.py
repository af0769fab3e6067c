"""Merging and taking it back: rows with a beginning and an end, never copies; each case is afterwards what it was before.

While they are merged the graver class holds for the target, and the obligations of both stay. Taking a merge back gives the
target the class and the obligations that it had, as far as nobody decided anything about them since: what people stated stays, and
what was told stays told. Other incidents that are still merged into it count again.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination import obligations
from incident_api.coordination.case import Severity
from incident_api.coordination.policy import Policy
from incident_api.incidents import duties, judging, record, severities
from incident_api.incidents.models import Incident, IncidentMerge, IncidentRevision, Obligation
from incident_api.people.person import Actor
from incident_api.runtime import Runtime

_CLASS = ("severity", "highest", "assessment", "lead", "clocks", "personal_data_us", "is_owing")
_DUTY = ("state", "start_us", "due_us", "ended_us", "reason")


class Merger:
    """One act of merging or separating, with what it works on."""

    def __init__(self, runtime: Runtime, session: Session, policy: Policy, actor: Actor, now_us: int, reason: str) -> None:
        self._runtime, self._session, self._policy = runtime, session, policy
        self._actor, self._now_us, self._reason = actor, now_us, reason

    def merge(self, source: Incident, target: Incident) -> None:
        """The source belongs to the target from now on."""
        source.merged_into = target.id
        before = record.summary(target)
        row = IncidentMerge(
            source_id=source.id,
            target_id=target.id,
            linked_us=self._now_us,
            linked_by=self._actor.id,
            reason=self._reason,
            before={},
            revisions=[],
        )
        self._session.add(row)
        self._session.flush()
        self._apply(row, source, target)
        self._say(target, act="joined", before=before)

    def separate(self, source: Incident) -> None:
        """It stands for itself again."""
        source.merged_into, source.state_before_merge = None, None
        row = self._session.scalar(
            select(IncidentMerge).where(IncidentMerge.source_id == source.id, IncidentMerge.unlinked_us.is_(None))
        )
        if row is None:
            # Merged before merges had rows: nothing is known of how the target stood.
            return
        target = self._session.get_one(Incident, row.target_id)
        before = record.summary(target)
        row.unlinked_us, row.unlinked_by, row.unlink_reason = self._now_us, self._actor.id, self._reason
        self._session.flush()
        if row.revisions and self._is_untouched(target, since=row.revisions[0]):
            self._restore(row, target)
        else:
            # What people decided about the merged case stands, and so does the record of how it came to it.
            row.revisions = []
        self._say(target, act="parted", before=before)

    def _apply(self, row: IncidentMerge, source: Incident, target: Incident) -> None:
        """The graver class of both; `before` is how to go back."""
        row.before = self._snapshot(target)
        grave = Severity(source.severity) if source.severity else None
        if grave is None or (target.severity is not None and grave.rank <= Severity(target.severity).rank):
            return
        self._put(target, grave)
        row.revisions = [*row.revisions, self._last_revision(target)]
        duties.bring_up_to_date(self._session, target, policy=self._policy, actor=self._actor, now_us=self._now_us)
        self._revive(target)
        row.before = {**row.before, "versions": {str(each.id): each.version for each in duties.of(self._session, target)}}

    def _restore(self, row: IncidentMerge, target: Incident) -> None:
        for name in _CLASS:
            setattr(target, name, row.before[name])
        cancelled = [each.id for each in duties.of(self._session, target) if self._restore_duty(each, row.before)]
        row.before = {**row.before, "cancelled": cancelled}
        self._session.flush()
        for later in self._later(row):
            later.revisions = []
            self._apply(later, self._session.get_one(Incident, later.source_id), target)
        if self._last_revision(target) in row.revisions:
            self._write_revision(target)
            row.revisions = [*row.revisions, self._last_revision(target)]
        self._session.flush()

    def _restore_duty(self, duty: Obligation, before: dict[str, Any]) -> bool:
        """As it was, unless somebody did something about it since; gives whether it ends with the merge that made it."""
        known = before["duties"].get(str(duty.id))
        if known is None:
            is_undone = duty.state in {duties.State.PENDING, duties.State.OVERDUE}
            if is_undone:
                duties.end(self._session, duty, state=duties.State.CANCELLED, actor=self._actor, now_us=self._now_us)
            return is_undone
        is_same = all(getattr(duty, name) == known[name] for name in _DUTY)
        if not is_same and before.get("versions", {}).get(str(duty.id)) == duty.version:
            was = {"due_us": duty.due_us, "state": duty.state}
            for name in _DUTY:
                setattr(duty, name, known[name])
            self._resume(duty, was=was)
        return False

    def _revive(self, target: Incident) -> None:
        """What an earlier merge owed and its end cancelled is owed again; the key of an obligation is used once."""
        ended = self._session.scalars(select(IncidentMerge.before).where(IncidentMerge.target_id == target.id))
        cancelled = {number for before in ended for number in before.get("cancelled", ())}
        if not cancelled:
            return
        judged, clocks = judging.judged(self._policy, target), judging.clocks_of(target)
        wanted = {each.key: each for each in obligations.plan(self._policy.obligations, judged, clocks, now_us=self._now_us)}
        for duty in duties.of(self._session, target):
            planned = wanted.get(obligations.Key(duty.code, duty.recipient, duty.occurrence))
            if planned is None or duty.id not in cancelled or duty.state != duties.State.CANCELLED:
                continue
            was = {"due_us": duty.due_us, "state": duty.state}
            duty.start_us, duty.due_us, duty.state, duty.ended_us = planned.start_us, planned.due_us, duties.State.PENDING, None
            self._resume(duty, was=was)

    def _resume(self, duty: Obligation, *, was: dict[str, Any]) -> None:
        """Its clock runs again where it waits for somebody."""
        if duty.state == duties.State.PENDING and duty.due_us <= self._now_us:
            duty.state = duties.State.OVERDUE
        duty.version += 1
        if duty.state in {duties.State.PENDING, duties.State.OVERDUE}:
            duties.start_clock(self._session, duty, policy=self._policy, now_us=self._now_us)
        after = {"code": duty.code, "recipient": duty.recipient, "occurrence": duty.occurrence}
        audit.append(
            self._session,
            at_us=self._now_us,
            actor=self._actor,
            act="obligation.restored",
            object_name=f"incident/{duty.incident_id}",
            before=was,
            after={**after, "state": duty.state, "due_us": duty.due_us},
            reason=self._reason,
        )

    def _put(self, target: Incident, severity: Severity) -> None:
        found = judging.assessment_of(self._policy, judging.case_of(target))
        severities.put(
            self._session,
            target,
            policy=self._policy,
            found=found,
            severity=severity,
            actor=self._actor,
            reason=self._reason,
            now_us=self._now_us,
        )

    def _snapshot(self, target: Incident) -> dict[str, Any]:
        standing = {str(each.id): {name: getattr(each, name) for name in _DUTY} for each in duties.of(self._session, target)}
        return {**{name: getattr(target, name) for name in _CLASS}, "duties": standing}

    def _is_untouched(self, target: Incident, *, since: int) -> bool:
        """Whether no revision but those of merges was written since."""
        rows = self._session.scalars(select(IncidentMerge.revisions).where(IncidentMerge.target_id == target.id))
        ours = {number for revisions in rows for number in revisions}
        query = select(IncidentRevision.number).where(IncidentRevision.incident_id == target.id, IncidentRevision.number >= since)
        return set(self._session.scalars(query)) <= ours

    def _later(self, row: IncidentMerge) -> list[IncidentMerge]:
        query = select(IncidentMerge).where(
            IncidentMerge.target_id == row.target_id, IncidentMerge.id > row.id, IncidentMerge.unlinked_us.is_(None)
        )
        return list(self._session.scalars(query.order_by(IncidentMerge.id)))

    def _last_revision(self, target: Incident) -> int:
        return self._session.scalar(select(func.max(IncidentRevision.number)).where(IncidentRevision.incident_id == target.id)) or 0

    def _write_revision(self, target: Incident) -> None:
        self._session.add(
            IncidentRevision(
                incident_id=target.id,
                number=self._last_revision(target) + 1,
                at_us=self._now_us,
                actor=self._actor.id,
                severity=target.severity,
                facts=dict(target.facts),
                flags=list(target.flags),
                assessment=target.assessment,
                reason=self._reason,
            )
        )
        self._session.flush()

    def _say(self, target: Incident, *, act: str, before: dict[str, Any]) -> None:
        record.changed(
            self._runtime,
            self._session,
            target,
            act=act,
            actor=self._actor,
            before=before,
            now_us=self._now_us,
            reason=self._reason,
        )
