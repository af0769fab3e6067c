"""A correlator for the sensor's tests: section 3 of the contract in plain ASGI, over the real mutual TLS.

It keeps what it acknowledged, checks that every stream is gapless, and answers whatever a test wants it to.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import orjson
import zstandard

from khien.certificates import CertificateAuthority
from khien.clock import SystemClock
from khien.listener import ThreadedServer, listener_config, peer_of
from khien.tls import server_context

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope


@dataclass(frozen=True, slots=True)
class Answer:
    """A status instead of the usual answer; the batch is not taken."""

    status: int
    body: dict[str, object] = field(default_factory=dict)
    headers: tuple[tuple[bytes, bytes], ...] = ()


@dataclass(slots=True)
class CorrelatorDouble:
    """What it knows, by (sensor, epoch); `answers` are given first, one a batch."""

    events: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)
    marks: dict[tuple[str, int], int] = field(default_factory=dict)
    promises: dict[str, int] = field(default_factory=dict)
    gaps: list[tuple[int, int, dict[str, str]]] = field(default_factory=list)
    datasets: set[str] = field(default_factory=set)
    duplicates: int = 0
    requests: int = 0
    answers: deque[Answer] = field(default_factory=deque)
    poison: bytes | None = None
    largest_batch: int = 1_000
    lock: threading.Lock = field(default_factory=threading.Lock)

    def lines(self) -> list[bytes]:
        """Every event of every stream, in order."""
        return [line for key in sorted(self.events) for line in self.events[key]]

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """One request."""
        assert scope["type"] == "http"
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return
            body += message["body"]
            if not message["more_body"]:
                break
        with self.lock:
            answer = self._answer(scope, bytes(body))
        content = orjson.dumps(answer.body)
        headers = [(b"content-length", str(len(content)).encode()), *answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": content, "more_body": False})

    def _answer(self, scope: HTTPScope, body: bytes) -> Answer:
        self.requests += 1
        peer = peer_of(scope)
        if peer is None:
            return Answer(401)
        if scope["path"] == "/ingest/v1/mark":
            return self._ack(peer.name, int(scope["query_string"].removeprefix(b"epoch=")))
        if self.answers:
            return self.answers.popleft()
        return self._take(peer.name, {name.decode(): value.decode() for name, value in scope["headers"]}, body)

    def _take(self, sensor: str, headers: dict[str, str], body: bytes) -> Answer:
        epoch, first_seq, count = (int(headers[f"khien-{name}"]) for name in ("epoch", "first-seq", "count"))
        key, acked = (sensor, epoch), self.marks.get((sensor, epoch), 0)
        if first_seq > acked + 1:
            return Answer(409, {"expected": acked + 1})
        if count > self.largest_batch and headers["khien-kind"] == "events":
            return Answer(413)
        content = zstandard.ZstdDecompressor().decompress(body, max_output_size=16 << 20)
        fresh = max(first_seq + count - 1 - acked, 0)
        self.datasets.add(headers["khien-dataset"])
        match headers["khien-kind"]:
            case "events":
                lines = [line + b"\n" for line in content.split(b"\n")[:-1]]
                if len(lines) != count or (self.poison is not None and self.poison in content):
                    return Answer(400, {"detail": "a line breaks the frame"})
                self.duplicates += count - fresh
                self.events.setdefault(key, []).extend(lines[count - fresh :])
            case "promise":
                for source, time in orjson.loads(content).items():
                    self.promises[source] = max(time, self.promises.get(source, time))
            case "gap":
                if fresh:
                    self.gaps.append((first_seq, count, orjson.loads(content)))
        self.marks[key] = acked + fresh
        return self._ack(sensor, epoch)

    def _ack(self, sensor: str, epoch: int) -> Answer:
        time = SystemClock().now_us()
        return Answer(200, {"epoch": epoch, "acked_seq": self.marks.get((sensor, epoch), 0), "time": time})


@contextmanager
def serving(double: CorrelatorDouble, authority: CertificateAuthority) -> Iterator[ThreadedServer]:
    """The double behind mutual TLS on a free port."""
    context = server_context(authority.issue_server("ingest"), clients="required")
    with ThreadedServer(listener_config(double, context=context)) as server:
        yield server
