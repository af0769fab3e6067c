"""The life of a version of the policy: draft → signed_a | signed_b → signed → in_force → superseded; draft … signed → withdrawn.

`signed` waits for its first day; the job `activate` puts it in force then, and what was in force before is superseded in the same
transaction. Every step is one transaction with one audit record. Design: coordination, section 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.audit.models import AuditRow
from incident_api.coordination.examination import check_calendar, examine
from incident_api.coordination.models import PolicyChange, PolicyRefusal, PolicyRow
from incident_api.coordination.policy import Policy, policy_hash, policy_of
from incident_api.coordination.signatures import (
    AnySignature,
    PaperSignature,
    Signature,
    is_short_form,
    part_hashes,
    short_form,
    signer,
    stored_signature,
    verified_signature,
    verify,
)
from incident_api.people.person import Actor, Person
from incident_api.runtime import PolicyInForce, Runtime
from incident_api.stream import service as stream
from khien.clock import CITY_ZONE, MICROSECONDS
from khien.errors import KhienError

DRAFT, SIGNED_A, SIGNED_B, SIGNED = "draft", "signed_a", "signed_b", "signed"
IN_FORCE, SUPERSEDED, WITHDRAWN = "in_force", "superseded", "withdrawn"
#: Both parties may still sign or give it up.
OPEN = frozenset({DRAFT, SIGNED_A, SIGNED_B})
STORE = Path("state.db")


def draft(runtime: Runtime, *, document: dict[str, Any], person: Person) -> str:
    """Keep a version that passed every check; gives its hash. Raises `policy.*`."""
    now = runtime.clock.now_us()
    found = examine(document, path=Path("draft"), now_us=now)
    with runtime.database.write() as session:
        known = session.get(PolicyRow, found.sha256)
        if known is not None:
            raise KhienError("policy.already_known", short=short_form(found.sha256), state=known.state)
        row = PolicyRow(
            sha256=found.sha256,
            policy_id=found.policy.id,
            version=found.policy.version,
            document=document,
            signatures=[],
            state=DRAFT,
            since_us=now,
            paper=[],
        )
        session.add(row)
        session.flush()
        record_step(runtime, session, row, act="draft", before=None, actor=Actor.of(person), now=now)
    return found.sha256


def sign(runtime: Runtime, *, sha256: str, signature: Signature, person: Person) -> None:
    """Add the signature that this person made with their key. Raises `policy.*`."""
    if signature.person != person.id:
        raise KhienError("policy.wrong_signer", policy=sha256[:16], person=person.id, party=signature.party)
    with runtime.database.write() as session:
        row = open_row(session, sha256)
        policy = policy_of(row.document, path=STORE)
        verified_signature(signature, policy=policy, sha256=policy_hash(row.document), organisation=runtime.organisation)
        _add(runtime, session, row, policy=policy, signature=signature, person=person, reason=None)
    _in_force_if_due(runtime)


def enter_paper(runtime: Runtime, *, sha256: str, entry: dict[str, str], typed: str, person: Person) -> bool:
    """Enter a signature on paper; True when this was the second person and it counts now. Raises `policy.*`.

    `entry`: party, person, signed_at, document_number, scan_sha256. Both type the short form of the hash from the paper.
    """
    now = runtime.clock.now_us()
    if not is_short_form(typed, sha256):
        raise KhienError("policy.hash_differs", short=short_form(sha256))
    with runtime.database.write() as session:
        row = open_row(session, sha256)
        policy = policy_of(row.document, path=STORE)
        signer(entry["party"], entry["person"], policy=policy, organisation=runtime.organisation)
        waiting = list(row.paper or ())
        first = next((each for each in waiting if each["party"] == entry["party"] and each["person"] == entry["person"]), None)
        if first is None:
            row.paper = [*waiting, {**entry, "entered_by": person.id, "home": person.home}]
            record_step(runtime, session, row, act="paper", before=row.state, actor=Actor.of(person), now=now, after=entry)
            return False
        _second_entry(first, entry, person)
        row.paper = [each for each in waiting if each is not first]
        signature = PaperSignature(
            **{name: entry[name] for name in ("party", "person", "signed_at", "document_number", "scan_sha256")},
            method="paper",
            sha256=sha256,
            entered_by=(first["entered_by"], person.id),
            audit_seq=0,
        )
        _add(runtime, session, row, policy=policy, signature=signature, person=person, reason=entry["document_number"])
    _in_force_if_due(runtime)
    return True


def withdraw(runtime: Runtime, *, sha256: str, reason: str, person: Person) -> None:
    """Give up a version that is not in force. Raises `policy.*`."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        row = row_of(session, sha256)
        if row.state not in OPEN | {SIGNED}:
            raise KhienError("policy.state", short=short_form(sha256), state=row.state)
        before, row.state, row.since_us, row.paper = row.state, WITHDRAWN, now, []
        record_step(runtime, session, row, act="withdraw", before=before, actor=Actor.of(person), now=now, reason=reason)


def activate(runtime: Runtime, now_us: int) -> str:
    """The job: the signed version whose first day has come is in force; the one before is superseded."""
    today = dt.datetime.fromtimestamp(now_us // MICROSECONDS, tz=CITY_ZONE).date().isoformat()
    with runtime.database.read() as session:
        if session.scalar(select(PolicyRow.sha256).where(PolicyRow.state == SIGNED).limit(1)) is None:
            return "nothing waits"
    with runtime.database.write() as session:
        waiting = [row for row in session.scalars(select(PolicyRow).where(PolicyRow.state == SIGNED)) if _first_day(row) <= today]
        if not waiting:
            return "nothing is due"
        # Of several the one that begins last is the law; the others were replaced before their first hour.
        *passed, row = sorted(waiting, key=lambda each: (_first_day(each), each.since_us))
        policy = checked(runtime, session, row)
        check_calendar(policy, at_us=now_us)
        for each in passed:
            _step(runtime, session, each, to=SUPERSEDED, now=now_us)
        put_in_force(runtime, session, row, now=now_us)
    runtime.put_in_force(PolicyInForce(policy=policy, sha256=row.sha256, since_us=now_us))
    return f"{policy.id} {policy.version} {short_form(row.sha256)} is in force"


def follow(runtime: Runtime) -> bool:
    """What another process put in force decides here too, once its bytes and signatures hold; True when it was news.

    Raises `policy.*`: then the one before goes on deciding in this process.
    """
    try:
        known = runtime.policy.sha256
    except KhienError:
        known = None
    with runtime.database.read() as session:
        sha256 = session.scalar(select(PolicyRow.sha256).where(PolicyRow.state == IN_FORCE))
        if sha256 is None or sha256 == known:
            return False
        row = row_of(session, sha256)
        found = PolicyInForce(policy=checked(runtime, session, row), sha256=sha256, since_us=row.since_us)
    runtime.put_in_force(found)
    return True


def put_in_force(runtime: Runtime, session: Session, row: PolicyRow, *, now: int, actor: Actor | None = None) -> None:
    """In this transaction: the present one is superseded, this one decides."""
    current = session.scalar(select(PolicyRow).where(PolicyRow.state == IN_FORCE))
    if current is not None:
        _step(runtime, session, current, to=SUPERSEDED, now=now)
        session.flush()
    before, row.state, row.since_us = row.state, IN_FORCE, now
    session.flush()
    told = {"sha256": row.sha256, "superseded": current.sha256 if current else None}
    record_step(runtime, session, row, act="in_force", before=before, actor=actor or Actor.job("policy"), now=now, after=told)


def checked(runtime: Runtime, session: Session, row: PolicyRow) -> Policy:
    """The policy of a row whose bytes and signatures hold, once more: a store that was tampered with decides nothing."""
    policy, sha256 = policy_of(row.document, path=STORE), policy_hash(row.document)
    signatures = [stored_signature(each) for each in row.signatures]
    good = [each for each in signatures if each is not None and _was_entered(session, each)]
    if sha256 != row.sha256 or len(good) != len(signatures):
        raise KhienError(
            "policy.changed_after_signing", policy=policy.id, signed=row.sha256[:16], found=sha256[:16], place=str(STORE)
        )
    verify(policy=policy, sha256=sha256, signatures=good, organisation=runtime.organisation)
    return policy


def record_step(  # noqa: PLR0913 - each is a column of the record
    runtime: Runtime,
    session: Session,
    row: PolicyRow,
    *,
    act: str,
    before: str | None,
    actor: Actor,
    now: int,
    reason: str | None = None,
    after: dict[str, Any] | None = None,
) -> int:
    """The audit record, the history and the event of a step; gives the audit record's number."""
    seq = audit.append(
        session,
        at_us=now,
        actor=actor,
        act=f"policy.{act}",
        object_name="policy",
        before={"state": before} if before else None,
        after={"sha256": row.sha256, "state": row.state, "parts": part_hashes(row.document)} | (after or {})
        if act == "draft"
        else {"sha256": row.sha256, "state": row.state} | (after or {}),
        reason=reason,
    )
    session.add(
        PolicyChange(
            sha256=row.sha256,
            at_us=now,
            act=act,
            from_state=before,
            to_state=row.state,
            actor=actor.id,
            reason=reason,
            audit_seq=seq,
        )
    )
    stream.append(session, kind="policy", object_id=row.sha256[:16], version=1, at_us=now, keep=runtime.settings.stream_rows)
    return seq


def row_of(session: Session, sha256: str) -> PolicyRow:
    """A version, by its whole hash. Raises `policy.not_found`."""
    found = session.get(PolicyRow, sha256)
    if found is None:
        raise KhienError("policy.not_found", short=short_form(sha256))
    return found


def open_row(session: Session, sha256: str) -> PolicyRow:
    """The same when it can still be signed. Raises `policy.state`."""
    row = row_of(session, sha256)
    if row.state not in OPEN:
        raise KhienError("policy.state", short=short_form(sha256), state=row.state)
    return row


def _add(
    runtime: Runtime,
    session: Session,
    row: PolicyRow,
    *,
    policy: Policy,
    signature: AnySignature,
    person: Person,
    reason: str | None,
) -> None:
    """A signature more, and the state that follows from the sides that signed."""
    now = runtime.clock.now_us()
    signed = [each for each in map(stored_signature, row.signatures) if each is not None]
    side, home = signer(signature.party, signature.person, policy=policy, organisation=runtime.organisation)
    for each in signed:
        other_side, other_home = signer(each.party, each.person, policy=policy, organisation=runtime.organisation)
        if other_side == side:
            raise KhienError("policy.already_signed", short=short_form(row.sha256), party=each.party, person=each.person)
        if other_home == home:
            raise KhienError("policy.same_home", policy=policy.id, home=home)
    before = row.state
    row.state, row.since_us = (SIGNED if signed else {"A": SIGNED_A, "B": SIGNED_B}[side]), now
    told = signature.model_dump(exclude={"audit_seq"}, mode="json")
    seq = record_step(
        runtime, session, row, act="sign", before=before, actor=Actor.of(person), now=now, reason=reason, after={"signature": told}
    )
    if isinstance(signature, PaperSignature):
        signature = signature.model_copy(update={"audit_seq": seq})
    row.signatures = [*row.signatures, signature.model_dump(mode="json")]


def _second_entry(first: dict[str, str], entry: dict[str, str], person: Person) -> None:
    """Another person of another home must have read the same from the paper."""
    if first["entered_by"] == person.id:
        raise KhienError("policy.paper_same_person", person=person.id)
    if first["home"] == person.home:
        raise KhienError("policy.same_home", policy=entry["document_number"], home=person.home)
    different = [name for name in entry if entry[name] != first.get(name)]
    if different:
        raise KhienError("policy.paper_differs", field=different[0], first=first[different[0]], second=entry[different[0]])


def _was_entered(session: Session, signature: AnySignature) -> bool:
    """A signature on paper stands in the audit log as it stands in the store; one with a key proves itself."""
    if isinstance(signature, Signature):
        return True
    record = session.get(AuditRow, signature.audit_seq)
    told = signature.model_dump(exclude={"audit_seq"}, mode="json")
    return record is not None and record.act == "policy.sign" and (record.after or {}).get("signature") == told


def _step(runtime: Runtime, session: Session, row: PolicyRow, *, to: str, now: int) -> None:
    before, row.state, row.since_us = row.state, to, now
    record_step(runtime, session, row, act=to, before=before, actor=Actor.job("policy"), now=now)


def _first_day(row: PolicyRow) -> str:
    return str(row.document["policy"]["effective_from"])


def _in_force_if_due(runtime: Runtime) -> None:
    """What both signed and has begun decides from this moment; the job does the same for what begins later."""
    try:
        activate(runtime, runtime.clock.now_us())
    except KhienError as error:
        # Both signatures stand; why it is not in force yet is shown with the policy, and the job tries again.
        record_refusal(runtime, error)


def record_refusal(runtime: Runtime, error: KhienError) -> None:
    """Keep why a version was not put in force; the one before stays."""
    with runtime.database.write() as session:
        now = runtime.clock.now_us()
        session.add(PolicyRefusal(at_us=now, code=error.code, text_vi=error.sentence("vi"), text_en=error.sentence("en")))
        audit.append(
            session,
            at_us=now,
            actor=Actor.job("policy"),
            act="policy.refused",
            object_name="policy",
            before=None,
            after={"code": error.code},
            reason=error.sentence(),
        )


def signatures_of(row: PolicyRow) -> Sequence[AnySignature]:
    """Those that can be read."""
    return [each for each in map(stored_signature, row.signatures) if each is not None]
