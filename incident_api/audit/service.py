"""Writing and reading the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from incident_api.audit import reading
from incident_api.audit.chain import GENESIS, Link, Verdict, verify_chain
from incident_api.audit.checkpoints import Checkpoint, parsed
from incident_api.audit.copies import read_anchors
from incident_api.audit.models import AuditCheckpoint, AuditRow
from incident_api.audit.progress import Walking
from incident_api.audit.reading import HEAD
from incident_api.audit.schemas import AuditAnswer, AuditProgress, AuditRecord, AuditVerification, CheckpointsAnswer, CheckpointView
from incident_api.audit.verification import FAULTS, Evidence, Finding, Report, verify_log
from incident_api.coordination.canonical import sha256_of
from incident_api.database import ChainHead, chain_head, put_off
from incident_api.http.schemas import LocalText
from incident_api.people.models import PersonRow
from incident_api.people.person import Actor, Person
from incident_api.people.rights import AuditScope, audit_scope_of
from incident_api.runtime import Runtime
from khien.errors import KhienError

GLOBAL_STREAM = "global"
_OF_AN_INCIDENT = "incident/"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records somebody looks for; `act` is the beginning of an act."""

    object_name: str | None = None
    actor: str | None = None
    act: str | None = None
    from_us: int | None = None
    until_us: int | None = None


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
    put_off(
        session,
        AuditRow,
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
    head.seq, head.hash = link.seq, digest
    return link.seq


def listing(runtime: Runtime, *, reader: Person, wanted: Wanted, after: str | None, limit: int) -> AuditAnswer:
    """Newest first, as far as this person may look."""
    scope = audit_scope_of(reader.roles)
    query = select(AuditRow).order_by(AuditRow.seq.desc()).limit(limit + 1)
    if wanted.object_name is not None:
        query = query.where(AuditRow.object == wanted.object_name)
    if wanted.actor is not None:
        query = query.where(AuditRow.actor == wanted.actor)
    if wanted.act is not None:
        query = query.where(AuditRow.act.startswith(wanted.act, autoescape=True))
    if wanted.from_us is not None:
        query = query.where(AuditRow.at_us >= wanted.from_us)
    if wanted.until_us is not None:
        query = query.where(AuditRow.at_us < wanted.until_us)
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
    walking = Walking(began_us=runtime.clock.now_us())
    runtime.walking = walking
    try:
        with runtime.database.engine.connect() as connection:
            return of_store(connection, anchors=anchors, walking=walking)
    finally:
        if runtime.walking is walking:
            runtime.walking = None


def progress(runtime: Runtime) -> AuditProgress:
    """Of the newest verification of this process."""
    found = runtime.walking
    if found is None:
        return AuditProgress(is_running=False, walked=0, records=0, began_us=None)
    return AuditProgress(is_running=True, walked=found.walked, records=found.records, began_us=found.began_us)


def checkpoints(runtime: Runtime, *, limit: int) -> CheckpointsAnswer:
    """The newest first; one that is none as it lies there says so by not holding."""
    with runtime.database.read() as session:
        total = session.scalar(select(func.count()).select_from(AuditCheckpoint)) or 0
        rows = session.scalars(select(AuditCheckpoint).order_by(AuditCheckpoint.number.desc()).limit(limit)).all()
    views = []
    for row in rows:
        found = parsed(row.document)
        views.append(
            CheckpointView(
                number=row.number,
                records=row.size,
                at_us=row.at_us,
                root=found.root if found else "",
                signer=found.signer if found else "",
                holds=found is not None and found.holds,
            )
        )
    return CheckpointsAnswer(total=total, copies_outside=runtime.settings.audit_copy is not None, checkpoints=views)


def of_store(
    connection: Connection,
    *,
    anchors: Sequence[Checkpoint] | None = None,
    trusted: str | None = None,
    walking: Walking | None = None,
) -> Report:
    """Verify the log behind a connection, which is only read; `walking` is told how far it has come."""
    stored = reading.checkpoints(connection)
    evidence = Evidence(stored.good, anchors=anchors, trusted=trusted, expected_head=reading.head(connection))
    if walking is not None and evidence.expected_head is not None:
        walking.records = evidence.expected_head[0]
    with closing(reading.records(connection)) as records:
        found = verify_log(_counted(records, walking), evidence)
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


def _counted(records: Iterator[tuple[Link, str] | None], walking: Walking | None) -> Iterator[tuple[Link, str] | None]:
    for record in records:
        yield record
        if walking is not None:
            walking.walked += 1


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
