"""What an incident touches: its systems as of the day it happened, the units of these, and who runs them.

An incident that is being opened takes what its groups know; one that is open grows by what is linked to it later. It never shrinks:
what a group brought stays when the group is taken out again, because somebody may have acted on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.coordination.case import Severity
from incident_api.coordination.service import pinned
from incident_api.incidents import duties, judging, severities
from incident_api.incidents.models import Incident, IncidentUnit
from incident_api.incidents.states import State
from incident_api.organisation.parts import day_of
from incident_api.people.person import Actor
from incident_api.runtime import Runtime


def assets_of(runtime: Runtime, names: Iterable[str], *, at_us: int) -> list[dict[str, Any]]:
    """Registered systems as they stood then: level and owner of that day (coordination design, section 1)."""
    known, day = runtime.organisation.assets, day_of(at_us)
    return [
        {"id": name, "level": standing.level, "owner": standing.owner, "flags": list(known[name].flags)}
        for name in dict.fromkeys(names)
        if name in known and (standing := known[name].on(day)) is not None
    ]


def units_of(runtime: Runtime, groups: Iterable[TriageGroup], assets: Sequence[dict[str, Any]]) -> list[str]:
    """Owners of these systems, and the units that the groups name."""
    owners = {each["owner"] for each in assets if each["owner"]}
    return sorted(owners | {unit for group in groups for unit in group.units if unit in runtime.organisation.units})


def operators_of(runtime: Runtime, assets: Sequence[dict[str, Any]], *, at_us: int) -> list[str]:
    """Who runs these systems on that day."""
    known = [runtime.organisation.assets[each["id"]].on(day_of(at_us)) for each in assets if each["level"] is not None]
    return sorted({standing.operator for standing in known if standing is not None})


def label(session: Session, incident: Incident, *, units: Iterable[str], operators: Iterable[str]) -> None:
    """For whom the incident exists from now on."""
    for kind, values in (("unit", units), ("operator", operators)):
        session.add_all(IncidentUnit(incident_id=incident.id, kind=kind, value=value) for value in values)


def widen(
    runtime: Runtime, session: Session, incident: Incident, groups: Sequence[TriageGroup], *, reason: str, actor: Actor, now_us: int
) -> bool:
    """Take over what these groups touch; True when that was news. It may get a graver class, never a lighter one; duties follow.

    The caller records the change.
    """
    occurred_us = min([incident.detected_us, *(group.first_us for group in groups)])
    known = {each["id"] for each in incident.assets}
    assets = [
        each
        for each in assets_of(runtime, (asset for group in groups for asset in group.assets), at_us=occurred_us)
        if each["id"] not in known
    ]
    units = sorted(set(units_of(runtime, groups, assets)) - set(incident.units))
    operators = sorted(set(operators_of(runtime, assets, at_us=occurred_us)) - set(incident.operators))
    if not assets and not units:
        return False
    incident.assets = [*incident.assets, *assets]
    incident.units, incident.operators = sorted([*incident.units, *units]), sorted([*incident.operators, *operators])
    label(session, incident, units=units, operators=operators)
    _judge_anew(runtime, session, incident, reason=reason, actor=actor, now_us=now_us)
    return True


def _judge_anew(runtime: Runtime, session: Session, incident: Incident, *, reason: str, actor: Actor, now_us: int) -> None:
    """The next revision, by the policy that the incident pinned."""
    policy = pinned(runtime, session, incident.policy_sha256)
    case = judging.with_answers(policy, judging.case_of(incident), facts=incident.facts, flags=incident.flags)
    incident.flags = sorted(case.flags)
    found = judging.assessment_of(policy, case)
    severity = severities.stated(found, Severity(incident.severity) if incident.severity else None)
    severities.put(session, incident, policy=policy, found=found, severity=severity, actor=actor, reason=reason, now_us=now_us)
    # While nobody has confirmed it, M1, M2 or any flag makes the duties at once (response design, section 3).
    is_urgent = severity in {Severity.M1, Severity.M2} or bool(incident.flags)
    if incident.state == State.OPEN and is_urgent and incident.dataset_kind != "import":
        incident.is_owing = True
    duties.bring_up_to_date(session, incident, policy=policy, actor=actor, now_us=now_us)
