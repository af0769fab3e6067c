"""What people see of the versions of the policy: their life, their differences, and what they would say of a case."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.coordination import life
from incident_api.coordination.case import AffectedAsset
from incident_api.coordination.conflicts import overlaps
from incident_api.coordination.differences import Change, Differences, differences
from incident_api.coordination.explaining import Explained, Question, asset_of, explain
from incident_api.coordination.models import PolicyChange, PolicyRow
from incident_api.coordination.organisation import Organisation, Text
from incident_api.coordination.policy import Party, Policy, policy_of, policy_of_files
from incident_api.coordination.schemas import (
    CaseAnswer,
    CaseExplanation,
    DraftPolicy,
    ExplainAsset,
    ExplainCase,
    PolicyDetail,
    PolicyDifferences,
    PolicyVersion,
    PolicyVersions,
    RuleChange,
    SignatureView,
    Simulation,
)
from incident_api.coordination.signatures import FILE, AnySignature, PaperSignature, Signature, short_form
from incident_api.coordination.upload import files_of_archive, files_of_texts
from incident_api.http.schemas import LocalText
from incident_api.people import service as people
from incident_api.people.person import Person
from incident_api.runtime import Runtime
from khien.errors import KhienError

_MOST_VERSIONS = 200


def draft(runtime: Runtime, request: DraftPolicy, *, person: Person) -> PolicyVersion:
    """Keep the files of an upload as a draft. Raises `policy.*`."""
    files = files_of(request)
    # Signatures are given one by one, by who made them: what lies in an upload proves nothing about its sender.
    document = policy_of_files({name: content for name, content in files.items() if name != FILE})
    sha256 = life.draft(runtime, document=document, person=person)
    return version(runtime, sha256)


def listed(runtime: Runtime) -> PolicyVersions:
    """Every version, the newest first."""
    with runtime.database.read() as session:
        rows = session.scalars(select(PolicyRow).order_by(PolicyRow.since_us.desc(), PolicyRow.sha256).limit(_MOST_VERSIONS))
        return PolicyVersions(versions=[_version(session, row) for row in rows])


def version(runtime: Runtime, sha256: str) -> PolicyVersion:
    """One version. Raises `policy.not_found`."""
    with runtime.database.read() as session:
        return _version(session, life.row_of(session, sha256))


def detail(runtime: Runtime, sha256: str) -> PolicyDetail:
    """One version with what its checks say."""
    with runtime.database.read() as session:
        row = life.row_of(session, sha256)
        shown = _version(session, row)
    policy = policy_of(row.document, path=life.STORE)
    rests_on = [policy.status_of(rule) for rule in policy.obligations.rules]
    return PolicyDetail(
        version=shown,
        title=_local(policy.title),
        cases=sum(1 for _ in policy.golden.cases()),
        obligations=len(rests_on),
        sourced=rests_on.count("S"),
        partly=rests_on.count("S/A"),
        assumed=rests_on.count("A"),
        legacy=rests_on.count("L"),
        overlaps=[asdict(each) for each in overlaps(policy)],
    )


def compared(runtime: Runtime, sha256: str, *, against: str | None) -> PolicyDifferences:
    """What a version changes against another one, or the one in force."""
    with runtime.database.read() as session:
        after = life.row_of(session, sha256)
        before = life.row_of(session, against or runtime.policy.sha256)
    old, new = (policy_of(row.document, path=life.STORE) for row in (before, after))
    found = differences(before.document, after.document, old=old, new=new)
    return differences_view(found, before=before.sha256, after=after.sha256)


def differences_view(found: Differences, *, before: str, after: str) -> PolicyDifferences:
    """The comparison as a body."""
    return PolicyDifferences(
        before=before,
        after=after,
        rules=[_change(each) for each in found.rules],
        cases=[_change(each) for each in found.cases],
        old_cases=[CaseAnswer(**asdict(each)) for each in found.old_cases],
    )


def explained(runtime: Runtime, request: ExplainCase) -> CaseExplanation:
    """What a version says of a case. Raises `case.*`."""
    now = runtime.clock.now_us()
    policy, label = runtime.policy.policy, runtime.policy.label
    if request.sha256 is not None and request.sha256 != runtime.policy.sha256:
        with runtime.database.read() as session:
            row = life.row_of(session, request.sha256)
        policy = policy_of(row.document, path=life.STORE)
        label = f"{policy.id} {policy.version} {row.sha256[:16]}"
    asked = Question(
        assets=tuple(_asset(runtime.organisation, each) for each in request.assets),
        facts=request.facts,
        flags=tuple(request.flags),
        detected_us=request.detected_us if request.detected_us is not None else now,
        at_us=request.at_us if request.at_us is not None else now,
        recovered_us=request.recovered_us,
        type=request.type,
        tags=tuple(request.tags),
    )
    return explanation(policy, explain(policy, asked), label=label)


def simulated(runtime: Runtime, sha256: str, *, after: str | None, limit: int) -> Simulation:
    """What a version would have said of past incidents; writes nothing. Raises `policy.not_found`, `simulation.unknown`."""
    from incident_api.coordination.service import pinned  # noqa: PLC0415 - incidents read the service of the policy
    from incident_api.coordination.simulating import simulate  # noqa: PLC0415

    with runtime.database.read() as session:
        policy = policy_of(life.row_of(session, sha256).document, path=life.STORE)
        found = simulate(session, policy, pinned=lambda each: pinned(runtime, session, each), after=after, limit=limit)
    return Simulation.model_validate(asdict(found))


def explanation(policy: Policy, found: Explained, *, label: str) -> CaseExplanation:
    """The answer as a body."""
    bases = {name: {"status": basis.status, "text": _local(basis.text)} for name, basis in policy.bases.items()}
    of_rule = {rule.id: bases[rule.basis] for rule in policy.severity.rules}
    return CaseExplanation.model_validate(
        {
            "policy": label,
            "severity": found.severity.value if found.severity else None,
            "severity_text": _local(found.severity_text),
            "reasons": [
                {
                    "id": each.id,
                    "severity": each.severity.value,
                    "text": _local(each.text),
                    "basis": of_rule[each.id],
                    "is_deciding": each.is_deciding,
                }
                for each in found.reasons
            ],
            "lead": found.lead,
            "lead_text": _local(found.lead_text),
            "joins": [{"id": name, "texts": [_local(text), _local(basis)]} for name, text, basis in found.joins],
            "could_raise": [{"id": name, "texts": [_local(each) for each in texts]} for name, texts in found.could_raise],
            "flags": [{"id": name, "texts": [_local(text)]} for name, text in found.flags],
            "group": found.group,
            "obligations": [
                {
                    "code": each.code,
                    "text": _local(each.text),
                    "recipient": each.recipient,
                    "recipient_text": _local(each.recipient_text),
                    "means": each.means,
                    "occurrence": each.occurrence,
                    "start_us": each.start_us,
                    "due_us": each.due_us,
                    "basis": {"status": each.status, "text": _local(each.basis)},
                }
                for each in found.owed
            ],
            "approvals": [
                {
                    "act": each.act,
                    "text": _local(each.text),
                    "first": list(each.first),
                    "second": list(each.second),
                    "basis": _local(each.basis),
                }
                for each in found.approvals
            ],
        }
    )


def signature_views(session: Session, row: PolicyRow, *, parties: Mapping[str, Party]) -> list[SignatureView]:
    """The signatures of a version with the names of who gave them."""
    signatures = life.signatures_of(row)
    wanted = {each.person for each in signatures}
    wanted |= {name for each in signatures if isinstance(each, PaperSignature) for name in each.entered_by}
    names = people.briefs(session, wanted)
    return [
        SignatureView.model_validate(
            {
                **_of_method(each),
                "party": each.party,
                "person": names[each.person],
                "side": parties[each.party].side if each.party in parties else None,
                "signed_at": each.signed_at,
                "method": each.method,
                "sha256": each.sha256,
                "entered_by": [
                    names[name] for name in (each.entered_by if isinstance(each, PaperSignature) else ()) if name in names
                ],
            }
        )
        for each in signatures
        if each.person in names
    ]


def _of_method(signature: AnySignature) -> dict[str, str | None]:
    if isinstance(signature, Signature):
        return {"key_id": signature.key_id, "document_number": None, "scan_sha256": None}
    return {"key_id": None, "document_number": signature.document_number, "scan_sha256": signature.scan_sha256}


def _version(session: Session, row: PolicyRow) -> PolicyVersion:
    head = row.document["policy"]
    parties = {name: Party.model_validate(each) for name, each in head["parties"].items()}
    steps = session.scalars(select(PolicyChange).where(PolicyChange.sha256 == row.sha256).order_by(PolicyChange.id))
    return PolicyVersion.model_validate(
        {
            "sha256": row.sha256,
            "short": short_form(row.sha256),
            "id": row.policy_id,
            "version": row.version,
            **{name: head[name] for name in ("profile", "effective_from", "effective_to", "document_number")},
            "state": row.state,
            "since_us": row.since_us,
            "signatures": signature_views(session, row, parties=parties),
            "paper": [{name: each[name] for name in _PAPER} for each in row.paper or ()],
            "steps": [{name: getattr(each, name) for name in _STEP} for each in steps],
        }
    )


_PAPER = ("party", "person", "signed_at", "document_number", "scan_sha256", "entered_by")
_STEP = ("at_us", "act", "from_state", "to_state", "actor", "reason", "audit_seq")


def files_of(request: DraftPolicy) -> dict[str, bytes]:
    """The files of an upload by their names. Raises `policy.upload`, `request.invalid`."""
    if (request.files is None) == (request.archive is None):
        raise KhienError("request.invalid", place="body", reason="`files` or `archive`, and not both")
    if request.files is not None:
        return files_of_texts(request.files)
    try:
        content = b64decode(request.archive or "", validate=True)
    except ValueError as error:
        # A letter outside of ASCII is no `binascii.Error`.
        raise KhienError("policy.upload", name="archive", reason="not base64") from error
    return files_of_archive(content)


def _asset(organisation: Organisation, asked: ExplainAsset) -> AffectedAsset:
    if asked.level is None and asked.owner is None and not asked.flags:
        return asset_of(organisation, asked.id)
    return AffectedAsset(asked.id, asked.level, asked.owner, tuple(asked.flags))


def _change(change: Change) -> RuleChange:
    return RuleChange.model_validate({**asdict(change), "text": _local(change.text)})


def _local(text: Text) -> LocalText:
    return LocalText(vi=text.vi, en=text.en)
