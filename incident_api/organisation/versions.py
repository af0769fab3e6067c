"""Which organisation is in force: kept whole in the store, so that a broken file on disk changes nothing.

At a start the folder of the settings counts when it changed since it was last looked at (by the hash of each file) and differs from
what is stored. `rota.yaml` and `keys.yaml` always follow the folder; `organisation.yaml` does so until the first import: from then
on the store is the city's own, and a changed file is reported, not taken, so that nobody's import is undone by a restart.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from incident_api.audit import service as audit
from incident_api.coordination.documents import read_document
from incident_api.coordination.organisation import Organisation
from incident_api.database import Database
from incident_api.organisation import comparing, reading
from incident_api.organisation.models import OrganisationRefusal, OrganisationVersion
from incident_api.organisation.reading import YAML_FILE
from incident_api.organisation.writing import hash_of
from incident_api.people import service as people
from incident_api.people.person import Actor
from incident_api.runtime import Runtime
from incident_api.stream import service as stream
from khien.errors import KhienError

IN_FORCE = "in_force"
#: Parts that always follow the folder, by the file they are in.
_FOLLOWING = {"rota.yaml": "rota", "keys.yaml": "keys"}
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InForce:
    """The organisation that is in force, and the number of its version."""

    organisation: Organisation
    number: int


def at_start(database: Database, folder: Path, *, now_us: int, keep: int) -> InForce:
    """What is in force, after looking at the folder. Raises the folder's fault only when nothing is stored."""
    with database.read() as session:
        row = current(session)
        stored = None if row is None else _readable(row)
    if row is None or stored is None:
        organisation = Organisation.load(folder)
        with database.write() as session:
            made = adopt(session, organisation, origin="folder", files=hashes(folder), actor=_JOB, now_us=now_us, keep=keep)
        return InForce(organisation, made.number)
    files = hashes(folder)
    if files == row.files:
        return InForce(stored, row.number)
    try:
        organisation, refused = _taken(folder, files, row=row, stored=stored)
    except (KhienError, ValidationError) as error:
        refused = error if isinstance(error, KhienError) else reading.invalid(reading.Spot(YAML_FILE, 1, 1), str(error))
        with database.write() as session:
            _refuse(session, refused, now_us=now_us)
        return InForce(stored, row.number)
    with database.write() as session:
        number = row.number
        if refused is not None:
            _refuse(session, refused, now_us=now_us)
        if hash_of(organisation) == row.sha256:
            session.get_one(OrganisationVersion, row.number).files = files
        else:
            made = adopt(session, organisation, origin=row.origin, files=files, actor=_JOB, now_us=now_us, keep=keep)
            number = made.number
    return InForce(organisation, number)


def current(session: Session) -> OrganisationVersion | None:
    """The row in force."""
    return session.scalar(select(OrganisationVersion).where(OrganisationVersion.state == IN_FORCE))


def adopt(
    session: Session, organisation: Organisation, *, origin: str, files: dict[str, str], actor: Actor, now_us: int, keep: int
) -> OrganisationVersion:
    """Put it in force in this transaction: version, people, audit record, stream; the one before is superseded and stays stored."""
    before = current(session)
    changed: dict[comparing.Kind, int] = {}
    if before is not None:
        before.state = "superseded"
        session.flush()
        old = _readable(before)
        changed = {} if old is None else comparing.counts(comparing.compare(old, organisation))
    made = OrganisationVersion(
        sha256=hash_of(organisation),
        document=organisation.model_dump(mode="json", by_alias=True, exclude_defaults=True),
        origin=origin,
        files=files,
        state=IN_FORCE,
        since_us=now_us,
        adopted_by=actor.id,
    )
    session.add(made)
    session.flush()
    people.synchronise(session, organisation, at_us=now_us)
    audit.append(
        session,
        at_us=now_us,
        actor=actor,
        act="organisation.adopted",
        object_name=f"organisation/{made.number}",
        before=None if before is None else {"number": before.number, "sha256": before.sha256},
        after={"number": made.number, "sha256": made.sha256, "origin": origin, "changes": dict(changed)},
    )
    stream.append(session, kind="organisation", object_id=organisation.id, version=made.number, at_us=now_us, keep=keep)
    return made


def follow(runtime: Runtime) -> bool:
    """Use what is in force in the store; whether that is another version than before."""
    with runtime.database.read() as session:
        row = current(session)
    if row is None or row.number == runtime.organisation_number:
        return False
    found = _readable(row)
    if found is None:
        return False
    runtime.organisation, runtime.organisation_number = found, row.number
    return True


def run(runtime: Runtime, now_us: int) -> str:  # noqa: ARG001 - what a job is called with
    """The job: an import by the command line reaches a server that runs."""
    is_new = follow(runtime)
    return f"version {runtime.organisation_number}" + (" (new)" if is_new else "")


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of the folder, in hex; a missing one has none."""
    found = {}
    for name in (YAML_FILE, *_FOLLOWING):
        path = folder / name
        if path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


_JOB = Actor.job("organisation")


def _taken(
    folder: Path, files: dict[str, str], *, row: OrganisationVersion, stored: Organisation
) -> tuple[Organisation, KhienError | None]:
    """The stored organisation with what changed on disk and may be taken, and what to say about the rest."""
    whole: dict[str, Any] = dict(row.document)
    following = {
        part: read_document(folder / name) if name in files else {}
        for name, part in _FOLLOWING.items()
        if files.get(name) != row.files.get(name)
    }
    whole |= following
    rota, keys = whole["rota"], whole["keys"]
    if files.get(YAML_FILE) == row.files.get(YAML_FILE):
        return stored.model_validate(whole), None
    texts = reading.read_files(folder, (YAML_FILE,))
    if YAML_FILE not in texts:
        raise KhienError("organisation.no_files", path=str(folder))
    fresh = reading.organisation_of(reading.from_yaml(texts[YAML_FILE]), rota=rota, keys=keys)
    if row.origin == "folder":
        return fresh, None
    kept = stored.model_validate(whole)
    if hash_of(fresh) == hash_of(kept):
        return kept, None
    return kept, KhienError("organisation.folder_differs", path=str(folder / YAML_FILE), number=row.number)


def _readable(row: OrganisationVersion) -> Organisation | None:
    """A stored version; None when an older release stored what this one does not take any more."""
    try:
        return Organisation.model_validate(row.document)
    except ValidationError:
        _log.warning("version %d of the organisation cannot be read by this release", row.number)
        return None


def _refuse(session: Session, error: KhienError, *, now_us: int) -> None:
    _log.warning("%s", error.sentence())
    session.add(OrganisationRefusal(at_us=now_us, code=error.code, text_vi=error.sentence("vi"), text_en=error.sentence("en")))
    audit.append(
        session,
        at_us=now_us,
        actor=_JOB,
        act="organisation.refused",
        object_name="organisation",
        before=None,
        after={"code": error.code},
        reason=error.sentence(),
    )
