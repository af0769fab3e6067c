"""One message from claim to outcome: claimed by compare-and-set under a lease, looked at again, sent at least once.

A process that dies between any two statements leaves a lease that runs out; the next sender repeats the message with the same key.
What was withdrawn meanwhile is not sent; what a channel was taking over at that moment is recorded as having left.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.notifications import composing, planning, subjects, telling
from incident_api.notifications.channels.channel import Channel, Message, NotTaken, Taken
from incident_api.notifications.models import NoticeRow, ReplyCode
from incident_api.notifications.numbers import normal
from incident_api.notifications.states import State, moved
from incident_api.organisation import contacts
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

#: Longer than any channel may take for one message.
LEASE_US = 150 * MICROSECONDS
_NEEDED_US = 100 * MICROSECONDS
_CLAIMED_AT_ONCE = 10
#: So many failures on one way, then the next way of the ladder.
_TRIES = 3
_LONGEST_US = {"M1": 120 * MICROSECONDS, "high": 600 * MICROSECONDS, "normal": 1800 * MICROSECONDS}
_FIRST_US = {"M1": 5 * MICROSECONDS, "high": 15 * MICROSECONDS, "normal": 30 * MICROSECONDS}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this sender holds."""

    bundle: str
    lease: str
    until_us: int


def claim(runtime: Runtime, *, via: str, now_us: int, limit: int = _CLAIMED_AT_ONCE, only: str | None = None) -> list[Claim]:
    """Take messages of a channel that are due, or whose sender died; of two senders one gets each."""
    with runtime.database.read() as session:
        if not _waiting(session, via=via, now_us=now_us, limit=1, only=only):
            return []
    found = []
    with runtime.database.write() as session:
        for bundle in _waiting(session, via=via, now_us=now_us, limit=limit, only=only):
            lease = secrets.token_hex(16)
            taken = session.execute(
                update(NoticeRow)
                .where(NoticeRow.bundle == bundle, _is_due(via=via, now_us=now_us))
                .values(
                    state=State.SENDING.value,
                    lease=lease,
                    lease_until_us=now_us + LEASE_US,
                    attempts=NoticeRow.attempts + 1,
                    next_at_us=None,
                    version=NoticeRow.version + 1,
                )
                .returning(NoticeRow.id)
            ).all()
            if taken:
                found.append(Claim(bundle, lease, now_us + LEASE_US))
    return found


def deliver(runtime: Runtime, channel: Channel, held: Claim) -> State | None:
    """Send one claimed message and store what became of it; None when there was nothing left to send."""
    now_us = runtime.clock.now_us()
    if held.until_us - now_us < _NEEDED_US:
        # Claimed together with slow ones: whoever comes next has the whole time again.
        _give_back(runtime, held)
        return None
    try:
        ready = _look_again(runtime, held, now_us=now_us)
        if ready is None:
            return None
        message, address, included = ready
        taken = channel.send(message, address=address)
    except NotTaken as refused:
        return _failed(runtime, held, refused, now_us=runtime.clock.now_us())
    except KhienError as error:
        # A text that cannot be filled or a secret that cannot be read: seen as a failure, tried again, never a silent loop.
        return _failed(runtime, held, NotTaken(str(error)), now_us=runtime.clock.now_us())
    return _sent(runtime, held, taken, included=included, now_us=runtime.clock.now_us())


def _is_due(*, via: str, now_us: int) -> ColumnElement[bool]:
    return and_(
        NoticeRow.via == via,
        or_(
            and_(NoticeRow.state.in_((State.QUEUED, State.FAILED)), NoticeRow.next_at_us <= now_us),
            and_(NoticeRow.state == State.SENDING, NoticeRow.lease_until_us <= now_us),
        ),
    )


def _waiting(session: Session, *, via: str, now_us: int, limit: int, only: str | None) -> list[str]:
    """Messages that are due, the gravest first. Each query walks an index and ends at its limit, however many wait."""
    queued, failed = (and_(NoticeRow.state == state, NoticeRow.next_at_us <= now_us) for state in (State.QUEUED, State.FAILED))
    orphaned = and_(NoticeRow.state == State.SENDING, NoticeRow.lease_until_us <= now_us)
    found: dict[str, None] = {}
    for urgency in (NoticeRow.urgency == "M1", NoticeRow.urgency != "M1"):
        for due in (orphaned, failed, queued):
            if len(found) >= limit:
                break
            query = select(NoticeRow.bundle).where(due, NoticeRow.via == via, NoticeRow.bundle.is_not(None), urgency)
            query = query.where(NoticeRow.bundle == only) if only is not None else query
            ordered = query.order_by(NoticeRow.next_at_us, NoticeRow.id).limit(limit * planning.BUNDLE_MOST)
            found.update(dict.fromkeys(str(bundle) for bundle in session.scalars(ordered)))
    return list(found)[:limit]


def _look_again(runtime: Runtime, held: Claim, *, now_us: int) -> tuple[Message, str, list[int]] | None:
    """What of the message still matters and may still be told, right before it leaves."""
    needless: list[NoticeRow] = []
    withheld: list[tuple[NoticeRow, str]] = []
    parts: list[composing.Part] = []
    with runtime.database.read() as session:
        rows = session.scalars(_held(held).where(NoticeRow.state == State.SENDING).order_by(NoticeRow.id)).all()
        for row in rows:
            subject = subjects.of(runtime, session, row)
            if not subject.matters:
                needless.append(row)
                continue
            try:
                contact = contacts.resolve(runtime, session, str((row.resolved or {}).get("contact", row.recipient)), at_us=now_us)
            except KhienError:
                contact = None
            decided = telling.decide(runtime, session, row, subject=subject, contact=contact)
            if decided.why is not None:
                withheld.append((row, decided.why))
            else:
                parts.append(composing.Part(row, decided))
        code = session.scalar(
            select(ReplyCode.code).where(ReplyCode.bundle == held.bundle, ReplyCode.number == normal(_address(rows)))
        )
        message = composing.message(runtime, parts, key=held.bundle, code=code) if parts else None
    if needless or withheld:
        _drop(runtime, held, needless, withheld, now_us=now_us)
    return None if message is None else (message, _address(rows), [part.row.id for part in parts])


def _address(rows: Sequence[NoticeRow]) -> str:
    return str(rows[0].address) if rows else ""


def _drop(runtime: Runtime, held: Claim, needless: list[NoticeRow], withheld: list[tuple[NoticeRow, str]], *, now_us: int) -> None:
    with runtime.database.write() as session:
        for row in session.scalars(_held(held).where(NoticeRow.id.in_([each.id for each in needless]))):
            if row.state == State.SENDING:
                row.state, row.reason, row.ended_us = moved(row.state, State.WITHDRAWN), "no_longer_needed", now_us
                row.lease, row.version = None, row.version + 1
        reasons = {each.id: why for each, why in withheld}
        for row in session.scalars(_held(held).where(NoticeRow.id.in_(reasons))):
            planning.withhold(runtime, session, row, why=reasons[row.id], now_us=now_us)
            row.lease = None


def _sent(runtime: Runtime, held: Claim, taken: Taken, *, included: list[int], now_us: int) -> State:
    state = State.DELIVERED if taken.state == "delivered" else State.SENT
    with runtime.database.write() as session:
        for row in session.scalars(_held(held).where(NoticeRow.id.in_(included))):
            if row.state == State.WITHDRAWN:
                row.state, row.reason = moved(row.state, State.SENT), "withdrawn_while_it_left"
            elif row.state == State.SENDING:
                row.state, row.reason = moved(row.state, state), None
            row.sent_us = row.ended_us = now_us
            row.lease = row.lease_until_us = None
            row.version += 1
    return state


def _failed(runtime: Runtime, held: Claim, refused: NotTaken, *, now_us: int) -> State:
    """Back-off on the same way, then the next way, and after a day the end, which is seen."""
    state = State.FAILED
    with runtime.database.write() as session:
        for row in session.scalars(_held(held).where(NoticeRow.state == State.SENDING)):
            resolved = dict(row.resolved or {})
            tries = int(resolved.get("tries", 0)) + 1
            ways = int(resolved.get("rungs", 1))
            row.reason = refused.reason
            row.via, row.lease, row.lease_until_us = None, None, None
            row.version += 1
            is_last_way = row.rung % ways == ways - 1
            if now_us - row.made_us >= planning.GIVE_UP_US or (refused.is_final and row.rung >= ways - 1):
                state = State.DEAD
                _bury(runtime, session, row, now_us=now_us)
                continue
            if refused.is_final or (tries >= _TRIES and not is_last_way):
                row.rung, tries = row.rung + 1, 0
                row.next_at_us = now_us
            else:
                row.next_at_us = now_us + _wait_us(row)
            row.state, row.resolved = moved(row.state, State.FAILED), resolved | {"tries": tries}
    _log.warning("a message by %s was not taken: %s", held.bundle, refused.reason)
    return state


def _bury(runtime: Runtime, session: Session, row: NoticeRow, *, now_us: int) -> None:
    row.state, row.next_at_us, row.ended_us = moved(row.state, State.DEAD), None, now_us
    audit.append(
        session,
        at_us=now_us,
        actor=Actor.job("notifications"),
        act="notice.dead",
        object_name=f"notice/{row.id}",
        before=None,
        after={"subject": row.subject, "recipient": row.recipient, "attempts": row.attempts, "why": row.reason},
        policy_version=runtime.policy.label,
    )


def _wait_us(row: NoticeRow) -> int:
    return min(_LONGEST_US[row.urgency], _FIRST_US[row.urgency] << min(row.attempts - 1, 12))


def _give_back(runtime: Runtime, held: Claim) -> None:
    with runtime.database.write() as session:
        for row in session.scalars(_held(held).where(NoticeRow.state == State.SENDING)):
            row.lease_until_us = 0
            row.version += 1


def _held(held: Claim) -> Select[NoticeRow]:
    return select(NoticeRow).where(NoticeRow.bundle == held.bundle, NoticeRow.lease == held.lease)
