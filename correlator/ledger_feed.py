"""The correlator's ledger on its way to the page: published to the incident API whenever it changed."""

from __future__ import annotations

from typing import Any

import httpx
import orjson

from khien.certificates import Identity
from khien.errors import KhienError
from khien.tls import client_context

_TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class LedgerFeed:
    """Publishes a ledger; the same one twice is sent once."""

    def __init__(self, url: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        self._url = f"{url.rstrip('/')}/internal/v1/ledger"
        self._sent: bytes | None = None
        self._client = httpx.Client(
            verify=client_context(identity) if identity is not None else True,
            timeout=_TIMEOUT,
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def publish(self, ledger: dict[str, Any]) -> None:
        """Send it unless the API has it. Raises `correlation.sink_unreachable` or `correlation.sink_refused`."""
        body = orjson.dumps({"ledger": ledger})
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
