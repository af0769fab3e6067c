"""The ingest listener: the two requests of docs/concepts/contracts.md, section 3, over mutual TLS.

Who sends is what the certificate says, asked at every request together with the deny-list, so that a revocation works at the next
batch. Nothing is acknowledged before it is durable; a request that is refused changed nothing.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from correlator.ingest.accept import Ingest, unpack
from correlator.ingest.direct import RETRY_AFTER_SECONDS
from khien.certificates import Kind, Peer
from khien.delivery import Ack, Batch, BatchKind
from khien.deny_list import DenyList
from khien.errors import KhienError
from khien.ids import Dataset, SensorName
from khien.listener import peer_of

#: 1 MiB of lines hardly grows by compression; what is larger is no batch (reliability design, section 4).
_PACKED_BYTES = 2 << 20
_IN_FLIGHT = 4
_BODY_SECONDS = 30.0
_LONGEST_NUMBER = 19
LIVE = Dataset("live")


class IngestListener:
    """The ASGI application. `datasets`: what each sensor may deliver into besides `live`."""

    def __init__(self, ingest: Ingest, *, deny_list: DenyList, datasets: Mapping[str, frozenset[str]]) -> None:
        self.refused: Counter[str] = Counter()
        self._ingest = ingest
        self._deny_list = deny_list
        self._datasets = datasets
        self._in_flight: Counter[str] = Counter()

    def app(self) -> Starlette:
        """The application for `khien.listener.listener_config`."""
        return Starlette(
            routes=[
                Route("/ingest/v1/mark", self._mark, methods=["GET"]),
                Route("/ingest/v1/batches", self._batches, methods=["POST"]),
            ]
        )

    async def _mark(self, request: Request) -> Response:
        try:
            sensor = self._sensor(request)
            epoch = _number(request.query_params.get("epoch"), "epoch")
            return _answer(await run_in_threadpool(self._ingest.mark, sensor, epoch))
        except KhienError as error:
            return self._refusal(error)

    async def _batches(self, request: Request) -> Response:
        try:
            sensor = self._sensor(request)
            with self._place(sensor):
                batch = await self._batch(request, sensor)
                return _answer(await run_in_threadpool(self._ingest.accept, batch))
        except KhienError as error:
            return self._refusal(error)

    @contextmanager
    def _place(self, sensor: SensorName) -> Iterator[None]:
        """One of the few places that a sensor's requests have here at a time."""
        if self._in_flight[sensor] >= _IN_FLIGHT:
            raise KhienError("ingest.busy", limit=_IN_FLIGHT, sensor=sensor)
        self._in_flight[sensor] += 1
        try:
            yield
        finally:
            self._in_flight[sensor] -= 1

    def _sensor(self, request: Request) -> SensorName:
        """The sender's name, from the certificate of the connection; never from a header."""
        peer = peer_of(request.scope)
        if not isinstance(peer, Peer) or peer.kind is not Kind.SENSOR:
            raise KhienError("ingest.no_certificate")
        if self._deny_list.contains(peer.serial):
            raise KhienError("ingest.revoked", sensor=peer.name)
        try:
            return SensorName.parse(peer.name)
        except ValueError as error:
            raise KhienError("ingest.no_certificate") from error

    async def _batch(self, request: Request, sensor: SensorName) -> Batch:
        headers = request.headers
        dataset = headers.get("khien-dataset", "")
        if dataset != LIVE and dataset not in self._datasets.get(sensor, frozenset()):
            raise KhienError("ingest.dataset_refused", sensor=sensor, dataset=dataset)
        try:
            kind = BatchKind(headers.get("khien-kind", ""))
        except ValueError as error:
            raise KhienError("ingest.malformed", reason="`Khien-Kind` is events, promise or gap") from error
        epoch = _number(headers.get("khien-epoch"), "Khien-Epoch")
        first_seq = _number(headers.get("khien-first-seq"), "Khien-First-Seq")
        count = _number(headers.get("khien-count"), "Khien-Count")
        packed = await _body(request)
        body = await run_in_threadpool(unpack, packed)
        return Batch(sensor=sensor, epoch=epoch, first_seq=first_seq, count=count, kind=kind, dataset=dataset, body=body)

    def _refusal(self, error: KhienError) -> Response:
        """RFC 9457, with what the sensor needs to go on."""
        self.refused[error.code] += 1
        status = error.entry.http_status
        problem: dict[str, Any] = {
            "type": f"urn:khien:error:{error.code}",
            "title": error.entry.text["en"],
            "status": status,
            "detail": error.sentence(),
            "code": error.code,
        }
        if error.code == "ingest.out_of_order":
            problem["expected"] = error.params["expected"]
        headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status in {429, 503} else None
        return JSONResponse(problem, status_code=status, headers=headers, media_type="application/problem+json")


async def _body(request: Request) -> bytes:
    """The packed body, never more than the limit in memory and never longer than the deadline, whatever the headers say."""
    parts = bytearray()
    try:
        async with asyncio.timeout(_BODY_SECONDS):
            async for part in request.stream():
                parts += part
                if len(parts) > _PACKED_BYTES:
                    raise KhienError("ingest.too_large", limit=_PACKED_BYTES, unit="bytes")
    except (TimeoutError, ClientDisconnect) as error:
        raise KhienError("ingest.malformed", reason="the body did not come to its end") from error
    return bytes(parts)


def _answer(ack: Ack) -> Response:
    return JSONResponse({"epoch": ack.epoch, "acked_seq": ack.acked_seq, "time": ack.server_time_us})


def _number(text: str | None, name: str) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > _LONGEST_NUMBER or int(text) >= 2**63:
        raise KhienError("ingest.malformed", reason=f"`{name}` is not a whole number")
    return int(text)
