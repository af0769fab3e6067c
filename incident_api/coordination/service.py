"""Putting a policy in force, and refusing one without losing the one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.coordination import life
from incident_api.coordination.examination import check_calendar, ended, examine
from incident_api.coordination.models import PolicyRefusal, PolicyRow
from incident_api.coordination.policy import Policy, policy_hash, policy_of, read_policy_folder
from incident_api.coordination.schemas import InventoryAnswer, PartyView, PolicyAnswer, RefusedPolicy
from incident_api.coordination.signatures import changed_parts, read_file, verify
from incident_api.coordination.versions import signature_views
from incident_api.http.schemas import LocalText
from incident_api.organisation.parts import day_of
from incident_api.people.person import Actor
from incident_api.runtime import PolicyInForce, Runtime
from khien.errors import KhienError


def load(runtime: Runtime, folder: Path) -> KhienError | None:
    """Put the policy of a folder in force; a refused one is recorded and returned, and the one before stays.

    What was in force is read from the store, signatures included, so a damaged folder changes nothing.
    """
    refused: KhienError | None = None
    try:
        _adopt(runtime, folder)
    except KhienError as error:
        refused = error
        runtime.refuse(error.sentence())
        life.record_refusal(runtime, error)
    try:
        life.activate(runtime, runtime.clock.now_us())
    except KhienError as error:
        refused = refused or error
        life.record_refusal(runtime, error)
    try:
        stored = _stored(runtime)
    except KhienError as error:
        # The keys of the organisation changed under a stored policy: it decides nothing more until it is signed anew.
        runtime.refuse(error.sentence())
        return refused or error
    if stored is not None:
        runtime.put_in_force(stored)
    return refused


def in_force(runtime: Runtime) -> PolicyAnswer:
    """What the page shows of the policy."""
    current = runtime.policy
    with runtime.database.read() as session:
        row = session.get_one(PolicyRow, current.sha256)
        refusal = session.scalar(select(PolicyRefusal).order_by(PolicyRefusal.id.desc()).limit(1))
        signatures = signature_views(session, row, parties=current.policy.parties)
    policy = current.policy
    return PolicyAnswer(
        id=policy.id,
        version=policy.version,
        profile=policy.profile,
        title=LocalText(vi=policy.title.vi, en=policy.title.en),
        document_number=policy.document_number,
        effective_from=policy.effective_from,
        effective_to=policy.effective_to,
        sha256=current.sha256,
        in_force_since_us=current.since_us,
        parties=[
            PartyView(id=party, name=LocalText(vi=entry.name.vi, en=entry.name.en), side=entry.side)
            for party, entry in policy.parties.items()
        ],
        signatures=signatures,
        assignment_rules=len(policy.rules),
        refused=_refused(refusal, since_us=current.since_us),
    )


def inventory(runtime: Runtime) -> InventoryAnswer:
    """What ingest stamps from."""
    return InventoryAnswer.model_validate(runtime.organisation.inventory_on(day_of(runtime.clock.now_us())))


def pinned(runtime: Runtime, session: Session, sha256: str) -> Policy:
    """The policy that an incident was opened under, whatever is in force now."""
    if sha256 not in runtime.pinned:
        runtime.pinned[sha256] = policy_of(session.get_one(PolicyRow, sha256).document, path=Path("state.db"))
    return runtime.pinned[sha256]


def _adopt(runtime: Runtime, folder: Path) -> None:
    document = read_policy_folder(folder)
    policy, sha256, file = policy_of(document, path=folder), policy_hash(document), read_file(folder)
    changed = changed_parts(document, file.parts)
    two = verify(policy=policy, sha256=sha256, signatures=file.signatures, organisation=runtime.organisation, changed=changed)
    now = runtime.clock.now_us()
    if ended(policy, at_us=now):
        raise _not_effective(policy)
    check_calendar(policy, at_us=now)
    with runtime.database.read() as session:
        known = session.get(PolicyRow, sha256)
    # Worked cases and contradictions were looked at when these rules were taken in.
    if known is None:
        examine(document, path=folder, now_us=now)
    signatures = [each.signature.model_dump(mode="json") for each in two]
    with runtime.database.write() as session:
        current = session.scalar(select(PolicyRow).where(PolicyRow.state == life.IN_FORCE))
        row = session.get(PolicyRow, sha256)
        if row is not None and row.state == life.IN_FORCE:
            _renew(runtime, session, row, signatures)
            return
        if row is not None and row.state in {life.SUPERSEDED, life.WITHDRAWN} and current is not None:
            # What the parties replaced or gave up does not come back because its folder is still there.
            return
        before = None if row is None else row.state
        if row is None:
            row = PolicyRow(sha256=sha256, policy_id=policy.id, version=policy.version, document=document, paper=[])
            row.state, row.since_us = life.SIGNED, now
            session.add(row)
        row.signatures = signatures
        if policy.is_effective(now):
            life.put_in_force(runtime, session, row, now=now)
        elif current is None:
            raise _not_effective(policy)
        elif before != life.SIGNED:
            row.state, row.since_us = life.SIGNED, now
            session.flush()
            life.record_step(runtime, session, row, act="sign", before=before, actor=Actor.job("policy"), now=now)


def _renew(runtime: Runtime, session: Session, row: PolicyRow, signatures: list[dict[str, Any]]) -> None:
    """The same rules, signed again: the new signatures are kept when the old ones do not hold any more."""
    try:
        life.checked(runtime, session, row)
    except KhienError:
        row.signatures = signatures
        told = {"signatures": signatures}
        life.record_step(
            runtime,
            session,
            row,
            act="sign",
            before=row.state,
            actor=Actor.job("policy"),
            now=runtime.clock.now_us(),
            after=told,
        )


def _not_effective(policy: Policy) -> KhienError:
    return KhienError("policy.not_effective", policy=policy.id, start=policy.effective_from, end=policy.effective_to or "–")


def _stored(runtime: Runtime) -> PolicyInForce | None:
    """The row in force, verified once more: a store that was tampered with decides nothing."""
    with runtime.database.read() as session:
        row = session.scalar(select(PolicyRow).where(PolicyRow.state == life.IN_FORCE))
        if row is None:
            return None
        return PolicyInForce(policy=life.checked(runtime, session, row), sha256=row.sha256, since_us=row.since_us)


def _refused(row: PolicyRefusal | None, *, since_us: int) -> RefusedPolicy | None:
    """Only what was refused after the present policy came into force matters now."""
    if row is None or row.at_us < since_us:
        return None
    return RefusedPolicy(at_us=row.at_us, code=row.code, text=LocalText(vi=row.text_vi, en=row.text_en))
