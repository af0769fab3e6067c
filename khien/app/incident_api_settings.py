"""The incident API's settings as the command line gives them; shared by every command that opens its store."""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from incident_api.coordination.signatures import FILE
from incident_api.settings import IncidentApiSettings
from khien.app.command import Context
from khien.app.resources import folder
from khien.errors import KhienError

_EXAMPLE = "coordination"


def settings_of(context: Context) -> IncidentApiSettings:
    """Options, then `KHIEN_DATABASE`, then the defaults: SQLite in the folder of data and the example city."""
    given = context.arguments
    coordination = _coordination(getattr(given, "organisation", None))
    # A password does not belong into a command line that every process can read.
    database = given.database or os.environ.get("KHIEN_DATABASE")
    _check_database(database)
    return IncidentApiSettings(
        home=context.home,
        policy_folder=_policy_in(coordination),
        organisation_folder=_organisation_in(coordination),
        host=getattr(given, "host", "127.0.0.1"),
        port=getattr(given, "port", 8443),
        internal_host=getattr(given, "host", "127.0.0.1"),
        internal_port=getattr(given, "internal_port", 8445),
        names=tuple(getattr(given, "name", ())),
        page_folder=_page(),
        database_url=database,
        elasticsearch_url=getattr(given, "elasticsearch", None),
        audit_copy=_folder_or_none(getattr(given, "audit_copy", None) or os.environ.get("KHIEN_AUDIT_COPY")),
    )


def _check_database(url: str | None) -> None:
    if url is None:
        return
    try:
        name = make_url(url).get_backend_name()
    except ArgumentError as error:
        raise KhienError("database.not_an_address") from error
    if name not in {"sqlite", "postgresql"}:
        raise KhienError("database.not_an_address")


def _folder_or_none(given: str | None) -> Path | None:
    return Path(given) if given else None


def _coordination(given: str | None) -> Path:
    return Path(given) if given else folder(_EXAMPLE)


def _policy_in(coordination: Path) -> Path:
    """The one policy that is signed, or the only one there is; several would leave open which is in force."""
    found = sorted(path.parent for path in coordination.glob("*/policy.yaml"))
    signed = [each for each in found if (each / FILE).exists()]
    found = signed or found
    if len(found) != 1:
        raise KhienError("policy.folder", path=str(coordination), count=len(found))
    return found[0]


def _organisation_in(coordination: Path) -> Path:
    found = sorted(path.parent for path in coordination.glob("*/organisation.yaml"))
    if len(found) != 1:
        raise KhienError("organisation.folder", path=str(coordination), count=len(found))
    return found[0]


def _page() -> Path | None:
    """The built page, or none: the API works without it and says so."""
    try:
        return folder("web/dist")
    except KhienError:
        return None
