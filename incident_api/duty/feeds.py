"""Calendar feeds: an address with a token that names nothing, of which only the hash is stored, and which its owner can revoke."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.duty import current, ics_out
from incident_api.duty.models import DutyFeed, DutyState
from incident_api.duty.schemas import MakeFeed
from incident_api.duty.wall import DAY_US
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.errors import KhienError

#: What a feed shows: two weeks back, three months ahead.
BACK_US, AHEAD_US = 15 * DAY_US, 90 * DAY_US
MOST_FEEDS = 10


def make(session: Session, *, person: Person, request: MakeFeed, now_us: int) -> tuple[DutyFeed, str]:
    """A new address; gives the token, this once. Raises `duty.too_many_feeds`."""
    alive = select(func.count()).select_from(DutyFeed).where(DutyFeed.owner == person.id, DutyFeed.revoked_us.is_(None))
    if (session.scalar(alive) or 0) >= MOST_FEEDS:
        raise KhienError("duty.too_many_feeds", limit=MOST_FEEDS)
    token = secrets.token_urlsafe(32)
    row = DutyFeed(
        token_sha256=_digest(token),
        kind=request.kind,
        owner=person.id,
        name=request.name,
        made_us=now_us,
        revoked_us=None,
        version=1,
    )
    session.add(row)
    session.flush()
    audit.append(
        session,
        at_us=now_us,
        actor=Actor.of(person),
        act="duty.feed.make",
        object_name=f"duty/feed/{row.id}",
        before=None,
        after={"kind": row.kind, "owner": row.owner, "name": row.name},
    )
    return row, token


def revoke(session: Session, *, person: Person, feed_id: int, now_us: int) -> DutyFeed:
    """One's own, or anybody's for whoever edits the rota; twice changes nothing."""
    row = session.get(DutyFeed, feed_id)
    if row is None or (row.owner != person.id and Right.DUTY_EDIT not in person.rights):
        raise KhienError("duty.unknown", what=f"feed {feed_id}")
    if row.revoked_us is None:
        row.revoked_us, row.version = now_us, row.version + 1
        session.flush()
        audit.append(
            session,
            at_us=now_us,
            actor=Actor.of(person),
            act="duty.feed.revoke",
            object_name=f"duty/feed/{row.id}",
            before={"revoked_us": None},
            after={"revoked_us": now_us},
        )
    return row


def own(runtime: Runtime, *, person: Person) -> list[DutyFeed]:
    """Somebody's addresses, the newest first."""
    with runtime.database.read() as session:
        return list(session.scalars(select(DutyFeed).where(DutyFeed.owner == person.id).order_by(DutyFeed.id.desc()).limit(100)))


def read(runtime: Runtime, *, token: str, now_us: int) -> bytes:
    """The file behind an address. Whose owner may no longer see the rota, or was disabled, has none. Raises `duty.unknown`."""
    with runtime.database.read() as session:
        row, owner = _alive(session, token)
        if row.kind == "board":
            raise KhienError("duty.unknown", what="feed")
        shifts = current.between(runtime, session, now_us - BACK_US, now_us + AHEAD_US)
        if row.kind == "person":
            shifts = [each for each in shifts if each.person == row.owner]
        state = session.get_one(DutyState, 1)
        is_vietnamese = owner.language == "vi"
        wanted = {each.person for each in shifts}
        people = session.scalars(select(PersonRow).where(PersonRow.id.in_(wanted)))
        names = {each.id: each.name_vi if is_vietnamese else each.name_en for each in people}
        return ics_out.calendar_of(
            shifts,
            zone=current.roster(runtime, session).plan.zone,
            city=runtime.organisation.id,
            names=names,
            name=row.name,
            revision=state.revision,
            changed_us=state.changed_us,
            language=owner.language,
        )


def owner_of_board(runtime: Runtime, *, token: str) -> Person:
    """Whose board stands behind an address. Raises `duty.unknown`."""
    with runtime.database.read() as session:
        row, owner = _alive(session, token)
        if row.kind != "board":
            raise KhienError("duty.unknown", what="board")
        return Person.of(owner)


def _alive(session: Session, token: str) -> tuple[DutyFeed, PersonRow]:
    """The address, unless it was revoked or its owner was disabled or may no longer see the rota."""
    row = session.scalar(select(DutyFeed).where(DutyFeed.token_sha256 == _digest(token)))
    owner = None if row is None else session.get(PersonRow, row.owner)
    if row is None or row.revoked_us is not None or owner is None or not owner.is_active:
        raise KhienError("duty.unknown", what="feed")
    if Right.DUTY_READ not in Person.of(owner).rights:
        raise KhienError("duty.unknown", what="feed")
    return row, owner


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
