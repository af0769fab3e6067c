"""What the incident API is told at start."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from incident_api.database import sqlite_url
from khien.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentApiSettings:
    """Addresses, folders and the database. `origins`: what a browser may call this page, besides the address it was asked for."""

    home: Home
    policy_folder: Path
    organisation_folder: Path
    city: str = "ben-sen"
    host: str = "127.0.0.1"
    port: int = 8443
    internal_host: str = "127.0.0.1"
    internal_port: int = 8444
    #: Host names and addresses that the server certificate carries besides `localhost`.
    names: tuple[str, ...] = ()
    #: A folder with `identity.pem` and `authority.pem`; without one the CA in the data folder issues a certificate.
    identity: Path | None = None
    origins: tuple[str, ...] = ()
    page_folder: Path | None = None
    database_url: str | None = None
    #: Components whose certificate may call the internal listener.
    components: tuple[str, ...] = ("correlator",)
    tick_seconds: float = 5.0
    #: A folder of another owner, or on another disk, that gets a copy of every audit checkpoint.
    audit_copy: Path | None = None
    #: How many rows the live stream can be resumed over.
    stream_rows: int = 10_000
    #: What one address may ask of the API in a minute, and change.
    requests_a_minute: int = 3_000
    changes_a_minute: int = 600
    #: Elasticsearch, when events are searched there instead of in the day files.
    elasticsearch_url: str | None = field(default=None)

    @property
    def url(self) -> str:
        """The database: SQLite in the data folder unless one is named."""
        return self.database_url or sqlite_url(self.home.incident_api / "state.db")
