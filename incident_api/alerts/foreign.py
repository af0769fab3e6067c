"""Alerts that we did not make: of other tools, and warnings of authorities (response design, section 5).

`(source, source_ref)` is unique in the database. The same post again changes nothing; the same reference with more hits or a later
time grows the alert; with other content it is refused, so that nobody's alert is quietly replaced.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import rfc8785
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts import intake
from incident_api.alerts.models import ForeignAlert, StoredAlert, TriageGroup
from incident_api.alerts.schemas import ForeignView, PostAlert, PostedAlert
from incident_api.coordination.canonical import sha256_of
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.alert import Alert, AlertRule, Entity, Explanation, Group, Level, Window
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_GROWING = frozenset({"hits", "last_us"})
_SHOWN = 20


def take_in(runtime: Runtime, *, caller: Caller, body: PostAlert) -> PostedAlert:
    """Store it as an alert like any other. Raises `alert.reference_used`, `alert.bad_dataset`."""
    now = runtime.clock.now_us()
    content = sha256_of(body.model_dump(mode="json", exclude=set(_GROWING)))
    with runtime.database.write() as session:
        known = session.get(ForeignAlert, (body.source, body.source_ref))
        if known is not None and known.content_sha256 != content:
            raise KhienError("alert.reference_used", source=body.source, object=known.alert_id)
        made_us = now if known is None else known.received_us
        alert = intake.prepared(runtime, _alert(body, now=made_us), now_us=now)
        (place,) = intake.take_in_within(runtime, session, alerts=[alert], actor=Actor.of(caller.person), now=now)
        if known is None:
            session.add(
                ForeignAlert(
                    source=body.source,
                    source_ref=body.source_ref,
                    alert_id=alert.id,
                    kind=body.kind,
                    authority=body.authority,
                    document_number=body.document_number,
                    tlp=body.tlp,
                    content_sha256=content,
                    posted_by=caller.person.id,
                    received_us=now,
                )
            )
            session.flush()
        group = session.get_one(StoredAlert, alert.id).group_id
    return PostedAlert(id=alert.id, group=group, outcome=place.outcome)


def of_group(session: Session, group: TriageGroup) -> list[ForeignView]:
    """Where the newest alerts of a group came from."""
    query = select(ForeignAlert).join(StoredAlert, StoredAlert.id == ForeignAlert.alert_id)
    found = session.scalars(
        query.where(StoredAlert.group_id == group.id).order_by(ForeignAlert.received_us.desc(), ForeignAlert.alert_id).limit(_SHOWN)
    )
    return [
        ForeignView.model_validate(
            {
                "alert_id": each.alert_id,
                "source": each.source,
                "source_ref": each.source_ref,
                "kind": each.kind,
                "authority": each.authority,
                "document_number": each.document_number,
                "tlp": each.tlp,
                "posted_by": each.posted_by,
                "received_us": each.received_us,
            }
        )
        for each in found
    ]


def _alert(body: PostAlert, *, now: int) -> Alert:
    """The id is the hash of source and reference. A warning is a matter of its own; alerts of one rule of a tool are grouped."""
    level = Level(body.level)
    first = now if body.first_us is None else body.first_us
    last = first if body.last_us is None else body.last_us
    is_warning = body.kind == "warning"
    name = body.source_ref if is_warning else body.rule or body.source
    what = ["warning" if is_warning else "foreign", body.source, body.source_ref if is_warning else body.rule]
    prefix = f"{body.authority}: " if is_warning else ""
    return Alert(
        id=hashlib.sha256(rfc8785.dumps(["foreign", body.source, body.source_ref])).hexdigest()[:32],
        dataset=body.dataset,
        rule=AlertRule(
            id=f"{what[0]}.{hashlib.sha256(rfc8785.dumps(what)).hexdigest()[:32]}",
            version="1",
            name=name[:200],
            title={"vi": prefix + body.title_vi, "en": prefix + (body.title_en or body.title_vi)},
            description={"vi": body.description_vi, "en": body.description_en or body.description_vi},
            level=level,
            tags=(*body.tags, f"tlp.{body.tlp.lower()}", *(("khien.warning",) if is_warning else ())),
            references=body.references,
        ),
        severity=level.severity,
        # Without entities the reference keeps two matters of one tool apart.
        group=Group() if body.entities else Group(fields=("source_ref",), values=(body.source_ref,)),
        window=Window(start_us=first, end_us=last),
        first_us=first,
        last_us=last,
        hits=body.hits,
        event_ids=(),
        event_count=0,
        entities=tuple(Entity(kind=each.kind, value=each.value, role=each.role) for each in body.entities),
        sensors=(body.source,),
        complete=True,
        explanation=Explanation(kind="event", condition=f"{body.source} {body.rule}".strip()),
    )
