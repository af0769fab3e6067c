"""An import in two steps: read, checked and compared; then adopted by who previewed it, over the version it was compared with."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from incident_api.alerts.models import TriageGroup
from incident_api.coordination.organisation import Organisation
from incident_api.duty import current as duty
from incident_api.duty.models import DutyState
from incident_api.organisation import contacts, reading, tables, versions
from incident_api.organisation.comparing import Change, compare
from incident_api.organisation.models import OrganisationPreview, OrganisationVersion
from incident_api.organisation.reading import YAML_FILE, Source
from incident_api.organisation.writing import document_of
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from khien.clock import MICROSECONDS
from khien.errors import KhienError

LIFE_US = 3600 * MICROSECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an import would do. `stale`: contacts nobody tried for a year; `working`: people with open work who would be gone."""

    token: str
    base: int
    expires_us: int
    changes: tuple[Change, ...]
    stale: tuple[str, ...]
    working: tuple[str, ...]


def preview(runtime: Runtime, *, files: Mapping[str, str], person: str) -> Preview:
    """Read and check the files, compare them with what is in force, and keep them for an hour. Raises `organisation.*`."""
    now = runtime.clock.now_us()
    with runtime.database.read() as session:
        row = _in_force(session)
        before = Organisation.model_validate(row.document)
        after = read(files, row=row, before=before)
        check(runtime, session, after, now_us=now)
        changes = compare(before, after)
        working = _working(session, changes)
    token = secrets.token_urlsafe(24)
    with runtime.database.write() as session:
        session.execute(delete(OrganisationPreview).where(OrganisationPreview.at_us <= now - 24 * LIFE_US))
        session.add(
            OrganisationPreview(
                token=token, person=person, base=row.number, document=document_of(after), at_us=now, adopted_us=None
            )
        )
    return Preview(
        token=token,
        base=row.number,
        expires_us=now + LIFE_US,
        changes=changes,
        stale=tuple(each.id for each in contacts.stale(after, at_us=now)),
        working=working,
    )


def adopt(runtime: Runtime, *, token: str, actor: Actor) -> int:
    """Put a previewed import in force and use it from now on; the same token again changes nothing. Gives the version's number."""
    now = runtime.clock.now_us()
    with runtime.database.write() as session:
        found = session.get(OrganisationPreview, token)
        if found is None or found.person != actor.id or (found.adopted_us is None and now - found.at_us > LIFE_US):
            raise KhienError("organisation.preview_unknown")
        row = _in_force(session)
        if found.adopted_us is None:
            if row.number != found.base:
                raise KhienError("organisation.changed", base=found.base, number=row.number)
            after = Organisation.model_validate({**found.document, "rota": row.document["rota"], "keys": row.document["keys"]})
            check(runtime, session, after, now_us=now)
            made = versions.adopt(
                session,
                after,
                origin="import",
                files=row.files,
                actor=actor,
                now_us=now,
                keep=runtime.settings.stream_rows,
            )
            found.adopted_us = now
            number = made.number
        else:
            number = row.number
    versions.follow(runtime)
    return number


def read(files: Mapping[str, str], *, row: OrganisationVersion, before: Organisation) -> Organisation:
    """The organisation that these files say, with the rota and the keys in force. Raises `organisation.*`."""
    return reading.organisation_of(source_of(files, before=before), rota=row.document["rota"], keys=row.document["keys"])


def source_of(files: Mapping[str, str], *, before: Organisation | None) -> Source:
    """YAML when its file is there, else the tables; tables that are not there stay as they are in force."""
    if YAML_FILE in files:
        return reading.from_yaml(files[YAML_FILE])
    if not set(files) & set(tables.FILES):
        raise KhienError("organisation.no_files", path=", ".join(sorted(files)) or "–")
    return tables.read(files, base=None if before is None else document_of(before))


def check(runtime: Runtime, session: Session, organisation: Organisation, *, now_us: int) -> None:
    """Whether the rules in force and the rota find everybody whom they name. Raises `organisation.*`."""
    policy = runtime.policy.policy
    missing = contacts.unreached(organisation, policy, at_us=now_us)
    if missing:
        raise KhienError("organisation.unreached", policy=policy.id, names=", ".join(missing))
    last = policy.ladder[-1]
    roles = last.who if isinstance(last.who, tuple) else tuple(sorted({rule.role for rule in policy.rules}))
    if not any(set(roles) & set(person.roles) for person in organisation.people.values()):
        raise KhienError("organisation.nobody_at_the_end", policy=policy.id, roles=", ".join(roles))
    if session.get(DutyState, 1) is not None:
        on_rota = {member for layer in duty.rota(session).layers for member in layer.members}
        gone = sorted(on_rota - set(organisation.people))
        if gone:
            raise KhienError("organisation.on_the_rota", people=", ".join(gone))


def _in_force(session: Session) -> OrganisationVersion:
    row = versions.current(session)
    if row is None:
        raise KhienError("organisation.preview_unknown")
    return row


def _working(session: Session, changes: tuple[Change, ...]) -> tuple[str, ...]:
    gone = [change.id for change in changes if change.table == "people" and change.kind == "removed"]
    query = select(TriageGroup.assignee).where(TriageGroup.is_open, TriageGroup.assignee.in_(gone)).group_by(TriageGroup.assignee)
    return tuple(session.scalars(query.having(func.count() > 0).order_by(TriageGroup.assignee))) if gone else ()
