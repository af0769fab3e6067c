"""What else may belong to an incident: hints from shared observables and assets, s105 from units that were hit; people decide."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import GroupLabel, TriageGroup
from incident_api.alerts.queue import visible as visible_groups
from incident_api.casework.models import Observable
from incident_api.casework.schemas import Hint, RelatedAnswer, SimilarIncident, UnitHit
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.http.schemas import LocalText
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.incidents.states import State
from incident_api.incidents.visibility import visible, visible_incident
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_DAY_US = 86_400 * MICROSECONDS
#: How far apart similar matters lie at most.
_NEAR_US = 30 * _DAY_US
#: One shared address is a coincidence.
_SHARED = 2
_LISTED = 20
#: An observable of so many incidents (a resolver, a mail provider) says nothing about two of them.
_COMMON = 50
#: The rule of units hit within a day, its question, and how many make it hold.
_UNITS_RULE, _UNITS_FACT, _UNITS = "s105", "units_compromised", 3


def of(runtime: Runtime, *, caller: Caller, incident_id: str) -> RelatedAnswer:
    """As far as this person may see."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        policy = pinned(runtime, session, incident.policy_sha256)
        shared = _sharing(session, incident, caller=caller)
        return RelatedAnswer(
            similar=_similar(session, incident, shared, caller=caller),
            similar_groups=_groups(session, incident, caller=caller),
            hints=_hints(session, incident, policy=policy, sharing=set(shared), caller=caller),
        )


def _near(incident: Incident, caller: Caller) -> list[ColumnElement[bool]]:
    return [
        visible(caller),
        Incident.id != incident.id,
        Incident.dataset_kind == incident.dataset_kind,
        Incident.detected_us.between(incident.detected_us - _NEAR_US, incident.detected_us + _NEAR_US),
    ]


def _sharing(session: Session, incident: Incident, *, caller: Caller) -> dict[str, list[str]]:
    """Incidents with at least two of this one's observables, and which."""
    own = select(Observable.digest).where(Observable.incident_id == incident.id, Observable.dismissed_us.is_(None))
    telling = (
        select(Observable.digest)
        .where(Observable.digest.in_(own))
        .group_by(Observable.digest)
        .having(func.count() <= _COMMON)
        .scalar_subquery()
    )
    query = (
        select(Observable.incident_id, Observable.value)
        .join(Incident, Incident.id == Observable.incident_id)
        .where(Observable.digest.in_(telling), Observable.dismissed_us.is_(None), *_near(incident, caller))
        .order_by(Observable.incident_id, Observable.id)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for other, value in session.execute(query):
        found[other].append(value)
    return {other: values for other, values in found.items() if len(values) >= _SHARED}


def _similar(session: Session, incident: Incident, sharing: dict[str, list[str]], *, caller: Caller) -> list[SimilarIncident]:
    assets = {each["id"] for each in incident.assets if each["level"] is not None}
    keys = _keys(session, [incident.id])[incident.id]
    query = select(Incident).where(*_near(incident, caller)).order_by(Incident.ordinal.desc()).limit(1_000)
    near = list(session.scalars(query))
    their_keys = _keys(session, [each.id for each in near])
    similar = []
    for each in near:
        why = []
        if each.id in sharing:
            why.append("shared_observables")
        if assets & {asset["id"] for asset in each.assets if asset["level"] is not None}:
            why.append("same_asset")
        if keys & their_keys[each.id]:
            why.append("same_group_key")
        if why:
            similar.append(
                SimilarIncident.model_validate(
                    {
                        "id": each.id,
                        "title": each.title,
                        "state": each.state,
                        "severity": each.severity,
                        "why": why,
                        "shared": sharing.get(each.id, [])[:_LISTED],
                    }
                )
            )
    return sorted(similar, key=lambda each: (-len(each.why), -len(each.shared)))[:_LISTED]


def _keys(session: Session, incidents: list[str]) -> dict[str, set[str]]:
    """The triage keys of the groups that belong to incidents."""
    found: dict[str, set[str]] = {each: set() for each in incidents}
    query = (
        select(IncidentLink.incident_id, TriageGroup.triage_key)
        .join(TriageGroup, TriageGroup.id == IncidentLink.group_id)
        .where(IncidentLink.incident_id.in_(incidents), IncidentLink.unlinked_us.is_(None))
    )
    for incident_id, key in session.execute(query):
        found[incident_id].add(key)
    return found


def _groups(session: Session, incident: Incident, *, caller: Caller) -> list[str]:
    """Triage groups that are linked to nothing and name two of the observables."""
    if Right.ALERTS_READ not in caller.person.rights:
        return []
    own = select(Observable.value).where(Observable.incident_id == incident.id, Observable.dismissed_us.is_(None))
    linked = select(IncidentLink.group_id).where(IncidentLink.unlinked_us.is_(None))
    query = (
        select(GroupLabel.group_id)
        .join(TriageGroup, TriageGroup.id == GroupLabel.group_id)
        .where(
            GroupLabel.kind.in_(("source", "destination")),
            GroupLabel.value.in_(own),
            TriageGroup.dataset_kind == incident.dataset_kind,
            TriageGroup.last_us.between(incident.detected_us - _NEAR_US, incident.detected_us + _NEAR_US),
            GroupLabel.group_id.not_in(linked),
            visible_groups(caller),
        )
        .group_by(GroupLabel.group_id)
        .having(func.count(func.distinct(GroupLabel.value)) >= _SHARED)
        .order_by(GroupLabel.group_id)
        .limit(_LISTED)
    )
    return list(session.scalars(query))


def _hints(session: Session, incident: Incident, *, policy: Policy, sharing: set[str], caller: Caller) -> list[Hint]:
    """s105: three units hit within 24 hours, by this incident and by those that are of its kind or share its observables."""
    rule = next((each for each in policy.severity.rules if each.id == _UNITS_RULE), None)
    answered = incident.facts.get(_UNITS_FACT)
    if rule is None or _UNITS_FACT not in policy.severity.facts or (isinstance(answered, int) and answered >= _UNITS):
        return []
    window = select(Incident).where(
        visible(caller),
        Incident.dataset_kind == incident.dataset_kind,
        Incident.state != State.REJECTED.value,
        Incident.detected_us.between(incident.detected_us - _DAY_US, incident.detected_us + _DAY_US),
    )
    members = [incident]
    for each in session.scalars(window.order_by(Incident.ordinal)):
        is_alike = each.id in sharing or (each.type is not None and each.type == incident.type)
        if each.id != incident.id and is_alike:
            members.append(each)
    hits = _hits(session, members)
    within = most_units_within_a_day(hits)
    if len({each.unit for each in within}) < _UNITS:
        return []
    text = LocalText(vi=rule.text.vi, en=rule.text.en)
    return [Hint(rule=rule.id, text=text, fact=_UNITS_FACT, value=len({each.unit for each in within}), units=within)]


def _hits(session: Session, members: list[Incident]) -> list[UnitHit]:
    """When each unit was hit: by the alerts that were linked, and by what the incident says of itself."""
    hits = [UnitHit(unit=unit, at_us=each.detected_us, reference=f"incident/{each.id}") for each in members for unit in each.units]
    query = (
        select(TriageGroup)
        .join(IncidentLink, IncidentLink.group_id == TriageGroup.id)
        .where(IncidentLink.incident_id.in_([each.id for each in members]), IncidentLink.unlinked_us.is_(None))
    )
    for group in session.scalars(query.limit(1_000)):
        hits += [UnitHit(unit=unit, at_us=group.first_us, reference=f"group/{group.id}") for unit in group.units]
    return hits


def most_units_within_a_day(hits: list[UnitHit]) -> list[UnitHit]:
    """The hits of the 24 hours in which most units were hit, each unit with its first one."""
    ordered = sorted(hits, key=lambda each: (each.at_us, each.unit, each.reference))
    best: list[UnitHit] = []
    counts: defaultdict[str, int] = defaultdict(int)
    start = 0
    for end, hit in enumerate(ordered):
        counts[hit.unit] += 1
        while hit.at_us - ordered[start].at_us > _DAY_US:
            counts[ordered[start].unit] -= 1
            if counts[ordered[start].unit] == 0:
                del counts[ordered[start].unit]
            start += 1
        if len(counts) > len({each.unit for each in best}):
            first: dict[str, UnitHit] = {}
            for each in ordered[start : end + 1]:
                first.setdefault(each.unit, each)
            best = list(first.values())
    return best
