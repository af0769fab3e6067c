"""Where the verbs of `khien policy` find a policy, an organisation and the store; nothing is created or changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from incident_api.audit.reading import read_only
from incident_api.coordination.organisation import Organisation
from incident_api.coordination.policy import read_policy_folder
from incident_api.database import sqlite_url
from khien.app.command import Context
from khien.app.incident_api_settings import settings_of
from khien.errors import KhienError


@dataclass(frozen=True, slots=True)
class PolicySource:
    """A policy's folder with the organisation that signs it."""

    folder: Path
    organisation_folder: Path | None

    @property
    def document(self) -> dict[str, Any]:
        """The object that is hashed."""
        return read_policy_folder(self.folder)

    @property
    def organisation(self) -> Organisation:
        """With its keys. Raises `organisation.folder` when none was found."""
        if self.organisation_folder is None:
            raise KhienError("organisation.folder", path=str(self.folder.parent), count=0)
        return Organisation.load(self.organisation_folder)


def source_of(context: Context) -> PolicySource:
    """A policy's own folder, or the folder that holds one policy and one organisation; else the shipped one."""
    given = context.arguments
    named = Path(given.organisation) if given.organisation else None
    folder = Path(given.folder) if given.folder else None
    if folder is not None and (folder / "policy.yaml").exists():
        return PolicySource(folder, named if named is not None else _beside(folder))
    given.organisation, given.database = given.folder, None
    settings = settings_of(context)
    return PolicySource(settings.policy_folder, named if named is not None else settings.organisation_folder)


@contextmanager
def stored(context: Context) -> Iterator[Session]:
    """The store, only read. Raises `audit.unreadable`."""
    given = context.arguments.database or os.environ.get("KHIEN_DATABASE")
    url = given or sqlite_url(context.home.incident_api / "state.db")
    with read_only(url) as connection, Session(connection) as session:
        yield session


def _beside(folder: Path) -> Path | None:
    found = sorted(path.parent for path in folder.resolve().parent.glob("*/organisation.yaml"))
    return found[0] if len(found) == 1 else None
