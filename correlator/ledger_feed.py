"""What the page shows of the correlator, on its way there: published to the incident API whenever it changed."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from khien.certificates import Identity
from khien.errors import KhienError
from khien.tls import client_context

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class Feed:
    """Publishes one part; the same document twice is sent once."""

    def __init__(self, url: str, part: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        self._url = f"{url.rstrip('/')}/internal/v1/{part}"
        self._sent: bytes | None = None
        self._client = httpx.Client(
            verify=client_context(identity) if identity is not None else True,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def send(self, document: dict[str, Any]) -> None:
        """Send it unless the API has it. Raises `correlation.sink_unreachable` or `correlation.sink_refused`."""
        body = orjson.dumps(document)
        if body == self._sent:
            return
        try:
            response = self._client.put(self._url, content=body, headers={"Content-Type": "application/json"})
        except (httpx.HTTPError, OSError) as error:
            raise KhienError("correlation.sink_unreachable", sink=self._url, reason=str(error) or type(error).__name__) from error
        if response.status_code != httpx.codes.NO_CONTENT:
            raise KhienError("correlation.sink_refused", sink=self._url, reason=f"HTTP status {response.status_code}")
        self._sent = body

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


class LedgerFeed(Feed):
    """The ledger."""

    def __init__(self, url: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(url, "ledger", identity=identity, transport=transport)

    def publish(self, ledger: dict[str, Any]) -> None:
        """The ledger as it is now."""
        self.send({"ledger": ledger})


class HeldBackFeed(Feed):
    """Exceptions, suppressions and refused alerts."""

    def __init__(self, url: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        super().__init__(url, "held-back", identity=identity, transport=transport)
