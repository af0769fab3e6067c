"""Notices as people read them, confirm them, and try them out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.http.schemas import MOST, LocalText
from incident_api.notifications import outbox, rendering, words
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.schemas import NoticesAnswer, NoticeView
from incident_api.notifications.states import REACHED, State, moved
from incident_api.people.person import Actor
from incident_api.people.rights import Right
from incident_api.runtime import Runtime
from khien.errors import KhienError

if TYPE_CHECKING:
    from incident_api.http.identity import Caller


def listing(
    runtime: Runtime,
    *,
    caller: Caller,
    is_team: bool,
    states: list[State],
    subject: str | None,
    after: str | None,
    limit: int,
) -> NoticesAnswer:
    """Notices of the caller; of everybody for those who lead, and without content for whoever runs the system."""
    if is_team and Right.NOTICES_TEAM not in caller.person.rights:
        raise KhienError("session.forbidden", right=Right.NOTICES_TEAM.value)
    mine: ColumnElement[bool] = true() if is_team else NoticeRow.recipient == caller.person.id
    if subject is not None:
        mine = mine & (NoticeRow.subject == subject)
    query = select(NoticeRow).where(mine).order_by(NoticeRow.id.desc()).limit(limit + 1)
    if states:
        query = query.where(NoticeRow.state.in_([each.value for each in states]))
    if after is not None:
        query = query.where(NoticeRow.id < min(int(after), MOST))
    with runtime.database.read() as session:
        rows = session.scalars(query).all()
        counts = session.execute(select(NoticeRow.state, func.count()).where(mine).group_by(NoticeRow.state))
        return NoticesAnswer(
            rows=[_view(runtime, row, caller=caller) for row in rows[:limit]],
            states={State(state): int(count) for state, count in counts},
            channels=list(runtime.notifications.channels),
            next=str(rows[limit - 1].id) if len(rows) > limit else None,
        )


def confirm(runtime: Runtime, session: Session, *, caller: Caller, notice_id: int) -> NoticeView:
    """The recipient says that it was read; once. Somebody else's notice does not exist."""
    row = session.get(NoticeRow, notice_id)
    if row is None or row.recipient != caller.person.id:
        raise KhienError("notice.not_found", object=str(notice_id))
    if row.state != State.RECEIPTED:
        if row.state not in REACHED:
            raise KhienError("notice.not_there_yet", state=row.state)
        now = runtime.clock.now_us()
        row.state, row.receipt = moved(row.state, State.RECEIPTED), "app"
        row.ended_us, row.version = now, row.version + 1
        audit.append(
            session,
            at_us=now,
            actor=Actor.of(caller.person),
            act="notice.receipt",
            object_name=f"notice/{row.id}",
            before=None,
            after={"subject": row.subject, "recipient": row.recipient},
            policy_version=runtime.policy.label,
        )
    return _view(runtime, row, caller=caller)


def put_test(runtime: Runtime, session: Session, *, to: str, channel: outbox.Channel, actor: Actor) -> NoticeRow:
    """A test to somebody, on record like any other notice."""
    now = runtime.clock.now_us()
    seq = audit.append(
        session,
        at_us=now,
        actor=actor,
        act="notice.test",
        object_name=f"recipient/{to}",
        before=None,
        after={"to": to, "channel": channel},
        policy_version=runtime.policy.label,
    )
    notice = outbox.Notice(
        key=f"test/{seq}",
        subject=f"system/test-{seq}",
        template="test",
        recipient=to,
        channel=channel,
        urgency="M1",
        values={"person": actor.id, "when": words.moment(now)},
        tlp="CLEAR",
        simulated=False,
    )
    made = outbox.put(runtime, session, notice, now_us=now)
    return session.get_one(NoticeRow, made)


def try_out(runtime: Runtime, session: Session, *, caller: Caller, to: str, channel: outbox.Channel) -> NoticeView:
    """The same for a route; the list says what became of it."""
    return _view(runtime, put_test(runtime, session, to=to, channel=channel, actor=Actor.of(caller.person)), caller=caller)


def _view(runtime: Runtime, row: NoticeRow, *, caller: Caller) -> NoticeView:
    is_own = row.recipient == caller.person.id
    reads = is_own or Right.ALERTS_READ in caller.person.rights or row.subject.startswith("system/")
    resolved = row.resolved or {}
    name = resolved.get("name")
    return NoticeView.model_validate(
        {
            "id": row.id,
            "subject": row.subject,
            "template": row.template,
            "title": _title(runtime, row) if reads and row.state != State.WITHHELD else None,
            "recipient": row.recipient,
            "channel": row.channel,
            "urgency": row.urgency,
            "tlp": row.tlp,
            "state": row.state,
            "reason": row.reason,
            "contact": None if name is None else LocalText(vi=name["vi"], en=name["en"]),
            "via": resolved.get("via"),
            "kind": resolved.get("kind"),
            "address": row.address,
            "made_us": row.made_us,
            "next_at_us": row.next_at_us,
            "sent_us": row.sent_us,
            "ended_us": row.ended_us,
            "attempts": row.attempts,
            "receipt": row.receipt,
        }
    )


def _title(runtime: Runtime, row: NoticeRow) -> LocalText | None:
    """As it reads; a notice from before there were texts has none."""
    city = runtime.organisation.name
    try:
        vi = rendering.block(row.template, "vi", "subject", row.fields, city=city.vi)
        en = rendering.block(row.template, "en", "subject", row.fields, city=city.en)
    except KhienError:
        return None
    return LocalText(vi=vi, en=en)
