"""A connection to the incident API: calls, pages of long lists, and the live stream.

Calls are those of `Operations`, one method an operation, typed from the OpenAPI document. A token comes from `POST /tokens`; the
authority's certificate is the one that `khien serve` names at its start.
"""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypedDict, TypeVar

import httpx

from khien.client.operations import Operations
from khien.language import Language

_PREFIX = "/api/v1"
#: Seconds after a broken stream before the next try: doubled each time, as long as this at most.
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
#: A stream that is silent for longer than two heartbeats of 15 s is dead.
_STREAM_SILENCE = 35.0
_UNAUTHORISED = 401
_Page = TypeVar("_Page", bound=Mapping[str, Any])


class StreamEvent(TypedDict):
    """Something changed: read the object again (`GET /stream`)."""

    seq: int
    kind: str
    id: str
    version: int


class ApiError(Exception):
    """The API's own refusal (RFC 9457): a stable code, the sentence and the cure in both languages."""

    def __init__(
        self,
        code: str,
        status: int,
        *,
        text: Mapping[str, str],
        hint: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(code, status)
        self.code, self.status = code, status
        self.text, self.hint, self.params = dict(text), dict(hint or {}), dict(params or {})

    def __str__(self) -> str:
        return self.sentence("en")

    def sentence(self, language: Language) -> str:
        """What happened, and what to do about it."""
        hint = self.hint.get(language)
        return f"{self.text.get(language, self.code)} ({self.code})" + (f". {hint}" if hint else "")


def connect(url: str, token: str, *, authority: Path | str | None = None, timeout: float = 30.0) -> Client:
    """A client of the API at `url` (`https://host:8443`). `authority`: file of the certificate that signed the server's own."""
    context = ssl.create_default_context(cafile=None if authority is None else str(authority))
    http = httpx.Client(
        base_url=url.rstrip("/") + _PREFIX,
        headers={"Authorization": f"Bearer {token}"},
        verify=context,
        timeout=timeout,
        follow_redirects=False,
    )
    return Client(http)


class Client(Operations):
    """The API, as a person with a token may use it. A context manager; closing it closes the connections."""

    def __init__(self, http: httpx.Client, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._http = http
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._http.close()

    def pages(self, operation: Callable[..., _Page], *arguments: Any, **query: Any) -> Iterator[_Page]:
        """Every page of a list, each asked for when the one before was read: `client.pages(client.list_alerts, tab="team")`."""
        after: Any = query.pop("after", None)
        while True:
            page = operation(*arguments, **query, after=after)
            yield page
            after = page.get("next")
            if after is None:
                return

    def follow(self, *, last: int | None = None) -> Iterator[StreamEvent]:
        """What changes, as it happens; a broken connection is made again and goes on after the last event. Ends with the token.

        An event of kind `resync` says that something was missed: read again what matters. Raises `ApiError` when refused.
        """
        wait = _FIRST_WAIT
        while True:
            try:
                with self._stream(last) as events:
                    for event in events:
                        wait = _FIRST_WAIT
                        last = event["seq"]
                        if event["kind"] != "heartbeat":
                            yield event
            except httpx.TransportError:
                self._sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)

    @contextmanager
    def _stream(self, last: int | None) -> Iterator[Iterator[StreamEvent]]:
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        timeout = httpx.Timeout(30.0, read=_STREAM_SILENCE)
        with self._http.stream("GET", "/stream", headers=headers, timeout=timeout) as answer:
            if answer.is_error:
                answer.read()
                raise _refusal(answer)
            yield (json.loads(line.removeprefix("data:")) for line in answer.iter_lines() if line.startswith("data:"))

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        raw: bool = False,
    ) -> Any:
        given = {name: value for name, value in (query or {}).items() if value is not None}
        headers = {} if key is None else {"Idempotency-Key": key}
        answer = self._http.request(method, path, params=given, json=body, headers=headers)
        if not answer.is_success:
            raise _refusal(answer)
        if raw:
            return answer.content
        return answer.json() if answer.content else None


def _refusal(answer: httpx.Response) -> ApiError:
    """What the API said; something else on the way (a proxy) says no code."""
    try:
        said = answer.json()
        return ApiError(said["code"], answer.status_code, text=said["text"], hint=said["hint_text"], params=said["params"])
    except (ValueError, KeyError, TypeError):
        said = f"HTTP {answer.status_code}"
        return ApiError("request.refused", answer.status_code, text={"en": said, "vi": said})
