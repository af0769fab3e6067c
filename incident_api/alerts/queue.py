"""The queue: filters, exact counts, bundles and pages by keyset over the triage groups."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from incident_api.alerts import views
from incident_api.alerts.models import GroupLabel, TriageGroup
from incident_api.alerts.schemas import (
    Bucket,
    DatasetRow,
    DatasetsAnswer,
    GroupBy,
    Life,
    QueueAnswer,
    Sort,
    State,
    Tab,
    TabCount,
)
from incident_api.http.schemas import LocalText
from incident_api.incidents.models import Incident, IncidentLink
from incident_api.incidents.visibility import visible as visible_incidents
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.alert import Level
from khien.errors import KhienError
from khien.text import fold

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

_KINDS = frozenset({"live", "import", "exercise"})
_TABS: tuple[Tab, ...] = ("mine", "team", "unattended", "critical", "linked", "suppressed", "closed")
#: More bundles than this are counted and not listed.
_BUCKETS = 200
_STATES: tuple[State, ...] = ("new", "taken", "linked", "suppressed", "closed")
_LABELS = ("asset", "unit", "source", "destination", "technique")
_FAR = 2**62


@dataclass(frozen=True, slots=True)
class Filters:
    """What the person asked for."""

    tab: Tab = "team"
    datasets: tuple[str, ...] = ("live",)
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    lives: tuple[Life, ...] = ()
    rule: str | None = None
    asset: str | None = None
    unit: str | None = None
    assignee: str | None = None
    source: str | None = None
    destination: str | None = None
    technique: str | None = None
    incident: str | None = None
    text: str | None = None
    since_us: int | None = None
    until_us: int | None = None
    #: Last seen before: with `since_us` a piece of the strip, in which each group stands once.
    before_us: int | None = None


def page(
    runtime: Runtime, *, caller: Caller, filters: Filters, group_by: GroupBy | None, sort: Sort, after: str | None, limit: int
) -> QueueAnswer:
    """One page, with the numbers behind every tab under the same filter."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        where = conditions(filters, caller=caller)
        keys = _order(sort)
        query: Select[TriageGroup] = select(TriageGroup).where(where)
        if after is not None:
            query = query.where(_behind(keys, _decoded(after, sort=sort, length=len(keys))))
        found = session.scalars(
            query.order_by(*(column.desc() if down else column.asc() for column, down in keys)).limit(limit + 1)
        ).all()
        shown = found[:limit]
        tabs = _tab_counts(session, filters, caller=caller)
        buckets, omitted = _buckets(session, where, group_by=group_by, caller=caller)
        return QueueAnswer(
            rows=views.rows(session, shown, now_us=now),
            total=getattr(tabs, filters.tab) if not filters.states else _count(session, where),
            tabs=tabs,
            buckets=buckets,
            buckets_omitted=omitted,
            next=_encoded(shown[-1], keys, sort=sort) if len(found) > limit else None,
            outside_window=_outside(session, filters, caller=caller),
            stream_seq=stream.last_seq(session),
            now_us=now,
        )


def datasets(runtime: Runtime, *, caller: Caller) -> DatasetsAnswer:
    """Every world with alerts, newest first."""
    query = (
        select(
            TriageGroup.dataset,
            TriageGroup.dataset_kind,
            func.count(),
            func.count().filter(TriageGroup.is_open),
            func.min(TriageGroup.first_us),
            func.max(TriageGroup.last_us),
        )
        .where(visible(caller))
        .group_by(TriageGroup.dataset, TriageGroup.dataset_kind)
        .order_by(func.max(TriageGroup.last_us).desc())
    )
    with runtime.database.read() as session:
        found = session.execute(query).all()
    return DatasetsAnswer(
        datasets=[
            DatasetRow(dataset=name, kind=kind, groups=groups, open_groups=open_groups, first_us=first, last_us=last)
            for name, kind, groups, open_groups, first, last in found
        ]
    )


def conditions(filters: Filters, *, caller: Caller) -> ColumnElement[bool]:
    """The whole filter as one condition; what the person may not see is not in it."""
    parts = [
        visible(caller),
        _tab(filters.tab, caller=caller),
        _of_datasets(filters.datasets),
        *_optional(filters, caller=caller),
        *_words(filters.text),
    ]
    return and_(*parts)


def visible_group(session: Session, *, caller: Caller, group_id: str) -> TriageGroup:
    """The one door to a group: outside the person's units it does not exist."""
    group = session.scalar(select(TriageGroup).where(TriageGroup.id == group_id, visible(caller)))
    if group is None:
        raise KhienError("alert.not_found", object=group_id)
    return group


def visible(caller: Caller) -> ColumnElement[bool]:
    """Which groups exist for this person."""
    units = caller.visible_units
    if units is None:
        return true()
    return TriageGroup.id.in_(select(GroupLabel.group_id).where(GroupLabel.kind == "unit", GroupLabel.value.in_(units)))


def _tab(tab: Tab, *, caller: Caller) -> ColumnElement[bool]:
    if tab in {"linked", "suppressed", "closed"}:
        return and_(TriageGroup.is_open.is_(False), TriageGroup.state == tab)
    return and_(
        TriageGroup.is_open,
        {
            "mine": TriageGroup.assignee == caller.person.id,
            "team": true(),
            "unattended": TriageGroup.is_unattended,
            "critical": TriageGroup.severity == Level.CRITICAL.severity,
        }[tab],
    )


def _of_datasets(names: tuple[str, ...]) -> ColumnElement[bool]:
    kinds = [name for name in names if name in _KINDS]
    exact = [name for name in names if name not in _KINDS]
    return or_(TriageGroup.dataset_kind.in_(kinds) if kinds else false(), TriageGroup.dataset.in_(exact) if exact else false())


def _optional(filters: Filters, *, caller: Caller) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if filters.severities:
        parts.append(TriageGroup.severity.in_([Level(name).severity for name in filters.severities]))
    if filters.states:
        parts.append(TriageGroup.state.in_(filters.states))
    parts += [getattr(TriageGroup, name) > 0 for name in filters.lives]
    if filters.rule is not None:
        parts.append(or_(TriageGroup.rule_id == filters.rule, TriageGroup.rule_name == filters.rule))
    if filters.assignee is not None:
        parts.append(TriageGroup.assignee == filters.assignee)
    for kind in _LABELS:
        value = getattr(filters, kind)
        if value is not None:
            parts.append(_labelled(kind, value))
    if filters.incident is not None:
        parts.append(_in_incident(filters.incident, caller=caller))
    return [*parts, *_window(filters)]


def _window(filters: Filters) -> list[ColumnElement[bool]]:
    parts: list[ColumnElement[bool]] = []
    if filters.since_us is not None:
        parts.append(TriageGroup.last_us >= filters.since_us)
    if filters.until_us is not None:
        parts.append(TriageGroup.first_us < filters.until_us)
    if filters.before_us is not None:
        parts.append(TriageGroup.last_us < filters.before_us)
    return parts


def _labelled(kind: str, value: str) -> ColumnElement[bool]:
    """With this value; the empty one means those that have none of the kind."""
    of_kind = select(GroupLabel.group_id).where(GroupLabel.kind == kind)
    if not value:
        return TriageGroup.id.not_in(of_kind)
    return TriageGroup.id.in_(of_kind.where(GroupLabel.value == value))


def _linked(caller: Caller) -> ColumnElement[bool]:
    """A link that holds, to an incident that exists for this person."""
    seen = select(Incident.id).where(visible_incidents(caller))
    return and_(IncidentLink.unlinked_us.is_(None), IncidentLink.incident_id.in_(seen))


def _in_incident(value: str, *, caller: Caller) -> ColumnElement[bool]:
    linked = select(IncidentLink.group_id).where(_linked(caller))
    if not value:
        return TriageGroup.id.not_in(linked)
    return TriageGroup.id.in_(linked.where(IncidentLink.incident_id == value))


def _words(text: str | None) -> list[ColumnElement[bool]]:
    """Each word must occur; marks, case and đ do not matter, and nothing in it is a pattern."""
    return [TriageGroup.search_text.contains(word, autoescape=True) for word in fold(text or "").split()[:10]]


def _count(session: Session, where: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(TriageGroup).where(where)) or 0


def _tab_counts(session: Session, filters: Filters, *, caller: Caller) -> TabCount:
    """One pass over the groups under the filter, without the tab and the state."""
    free = replace(filters, states=())
    base = and_(visible(caller), _of_datasets(free.datasets), *_optional(free, caller=caller), *_words(free.text))
    columns = [func.count().filter(_tab(tab, caller=caller)) for tab in _TABS]
    counted = session.execute(select(*columns).select_from(TriageGroup).where(base)).one()
    return TabCount(**{tab: int(number) for tab, number in zip(_TABS, counted, strict=True)})


def _outside(session: Session, filters: Filters, *, caller: Caller) -> int:
    """How many a time window hides: an empty list must say so."""
    if filters.since_us is None and filters.until_us is None and filters.before_us is None:
        return 0
    everything = conditions(replace(filters, since_us=None, until_us=None, before_us=None), caller=caller)
    return _count(session, everything) - _count(session, conditions(filters, caller=caller))


def _buckets(session: Session, where: ColumnElement[bool], *, group_by: GroupBy | None, caller: Caller) -> tuple[list[Bucket], int]:
    if group_by is None:
        return [], 0
    key: Any
    query: Any
    vi: Any
    en: Any
    if group_by == "rule":
        key, vi, en = TriageGroup.rule_id, func.max(TriageGroup.title_vi), func.max(TriageGroup.title_en)
        query = select(TriageGroup)
    elif group_by == "assignee":
        key, vi, en = TriageGroup.assignee, func.max(PersonRow.name_vi), func.max(PersonRow.name_en)
        query = select(TriageGroup).join(PersonRow, PersonRow.id == TriageGroup.assignee)
    elif group_by == "incident":
        key = func.coalesce(IncidentLink.incident_id, "")
        vi = en = func.max(func.coalesce(Incident.title, ""))
        query = select(TriageGroup).join(IncidentLink, and_(IncidentLink.group_id == TriageGroup.id, _linked(caller)), isouter=True)
        query = query.join(Incident, Incident.id == IncidentLink.incident_id, isouter=True)
    else:
        # A group with two assets stands under both; one without stands under the empty key.
        key = func.coalesce(GroupLabel.value, "")
        vi = en = func.max(func.coalesce(GroupLabel.value, ""))
        matches = and_(GroupLabel.group_id == TriageGroup.id, GroupLabel.kind == group_by)
        query = select(TriageGroup).join(GroupLabel, matches, isouter=True)
    counted = query.with_only_columns(
        key,
        vi,
        en,
        func.count(),
        func.sum(TriageGroup.alerts),
        func.max(TriageGroup.severity),
        func.min(TriageGroup.first_us),
        func.max(TriageGroup.last_us),
        *(func.count().filter(TriageGroup.state == state) for state in _STATES),
    )
    found = session.execute(
        counted.where(where).group_by(key).order_by(func.max(TriageGroup.severity).desc(), func.count().desc(), key)
    ).all()
    buckets = [
        Bucket(
            key=str(each[0]),
            label=LocalText(vi=str(each[1]), en=str(each[2])),
            groups=int(each[3]),
            alerts=int(each[4]),
            severity=int(each[5]),
            first_us=int(each[6]),
            last_us=int(each[7]),
            states={state: int(number) for state, number in zip(_STATES, each[8:], strict=True) if number},
        )
        for each in found[:_BUCKETS]
    ]
    return buckets, max(0, len(found) - _BUCKETS)


_Keys = list[tuple[Any, bool]]


def _order(sort: Sort) -> _Keys:
    """(column, is descending); the id makes the order total."""
    last: InstrumentedAttribute[int] = TriageGroup.last_us
    orders: dict[Sort, _Keys] = {
        "severity": [(TriageGroup.severity, True), (last, True), (TriageGroup.id, True)],
        "newest": [(last, True), (TriageGroup.id, True)],
        "oldest": [(TriageGroup.first_us, False), (TriageGroup.id, False)],
        "due": [(func.coalesce(TriageGroup.acknowledge_due_us, _FAR), False), (TriageGroup.id, False)],
    }
    return orders[sort]


def _behind(keys: _Keys, values: list[Any]) -> ColumnElement[bool]:
    """Strictly after the last row: (a, b, c) compared key by key."""
    alternatives = []
    for index, (column, down) in enumerate(keys):
        equal = [keys[before][0] == values[before] for before in range(index)]
        alternatives.append(and_(*equal, column < values[index] if down else column > values[index]))
    return or_(*alternatives)


def _encoded(group: TriageGroup, keys: _Keys, *, sort: Sort) -> str:
    by_sort: dict[Sort, list[Any]] = {
        "severity": [group.severity, group.last_us, group.id],
        "newest": [group.last_us, group.id],
        "oldest": [group.first_us, group.id],
        "due": [group.acknowledge_due_us if group.acknowledge_due_us is not None else _FAR, group.id],
    }
    assert len(by_sort[sort]) == len(keys)
    return base64.urlsafe_b64encode(json.dumps([sort, *by_sort[sort]]).encode()).decode()


def _decoded(text: str, *, sort: Sort, length: int) -> list[Any]:
    """The values of a cursor; one of another order, or made by hand, is refused."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise KhienError("request.bad_cursor") from error
    if not isinstance(found, list) or len(found) != length + 1 or found[0] != sort:
        raise KhienError("request.bad_cursor")
    *numbers, identifier = found[1:]
    if (
        not isinstance(identifier, str)
        or not identifier.isalnum()
        or not all(type(each) is int and 0 <= each < 2**63 for each in numbers)
    ):
        raise KhienError("request.bad_cursor")
    return found[1:]
