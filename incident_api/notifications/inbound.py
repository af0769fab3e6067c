"""Answers by SMS: `NHAN 1234` from the number that the code was sent to takes the alert, as that person and on record.

The number of an SMS can be forged by somebody who can also read the code: the act is therefore no more than taking, which anybody
on duty may do and which is seen by all. Whatever comes twice is done once.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.alerts import transition
from incident_api.alerts.models import TriageGroup
from incident_api.alerts.states import Action
from incident_api.alerts.states import State as AlertState
from incident_api.audit import service as audit
from incident_api.notifications import outbox
from incident_api.notifications.channels.channel import Inbound
from incident_api.notifications.channels.gsm import without_accents
from incident_api.notifications.models import InboundMessage, NoticeRow, ReplyCode
from incident_api.notifications.numbers import normal
from incident_api.notifications.states import State, moved
from incident_api.organisation import contacts
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.runtime import Runtime
from khien.errors import KhienError

_ANSWER = re.compile(r"\s{0,9}(?:NHAN|OK)\s{0,9}[:.#-]?\s{0,9}([0-9]{4})(?![0-9])", re.IGNORECASE)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an answer led to, and what the sender is told."""

    name: str
    subject: str | None = None
    person: str | None = None
    vi: str = ""
    en: str = ""


def receive(runtime: Runtime, *, via: str, inbound: Inbound) -> str:
    """Store an answer and act on it; the same message again changes nothing. Gives what it led to."""
    now = runtime.clock.now_us()
    text = "".join(each if each.isprintable() else " " for each in inbound.text)[:_LONGEST]
    digest = hashlib.sha256(f"{inbound.number}\n{inbound.sent_at}\n{inbound.text}".encode("utf-8", "replace")).hexdigest()
    with runtime.database.write() as session:
        known = session.scalar(select(InboundMessage.outcome).where(InboundMessage.digest == digest))
        if known is not None:
            return str(known)
        outcome = _act(runtime, session, number=normal(inbound.number), text=text, now_us=now)
        session.add(
            InboundMessage(
                digest=digest,
                via=via,
                number=inbound.number[:32],
                text=text.replace("\0", " "),
                received_us=now,
                outcome=outcome.name,
                subject=outcome.subject,
                person=outcome.person,
            )
        )
        if outcome.person is not None and outcome.vi:
            _answer(runtime, session, outcome, digest=digest, now_us=now)
    return outcome.name


def _act(runtime: Runtime, session: Session, *, number: str | None, text: str, now_us: int) -> Outcome:
    found = _ANSWER.match(without_accents(text))
    if number is None or found is None:
        return Outcome("not_understood")
    code = session.scalar(
        select(ReplyCode)
        .where(ReplyCode.number == number, ReplyCode.code == found[1], ReplyCode.expires_us > now_us)
        .order_by(ReplyCode.id.desc())
        .limit(1)
    )
    if code is None:
        return Outcome("unknown_code")
    if not _is_still_theirs(runtime, session, code, now_us=now_us):
        return Outcome("number_changed", person=None)
    rows = session.scalars(select(NoticeRow).where(NoticeRow.bundle == code.bundle).order_by(NoticeRow.id)).all()
    outcomes = [_of_notice(runtime, session, row, code=code, now_us=now_us) for row in rows]
    code.used_us = code.used_us or now_us
    if not outcomes:
        return Outcome("unknown_code")
    return Outcome(
        outcomes[0].name,
        outcomes[0].subject,
        code.contact,
        vi=" ".join(dict.fromkeys(each.vi for each in outcomes)),
        en=" ".join(dict.fromkeys(each.en for each in outcomes)),
    )


def _of_notice(runtime: Runtime, session: Session, row: NoticeRow, *, code: ReplyCode, now_us: int) -> Outcome:
    kind, _, name = row.subject.partition("/")
    person = session.get(PersonRow, code.contact)
    is_new = row.state in {State.SENT, State.DELIVERED, State.DEAD}
    if is_new:
        row.state, row.receipt = moved(row.state, State.RECEIPTED), f"sms {code.number}"
        row.ended_us, row.version = now_us, row.version + 1
    if kind == "group" and person is not None:
        return _take(runtime, session, name, person=person)
    if is_new:
        audit.append(
            session,
            at_us=now_us,
            actor=Actor.of(Person.of(person)) if person is not None else Actor(code.contact, None, None),
            act="notice.receipt",
            object_name=f"notice/{row.id}",
            before=None,
            after={"subject": row.subject, "recipient": row.recipient},
            reason="sms",
            policy_version=runtime.policy.label,
        )
    return Outcome("confirmed", row.subject, vi="Đã ghi nhận xác nhận.", en="Your confirmation is recorded.")


def _take(runtime: Runtime, session: Session, group_id: str, *, person: PersonRow) -> Outcome:
    """A2 by the one function that executes the table, as this person; the audit record says that it came by SMS."""
    subject = f"group/{group_id}"
    group = session.get(TriageGroup, group_id)
    if group is None or not person.is_active:
        return Outcome("not_possible", subject, vi=f"Không thực hiện được với {group_id}.", en=f"Not possible for {group_id}.")
    if group.state == AlertState.TAKEN:
        by = "đ/c" if group.assignee == person.id else group.assignee
        by_en = "you" if group.assignee == person.id else group.assignee
        name = "taken_again" if group.assignee == person.id else "taken_by_another"
        return Outcome(name, subject, vi=f"Cảnh báo {group_id} đã do {by} tiếp nhận.", en=f"Alert {group_id} was taken by {by_en}.")
    act = transition.Act(Action.TAKE, group.version, reason="sms")
    try:
        transition.execute(runtime, session, group, person=Person.of(person), act=act)
    except KhienError as refused:
        return Outcome("refused", subject, vi=refused.whole("vi"), en=refused.whole("en"))
    return Outcome(
        "taken", subject, vi=f"Đã ghi nhận: đ/c tiếp nhận cảnh báo {group_id}.", en=f"Recorded: you took alert {group_id}."
    )


def _is_still_theirs(runtime: Runtime, session: Session, code: ReplyCode, *, now_us: int) -> bool:
    try:
        contact = contacts.resolve(runtime, session, code.contact, at_us=now_us)
    except KhienError:
        return False
    return any(channel.kind == "sms" and normal(channel.address) == code.number for channel in contact.channels)


def _answer(runtime: Runtime, session: Session, outcome: Outcome, *, digest: str, now_us: int) -> None:
    notice = outbox.Notice(
        key=f"sms-answer/{digest[:32]}",
        subject="system/sms-answer",
        template="sms_answer",
        recipient=outcome.person or "",
        channel="first",
        # Somebody stands there with the telephone in the hand: not bundled.
        urgency="M1",
        values={"text_vi": outcome.vi, "text_en": outcome.en},
        tlp="GREEN",
        simulated=False,
    )
    outbox.put(runtime, session, notice, now_us=now_us)
