"""Comments on incidents and on triage groups: who is named by account is told; what was written is never edited."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.alerts.queue import visible_group
from incident_api.casework import observing, record, telling
from incident_api.casework.models import Comment
from incident_api.casework.schemas import CommentsAnswer, CommentView, WriteComment
from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.sharing import TLP_ORDER
from incident_api.incidents.models import Incident
from incident_api.incidents.visibility import exists_for, visible_incident
from incident_api.people import service as people
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.errors import KhienError
from khien.text import normalise

if TYPE_CHECKING:
    from incident_api.http.identity import Caller

Subject = Incident | TriageGroup
#: Not within a word: `ops@bensen.example` mentions nobody.
_MENTION = re.compile(r"(?<![\w.@/-])@([a-z0-9](?:[a-z0-9_-]|\.(?=[a-z0-9])){0,62})")
#: What a group's comments are marked when their author says nothing else.
_GROUP_TLP = "AMBER"


def subject_of(session: Session, *, caller: Caller, incident_id: str | None = None, group_id: str | None = None) -> Subject:
    """The incident or the group, if it exists for this person."""
    if incident_id is not None:
        return visible_incident(session, caller=caller, incident_id=incident_id)
    assert group_id is not None, "one of both"
    if Right.ALERTS_READ not in caller.person.rights:
        raise KhienError("session.forbidden", right=Right.ALERTS_READ.value)
    return visible_group(session, caller=caller, group_id=group_id)


def write(runtime: Runtime, session: Session, subject: Subject, *, author: Person, request: WriteComment) -> Comment:
    """Keep it, tell whom it names, and take the observables from it. Raises `comment.mention_*` before anything is kept."""
    now, text = runtime.clock.now_us(), normalise(request.text)
    is_incident = isinstance(subject, Incident)
    tlp = request.tlp or (subject.tlp if isinstance(subject, Incident) else _GROUP_TLP)
    mentions = _mentions(session, subject, text=text, tlp=tlp, author=author)
    comment = Comment(
        incident_id=subject.id if is_incident else None,
        group_id=None if is_incident else subject.id,
        author=author.id,
        at_us=now,
        text=text,
        tlp=tlp,
        mentions=mentions,
    )
    session.add(comment)
    session.flush()
    record.noted(
        runtime,
        session,
        subject,
        act="comment.write",
        actor=Actor.of(author),
        before=None,
        after={"comment": comment.id, "text_sha256": sha256_of(text), "tlp": tlp, "mentions": mentions},
        now_us=now,
    )
    telling.mentioned(runtime, session, subject, comment, author=author)
    if isinstance(subject, Incident):
        observing.take_text(runtime, session, subject, text, reference=f"comment/{comment.id}", tlp=tlp, now_us=now)
    return comment


def withdraw(runtime: Runtime, session: Session, *, caller: Caller, comment_id: int, reason: str) -> Comment:
    """Its author or a shift lead takes it back: the text is shown no more, that there was one is."""
    comment = session.get(Comment, comment_id)
    if comment is None:
        raise KhienError("comment.not_found", object=str(comment_id))
    try:
        subject = subject_of(session, caller=caller, incident_id=comment.incident_id, group_id=comment.group_id)
    except KhienError as error:
        raise KhienError("comment.not_found", object=str(comment_id)) from error
    if comment.withdrawn_us is not None:
        raise KhienError("comment.withdrawn")
    if comment.author != caller.person.id and not caller.person.rights & {Right.INCIDENTS_DECIDE, Right.ALERTS_ASSIGN}:
        raise KhienError("comment.not_yours", author=comment.author)
    now = runtime.clock.now_us()
    comment.withdrawn_us, comment.withdrawn_by, comment.withdrawn_reason = now, caller.person.id, normalise(reason)
    session.flush()
    record.noted(
        runtime,
        session,
        subject,
        act="comment.withdraw",
        actor=Actor.of(caller.person),
        before={"comment": comment.id, "text_sha256": sha256_of(comment.text)},
        after={"comment": comment.id, "withdrawn": True},
        now_us=now,
        reason=comment.withdrawn_reason,
    )
    return comment


def listed(
    runtime: Runtime,
    *,
    caller: Caller,
    incident_id: str | None = None,
    group_id: str | None = None,
    before: int | None,
    limit: int,
) -> CommentsAnswer:
    """Newest first, by keyset."""
    with runtime.database.read() as session:
        subject = subject_of(session, caller=caller, incident_id=incident_id, group_id=group_id)
        query = select(Comment).where(_of(subject))
        if before is not None:
            query = query.where(Comment.id < before)
        found = session.scalars(query.order_by(Comment.id.desc()).limit(limit + 1)).all()
        shown = found[:limit]
        views = viewed(session, list(shown), clearance=session.get_one(PersonRow, caller.person.id).clearance)
    return CommentsAnswer(comments=views, next=shown[-1].id if len(found) > limit else None)


def is_withheld(*, tlp: str, clearance: str) -> bool:
    """Whether a marking is above what somebody may read."""
    return TLP_ORDER.index(clearance) < TLP_ORDER.index(tlp)


def viewed(session: Session, comments: list[Comment], *, clearance: str) -> list[CommentView]:
    """As somebody with this clearance reads them: of what is marked above it that it is there, by whom and how it is marked."""
    wanted = {each.author for each in comments} | {each.withdrawn_by for each in comments if each.withdrawn_by}
    names = people.briefs(session, wanted)
    return [
        CommentView.model_validate(
            {
                "id": each.id,
                "author": names[each.author],
                "at_us": each.at_us,
                "text": None if each.withdrawn_us is not None or is_withheld(tlp=each.tlp, clearance=clearance) else each.text,
                "tlp": each.tlp,
                "mentions": each.mentions,
                "withdrawn_us": each.withdrawn_us,
                "withdrawn_by": names[each.withdrawn_by] if each.withdrawn_by else None,
                "withdrawn_reason": None if is_withheld(tlp=each.tlp, clearance=clearance) else each.withdrawn_reason,
            }
        )
        for each in comments
    ]


def mentions_in(text: str) -> list[str]:
    """The accounts that a text names, each once in order."""
    return list(dict.fromkeys(_MENTION.findall(text)))


def _of(subject: Subject) -> ColumnElement[bool]:
    return Comment.incident_id == subject.id if isinstance(subject, Incident) else Comment.group_id == subject.id


def _mentions(session: Session, subject: Subject, *, text: str, tlp: str, author: Person) -> list[str]:
    """Everybody named must exist and be allowed to read it; a word behind an @ that is like no account is only a word."""
    names = mentions_in(text)
    if not names:
        return []
    known = set(session.scalars(select(PersonRow.id)))
    kinds = {each.partition(".")[0] for each in known}
    mentioned = []
    for name in names:
        if name not in known:
            if name.partition(".")[0] in kinds:
                raise KhienError("comment.mention_unknown", person=name)
            continue
        row = session.get_one(PersonRow, name)
        if not (row.is_active and _may_read(session, subject, row, tlp=tlp)):
            raise KhienError("comment.mention_not_for", person=name)
        if name != author.id:
            mentioned.append(name)
    return mentioned


def _may_read(session: Session, subject: Subject, row: PersonRow, *, tlp: str) -> bool:
    person = Person.of(row)
    if is_withheld(tlp=tlp, clearance=row.clearance):
        return False
    if isinstance(subject, Incident):
        return exists_for(session, person, subject)
    units = person.visible_units
    return Right.ALERTS_READ in person.rights and (units is None or bool(set(units) & set(subject.units)))
