"""The outbox: what somebody is to be told is stored in the transaction of the act that causes it, and sent afterwards.

`put` never sends and never waits. The same key, recipient and channel is told once, however often the step is repeated. Whoever
ends the cause calls `withdraw` in the same transaction: what is not sent yet is dropped then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from incident_api.database import put_off
from incident_api.notifications import templates
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import WAITING, State
from incident_api.people.known import known
from incident_api.runtime import Runtime
from incident_api.stream import service as stream

Channel = Literal["app", "first", "second", "voice"]
Urgency = Literal["M1", "high", "normal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell one recipient.

    `key` names the step (`escalation/17/2`); `subject` the thing it is about (`group/…`, `incident/…`, `obligation/…`,
    `approval/…`, `duty/…`, `system/…`); `recipient` a person or an endpoint of a party, resolved when it is sent. `values` fill
    the template; a value that depends on the language comes twice, `title_vi` and `title_en` for `title`.
    """

    key: str
    subject: str
    template: str
    recipient: str
    channel: Channel
    urgency: Urgency
    values: Mapping[str, str]
    tlp: str
    simulated: bool


def put(runtime: Runtime, session: Session, notice: Notice, *, now_us: int, is_new: bool = False) -> int | None:
    """Store a notice; None when this step was told already. Raises `notice.*` for a template or values that cannot be told.

    `is_new`: what the key names began in this transaction, so that only this transaction can have told it; then its number is not
    known before the transaction is written (None).
    """
    templates.check(notice.template, notice.values)
    if _is_told(session, notice, is_new=is_new):
        return None
    person = known(session, notice.recipient)
    # A party has no page: what is meant for the page goes by its first channel.
    channel = "first" if notice.channel == "app" and person is None else notice.channel
    state = first_state(runtime, channel=channel, simulated=notice.simulated)
    columns: dict[str, Any] = {
        "key": notice.key,
        "subject": notice.subject,
        "template": notice.template,
        "recipient": notice.recipient,
        "channel": channel,
        "urgency": notice.urgency,
        "fields": dict(notice.values),
        "tlp": notice.tlp,
        "simulated": notice.simulated,
        "state": state.value,
        "reason": "no_channel" if state is State.NO_ENDPOINT else None,
        "made_us": now_us,
        "next_at_us": now_us if state is State.QUEUED else None,
        "attempts": 0,
        "rung": 0,
        "sent_us": now_us if state is State.DELIVERED else None,
        "ended_us": None if state is State.QUEUED else now_us,
        "version": 1,
    }
    number = None
    if is_new:
        put_off(session, NoticeRow, **columns)
    else:
        row = NoticeRow(**columns)
        session.add(row)
        session.flush()
        number = row.id
    if state is State.DELIVERED and person is not None:
        stream.append(
            session,
            kind="notification",
            object_id=notice.subject.partition("/")[2][:64],
            version=1,
            at_us=now_us,
            units=(person.home,),
            person=person.id,
            keep=runtime.settings.stream_rows,
        )
        if _goes_further(runtime, notice):
            put(runtime, session, replace(notice, channel="first"), now_us=now_us, is_new=is_new)
    return number


def _is_told(session: Session, notice: Notice, *, is_new: bool) -> bool:
    if is_new:
        told: set[tuple[str, str, str]] = session.info.setdefault("told", set())
        mark = (notice.key, notice.recipient, notice.channel)
        is_known = mark in told
        told.add(mark)
        return is_known
    known = select(NoticeRow.id).where(
        NoticeRow.key == notice.key, NoticeRow.recipient == notice.recipient, NoticeRow.channel == notice.channel
    )
    return session.scalar(known) is not None


def withdraw(session: Session, subject: str, *, now_us: int | None) -> int:
    """Drop what is not sent yet of a subject; gives how many. What a channel is taking over right now may still arrive."""
    return withdraw_all(session, [subject], now_us=now_us)


def withdraw_all(session: Session, subjects: Sequence[str], *, now_us: int | None) -> int:
    """`withdraw` for many subjects at once."""
    session.flush()
    withdrawn = session.execute(
        update(NoticeRow)
        .where(NoticeRow.subject.in_(subjects), NoticeRow.state.in_(WAITING))
        .values(state=State.WITHDRAWN.value, next_at_us=None, ended_us=now_us, version=NoticeRow.version + 1)
        .returning(NoticeRow.id)
    ).all()
    # Who could not be reached stays on record as such, and is not tried again.
    session.execute(
        update(NoticeRow)
        .where(NoticeRow.subject.in_(subjects), NoticeRow.state == State.NO_ENDPOINT)
        .values(next_at_us=None, version=NoticeRow.version + 1)
    )
    return len(withdrawn)


def withdrawn(session: Session, subjects: Sequence[str], *, at_us: int) -> list[int]:
    """The notices that an act of that moment withdrew."""
    query = select(NoticeRow.id).where(
        NoticeRow.subject.in_(subjects), NoticeRow.state == State.WITHDRAWN, NoticeRow.ended_us == at_us
    )
    return list(session.scalars(query))


def put_back(session: Session, notices: Sequence[int], *, now_us: int) -> None:
    """Undo of `withdraw`: they wait again under their old keys; what a channel was taking over then is its sender's as before."""
    if not notices:
        return
    was_sending = NoticeRow.lease.is_not(None)
    for held, state, next_at_us in ((was_sending, State.SENDING, None), (~was_sending, State.QUEUED, now_us)):
        session.execute(
            update(NoticeRow)
            .where(NoticeRow.id.in_(notices), held)
            .values(state=state.value, next_at_us=next_at_us, ended_us=None, version=NoticeRow.version + 1)
        )


def first_state(runtime: Runtime, *, channel: str, simulated: bool) -> State:
    """What becomes of a notice as soon as it is put."""
    if simulated:
        return State.SIMULATED
    if channel == "app":
        return State.DELIVERED
    return State.QUEUED if runtime.notifications.channels else State.NO_ENDPOINT


def _goes_further(runtime: Runtime, notice: Notice) -> bool:
    """Whether this person's ladder for this urgency goes beyond the page."""
    kinds = runtime.notifications.kinds_of(notice.recipient, notice.urgency) or ()
    return not notice.simulated and any(kind != "app" for kind in kinds)
