"""Interim reports that come again: the next one is owed when the time of the last one comes, whether or not anybody looks."""

from __future__ import annotations

from sqlalchemy import func, select

from incident_api.coordination.service import pinned
from incident_api.incidents import duties, record
from incident_api.incidents.models import Incident, Obligation
from incident_api.incidents.states import ENDED
from incident_api.people.person import Actor
from incident_api.runtime import Runtime

ACTOR = Actor.job("interims")


def run(runtime: Runtime, now_us: int) -> str:
    """Make what is owed by now; each incident in its own transaction."""
    made = sum(_owe(runtime, incident_id, now_us=now_us) for incident_id in _waiting(runtime, now_us=now_us))
    return f"{made} made"


def _waiting(runtime: Runtime, *, now_us: int) -> list[str]:
    """Incidents whose last occurrence of something that repeats is due."""
    newest = (
        select(Obligation.incident_id, Obligation.code, Incident.policy_sha256)
        .join(Incident, Incident.id == Obligation.incident_id)
        .where(
            Incident.is_owing,
            Incident.recovered_us.is_(None),
            Incident.state.not_in(ENDED),
            Obligation.state != duties.State.CANCELLED,
        )
        .group_by(Obligation.incident_id, Obligation.code, Incident.policy_sha256)
        .having(func.max(Obligation.due_us) <= now_us)
    )
    found: dict[str, None] = {}
    with runtime.database.read() as session:
        for incident_id, code, sha256 in session.execute(newest):
            if pinned(runtime, session, sha256).obligations.rule(code).repeat is not None:
                found[incident_id] = None
    return list(found)


def _owe(runtime: Runtime, incident_id: str, *, now_us: int) -> int:
    with runtime.database.write() as session:
        incident = session.get_one(Incident, incident_id)
        policy = pinned(runtime, session, incident.policy_sha256)
        before = record.summary(incident)
        changed = duties.bring_up_to_date(session, incident, policy=policy, actor=ACTOR, now_us=now_us)
        if changed:
            record.changed(runtime, session, incident, act="owe", actor=ACTOR, before=before, now_us=now_us)
        return changed
