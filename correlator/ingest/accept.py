"""The one door into the correlator: both transports end here (docs/concepts/contracts.md, section 3).

A batch is checked, freed of what is already known, made durable, and only then acknowledged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import zstandard

from correlator.ingest.log import Arrival, IngestLog
from khien.clock import Clock
from khien.delivery import BATCH_EVENTS, INFLATED_BYTES, Ack, Batch, BatchKind
from khien.errors import KhienError

#: Level 1 of zstd: the log is short-lived, and its disk is faster than a higher level.
_LEVEL = 1
#: Promises and gap notes are small; a larger one is a mistake or an attack.
_NOTE_BYTES = 65_536
_LARGEST_SEQ = 2**62
#: A zstd block of 4 bytes can say 128 KiB: feeding this much at a time bounds what a bomb gets before the limit stops it to 16 MiB.
_FEED_BYTES = 512


class Ingest:
    """Accepts batches of all sensors into one log. Safe to call from many threads."""

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self.log = IngestLog(path)
        self._clock = clock

    def mark(self, sensor: str, epoch: int) -> Ack:
        """Where this stream stands."""
        return Ack(epoch=epoch, acked_seq=self.log.mark(sensor, epoch), server_time_us=self._clock.now_us())

    def accept(self, batch: Batch) -> Ack:
        """Durable on return; events that the mark already covers are counted and not kept again.

        Raises `ingest.malformed`, `ingest.too_large`, `ingest.out_of_order` or `ingest.unavailable`; then nothing was taken.
        """
        _check(batch)
        arrival = self._arrival(batch)
        self.log.append([arrival], ingested_us=self._clock.now_us())
        return self.mark(batch.sensor, batch.epoch)

    def _arrival(self, batch: Batch) -> Arrival:
        if batch.kind is BatchKind.PROMISE:
            # A promise speaks of what came before it, so it has its place in the stream; said twice it harms nobody.
            self._in_order(batch, self.log.mark(batch.sensor, batch.epoch))
            return Arrival(stream=batch, packed=pack(batch.body), first_seq=batch.first_seq, count=0, duplicates=0)
        acked = self.log.mark(batch.sensor, batch.epoch)
        self._in_order(batch, acked)
        known = min(max(acked + 1 - batch.first_seq, 0), batch.count)
        duplicates = known if batch.kind is BatchKind.EVENTS else 0
        if known == batch.count:
            return Arrival(stream=batch, packed=None, first_seq=acked + 1, count=0, duplicates=duplicates)
        body = _without_first(batch.body, known) if batch.kind is BatchKind.EVENTS else batch.body
        return Arrival(
            stream=batch, packed=pack(body), first_seq=batch.first_seq + known, count=batch.count - known, duplicates=duplicates
        )

    @staticmethod
    def _in_order(batch: Batch, acked: int) -> None:
        if batch.first_seq > acked + 1:
            raise KhienError("ingest.out_of_order", first_seq=batch.first_seq, epoch=batch.epoch, expected=acked + 1)


def pack(body: bytes) -> bytes:
    """One zstd frame that names its content's size."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(body)


def unpack(packed: bytes, *, limit: int = INFLATED_BYTES) -> bytes:
    """The content of one zstd frame, never more than `limit` bytes of it in memory.

    Raises `ingest.too_large` at the limit (a bomb stops there) and `ingest.malformed` for anything that is not one whole frame.
    """
    inflater = zstandard.ZstdDecompressor(max_window_size=1 << 23).decompressobj()
    parts: list[bytes] = []
    size = 0
    try:
        for start in range(0, len(packed), _FEED_BYTES):
            if inflater.eof:
                break
            parts.append(inflater.decompress(packed[start : start + _FEED_BYTES]))
            size += len(parts[-1])
            if size > limit:
                raise KhienError("ingest.too_large", limit=limit, unit="bytes")
    except zstandard.ZstdError as error:
        raise KhienError("ingest.malformed", reason=f"zstd: {error}") from error
    body = b"".join(parts)
    if not inflater.eof or inflater.unused_data:
        raise KhienError("ingest.malformed", reason="the body is not one whole zstd frame")
    return body


def promises_of(body: bytes) -> dict[str, int]:
    """The promises in a body: source → event time in µs. Raises `ingest.malformed`."""
    found = _note(body)
    for source, time_us in found.items():
        if isinstance(time_us, bool) or not isinstance(time_us, int) or not -(2**63) <= time_us < 2**63 or len(source) > 256:  # noqa: PLR2004
            raise KhienError("ingest.malformed", reason="a promise is a source and its time in whole microseconds")
    return found


def _check(batch: Batch) -> None:
    if batch.epoch < 1 or batch.first_seq < 1 or batch.count < 0 or batch.first_seq + batch.count > _LARGEST_SEQ:
        raise KhienError("ingest.malformed", reason="epoch and first seq begin at 1, and the count is not negative")
    if len(batch.body) > INFLATED_BYTES:
        raise KhienError("ingest.too_large", limit=INFLATED_BYTES, unit="bytes")
    match batch.kind:
        case BatchKind.EVENTS:
            _check_lines(batch)
        case BatchKind.PROMISE:
            if batch.count:
                raise KhienError("ingest.malformed", reason="a promise counts no events")
            promises_of(batch.body)
        case BatchKind.GAP:
            if batch.count < 1 or not {"class", "reason"} <= set(_note(batch.body)):
                raise KhienError("ingest.malformed", reason="a gap counts what was dropped and says its class and reason")


def _check_lines(batch: Batch) -> None:
    if batch.count > BATCH_EVENTS:
        raise KhienError("ingest.too_large", limit=BATCH_EVENTS, unit="events")
    if batch.count < 1 or not batch.body.endswith(b"\n") or batch.body.count(b"\n") != batch.count:
        raise KhienError("ingest.malformed", reason="the body is not the stated number of lines")


def _note(body: bytes) -> dict[str, Any]:
    if len(body) > _NOTE_BYTES:
        raise KhienError("ingest.too_large", limit=_NOTE_BYTES, unit="bytes")
    try:
        note = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise KhienError("ingest.malformed", reason="the body is not JSON") from error
    if not isinstance(note, dict):
        raise KhienError("ingest.malformed", reason="the body is not a JSON object")
    return note


def _without_first(body: bytes, lines: int) -> bytes:
    start = 0
    for _ in range(lines):
        start = body.index(b"\n", start) + 1
    return body[start:]
