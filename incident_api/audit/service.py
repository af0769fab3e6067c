"""Writing and reading the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from incident_api.audit import reading
from incident_api.audit.chain import GENESIS, Link, Verdict, verify_chain
from incident_api.audit.checkpoints import Checkpoint
from incident_api.audit.copies import read_anchors
from incident_api.audit.models import AuditRow
from incident_api.audit.reading import HEAD
from incident_api.audit.schemas import AuditAnswer, AuditRecord, AuditVerification
from incident_api.audit.verification import FAULTS, Evidence, Finding, Report, verify_log
from incident_api.coordination.canonical import sha256_of
from incident_api.database import ChainHead, chain_head
from incident_api.http.schemas import LocalText
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import AuditScope, audit_scope_of
from incident_api.runtime import Runtime
from khien.errors import KhienError

GLOBAL_STREAM = "global"
_OF_AN_INCIDENT = "incident/"


def append(  # noqa: PLR0913 - each is a column of the record
    session: Session,
    *,
    at_us: int,
    actor: Actor,
    act: str,
    object_name: str,
    before: dict[str, Any] | None,
    after: dict[str, Any] | None,
    reason: str | None = None,
    policy_version: str | None = None,
) -> int:
    """Add a record in the transaction of the change it records; gives its number."""
    head = chain_head(session, HEAD)
    link = Link(
        seq=head.seq + 1,
        at_us=at_us,
        stream=object_name if object_name.startswith(_OF_AN_INCIDENT) else GLOBAL_STREAM,
        actor=actor.id,
        capacity=actor.capacity,
        home=actor.home,
        act=act,
        object=object_name,
        before=before,
        after=after,
        after_sha256=sha256_of(after),
        reason=reason,
        policy_version=policy_version,
        prev=head.hash,
    )
    digest = link.hash
    session.add(
        AuditRow(
            seq=link.seq,
            at_us=at_us,
            stream=link.stream,
            actor=actor.id,
            capacity=actor.capacity,
            home=actor.home,
            act=act,
            object=object_name,
            before=before,
            after=after,
            after_sha256=link.after_sha256,
            reason=reason,
            policy_version=policy_version,
            prev=link.prev,
            hash=digest,
        )
    )
    head.seq, head.hash = link.seq, digest
    return link.seq


def listing(runtime: Runtime, *, reader: Person, object_name: str | None, after: str | None, limit: int) -> AuditAnswer:
    """Newest first, as far as this person may look."""
    scope = audit_scope_of(reader.roles)
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit + 1)
    if object_name is not None:
        query = query.where(AuditRow.object == object_name)
    if after is not None:
        query = query.where(AuditRow.seq < _cursor(after))
    with runtime.database.read() as session:
        if scope is AuditScope.OWN:
            query = query.where(AuditRow.actor == reader.id)
        elif scope is AuditScope.TEAM:
            query = query.where(AuditRow.actor.in_(_team(session)))
        rows = session.scalars(query).all()
    page = rows[:limit]
    return AuditAnswer(
        records=[_record(row) for row in page], scope=scope.value, next=str(page[-1].seq) if len(rows) > limit else None
    )


def verification(runtime: Runtime) -> AuditVerification:
    """Walk the stored log against its head, its signed checkpoints, and their copies where a folder for them is set."""
    found = report(runtime)
    fault = FAULTS[found.finding.fault] if found.finding else None
    return AuditVerification(
        whole=found.is_whole,
        records=found.records,
        head=found.head,
        first_bad=found.finding.record if found.finding else None,
        bad_until=found.finding.until if found.finding else None,
        bad_checkpoint=found.finding.checkpoint if found.finding else None,
        fault=LocalText(vi=fault[0], en=fault[1]) if fault else None,
        checkpoints=found.checkpoints,
        anchored=found.anchored,
        signers=list(found.signers),
    )


def report(runtime: Runtime) -> Report:
    """The same as a value."""
    copies = runtime.settings.audit_copy
    anchors = read_anchors(copies) if copies is not None and copies.is_dir() else None
    with runtime.database.engine.connect() as connection:
        return of_store(connection, anchors=anchors)


def of_store(connection: Connection, *, anchors: Sequence[Checkpoint] | None = None, trusted: str | None = None) -> Report:
    """Verify the log behind a connection, which is only read."""
    stored = reading.checkpoints(connection)
    evidence = Evidence(stored.good, anchors=anchors, trusted=trusted, expected_head=reading.head(connection))
    with closing(reading.records(connection)) as records:
        found = verify_log(records, evidence)
    if found.is_whole and stored.unreadable is not None:
        return replace(found, finding=Finding("checkpoint_missing", checkpoint=stored.unreadable))
    return found


def verify(runtime: Runtime) -> Verdict:
    """The chain alone, against its head."""
    with runtime.database.engine.connect() as connection:
        head = reading.head(connection)
        with closing(reading.records(connection)) as records:
            return verify_chain((each for each in records if each is not None), expected_head=head)


def first_head() -> ChainHead:
    """The head of an empty chain."""
    return ChainHead(name=HEAD, seq=0, hash=GENESIS)


def _team(session: Session) -> list[str]:
    """The response team and its jobs: what those who lead may read."""
    people = session.scalars(select(PersonRow)).all()
    members = [row.id for row in people if any(role.startswith("irt.") for role in row.roles)]
    return [*members, "job:escalation", "component:correlator"]


def _cursor(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise KhienError("request.bad_cursor")
    # A column has 64 bits.
    seq = int(text)
    if seq >= 2**63:
        raise KhienError("request.bad_cursor")
    return seq


def _record(row: AuditRow) -> AuditRecord:
    return AuditRecord(
        seq=row.seq,
        at_us=row.at_us,
        stream=row.stream,
        actor=row.actor,
        capacity=row.capacity,
        home=row.home,
        act=row.act,
        object=row.object,
        before=row.before,
        after=row.after,
        after_sha256=row.after_sha256,
        reason=row.reason,
        policy_version=row.policy_version,
        prev=row.prev,
        hash=row.hash,
    )
