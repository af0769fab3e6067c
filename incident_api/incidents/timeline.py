"""The timeline (dòng thời gian) of an incident: one ordered list of typed entries, read from the tables that keep what happened.

Nothing is copied: each source is a table with the column that says when. A page is a keyset over (time, source, row), so that it
costs the same at the end of a long case as at its beginning. Whoever brings a new table adds one line to `SOURCES`.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from incident_api.assignments.models import IncidentAssignment
from incident_api.audit.models import AuditRow
from incident_api.casework.models import Comment, Observable, WorkTransition
from incident_api.coordination.organisation import Text
from incident_api.coordination.policy import Policy
from incident_api.coordination.service import pinned
from incident_api.http.schemas import MOST, LocalText
from incident_api.incidents import words
from incident_api.incidents.models import (
    Approval,
    Incident,
    IncidentLink,
    IncidentRevision,
    IncidentTransition,
    Obligation,
)
from incident_api.incidents.schemas import TimelineAnswer, TimelineEntry
from incident_api.incidents.visibility import visible_incident
from incident_api.notifications.models import NoticeRow
from incident_api.organisation.parts import TLP_ORDER
from incident_api.people import service as people
from incident_api.people.models import PersonRow
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

Order = Literal["newest", "oldest"]
_CURSOR = re.compile(r"([0-9]{1,16})\.([0-9]{1,3})\.([0-9]{1,16})")


@dataclass(frozen=True, slots=True)
class Told:
    """What a source says of one row. `body`: what a person wrote; `reference`: the object, as `obligation/12`."""

    actor: str
    text: Text
    reference: str
    second: str | None = None
    body: str | None = None
    tlp: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Rows of one table that happened at one of its times. `actor` may be empty: the record in the audit log names them."""

    kind: str
    rows: type[Any]
    at: InstrumentedAttribute[Any]
    number: InstrumentedAttribute[Any]
    of: Callable[[Incident], ColumnElement[bool]]
    told: Callable[[Policy, Any], Told]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened to an incident."""

    at_us: int
    kind: str
    told: Told
    key: tuple[int, int, int]


def page(runtime: Runtime, *, caller: Caller, incident_id: str, order: Order, after: str | None, limit: int) -> TimelineAnswer:
    """One page for somebody who may see the incident."""
    with runtime.database.read() as session:
        incident = visible_incident(session, caller=caller, incident_id=incident_id)
        policy = pinned(runtime, session, incident.policy_sha256)
        found = list(
            islice(entries(session, incident, policy=policy, order=order, after=_decoded(after), limit=limit + 1), limit + 1)
        )
        shown = found[:limit]
        clearance = session.get_one(PersonRow, caller.person.id).clearance
        names = people.briefs(session, {name for each in shown for name in (each.told.actor, each.told.second) if name})
    return TimelineAnswer(
        entries=[
            TimelineEntry(
                at_us=each.at_us,
                kind=each.kind,
                actor=each.told.actor,
                actor_brief=names.get(each.told.actor),
                second=names.get(each.told.second) if each.told.second else None,
                **_words(each.told, clearance=clearance),
                reference=each.told.reference,
                tlp=each.told.tlp or incident.tlp,
            )
            for each in shown
        ],
        next=".".join(map(str, shown[-1].key)) if len(found) > limit else None,
    )


def _words(told: Told, *, clearance: str) -> dict[str, Any]:
    """What is marked above the reader's clearance says that it is there, and no more."""
    if told.tlp is not None and TLP_ORDER.index(clearance) < TLP_ORDER.index(told.tlp):
        return {"text": LocalText(vi=words.WITHHELD.vi, en=words.WITHHELD.en), "body": None}
    return {"text": LocalText(vi=told.text.vi, en=told.text.en), "body": told.body}


def entries(
    session: Session,
    incident: Incident,
    *,
    policy: Policy,
    order: Order = "oldest",
    after: tuple[int, int, int] | None = None,
    limit: int | None = None,
) -> Iterator[Entry]:
    """Every entry in order; with `limit` no source reads more rows than that."""
    is_newest = order == "newest"
    streams = [
        _read(session, incident, source, rank, policy=policy, is_newest=is_newest, after=after, limit=limit)
        for rank, source in enumerate(SOURCES)
    ]
    return heapq.merge(*streams, key=lambda each: each.key, reverse=is_newest)


def _read(
    session: Session,
    incident: Incident,
    source: Source,
    rank: int,
    *,
    policy: Policy,
    is_newest: bool,
    after: tuple[int, int, int] | None,
    limit: int | None,
) -> Iterator[Entry]:
    query = select(source.rows).where(source.of(incident), source.at.is_not(None))
    if after is not None:
        query = query.where(_behind(source, rank, after, is_newest=is_newest))
    for column in (source.at, source.number):
        query = query.order_by(column.desc() if is_newest else column.asc())
    for row in session.scalars(query.limit(limit)):
        at_us, number = getattr(row, source.at.key), getattr(row, source.number.key)
        yield Entry(at_us=at_us, kind=source.kind, told=source.told(policy, row), key=(at_us, rank, number))


def _behind(source: Source, rank: int, after: tuple[int, int, int], *, is_newest: bool) -> ColumnElement[bool]:
    """Rows of a source that come after a key, in this order."""
    at_us, its_rank, number = after
    beyond = source.at < at_us if is_newest else source.at > at_us
    if rank == its_rank:
        next_number = source.number < number if is_newest else source.number > number
        return or_(beyond, and_(source.at == at_us, next_number))
    comes_later = rank < its_rank if is_newest else rank > its_rank
    return or_(beyond, source.at == at_us) if comes_later else beyond


def _decoded(text: str | None) -> tuple[int, int, int] | None:
    if text is None:
        return None
    found = _CURSOR.fullmatch(text)
    if found is None or max(map(int, found.groups())) > MOST:
        raise KhienError("request.bad_cursor")
    at_us, rank, number = map(int, found.groups())
    return at_us, rank, number


def _transition(_policy: Policy, row: IncidentTransition) -> Told:
    body = "\n".join(f"{name}: {value}" for name, value in sorted(row.fields.items()))
    return Told(
        row.actor, words.ACTIONS[row.action], f"incident/{row.fields.get('target', row.incident_id)}", row.second, body or None
    )


def _change(_policy: Policy, row: AuditRow) -> Told:
    return Told(row.actor, words.CHANGES[row.act], f"audit/{row.seq}", (row.after or {}).get("second"), row.reason)


def _revision(_policy: Policy, row: IncidentRevision) -> Told:
    what = words.FIRST_REVISION if row.number == 1 else words.REVISION
    return Told(row.actor, words.about(what, row.severity or "–"), f"revision/{row.number}", body=row.reason)


def _linked(_policy: Policy, row: IncidentLink) -> Told:
    return Told(row.linked_by, words.about(words.LINKED, row.group_id), f"group/{row.group_id}")


def _unlinked(_policy: Policy, row: IncidentLink) -> Told:
    return Told("", words.about(words.UNLINKED, row.group_id), f"group/{row.group_id}")


def _duty(policy: Policy, row: Obligation, what: Text, body: str | None = None) -> Told:
    """Who told or confirmed is in the audit log: the row keeps what, when and to whom."""
    rule = policy.obligations.rule(row.code)
    named = words.about(what, rule.text)
    return Told("", Text(vi=f"{named.vi} → {row.recipient}", en=f"{named.en} → {row.recipient}"), f"obligation/{row.id}", body=body)


def _duty_made(policy: Policy, row: Obligation) -> Told:
    return _duty(policy, row, words.OBLIGATION_MADE)


def _duty_sent(policy: Policy, row: Obligation) -> Told:
    return _duty(policy, row, words.OBLIGATION_SENT, row.sent_to)


def _duty_ended(policy: Policy, row: Obligation) -> Told:
    body = " · ".join(each for each in (row.receipt, row.reason) if each)
    return _duty(policy, row, words.OBLIGATION_ENDS[row.state], body or None)


def _asked(policy: Policy, row: Approval) -> Told:
    return Told(row.first, words.about(words.ASKED, policy.approvals.acts[row.act].text), f"approval/{row.id}")


def _answered(policy: Policy, row: Approval) -> Told:
    what = words.about(words.APPROVAL_ENDS[row.state], policy.approvals.acts[row.act].text)
    return Told(row.second or "", what, f"approval/{row.id}", body=row.reason)


def _assigned(_policy: Policy, row: IncidentAssignment) -> Told:
    return Told("", words.about(words.ASSIGNED, row.person), f"assignment/{row.id}", body=row.cause)


def _comment(_policy: Policy, row: Comment) -> Told:
    text = row.text if row.withdrawn_us is None else None
    return Told(row.author, words.COMMENT, f"comment/{row.id}", body=text, tlp=row.tlp)


def _comment_withdrawn(_policy: Policy, row: Comment) -> Told:
    return Told(row.withdrawn_by or "", words.COMMENT_WITHDRAWN, f"comment/{row.id}", body=row.withdrawn_reason, tlp=row.tlp)


def _work(_policy: Policy, row: WorkTransition) -> Told:
    body = "\n".join(f"{name}: {value}" for name, value in sorted(row.fields.items()))
    text = words.WORK[row.machine][row.action]
    return Told(row.actor, text, f"{row.machine}/{row.object_id}", row.second, body or None)


def _observable(_policy: Policy, row: Observable) -> Told:
    return Told("", words.about(words.OBSERVABLE, f"{row.kind} {row.value}"), f"observable/{row.id}", tlp=row.tlp)


def _notice(_policy: Policy, row: NoticeRow) -> Told:
    return Told(
        "", words.about(words.NOTICE, row.recipient), f"notice/{row.id}", body=f"{row.template} · {row.channel}", tlp=row.tlp
    )


#: In the order in which things of one moment are told; the number of a source is part of a cursor, so new ones go to the end.
SOURCES: tuple[Source, ...] = (
    Source(
        "transition",
        IncidentTransition,
        IncidentTransition.at_us,
        IncidentTransition.id,
        lambda incident: IncidentTransition.incident_id == incident.id,
        _transition,
    ),
    Source(
        "change",
        AuditRow,
        AuditRow.at_us,
        AuditRow.seq,
        lambda incident: and_(AuditRow.object == f"incident/{incident.id}", AuditRow.act.in_(words.CHANGES)),
        _change,
    ),
    Source(
        "revision",
        IncidentRevision,
        IncidentRevision.at_us,
        IncidentRevision.number,
        lambda incident: IncidentRevision.incident_id == incident.id,
        _revision,
    ),
    Source(
        "link",
        IncidentLink,
        IncidentLink.linked_us,
        IncidentLink.id,
        lambda incident: IncidentLink.incident_id == incident.id,
        _linked,
    ),
    Source(
        "unlink",
        IncidentLink,
        IncidentLink.unlinked_us,
        IncidentLink.id,
        lambda incident: IncidentLink.incident_id == incident.id,
        _unlinked,
    ),
    Source(
        "obligation",
        Obligation,
        Obligation.made_us,
        Obligation.id,
        lambda incident: Obligation.incident_id == incident.id,
        _duty_made,
    ),
    Source(
        "obligation_sent",
        Obligation,
        Obligation.sent_us,
        Obligation.id,
        lambda incident: Obligation.incident_id == incident.id,
        _duty_sent,
    ),
    Source(
        "obligation_ended",
        Obligation,
        Obligation.ended_us,
        Obligation.id,
        lambda incident: Obligation.incident_id == incident.id,
        _duty_ended,
    ),
    Source("approval", Approval, Approval.asked_us, Approval.id, lambda incident: Approval.incident_id == incident.id, _asked),
    Source(
        "approval_ended",
        Approval,
        Approval.ended_us,
        Approval.id,
        lambda incident: Approval.incident_id == incident.id,
        _answered,
    ),
    Source(
        "assignment",
        IncidentAssignment,
        IncidentAssignment.at_us,
        IncidentAssignment.id,
        lambda incident: IncidentAssignment.incident_id == incident.id,
        _assigned,
    ),
    Source("comment", Comment, Comment.at_us, Comment.id, lambda incident: Comment.incident_id == incident.id, _comment),
    Source(
        "comment_withdrawn",
        Comment,
        Comment.withdrawn_us,
        Comment.id,
        lambda incident: Comment.incident_id == incident.id,
        _comment_withdrawn,
    ),
    Source(
        "work",
        WorkTransition,
        WorkTransition.at_us,
        WorkTransition.id,
        lambda incident: WorkTransition.incident_id == incident.id,
        _work,
    ),
    Source(
        "observable",
        Observable,
        Observable.first_us,
        Observable.id,
        lambda incident: Observable.incident_id == incident.id,
        _observable,
    ),
    Source(
        "notice",
        NoticeRow,
        NoticeRow.sent_us,
        NoticeRow.id,
        lambda incident: NoticeRow.subject == f"incident/{incident.id}",
        _notice,
    ),
)
