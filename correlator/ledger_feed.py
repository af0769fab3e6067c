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
        self.put(body)
        self._sent = body

    def put(self, body: bytes) -> bytes:
        """Send it, and what was answered. Raises as `send`."""
        try:
            response = self._client.put(self._url, content=body, headers={"Content-Type": "application/json"})
        except (httpx.HTTPError, OSError) as error:
            raise KhienError("correlation.sink_unreachable", sink=self._url, reason=str(error) or type(error).__name__) from error
        if response.status_code not in {httpx.codes.NO_CONTENT, httpx.codes.OK}:
            raise KhienError("correlation.sink_refused", sink=self._url, reason=f"HTTP status {response.status_code}")
        return response.content

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


class ConditionFeed:
    """A sign of life with every fault, and the catalogue of rules whenever the incident API has another one."""

    def __init__(self, url: str, *, identity: Identity | None, transport: httpx.BaseTransport | None = None) -> None:
        self._condition = Feed(url, "condition", identity=identity, transport=transport)
        self._rules = Feed(url, "rules", identity=identity, transport=transport)

    def tell(self, document: dict[str, Any]) -> str | None:
        """Always sent, changed or not; the digest of the rules that the API has. Raises as `Feed.send`."""
        try:
            found = orjson.loads(self._condition.put(orjson.dumps(document)))["rules"]
        except (ValueError, KeyError, TypeError):
            return None
        return found if isinstance(found, str) else None

    def tell_rules(self, document: dict[str, Any]) -> None:
        """Raises as `Feed.send`."""
        self._rules.put(orjson.dumps(document))

    def close(self) -> None:
        """Close the connections."""
        self._condition.close()
        self._rules.close()
