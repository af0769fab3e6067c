"""One request to Elasticsearch: an answer with its status, or that there was none. Nothing is retried here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import elastic_transport
import elasticsearch

from khien.errors import KhienError

#: Whole request, answer included (reliability design, section 4).
REQUEST_SECONDS = 30.0
_JSON = {"accept": "application/json", "content-type": "application/json"}
_NDJSON = {"accept": "application/json", "content-type": "application/x-ndjson"}

OK, NOT_FOUND, UNAUTHORIZED, FORBIDDEN = 200, 404, 401, 403


class NoAnswer(Exception):  # noqa: N818 - it states what happened: there was no answer
    """Time-out, reset, refused connection, or an answer that is not JSON. The request may have been carried out."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Mapping[str, Any]

    @property
    def reason(self) -> str:
        """Elasticsearch's own words for a failure, or the status."""
        error = self.body.get("error")
        if isinstance(error, Mapping):
            return f"{error.get('type')}: {error.get('reason')}"
        return str(error) if error else f"HTTP {self.status}"

    @property
    def is_cluster_block(self) -> bool:
        """Whether the cluster, not a right of ours, forbids the write (flood stage, read-only)."""
        return "cluster_block_exception" in str(self.body.get("error"))


class Gateway:
    """The client's connections, with its own retries turned off: what is tried again is decided item by item."""

    def __init__(self, client: elasticsearch.Elasticsearch, *, url: str) -> None:
        self._client = client
        self.url = url

    @classmethod
    def connect(cls, url: str, *, api_key: str | None = None, ca_file: Path | None = None) -> Self:
        """Prepare connections to the node at this address; nothing is sent yet."""
        more: dict[str, Any] = {"ca_certs": str(ca_file)} if ca_file is not None else {}
        try:
            client = elasticsearch.Elasticsearch(
                url,
                api_key=api_key,
                request_timeout=REQUEST_SECONDS,
                max_retries=0,
                retry_on_timeout=False,
                retry_on_status=(),
                **more,
            )
        except ValueError as error:
            raise KhienError("store.unknown_url", url=url) from error
        return cls(client, url=_without_secret(url))

    def request(
        self, method: str, path: str, *, body: object = None, is_ndjson: bool = False, seconds: float | None = None
    ) -> Answer:
        """Send one request; NoAnswer, or KhienError `store.not_elasticsearch` when something else answers."""
        client = self._client if seconds is None else self._client.options(request_timeout=seconds)
        headers = _NDJSON if is_ndjson else _JSON
        try:
            response = client.perform_request(method, path, headers=headers, body=body)
        except elasticsearch.UnsupportedProductError as error:
            raise KhienError("store.not_elasticsearch", url=self.url, reason="it does not say that it is Elasticsearch") from error
        except elasticsearch.ApiError as error:
            return Answer(error.meta.status, error.body if isinstance(error.body, Mapping) else {"error": str(error.body)[:300]})
        except elastic_transport.TransportError as error:
            raise NoAnswer(_plain(error)) from error
        if not isinstance(response.body, Mapping):
            message = "an answer that is no JSON object"
            raise NoAnswer(message)
        return Answer(response.meta.status, response.body)

    def ask(self, method: str, path: str, *, body: object = None, seconds: float | None = None) -> Mapping[str, Any]:
        """A request that must succeed: its body, or KhienError `store.unavailable`, `store.refused`."""
        try:
            answer = self.request(method, path, body=body, seconds=seconds)
        except NoAnswer as error:
            raise self.unavailable(str(error)) from error
        if answer.status in {UNAUTHORIZED, FORBIDDEN} and not answer.is_cluster_block:
            raise self.refused(answer)
        if answer.status >= 300:  # noqa: PLR2004 - HTTP: 3xx and above is no success
            raise self.unavailable(answer.reason)
        return answer.body

    def unavailable(self, reason: str) -> KhienError:
        """The error for a store that does not answer."""
        return KhienError("store.unavailable", url=self.url, reason=reason)

    def refused(self, answer: Answer) -> KhienError:
        """The error for a key that is not accepted."""
        return KhienError("store.refused", url=self.url, status=answer.status, reason=answer.reason)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _plain(error: elastic_transport.TransportError) -> str:
    """The failure without the library's object notation."""
    return str(error.message)[:200]


def _without_secret(url: str) -> str:
    """The address without user and password, for messages."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
