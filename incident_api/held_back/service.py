"""Keeps the reports, and anchors the tuning journal: what the audit log has seen of it can no longer be taken away unseen."""

from __future__ import annotations

from sqlalchemy import select

from incident_api.audit import service as audit
from incident_api.held_back.models import HeldBackRow
from incident_api.held_back.schemas import ComponentHeldBack, HeldBack, HeldBackAnswer, PublishHeldBack
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream

_FIRST = "0" * 64


def publish(runtime: Runtime, *, component: str, body: PublishHeldBack) -> None:
    """Keep the newest report; a journal that went on, or that lost what the audit log knows, is an audit record."""
    now = runtime.clock.now_us()
    journal = body.held_back.journal
    with runtime.database.write() as session:
        row = session.get(HeldBackRow, component)
        if row is None:
            row = HeldBackRow(component=component, journal_seq=0, journal_head=_FIRST, rolled_back_us=None)
            session.add(row)
        row.received_us, row.document = now, body.held_back.model_dump(mode="json")
        act = None
        if not _holds(row, body):
            act = "tuning.rolled_back" if row.rolled_back_us is None else None
            row.rolled_back_us = row.rolled_back_us or now
        elif journal.seq > row.journal_seq or row.rolled_back_us is not None:
            act = "tuning.journal"
            row.rolled_back_us = None
        if act is not None:
            audit.append(
                session,
                at_us=now,
                actor=Actor.component(component),
                act=act,
                object_name=f"tuning/{component}",
                before={"seq": row.journal_seq, "head": row.journal_head},
                after={"seq": journal.seq, "head": journal.head},
                reason=None,
                policy_version=runtime.policy.label,
            )
        if act == "tuning.journal":
            row.journal_seq, row.journal_head = journal.seq, journal.head
        stream.append(session, kind="held_back", object_id=component, version=1, at_us=now, keep=runtime.settings.stream_rows)


def current(runtime: Runtime) -> HeldBackAnswer:
    """The last report of each component."""
    with runtime.database.read() as session:
        rows = session.scalars(select(HeldBackRow).order_by(HeldBackRow.component)).all()
    return HeldBackAnswer(
        components=[
            ComponentHeldBack(
                component=row.component,
                received_us=row.received_us,
                rolled_back_us=row.rolled_back_us,
                report=HeldBack.model_validate(row.document),
            )
            for row in rows
        ],
        now_us=runtime.clock.now_us(),
    )


def _holds(row: HeldBackRow, body: PublishHeldBack) -> bool:
    """Whether the line that was anchored last still stands in the journal, at its place.

    Lines further back than the chain that was sent cannot be compared; a correlator that reports every few seconds is never so far.
    """
    journal = body.held_back.journal
    if row.journal_seq == 0:
        return True
    if journal.seq < row.journal_seq or len(body.chain) > journal.seq:
        return False
    back = journal.seq - row.journal_seq
    if back >= len(body.chain):
        return True
    return body.chain[len(body.chain) - 1 - back] == row.journal_head and body.chain[-1] == journal.head
