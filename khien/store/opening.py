"""Opens the event store that an address names."""

from __future__ import annotations

from pathlib import Path

from khien.clock import Clock
from khien.errors import KhienError
from khien.home import Home
from khien.store.event_store import EventStore
from khien.store.sqlite.store import DEFAULT_QUOTA_BYTES, SqliteEventStore


def open_store(
    url: str,
    *,
    home: Home,
    clock: Clock,
    is_read_only: bool = False,
    quota_bytes: int = DEFAULT_QUOTA_BYTES,
    api_key: str | None = None,
    ca_file: Path | None = None,
) -> EventStore:
    """The store at `sqlite:` (a folder may follow; else `$KHIEN_HOME/events`) or at an address of Elasticsearch.

    `is_read_only` is for every process but the correlator: SQLite files have one writing process. The quota is SQLite's (a
    cluster keeps its own watermarks), the API key and the CA are Elasticsearch's. Raises KhienError with a `store.*` code.
    """
    if url.startswith("sqlite:"):
        folder = url.removeprefix("sqlite:")
        return SqliteEventStore(
            Path(folder) if folder else home.events, clock=clock, is_read_only=is_read_only, quota_bytes=quota_bytes
        )
    if url.startswith(("http://", "https://")):
        # Imported here: the client is part of the `server` extra, and a sensor host has none of it.
        from khien.store.elasticsearch.store import ElasticsearchEventStore  # noqa: PLC0415

        return ElasticsearchEventStore.connect(url, clock=clock, is_read_only=is_read_only, api_key=api_key, ca_file=ca_file)
    raise KhienError("store.unknown_url", url=url)
