"""Observables of an incident in the store: each once, with every place where it was seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import StoredAlert, TriageGroup
from incident_api.casework import record
from incident_api.casework.indicators import Indicator, Kind, indicators_in, of_value
from incident_api.casework.models import Observable, ObservablesLeftOut, Sighting
from incident_api.casework.schemas import AddObservable, MarkObservable, ObservablesAnswer, ObservableView, SightingView
from incident_api.coordination.organisation import Organisation
from incident_api.incidents.models import Incident
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

#: Of one incident; more are counted and said, not kept.
MOST = 5_000
#: Alerts of a group whose entities are read; a group's alerts are about the same things.
_ALERTS = 200
#: Places that one answer lists of an observable.
_PLACES = 20


def take_text(
    runtime: Runtime, session: Session, incident: Incident, text: str, *, reference: str, tlp: str, now_us: int
) -> list[Observable]:
    """The observables of what a person wrote; gives those that are new."""
    found = indicators_in(text)
    return _keep(runtime, session, incident, found.indicators, reference=reference, tlp=tlp, now_us=now_us, more=found.left_out)


def take_group(runtime: Runtime, session: Session, incident: Incident, group: TriageGroup, *, now_us: int) -> list[Observable]:
    """What the newest alerts of a linked group name: its entities, each by itself."""
    documents = session.scalars(
        select(StoredAlert.document)
        .where(StoredAlert.group_id == group.id)
        .order_by(StoredAlert.last_us.desc(), StoredAlert.id.desc())
        .limit(_ALERTS)
    )
    entities = [each["value"] for document in documents for each in json.loads(document)["entities"]]
    found = indicators_in("\n".join(dict.fromkeys([*group.sources, *group.destinations, *entities])))
    return _keep(
        runtime,
        session,
        incident,
        found.indicators,
        reference=f"group/{group.id}",
        tlp=incident.tlp,
        now_us=now_us,
        more=found.left_out,
    )


def add(runtime: Runtime, session: Session, incident: Incident, *, person: Person, request: AddObservable) -> Observable:
    """One that a person names; naming it again gives back what was dismissed."""
    indicator = of_value(request.kind, request.value)
    if indicator is None:
        raise KhienError("observable.unreadable", value=request.value[:100], kind=request.kind.value)
    now = runtime.clock.now_us()
    reference = f"person/{person.id}"
    _keep(runtime, session, incident, [indicator], reference=reference, tlp=request.tlp or incident.tlp, now_us=now, more=0)
    digest = digest_of(indicator)
    row = session.scalar(select(Observable).where(Observable.incident_id == incident.id, Observable.digest == digest))
    if row is None:
        raise KhienError("observable.unreadable", value=request.value[:100], kind=request.kind.value)
    row.dismissed_us, row.dismissed_by, row.dismissed_reason = None, None, None
    _noted(runtime, session, incident, row, act="observable.add", person=person, before=None, now_us=now)
    return row


def mark(runtime: Runtime, session: Session, *, caller: Caller, observable_id: int, request: MarkObservable) -> Observable:
    """Another TLP, or that it is none."""
    row = session.get(Observable, observable_id)
    if row is None:
        raise KhienError("observable.not_found", object=str(observable_id))
    try:
        incident = visible_incident(session, caller=caller, incident_id=row.incident_id)
    except KhienError as error:
        raise KhienError("observable.not_found", object=str(observable_id)) from error
    now, before, reason = runtime.clock.now_us(), _summary(row), normalise(request.reason)
    if request.tlp is not None:
        row.tlp = request.tlp
    if request.dismiss:
        row.dismissed_us, row.dismissed_by, row.dismissed_reason = now, caller.person.id, reason
    _noted(
        runtime,
        session,
        incident,
        row,
        act="observable.mark",
        person=caller.person,
        before=before,
        now_us=now,
        reason=reason,
    )
    return row


def listed(runtime: Runtime, *, caller: Caller, incident_id: str, after: int | None, limit: int) -> ObservablesAnswer:
    """In the order in which they were seen first."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        where = Observable.incident_id == incident.id
        total = session.scalar(select(func.count()).select_from(Observable).where(where)) or 0
        query = select(Observable).where(where)
        if after is not None:
            query = query.where(Observable.id > after)
        found = session.scalars(query.order_by(Observable.id).limit(limit + 1)).all()
        shown = list(found[:limit])
        left_out = session.get(ObservablesLeftOut, incident.id)
        return ObservablesAnswer(
            observables=viewed(session, shown),
            total=total,
            left_out=0 if left_out is None else left_out.count,
            next=shown[-1].id if len(found) > limit else None,
        )


def viewed(session: Session, rows: list[Observable]) -> list[ObservableView]:
    """As people read them."""
    places: dict[int, list[SightingView]] = {each.id: [] for each in rows}
    for seen in session.scalars(select(Sighting).where(Sighting.observable_id.in_(places)).order_by(Sighting.id)):
        if len(places[seen.observable_id]) < _PLACES:
            places[seen.observable_id].append(SightingView(reference=seen.reference, at_us=seen.at_us))
    return [
        ObservableView.model_validate(
            {
                "id": each.id,
                "kind": each.kind,
                "value": each.value,
                "is_internal": each.is_internal,
                "tlp": each.tlp,
                "first_us": each.first_us,
                "seen": places[each.id],
                "dismissed_us": each.dismissed_us,
                "dismissed_reason": each.dismissed_reason,
            }
        )
        for each in rows
    ]


def digest_of(indicator: Indicator) -> str:
    """The key under which it is found in other incidents."""
    return hashlib.sha256(f"{indicator.kind.value}\n{indicator.value}".encode()).hexdigest()


def is_internal(organisation: Organisation, indicator: Indicator) -> bool:
    """Whether it is the city's own, by its inventory: registered networks, its domain, its machines."""
    value = indicator.value.lower()
    match indicator.kind:
        case Kind.IPV4 | Kind.IPV6:
            return organisation.is_inside(value)
        case Kind.MAIL:
            return _is_own_name(organisation, value.rpartition("@")[2])
        case Kind.URL:
            host = value.partition("://")[2].partition("/")[0]
            name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
            return organisation.is_inside(name) or _is_own_name(organisation, name)
        case Kind.DOMAIN:
            return _is_own_name(organisation, value)
        case _:
            return False


def _is_own_name(organisation: Organisation, name: str) -> bool:
    own = organisation.domain.lower()
    return name == own or name.endswith(f".{own}") or name in {host.name.lower() for host in organisation.hosts}


def _keep(
    runtime: Runtime,
    session: Session,
    incident: Incident,
    indicators: Iterable[Indicator],
    *,
    reference: str,
    tlp: str,
    now_us: int,
    more: int,
) -> list[Observable]:
    wanted = {digest_of(each): each for each in indicators}
    known = {
        row.digest: row
        for row in session.scalars(select(Observable).where(Observable.incident_id == incident.id, Observable.digest.in_(wanted)))
    }
    room = MOST - (session.scalar(select(func.count()).where(Observable.incident_id == incident.id)) or 0)
    organisation, fresh = runtime.organisation, []
    for digest, indicator in wanted.items():
        if digest in known:
            continue
        if room <= 0:
            more += 1
            continue
        row = Observable(
            incident_id=incident.id,
            kind=indicator.kind.value,
            value=indicator.value,
            digest=digest,
            is_internal=is_internal(organisation, indicator),
            tlp=tlp,
            first_us=now_us,
        )
        session.add(row)
        known[digest] = row
        fresh.append(row)
        room -= 1
    session.flush()
    _seen(session, known.values(), reference=reference, now_us=now_us)
    if more:
        left_out = session.get(ObservablesLeftOut, incident.id)
        if left_out is None:
            session.add(ObservablesLeftOut(incident_id=incident.id, count=more))
        else:
            left_out.count += more
    session.flush()
    return fresh


def _seen(session: Session, rows: Iterable[Observable], *, reference: str, now_us: int) -> None:
    ids = [each.id for each in rows]
    seen = set(
        session.scalars(select(Sighting.observable_id).where(Sighting.observable_id.in_(ids), Sighting.reference == reference))
    )
    for each in ids:
        if each not in seen:
            session.add(Sighting(observable_id=each, reference=reference, at_us=now_us))


def _summary(row: Observable) -> dict[str, object]:
    return {"observable": row.id, "digest": row.digest, "tlp": row.tlp, "dismissed": row.dismissed_us is not None}


def _noted(  # noqa: PLR0913 - each is a column of the record
    runtime: Runtime,
    session: Session,
    incident: Incident,
    row: Observable,
    *,
    act: str,
    person: Person,
    before: dict[str, object] | None,
    now_us: int,
    reason: str | None = None,
) -> None:
    record.noted(
        runtime,
        session,
        incident,
        act=act,
        actor=Actor.of(person),
        before=before,
        after=_summary(row),
        now_us=now_us,
        reason=reason,
    )
