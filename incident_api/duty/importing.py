"""Taking over a rota: read, checked 30 days ahead, and put in force; one with a hole is refused and the one before stays."""

from __future__ import annotations

import logging

from pydantic import ValidationError
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.canonical import sha256_of
from incident_api.coordination.documents import document_of
from incident_api.duty import checks, current
from incident_api.duty.checks import Finding
from incident_api.duty.edits import edited
from incident_api.duty.models import DutyState, RotaVersion
from incident_api.duty.roster import Roster
from incident_api.duty.rota import Rota
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.errors import KhienError

_log = logging.getLogger(__name__)


def take_over_file(runtime: Runtime) -> None:
    """At the start: the rota of the organisation's folder, if it is another than the one last looked at.

    The first one must be good: without any rota nobody is on duty. A later one that is refused leaves the one before in force.
    """
    rota = runtime.organisation.rota
    digest = digest_of(rota)
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        state = session.get(DutyState, 1)
        if state is not None and state.file_sha256 == digest:
            return
        try:
            put_in_force(runtime, session, rota, actor=Actor.job("organisation"), now_us=now)
        except KhienError as error:
            if state is None:
                raise
            _log.warning("the rota of the folder is refused, the one before stays in force: %s", error)
            state.refusal = {"code": error.code, "params": {name: str(value) for name, value in error.params.items()}}
        else:
            session.get_one(DutyState, 1).refusal = None
        session.get_one(DutyState, 1).file_sha256 = digest


def put_in_force(runtime: Runtime, session: Session, rota: Rota, *, actor: Actor, now_us: int) -> list[Finding]:
    """From now on this rota; what people changed stays. Gives what is worse. Raises `duty.hole`, `duty.unknown_member`."""
    check_names(runtime, rota)
    checks.refuse_holes(rota, plan=rota.plan(days_off=current.days_off(runtime)), now_us=now_us)
    state = session.get(DutyState, 1)
    before = None if state is None else session.get_one(RotaVersion, state.rota_id)
    row = RotaVersion(version=rota.version, sha256=digest_of(rota), document=_document(rota), from_us=now_us, actor=actor.id)
    audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act="duty.put_rota_in_force",
        object_name="duty/rota",
        before=None if before is None else {"version": before.version, "sha256": before.sha256},
        after={"version": row.version, "sha256": row.sha256},
    )
    if state is None:
        session.add(row)
        session.flush()
        session.add(
            DutyState(
                id=1,
                revision=1,
                changed_us=now_us,
                rota_id=row.id,
                file_sha256=row.sha256,
                refusal=None,
                frozen_from_us=0,
                frozen_us=0,
            )
        )
        session.flush()
        return []
    with edited(runtime, session, now_us=now_us) as edit:
        session.add(row)
        session.flush()
        state.rota_id = row.id
    return edit.warnings


def looked_at(runtime: Runtime, session: Session, rota: Rota, *, now_us: int) -> list[Finding]:
    """What `put_in_force` would give or raise, with nothing changed."""
    check_names(runtime, rota)
    checks.refuse_holes(rota, plan=rota.plan(days_off=current.days_off(runtime)), now_us=now_us)
    plan = current.plan_with(runtime, session, rota)
    return list(checks.check(rota, Roster(version=rota.version, plan=plan), start_us=now_us).findings)


def rota_of(text: str) -> Rota:
    """A rota from the text of its file. Raises `policy.unreadable` or `duty.rota_unreadable` with the place in it."""
    document = document_of(text.encode(), name="rota.yaml")
    try:
        return Rota.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(str(each) for each in first["loc"]) or "document"
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise KhienError("duty.rota_unreadable", place=place, reason=reason) from error


def check_names(runtime: Runtime, rota: Rota) -> None:
    """Members are people of the organisation."""
    for layer in rota.layers:
        for member in layer.members:
            if member not in runtime.organisation.people:
                raise KhienError("duty.unknown_member", layer=layer.id, person=member)


def digest_of(rota: Rota) -> str:
    """What tells two rotas apart."""
    return sha256_of(_document(rota))


def _document(rota: Rota) -> dict[str, object]:
    return rota.model_dump(mode="json", by_alias=True, exclude_defaults=True)
