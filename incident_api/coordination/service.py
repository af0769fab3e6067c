"""Putting a policy in force, and refusing one without losing the one before."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.golden_run import check_golden
from incident_api.coordination.models import PolicyRefusal, PolicyRow
from incident_api.coordination.policy import Policy, policy_hash, policy_of, read_policy_folder
from incident_api.coordination.schemas import InventoryAnswer, PartyView, PolicyAnswer, RefusedPolicy, SignatureView
from incident_api.coordination.signatures import Signature, read_signatures, verify
from incident_api.http.schemas import LocalText
from incident_api.organisation.parts import day_of
from incident_api.people import service as people
from incident_api.people.person import Actor
from incident_api.runtime import PolicyInForce, Runtime
from incident_api.stream import service as stream
from khien.errors import KhienError

IN_FORCE = "in_force"


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
        _record_refusal(runtime, error)
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
        signatures = [Signature.model_validate(each) for each in row.signatures]
        names = people.briefs(session, {each.person for each in signatures})
    policy = current.policy
    sides = {party: entry.side for party, entry in policy.parties.items()}
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
        signatures=[
            SignatureView.model_validate(
                {**each.model_dump(exclude={"signature"}), "person": names[each.person], "side": sides[each.party]}
            )
            for each in signatures
        ],
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
    policy, sha256 = policy_of(document, path=folder), policy_hash(document)
    signatures = read_signatures(folder)
    two = verify(policy=policy, sha256=sha256, signatures=signatures, organisation=runtime.organisation)
    check_golden(policy)
    now = runtime.clock.now_us()
    if not policy.is_effective(now):
        raise KhienError("policy.not_effective", policy=policy.id, start=policy.effective_from, end=policy.effective_to or "–")
    for year in policy.calendar.missing_years(at_us=now):
        raise KhienError("policy.calendar", policy=policy.id, year=str(year))
    with runtime.database.write() as session:
        current = session.scalar(select(PolicyRow).where(PolicyRow.state == IN_FORCE))
        if current is not None and current.sha256 == sha256:
            return
        if current is not None:
            current.state = "superseded"
            session.flush()
        fresh = session.get(PolicyRow, sha256)
        if fresh is None:
            fresh = PolicyRow(sha256=sha256, policy_id=policy.id, version=policy.version, document=document)
            session.add(fresh)
        fresh.signatures, fresh.state, fresh.since_us = [each.signature.model_dump() for each in two], IN_FORCE, now
        _announce(runtime, session, sha256=sha256, before=current.sha256 if current else None, now=now)


def _announce(runtime: Runtime, session: Session, *, sha256: str, before: str | None, now: int) -> None:
    audit.append(
        session,
        at_us=now,
        actor=Actor.job("policy"),
        act="policy.in_force",
        object_name="policy",
        before={"sha256": before} if before else None,
        after={"sha256": sha256},
    )
    stream.append(session, kind="policy", object_id=sha256[:16], version=1, at_us=now, keep=runtime.settings.stream_rows)


def _stored(runtime: Runtime) -> PolicyInForce | None:
    """The row in force, verified once more: a store that was tampered with decides nothing."""
    with runtime.database.read() as session:
        row = session.scalar(select(PolicyRow).where(PolicyRow.state == IN_FORCE))
    if row is None:
        return None
    policy = policy_of(row.document, path=Path("state.db"))
    signatures = tuple(Signature.model_validate(each) for each in row.signatures)
    verify(policy=policy, sha256=policy_hash(row.document), signatures=signatures, organisation=runtime.organisation)
    return PolicyInForce(policy=policy, sha256=row.sha256, since_us=row.since_us)


def _record_refusal(runtime: Runtime, error: KhienError) -> None:
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


def _refused(row: PolicyRefusal | None, *, since_us: int) -> RefusedPolicy | None:
    """Only what was refused after the present policy came into force matters now."""
    if row is None or row.at_us < since_us:
        return None
    return RefusedPolicy(at_us=row.at_us, code=row.code, text=LocalText(vi=row.text_vi, en=row.text_en))
