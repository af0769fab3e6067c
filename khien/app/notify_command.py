"""`khien notify test`: one message to somebody by a real channel, step by step, and a clear end."""

from __future__ import annotations

import sys

import orjson

from incident_api.notifications import sender, service
from incident_api.notifications.models import NoticeRow
from incident_api.notifications.states import REACHED, State
from incident_api.opening import opened
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.clock import SystemClock
from khien.errors import KhienError


def test(context: Context) -> int:
    """Put, plan, send, and say at each step what happened; exit 0 when the channel took it, else 5."""
    to, channel = context.arguments.to, context.arguments.channel
    with opened(settings_of(context), clock=SystemClock()) as runtime:
        names = ", ".join(runtime.notifications.channels) or "–"
        context.tell(context.say("notify.channels", names=names))
        with runtime.database.write() as session:
            notice_id = service.put_test(runtime, session, to=to, channel=channel, actor=Actor.job("command-line")).id
        sender.plan_due(runtime, now_us=runtime.clock.now_us())
        planned = _row(runtime, notice_id)
        if planned.via is not None and planned.bundle is not None:
            context.tell(context.say("notify.resolved", to=to, via=planned.via, address=planned.address or "–"))
            sender.send_one(runtime, via=planned.via, bundle=planned.bundle)
        row = _row(runtime, notice_id)
    if context.arguments.json:
        document = {"id": row.id, "to": to, "state": row.state, "via": row.via, "address": row.address, "reason": row.reason}
        sys.stdout.write(orjson.dumps(document).decode() + "\n")
    if row.state not in REACHED:
        raise KhienError("notify.not_sent", to=to, state=row.state, reason=row.reason or "–")
    if not context.arguments.json:
        where = context.say("notify.on_the_page") if row.state == State.DELIVERED and row.via is None else row.address or "–"
        sys.stdout.write(context.say("notify.sent", to=to, address=where) + "\n")
    return 0


def _row(runtime: Runtime, notice_id: int) -> NoticeRow:
    with runtime.database.read() as session:
        return session.get_one(NoticeRow, notice_id)
