"""`khien policy`: check, sign, explain, backtest, compare and list the coordination rules; make keys and calendars.

Exit 0 = good; 1 = `diff` found something; 2 = usage; 3 = input; 4 = the rules do not hold, and what to mend.
"""

from __future__ import annotations

import base64
import sys
from dataclasses import asdict
from pathlib import Path

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit.signing_key import new_private_key, private_key
from incident_api.coordination import life
from incident_api.coordination.calendar_year import written, year_of
from incident_api.coordination.differences import differences
from incident_api.coordination.examination import Examined, examine
from incident_api.coordination.models import PolicyChange, PolicyRow
from incident_api.coordination.policy import Policy, policy_hash, policy_of, read_policy_folder
from incident_api.coordination.signatures import (
    FILE,
    Signature,
    VerifiedSignature,
    changed_parts,
    part_hashes,
    read_file,
    short_form,
    verified_signature,
    verify,
)
from incident_api.coordination.signatures import sign as signature_over
from incident_api.coordination.simulating import simulate
from khien.app import policy_explain
from khien.app.command import Context
from khien.app.policy_source import PolicySource, source_of, stored
from khien.app.progress import progress
from khien.app.rules_output import write_file, write_json
from khien.clock import SystemClock, format_utc
from khien.errors import KhienError

EXIT_DIFFERENT = 1
_HEADER = "# Written by `khien policy sign`.\n"


def check(context: Context) -> int:
    """Schema, totality, contradictions, worked cases, calendar, hash and both signatures; the first fault is the error."""
    given, source = context.arguments, source_of(context)
    found = _examined(source)
    signed = () if given.draft else _signed(source, found)
    if given.json:
        write_json(
            {
                "id": found.policy.id,
                "version": found.policy.version,
                "sha256": found.sha256,
                "short": short_form(found.sha256),
                "signatures": [
                    {"party": each.signature.party, "person": each.signature.person, "side": each.side} for each in signed
                ],
                "cases": found.cases,
                "obligations": {"all": len(found.policy.obligations.rules), **found.rests_on},
                "overlaps": [asdict(each) for each in found.overlaps],
            }
        )
        return 0
    parties = ", ".join(f"{each.signature.party}: {each.signature.person}" for each in signed)
    key = "policy.check.unsigned" if given.draft else "policy.check.good"
    told = {"id": found.policy.id, "version": found.policy.version, "hash": found.sha256, "short": short_form(found.sha256)}
    _print(context.say(key, parties=parties, **told))
    names = {"sourced": "S", "partly": "S/A", "assumed": "A", "legacy": "L"}
    counts = {name: found.rests_on[status] for name, status in names.items()}
    _print(context.say("policy.check.counts", cases=found.cases, obligations=len(found.policy.obligations.rules), **counts))
    for each in found.overlaps:
        context.tell(context.say("policy.check.overlap", decides=each.decides, beside=each.beside, case=each.case))
    return 0


def key(context: Context) -> int:
    """Make a key; what is printed goes into `keys.yaml`."""
    given, path = context.arguments, Path(context.arguments.file)
    for each in (path, path.with_name(f"{path.name}.pub")):
        if each.exists():
            raise KhienError("output.not_writable", path=str(each), reason=context.say("policy.key.exists"))
    public = new_private_key(path).public_key().public_bytes_raw()
    entry = {f"{given.person}-{public.hex()[:8]}": {"person": given.person, "public": base64.b64encode(public).decode("ascii")}}
    context.tell(context.say("policy.key.done", path=str(path)))
    if given.json:
        write_json(entry)
    else:
        sys.stdout.write(yaml.safe_dump(entry, allow_unicode=True, sort_keys=False))
    return 0


def sign(context: Context) -> int:
    """Add a signature to `signatures.yaml`; those over another hash are left out."""
    given, source = context.arguments, source_of(context)
    found = _examined(source)
    key_file = private_key(Path(given.key))
    public = base64.b64encode(key_file.public_key().public_bytes_raw()).decode("ascii")
    organisation = source.organisation
    key_id = next((name for name, each in organisation.keys.items() if (each.person, each.public) == (given.person, public)), None)
    if key_id is None:
        raise KhienError("policy.key_unknown", path=given.key, person=given.person)
    made = Signature(
        party=given.party,
        person=given.person,
        signed_at=format_utc(SystemClock().now_us())[:19] + "Z",
        method="ed25519",
        key_id=key_id,
        sha256=found.sha256,
        signature=signature_over(key_file, found.sha256),
    )
    verified_signature(made, policy=found.policy, sha256=found.sha256, organisation=organisation)
    before = read_file(source.folder).signatures
    kept = [each for each in before if each.sha256 == found.sha256 and each.person != given.person]
    _write_signatures(source, [*kept, made])
    if dropped := sum(each.sha256 != found.sha256 for each in before):
        context.tell(context.say("policy.sign.dropped", count=dropped))
    if given.json:
        write_json({"signatures": [each.model_dump() for each in (*kept, made)], "short": short_form(found.sha256)})
    context.tell(
        context.say(
            "policy.sign.done",
            id=found.policy.id,
            version=found.policy.version,
            party=given.party,
            hash=found.sha256,
            short=short_form(found.sha256),
            count=len(kept) + 1,
        )
    )
    return 0


def explain(context: Context) -> int:
    """What the rules say of a case."""
    source = source_of(context)
    policy = policy_of(source.document, path=source.folder)
    organisation = source.organisation if source.organisation_folder is not None else None
    return policy_explain.explain_case(context, policy, organisation)


def backtest(context: Context) -> int:
    """A policy against the incidents in the store."""
    given = context.arguments
    database = given.database
    policy = _examined(source_of(context)).policy
    given.database = database
    with stored(context) as session, progress(context, "policy.backtest.doing") as show:
        known: dict[str, Policy] = {}
        found = simulate(session, policy, pinned=lambda sha256: _pinned(session, known, sha256), show=show)
    if given.json:
        write_json(asdict(found))
    for each in found.different:
        lists = {name: ", ".join(getattr(each, name)) or "–" for name in ("new", "gone", "moved")}
        before, after = f"{each.severity_before or '–'} {each.lead_before}", f"{each.severity_after or '–'} {each.lead_after}"
        said = context.say("policy.backtest.incident", incident=each.incident, before=before, after=after, **lists)
        (context.tell if given.json else _print)(said)
    counts = {"different": len(found.different), "looked": found.looked_at, "all": found.all}
    context.tell(context.say("policy.backtest.done", **counts, unanswerable=len(found.unanswerable)))
    return 0


def diff(context: Context) -> int:
    """What a policy changes, in words. Exit 1 when something differs."""
    given = context.arguments
    database = given.database
    source = source_of(context)
    after = source.document
    if given.against:
        before = read_policy_folder(Path(given.against))
    else:
        given.database = database
        with stored(context) as session:
            row = session.scalar(select(PolicyRow).where(PolicyRow.state == life.IN_FORCE))
            if row is None:
                raise KhienError("policy.none_in_force", reason="–")
            before = row.document
    old, new = (policy_of(each, path=source.folder) for each in (before, after))
    found = differences(before, after, old=old, new=new)
    if given.json:
        write_json({"before": policy_hash(before), "after": policy_hash(after), **asdict(found)})
    else:
        for change in (*found.rules, *found.cases):
            _print(change.text.vi if context.language == "vi" else change.text.en)
        for failure in found.old_cases:
            _print(context.say("policy.diff.old_case", **asdict(failure)))
    counts = {"rules": len(found.rules), "cases": len(found.cases), "old": len(found.old_cases)}
    context.tell(context.say("policy.diff.done", **counts))
    return EXIT_DIFFERENT if before != after else 0


def history(context: Context) -> int:
    """Every version in the store and its steps, the newest first."""
    with stored(context) as session:
        rows = list(session.scalars(select(PolicyRow).order_by(PolicyRow.since_us.desc())))
        steps = list(session.scalars(select(PolicyChange).order_by(PolicyChange.id)))
    shown = [_version(row, [each for each in steps if each.sha256 == row.sha256]) for row in rows]
    if context.arguments.json:
        write_json({"versions": shown})
        return 0
    for row in rows:
        told = {"short": short_form(row.sha256), "id": row.policy_id, "version": row.version, "state": row.state}
        _print(context.say("policy.history.version", **told, since=format_utc(row.since_us)))
        for each in (one for one in steps if one.sha256 == row.sha256):
            told = {"act": each.act, "before": each.from_state or "–", "after": each.to_state, "actor": each.actor}
            _print(context.say("policy.history.step", at=format_utc(each.at_us), seq=str(each.audit_seq), **told))
    return 0


def calendar(context: Context) -> int:
    """The calendar of a year for review."""
    given = context.arguments
    year = year_of(given.year, overrides=Path(given.override) if given.override else None)
    if given.json:
        write_json(year.model_dump())
    elif given.output:
        write_file(given.output, written(year).encode("utf-8"))
    else:
        sys.stdout.write(written(year))
    return 0


def _examined(source: PolicySource) -> Examined:
    return examine(source.document, path=source.folder, now_us=SystemClock().now_us())


def _signed(source: PolicySource, found: Examined) -> tuple[VerifiedSignature, ...]:
    file = read_file(source.folder)
    changed = changed_parts(source.document, file.parts)
    return verify(
        policy=found.policy, sha256=found.sha256, signatures=file.signatures, organisation=source.organisation, changed=changed
    )


def _write_signatures(source: PolicySource, signatures: list[Signature]) -> None:
    document = {"signatures": [each.model_dump() for each in signatures], "parts": part_hashes(source.document)}
    text = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1000)
    write_file(str(source.folder / FILE), (_HEADER + text).encode("utf-8"))


def _pinned(session: Session, known: dict[str, Policy], sha256: str) -> Policy:
    if sha256 not in known:
        known[sha256] = policy_of(session.get_one(PolicyRow, sha256).document, path=life.STORE)
    return known[sha256]


def _version(row: PolicyRow, steps: list[PolicyChange]) -> dict[str, object]:
    names = ("at_us", "act", "from_state", "to_state", "actor", "reason", "audit_seq")
    return {
        "sha256": row.sha256,
        "short": short_form(row.sha256),
        "id": row.policy_id,
        "version": row.version,
        "state": row.state,
        "since_us": row.since_us,
        "steps": [{name: getattr(each, name) for name in names} for each in steps],
    }


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
