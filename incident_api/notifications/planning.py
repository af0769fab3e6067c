"""Which message goes where: recipients are resolved, what is above their TLP is withheld, and what belongs together is bundled.

Runs in one writing transaction and never touches the network. A message's key is fixed here, before the first attempt, and stays.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.notifications import ladder, subjects, telling
from incident_api.notifications.ladder import Rung, Ways
from incident_api.notifications.models import NoticeRow, ReplyCode
from incident_api.notifications.numbers import normal
from incident_api.notifications.states import State, moved
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS

#: A round of planning is one transaction: short enough that nobody waits for it.
_ROUND = 200
BUNDLE_MOST = 30
_AGAIN_US = 600 * MICROSECONDS
#: After a day nobody is told any more; it stays on record as dead or without endpoint.
GIVE_UP_US = 24 * 3600 * MICROSECONDS
_CODE_US = 24 * 3600 * MICROSECONDS
#: Texts that somebody may answer with `NHAN 1234`.
ANSWERABLE = frozenset({"alert_assigned", "alert_unanswered", "alert_reminder", "duty_confirm", "obligation_told"})
GRAVEST_FIRST = case((NoticeRow.urgency == "M1", 0), else_=1)
_JOB = Actor.job("notifications")


def plan(runtime: Runtime, session: Session, *, now_us: int) -> int:
    """Plan what is due; gives how many notices were looked at. Inside a writing transaction."""
    rows = _due(runtime, session, now_us=now_us)
    ready: dict[tuple[str, ...], list[tuple[NoticeRow, Rung]]] = {}
    for row in rows:
        found = _reachable(runtime, session, row, now_us=now_us)
        if found is None:
            continue
        rung = found.rungs[row.rung % len(found.rungs)]
        _resolve(session, row, found, rung)
        if row.bundle is not None:
            _place(row, rung, bundle=row.bundle, now_us=now_us)
            _give_code(session, [row], rung, bundle=row.bundle, now_us=now_us)
        else:
            alone = (str(row.id),) if row.urgency == "M1" else ()
            ready.setdefault((rung.via, rung.address, row.recipient, *alone), []).append((row, rung))
    for together in ready.values():
        _bundle(runtime, session, together, now_us=now_us)
    session.flush()
    return len(rows)


def _due(runtime: Runtime, session: Session, *, now_us: int) -> Sequence[NoticeRow]:
    known = tuple(runtime.notifications.channels)
    waiting = select(NoticeRow).where(
        NoticeRow.state.in_((State.QUEUED, State.FAILED, State.NO_ENDPOINT)),
        NoticeRow.next_at_us <= now_us,
        or_(NoticeRow.via.is_(None), NoticeRow.via.not_in(known)),
    )
    first = list(session.scalars(waiting.order_by(GRAVEST_FIRST, NoticeRow.id).limit(_ROUND)))
    # A message that is repeated is repeated whole.
    bundles = {row.bundle for row in first if row.bundle is not None}
    rest = session.scalars(waiting.where(NoticeRow.bundle.in_(bundles))) if bundles else ()
    return list({row.id: row for row in (*first, *rest)}.values())


def _reachable(runtime: Runtime, session: Session, row: NoticeRow, *, now_us: int) -> Ways | None:
    """The ways to the recipient; None when it ends here, with the reason stored."""
    subject = subjects.of(runtime, session, row)
    if not subject.matters:
        _end(row, State.WITHDRAWN, reason="no_longer_needed", now_us=now_us)
        return None
    ways = ladder.of(runtime, session, row, now_us=now_us)
    if not ways.rungs:
        is_over = now_us - row.made_us >= GIVE_UP_US
        _end(row, State.NO_ENDPOINT, reason=ways.why, now_us=now_us)
        row.next_at_us = None if is_over else now_us + _AGAIN_US
        return None
    decided = telling.decide(runtime, session, row, subject=subject, contact=ways.contact)
    if decided.why is not None:
        withhold(runtime, session, row, why=decided.why, now_us=now_us)
        return None
    return ways


def withhold(runtime: Runtime, session: Session, row: NoticeRow, *, why: str, now_us: int) -> None:
    """It is above what the recipient may be told: that it did not leave is on record with the reason."""
    _end(row, State.WITHHELD, reason=why, now_us=now_us)
    audit.append(
        session,
        at_us=now_us,
        actor=_JOB,
        act="notice.withheld",
        object_name=f"notice/{row.id}",
        before=None,
        after={"subject": row.subject, "recipient": row.recipient, "why": why},
        policy_version=runtime.policy.label,
    )


def _resolve(session: Session, row: NoticeRow, ways: Ways, rung: Rung) -> None:
    contact = ways.contact
    assert contact is not None
    before: dict[str, Any] = row.resolved or {}
    is_same = before.get("via") == rung.via and before.get("address") == rung.address
    person = session.get(PersonRow, contact.id)
    row.resolved = {
        "contact": contact.id,
        "name": contact.name.model_dump(),
        "unit": contact.unit,
        "language": person.language if person is not None else "vi",
        "via": rung.via,
        "kind": rung.kind,
        "address": rung.address,
        "rungs": len(ways.rungs),
        "tries": before.get("tries", 0) if is_same else 0,
        "is_stale": contact.is_stale,
    }


def _bundle(runtime: Runtime, session: Session, together: Sequence[tuple[NoticeRow, Rung]], *, now_us: int) -> None:
    """The first goes at once; what follows within the window waits for its end and goes as one message."""
    head, rung = together[0]
    if head.urgency != "M1":
        wait_us = runtime.notifications.bundle_seconds * MICROSECONDS
        last = session.scalar(
            select(func.max(NoticeRow.planned_us)).where(
                NoticeRow.via == rung.via, NoticeRow.address == rung.address, NoticeRow.urgency != "M1"
            )
        )
        if last is not None and now_us - last < wait_us:
            for row, _ in together:
                row.next_at_us = last + wait_us
            return
    for start in range(0, len(together), BUNDLE_MOST):
        part = together[start : start + BUNDLE_MOST]
        key = bundle_key(part[0][0])
        for row, _ in part:
            _place(row, rung, bundle=key, now_us=now_us)
        _give_code(session, [row for row, _ in part], rung, bundle=key, now_us=now_us)


def bundle_key(head: NoticeRow) -> str:
    """The key of a message on the wire: the same for the same step, recipient and channel, whoever reckons it."""
    return hashlib.sha256(f"{head.key}\n{head.recipient}\n{head.channel}\n{head.made_us}".encode()).hexdigest()[:32]


def _place(row: NoticeRow, rung: Rung, *, bundle: str, now_us: int) -> None:
    row.via, row.address, row.bundle, row.planned_us = rung.via, rung.address, bundle, now_us
    if row.state == State.NO_ENDPOINT:
        row.state = moved(row.state, State.QUEUED)
    row.ended_us = None
    row.version += 1


def _give_code(session: Session, rows: Iterable[NoticeRow], rung: Rung, *, bundle: str, now_us: int) -> None:
    """A short code for the answer, one a message and number; four digits that this number does not have open."""
    row = next((each for each in rows if each.template in ANSWERABLE), None)
    number = normal(rung.address)
    if rung.kind != "sms" or row is None or row.resolved is None or number is None:
        return
    known = select(ReplyCode.id).where(ReplyCode.bundle == bundle, ReplyCode.number == number)
    if session.scalar(known) is not None:
        return
    taken = set(session.scalars(select(ReplyCode.code).where(ReplyCode.number == number, ReplyCode.expires_us > now_us)))
    free = [code for code in (f"{number:04}" for number in range(1000, 10_000)) if code not in taken]
    if free:
        session.add(
            ReplyCode(
                code=secrets.choice(free),
                number=number,
                bundle=bundle,
                contact=str(row.resolved["contact"]),
                made_us=now_us,
                expires_us=now_us + _CODE_US,
            )
        )
        session.flush()


def _end(row: NoticeRow, state: State, *, reason: str | None, now_us: int) -> None:
    row.state, row.reason, row.ended_us, row.next_at_us = moved(row.state, state), reason, now_us, None
    row.version += 1
