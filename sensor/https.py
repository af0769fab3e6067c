"""The HTTPS half of `khien.delivery.Transport`: a sensor's way to its correlator (docs/concepts/contracts.md, section 3).

Mutual TLS with the own CA. A whole request has one deadline, however slowly the server drips; an answer is small or it is no
answer. The sensor's name is never sent: the certificate says it.
"""

from __future__ import annotations

import asyncio
import ssl

import httpx
import orjson
import zstandard

from khien.certificates import Identity
from khien.clock import Clock, parse_utc
from khien.delivery import Ack, Batch
from khien.errors import KhienError
from khien.tls import client_context, load_identity

#: Reliability design, section 4.
CONNECT_SECONDS = 5.0
REQUEST_SECONDS = 30.0
#: An acknowledgement has about 100 bytes, an error a few hundred.
_ANSWER_BYTES = 65_536
#: Shorter than any server's own idle limit (uvicorn: 5 s), so that a request never meets a connection that is being closed.
_KEEP_ALIVE_SECONDS = 4.0
_LONGEST_PAUSE_SECONDS = 60.0
_LEVEL = 1
_LONGEST_NUMBER = 10

_OK = 200
_FORBIDDEN = 403


class HttpsTransport:
    """One connection to one correlator; belongs to one thread. `close` it in that thread."""

    def __init__(
        self, server: str, *, identity: Identity, dataset: str, clock: Clock, request_seconds: float = REQUEST_SECONDS
    ) -> None:
        self.server = server.rstrip("/")
        #: How far the server's clock is ahead of ours, as of the last answer.
        self.clock_offset_us: int | None = None
        self._identity = identity
        self._dataset = dataset
        self._clock = clock
        self._request_seconds = request_seconds
        self._context = client_context(identity)
        self._compressor = zstandard.ZstdCompressor(level=_LEVEL)
        self._runner = asyncio.Runner()
        self._client: httpx.AsyncClient | None = None

    def mark(self, epoch: int) -> Ack:
        """Where the correlator stands; shows the certificate that is on the disk now."""
        self._identity.check_valid(self._clock)
        load_identity(self._context, self._identity)
        self._drop_client()
        return self._ask("GET", "/ingest/v1/mark", params={"epoch": str(epoch)}, headers={}, content=None, batch=None)

    def send(self, batch: Batch) -> Ack:
        """Deliver; raises `delivery.*` and has then changed nothing here."""
        headers = {
            "Khien-Epoch": str(batch.epoch),
            "Khien-First-Seq": str(batch.first_seq),
            "Khien-Count": str(batch.count),
            "Khien-Kind": batch.kind.value,
            "Khien-Dataset": batch.dataset,
            "Content-Type": "application/zstd",
        }
        content = self._compressor.compress(batch.body)
        return self._ask("POST", "/ingest/v1/batches", params={}, headers=headers, content=content, batch=batch)

    def close(self) -> None:
        """Close the connection."""
        self._drop_client()
        self._runner.close()

    def _drop_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._runner.run(client.aclose())

    def _ask(
        self, method: str, path: str, *, params: dict[str, str], headers: dict[str, str], content: bytes | None, batch: Batch | None
    ) -> Ack:
        before_us = self._clock.now_us()
        try:
            response, body = self._runner.run(self._exchange(method, path, params=params, headers=headers, content=content))
        except (TimeoutError, httpx.TimeoutException):
            reason = f"no answer within {self._request_seconds:g} s"
            raise KhienError("delivery.unreachable", server=self.server, reason=reason) from None
        except (httpx.TransportError, ssl.SSLError, OSError) as error:
            distrust = _distrust(error)
            if distrust is not None:
                raise KhienError("delivery.untrusted_server", server=self.server, reason=distrust.verify_message) from error
            reason = str(error) or type(error).__name__
            raise KhienError("delivery.unreachable", server=self.server, reason=reason) from error
        if response.status_code != _OK:
            raise self._refusal(response, body, batch=batch)
        ack = self._ack(body)
        self.clock_offset_us = ack.server_time_us - (before_us + self._clock.now_us()) // 2
        return ack

    async def _exchange(
        self, method: str, path: str, *, params: dict[str, str], headers: dict[str, str], content: bytes | None
    ) -> tuple[httpx.Response, bytes]:
        if self._client is None:
            limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEP_ALIVE_SECONDS)
            timeout = httpx.Timeout(self._request_seconds, connect=CONNECT_SECONDS)
            # trust_env off: a proxy variable in the environment must not lead events somewhere else.
            self._client = httpx.AsyncClient(
                base_url=self.server, verify=self._context, limits=limits, timeout=timeout, trust_env=False, follow_redirects=False
            )
        body = bytearray()
        async with (
            asyncio.timeout(self._request_seconds),
            self._client.stream(method, path, params=params, headers=headers, content=content) as response,
        ):
            async for part in response.aiter_raw():
                body += part
                if len(body) > _ANSWER_BYTES:
                    raise KhienError("delivery.unexpected_answer", server=self.server, reason="longer than any acknowledgement")
        return response, bytes(body)

    def _ack(self, body: bytes) -> Ack:
        try:
            answer = orjson.loads(body)
            time = answer["time"]
            time_us = parse_utc(time) if isinstance(time, str) else int(time)
            ack = Ack(int(answer["epoch"]), int(answer["acked_seq"]), time_us)
        except (ValueError, KeyError, TypeError) as error:
            raise KhienError("delivery.unexpected_answer", server=self.server, reason="not an acknowledgement") from error
        if ack.epoch < 1 or ack.acked_seq < 0:
            raise KhienError("delivery.unexpected_answer", server=self.server, reason="an acknowledgement below zero")
        return ack

    def _refusal(self, response: httpx.Response, body: bytes, *, batch: Batch | None) -> KhienError:
        """The error of an answer other than 200."""
        if batch is not None and response.status_code == _FORBIDDEN and _code(body) == "ingest.dataset_refused":
            return KhienError("delivery.dataset_refused", sensor=batch.sensor, dataset=batch.dataset)
        return self._refusal_of_status(response, body, count=batch.count if batch else 0)

    def _refusal_of_status(self, response: httpx.Response, body: bytes, *, count: int) -> KhienError:
        match response.status_code:
            case 409:
                return self._conflict(body)
            case 413:
                return KhienError("delivery.too_large", count=count)
            case 400:
                return KhienError("delivery.batch_refused", reason=_text(body))
            case 401 | 403:
                return KhienError("delivery.forbidden", reason=_text(body), dataset=self._dataset)
            case 429 | 503:
                seconds = _retry_after(response.headers.get("retry-after"))
                return KhienError("delivery.busy", retry_after_seconds=seconds)
            case status:
                return KhienError("delivery.unexpected_answer", server=self.server, reason=f"HTTP status {status}")

    def _conflict(self, body: bytes) -> KhienError:
        try:
            expected = int(orjson.loads(body)["expected"])
        except (ValueError, KeyError, TypeError):
            return KhienError("delivery.unexpected_answer", server=self.server, reason="HTTP status 409 without `expected`")
        return KhienError("delivery.out_of_order", expected=expected)


def _distrust(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    """The failed check of the server's certificate in this error or behind it."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        error = error.__cause__ or error.__context__
    return error


def _retry_after(value: str | None) -> float:
    """Seconds to wait: at least 1 and at most 60, whatever the server says (RFC 9110, section 10.2.3; dates count as 1)."""
    is_number = value is not None and value.isascii() and value.isdigit() and len(value) < _LONGEST_NUMBER
    return min(max(float(value or 1), 1.0), _LONGEST_PAUSE_SECONDS) if is_number else 1.0


def _code(body: bytes) -> str:
    """The stable code in an error's body; empty when there is none."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        return ""
    return str(answer.get("code") or "") if isinstance(answer, dict) else ""


def _text(body: bytes) -> str:
    """The sentence in an error's body (RFC 9457), or its first bytes."""
    try:
        answer = orjson.loads(body)
    except ValueError:
        return body[:200].decode("utf-8", "replace")
    detail = answer.get("detail") if isinstance(answer, dict) else None
    return str(detail or "no reason given")
