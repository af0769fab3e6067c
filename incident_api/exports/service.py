"""What leaves as a file, and the record that it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from incident_api.alerts import queue
from incident_api.alerts.schemas import EntityBrief
from incident_api.audit import service as audit
from incident_api.coordination.service import pinned
from incident_api.exports import stix, tables
from incident_api.incidents import views
from incident_api.incidents.visibility import visible_incident
from incident_api.people.person import Actor
from incident_api.reports.facts import Source
from incident_api.reports.service import audience_of
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_PAGE = 200


def _entities(side: EntityBrief) -> str:
    """What a row of the page shows, with how many more there are."""
    return ", ".join(side.values) + (f" (+{side.more})" if side.more else "")


_INCIDENTS: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("id", lambda row: row.id),
    ("title", lambda row: row.title),
    ("state", lambda row: row.state),
    ("severity", lambda row: row.severity),
    ("category", lambda row: row.category),
    ("type", lambda row: row.type),
    ("flags", lambda row: row.flags),
    ("units", lambda row: row.units),
    ("assignee", lambda row: row.assignee.id),
    ("opened", lambda row: tables.time(row.opened_us)),
    ("detected", lambda row: tables.time(row.detected_us)),
    ("next_due", lambda row: tables.time(row.next_due_us)),
    ("overdue", lambda row: row.overdue),
)
_GROUPS: tuple[tuple[str, Callable[[Any], object]], ...] = (
    ("id", lambda row: row.id),
    ("title_vi", lambda row: row.title.vi),
    ("title_en", lambda row: row.title.en),
    ("rule", lambda row: row.rule_name),
    ("severity", lambda row: row.severity),
    ("state", lambda row: row.state),
    ("verdict", lambda row: row.verdict),
    ("assignee", lambda row: None if row.assignee is None else row.assignee.id),
    ("alerts", lambda row: row.alerts),
    ("hits", lambda row: row.hits),
    ("first", lambda row: tables.time(row.first_us)),
    ("last", lambda row: tables.time(row.last_us)),
    ("source", lambda row: _entities(row.source)),
    ("destination", lambda row: _entities(row.destination)),
    ("asset", lambda row: row.asset),
    ("unit", lambda row: row.unit),
)


def incident_as_stix(runtime: Runtime, *, caller: Caller, incident_id: str, recipient: str | None) -> str:
    """A bundle for a recipient; without one it is the team's own. Raises `report.secret`, `contact.unknown`."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        policy = pinned(runtime, session, incident.policy_sha256)
        if policy.obligations.contact_only_flag in incident.flags:
            raise KhienError("report.secret", object=incident.id)
        source = Source(session=session, incident=incident, policy=policy, organisation=runtime.organisation, now_us=now)
        audience = audience_of(runtime, session, incident, policy=policy, recipient=recipient, now_us=now)
        found = stix.bundle(source, audience)
        _record(
            session, caller, what=f"incident/{incident.id}", after={"format": "stix", "recipient": audience.recipient}, now_us=now
        )
        return found


def incidents_as_csv(runtime: Runtime, *, caller: Caller, states: tuple[str, ...], dataset_kind: str) -> Iterator[bytes]:
    """Every incident that this person may see, newest first."""
    _record_list(runtime, caller, what="incidents", after={"states": list(states), "dataset_kind": dataset_kind})
    wanted = views.Wanted(states=states, dataset_kind=dataset_kind)

    def rows() -> Iterator[Any]:
        after: str | None = None
        while True:
            page = views.listed(runtime, caller=caller, wanted=wanted, after=after, limit=_PAGE)
            yield from page.rows
            if page.next is None:
                return
            after = page.next

    return tables.lines(_INCIDENTS, rows())


def groups_as_csv(runtime: Runtime, *, caller: Caller, filters: queue.Filters) -> Iterator[bytes]:
    """Every triage group that this person may see under a filter, in the order of their arrival."""
    _record_list(runtime, caller, what="alerts", after={"tab": filters.tab, "datasets": list(filters.datasets)})

    def rows() -> Iterator[Any]:
        after: str | None = None
        while True:
            page = queue.page(runtime, caller=caller, filters=filters, group_by=None, sort="newest", after=after, limit=_PAGE)
            yield from page.rows
            if page.next is None:
                return
            after = page.next

    return tables.lines(_GROUPS, rows())


def _record_list(runtime: Runtime, caller: Caller, *, what: str, after: dict[str, Any]) -> None:
    with runtime.database.write() as session:
        _record(session, caller, what=what, after={"format": "csv", **after}, now_us=runtime.clock.now_us())


def _record(session: Session, caller: Caller, *, what: str, after: dict[str, Any], now_us: int) -> None:
    audit.append(
        session, at_us=now_us, actor=Actor.of(caller.person), act="export.read", object_name=what, before=None, after=after
    )
