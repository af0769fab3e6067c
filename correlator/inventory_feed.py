"""The inventory that ingest stamps from, as the incident API publishes it (docs/concepts/contracts.md, section 5)."""

from __future__ import annotations

from pathlib import Path

import httpx

from khien.certificates import Identity
from khien.errors import KhienError
from khien.tls import client_context

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)
#: A city has some ten thousand networks and assets; this is far above.
_LARGEST_BYTES = 32 << 20


class InventoryFeed:
    """Asks for the inventory, and keeps the last one on disk, so that a restart without the API still knows the assets."""

    def __init__(self, url: str, *, identity: Identity | None, kept: Path, transport: httpx.BaseTransport | None = None) -> None:
        self._url = f"{url.rstrip('/')}/internal/v1/inventory"
        self._kept = kept
        self._etag: str | None = None
        self._client = httpx.Client(
            verify=client_context(identity) if identity is not None else True,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def last(self) -> bytes | None:
        """The one that was kept."""
        try:
            return self._kept.read_bytes()
        except OSError:
            return None

    def fetch(self) -> bytes | None:
        """A new one; None when it did not change. Raises `correlation.sink_unreachable` or `correlation.sink_refused`."""
        headers = {"If-None-Match": self._etag} if self._etag else {}
        try:
            response = self._client.get(self._url, headers=headers)
        except (httpx.HTTPError, OSError) as error:
            raise KhienError("correlation.sink_unreachable", sink=self._url, reason=str(error) or type(error).__name__) from error
        if response.status_code == httpx.codes.NOT_MODIFIED:
            return None
        if response.status_code != httpx.codes.OK or len(response.content) > _LARGEST_BYTES:
            raise KhienError("correlation.sink_refused", sink=self._url, reason=f"HTTP status {response.status_code}")
        self._etag = response.headers.get("etag")
        return response.content

    def keep(self, document: bytes) -> None:
        """Keep this one; the engine has taken it."""
        self._kept.parent.mkdir(parents=True, exist_ok=True)
        partial = self._kept.with_suffix(".partial")
        partial.write_bytes(document)
        partial.replace(self._kept)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()
