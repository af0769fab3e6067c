"""The life of an alert after it was made: late events amend it, take it back, put another in its place, or bring it back.

The correlator decides (docs/concepts/late-repair.md); here its word becomes counts on the group, a line of its history with an
audit record, and the clock: nobody is called for a group in which nothing stands, and somebody is as soon as something does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts import transition
from incident_api.alerts.models import AlertChange, StoredAlert, TriageGroup
from incident_api.alerts.states import Action, State
from incident_api.audit import service as audit
from incident_api.escalation import service as escalation
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.alert import Alert

Change = Literal["withdrawn", "restored", "superseded", "amended"]


@dataclass(frozen=True, slots=True)
class Life:
    """What of an alert's life counts on its group."""

    withdrawn: bool = False
    superseded_by: str | None = None
    amended: int = 0
    estimated: bool = False
    folded: int = 0

    @classmethod
    def of(cls, alert: Alert | StoredAlert) -> Life:
        """Of an alert as it came, or as it is stored."""
        estimated = alert.explanation.estimated if isinstance(alert, Alert) else alert.estimated
        return cls(alert.withdrawn, alert.superseded_by, alert.amended, estimated, alert.folded)

    @property
    def stands(self) -> bool:
        """Neither taken back nor replaced."""
        return not self.withdrawn and self.superseded_by is None


def count(group: TriageGroup, *, before: Life, after: Life) -> None:
    """Carry the difference of one alert to its group; of an alert that is withdrawn it no longer matters what replaced it."""
    group.withdrawn += after.withdrawn - before.withdrawn
    group.superseded += _is_superseded(after) - _is_superseded(before)
    group.amended += (after.amended > 0) - (before.amended > 0)
    group.estimated += after.estimated - before.estimated
    group.folded += after.folded - before.folded


def keep(stored: StoredAlert, life: Life) -> None:
    """Beside the document, where a query finds it."""
    stored.withdrawn, stored.superseded_by = life.withdrawn, life.superseded_by
    stored.amended, stored.estimated, stored.folded = life.amended, life.estimated, life.folded


def record(
    runtime: Runtime,
    session: Session,
    group: TriageGroup,
    *,
    alert: Alert,
    before: Life,
    hits_before: int,
    actor: Actor,
    now: int,
) -> None:
    """A line of the history for what late events did; growth by new events is no line."""
    change = _change(before, Life.of(alert))
    if change is None:
        return
    seq = audit.append(
        session,
        at_us=now,
        actor=actor,
        act=f"alert.{change}",
        object_name=f"group/{group.id}",
        before={"alert": alert.id, "hits": hits_before},
        after={"alert": alert.id, "hits": alert.hits, "superseded_by": alert.superseded_by, "amended": alert.amended},
        reason="late_events",
        policy_version=runtime.policy.label,
    )
    session.add(
        AlertChange(
            group_id=group.id,
            alert_id=alert.id,
            at_us=now,
            change=change,
            other_alert_id=alert.superseded_by,
            hits_before=hits_before,
            hits_after=alert.hits,
            audit_seq=seq,
        )
    )


def settle(runtime: Runtime, session: Session, group: TriageGroup, *, stood: bool, actor: Actor, now: int) -> None:
    """The clock after a batch: stopped when nothing stands any more, running again when something does.

    A closed group is opened again only when it was closed while nothing stood in it: then nobody has judged what stands now.
    """
    if stood and not group.stands:
        # Who looks at it decides on something else now; and an undo must not bring the clock back.
        group.version += 1
        escalation.stop(session, group)
        group.acknowledge_due_us, group.is_unattended = None, False
    elif not stood and group.stands:
        if group.is_open:
            if group.state == State.NEW:
                group.version += 1
                escalation.start(runtime, session, group, now_us=now)
        elif group.state == State.CLOSED and _closed_while_nothing_stood(session, group) and not _has_open_twin(session, group):
            act = transition.Act(Action.REOPEN, group.version, reason="late_events")
            transition.by_job(runtime, session, group, actor=actor, act=act, now=now)
    session.flush()


def _is_superseded(life: Life) -> bool:
    return life.superseded_by is not None and not life.withdrawn


def _change(before: Life, after: Life) -> Change | None:
    if after.withdrawn != before.withdrawn:
        return "withdrawn" if after.withdrawn else "restored"
    if after.superseded_by != before.superseded_by:
        return "superseded" if after.superseded_by else "restored"
    return "amended" if after.amended > before.amended else None


def _closed_while_nothing_stood(session: Session, group: TriageGroup) -> bool:
    last = session.scalar(
        select(AlertChange.at_us)
        .where(AlertChange.group_id == group.id, AlertChange.change == "withdrawn")
        .order_by(AlertChange.id.desc())
        .limit(1)
    )
    return last is not None and group.closed_us is not None and last <= group.closed_us


def _has_open_twin(session: Session, group: TriageGroup) -> bool:
    """The same matter is already somebody's work."""
    twin = select(TriageGroup.id).where(
        TriageGroup.dataset == group.dataset, TriageGroup.triage_key == group.triage_key, TriageGroup.collects
    )
    return session.scalar(twin.limit(1)) is not None
