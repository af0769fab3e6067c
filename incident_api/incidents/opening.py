"""I1: an incident is opened, from triage groups or from the word of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts import transition
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.queue import visible_group
from incident_api.casework import observing
from incident_api.coordination.case import Severity
from incident_api.coordination.policy import Policy
from incident_api.incidents import duties, handling, judging, record, scope, severities
from incident_api.incidents.models import A_YEAR, Incident, IncidentTransition
from incident_api.incidents.schemas import OpenIncident
from incident_api.incidents.states import Action, State, row_of
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.text import fold, normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


def open_incident(runtime: Runtime, session: Session, *, caller: Caller, request: OpenIncident) -> Incident:
    """Pin the policy, take over what the groups know, propose a class. Raises `incident.*` or `alert.not_found`."""
    now, person = runtime.clock.now_us(), caller.person
    policy = runtime.policy
    groups = [visible_group(session, caller=caller, group_id=each) for each in dict.fromkeys(request.groups)]
    kind, dataset = _dataset(groups)
    detected = _detected(groups, request, now=now)
    occurred = min([detected, *(group.first_us for group in groups)])
    assets = _assets(runtime, groups, request, at_us=occurred)
    title = normalise(request.title)
    incident = Incident(
        **_next_number(session, policy.policy, now=now),
        dataset=dataset,
        dataset_kind=kind,
        title=title,
        state=State.OPEN,
        type=request.type,
        tags=sorted(set(request.tags)),
        assessment={},
        lead="",
        facts=dict(request.facts),
        flags=list(request.flags),
        assets=assets,
        units=scope.units_of(runtime, groups, assets),
        operators=scope.operators_of(runtime, assets, at_us=occurred),
        clocks={"classes": {}, "flags": {}},
        occurred_us=min((group.first_us for group in groups), default=None),
        detected_us=detected,
        opened_us=now,
        is_owing=False,
        reopened=0,
        assignee=person.id,
        opened_by=person.id,
        tlp="AMBER",
        # Crime starts closed until the investigator lifts it (coordination design, section 8).
        pap=policy.policy.sharing.crime_pap if "crime" in request.flags else "AMBER",
        policy_sha256=policy.sha256,
        version=0,
        stream_seq=0,
        search_text=fold(title),
    )
    if incident.type is not None and incident.type not in policy.policy.taxonomy.types:
        raise KhienError("incident.unknown_type", type=incident.type)
    if incident.type is not None:
        incident.category = policy.policy.taxonomy.group(incident.type, tuple(incident.tags))
    session.add(incident)
    session.flush()
    actor = Actor.of(person)
    scope.label(session, incident, units=incident.units, operators=incident.operators)
    observing.take_text(runtime, session, incident, title, reference="title", tlp=incident.tlp, now_us=now)
    is_holder = handling.held_by(groups, person)
    for group in groups:
        transition.execute(runtime, session, group, person=person, act=transition.Act.link(group, incident=incident.id))
    case = judging.with_answers(policy.policy, judging.case_of(incident), facts=incident.facts, flags=incident.flags)
    incident.flags = sorted(case.flags)
    found = judging.assessment_of(policy.policy, case)
    severities.put(
        session, incident, policy=policy.policy, found=found, severity=found.severity, actor=actor, reason=None, now_us=now
    )
    handling.begin(runtime, session, incident, opener=person, is_holder=is_holder, now_us=now)
    is_urgent = found.severity in {Severity.M1, Severity.M2, None} or bool(incident.flags)
    incident.is_owing = is_urgent and kind != "import"
    duties.bring_up_to_date(session, incident, policy=policy.policy, actor=actor, now_us=now)
    seq = record.changed(runtime, session, incident, act=Action.OPEN.value, actor=actor, before=None, now_us=now)
    row = row_of(Action.OPEN)
    session.add(
        IncidentTransition(
            incident_id=incident.id,
            number=row.number,
            action=row.action.value,
            from_state=None,
            to_state=incident.state,
            at_us=now,
            actor=actor.id,
            capacity=actor.capacity,
            fields={},
            version=incident.version,
            audit_seq=seq,
        )
    )
    session.flush()
    return incident


def _next_number(session: Session, policy: Policy, *, now: int) -> dict[str, Any]:
    """`SC-2026-0001`: sự cố, year in the city, number in the year. Writing transactions are serial, so no two get one number."""
    first = policy.calendar.local(now).year * A_YEAR
    last = session.scalar(select(func.max(Incident.ordinal)).where(Incident.ordinal.between(first, first + A_YEAR - 1)))
    ordinal = (last or first) + 1
    return {"id": f"SC-{ordinal // A_YEAR}-{ordinal % A_YEAR:04}", "ordinal": ordinal}


def _dataset(groups: list[TriageGroup]) -> tuple[str, str]:
    """Live work, drills and replays are not mixed (I1; A4: the same dataset kind)."""
    kinds = {group.dataset_kind for group in groups}
    if len(kinds) > 1:
        raise KhienError("incident.mixed_datasets", kinds=", ".join(sorted(kinds)))
    return (groups[0].dataset_kind, groups[0].dataset) if groups else ("live", "live")


def _detected(groups: list[TriageGroup], request: OpenIncident, *, now: int) -> int:
    """The first linked alert raised or the first report by a person, the earlier (coordination design, section 3)."""
    if request.detected_us is not None and request.detected_us > now:
        raise KhienError("incident.clock_ahead", clock="det")
    reported = now if request.detected_us is None else request.detected_us
    return min([reported, *(group.received_us for group in groups)])


def _assets(runtime: Runtime, groups: list[TriageGroup], request: OpenIncident, *, at_us: int) -> list[dict[str, Any]]:
    """The systems as they stood when it happened: level and owner of that day (coordination design, section 1)."""
    known = runtime.organisation.assets
    names = dict.fromkeys([*request.assets, *(asset for group in groups for asset in group.assets)])
    unknown = [name for name in request.assets if name not in known]
    if unknown:
        raise KhienError("incident.unknown_asset", asset=unknown[0])
    rows = scope.assets_of(runtime, names, at_us=at_us)
    # Nobody registered what was hit: it stands there as such, and counts as the level that the policy states.
    return rows or [{"id": request.unregistered or "–", "level": None, "owner": None, "flags": []}]
