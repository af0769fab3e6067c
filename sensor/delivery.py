"""Delivery: takes what is durable in the spool to the correlator, in order, until it is acknowledged.

One step at a time (`step`), so that every answer of the contract can be tried without threads; `run` repeats it. The
correlator's mark rules: on every connection it is asked, and delivery goes on from there, backwards too.
"""

from __future__ import annotations

import random
import threading
from collections import deque
from dataclasses import dataclass, field, replace

from khien.clock import Clock
from khien.delivery import BATCH_BYTES, BATCH_EVENTS, Ack, Batch, BatchKind, Transport
from khien.errors import KhienError
from sensor.cursor import Mark
from sensor.reader import Item, SpoolReader, split_lines
from sensor.recovery import Notice
from sensor.rejects import RejectFile
from sensor.retention import Retention
from sensor.spool import Spool
from sensor.undeliverable import LIVE, Undeliverable

#: Reliability design, section 4: 1 → 60 s with full jitter.
LONGEST_BACKOFF_SECONDS = 60.0
#: A refused sensor asks again this seldom: somebody has to act first.
REFUSED_SECONDS = 60.0
#: How long to wait when there is nothing to send: as long as a group commit.
IDLE_SECONDS = 0.05
#: The cursor is a comfort (the server's mark rules), so it is written this often.
_CURSOR_SECONDS = 1.0
_REWINDS_WITHOUT_PROGRESS = 3
#: The one refusal that the mark does not tell: the connection is good, and only the next acknowledged batch ends it.
_REFUSED_DATASET = "delivery.dataset_refused"


@dataclass(slots=True)
class DeliveryCounts:
    """What delivery did since it began. `undeliverable` counts events by reason: kept in the reject file, never sent again."""

    batches: int = 0
    events: int = 0
    gaps: int = 0
    retries: int = 0
    rewinds: int = 0
    undeliverable: dict[str, int] = field(default_factory=dict)
    last_error: str = ""


class Delivery:
    """The delivering half of a sensor; belongs to one thread."""

    def __init__(
        self,
        *,
        spool: Spool,
        transport: Transport,
        rejects: RejectFile,
        clock: Clock,
        notice: Notice,
        chance: random.Random | None = None,
        retention: Retention | None = None,
    ) -> None:
        self._undeliverable = Undeliverable(rejects, notice=notice)
        self.counts = DeliveryCounts(undeliverable=self._undeliverable.counts)
        #: The sources' state behind the last acknowledged event: what of each source has arrived.
        self.acknowledged_state: bytes | None = None
        self.mark: Mark | None = spool.cursor.mark
        #: How often there was nothing left to send; two rounds later everything durable before is acknowledged.
        self.idle_rounds = 0
        #: Set while the correlator refuses this sensor.
        self.refusal: KhienError | None = None
        self._spool = spool
        self._reader = SpoolReader(spool.catalogue)
        self._transport = transport
        self._clock = clock
        self._notice = notice
        # Jitter needs no cryptography: it only has to differ between sensors.
        self._chance = chance or random.Random()  # noqa: S311
        self._retention = retention or Retention(spool.catalogue)
        self._is_connected = False
        self._epoch = 0
        self._next: int | None = None
        self._highest_sent = 0
        self._failures = 0
        self._rewinds = 0
        self._waiting: deque[Item] = deque()
        self._durable_mark = self.mark
        self._swept_at = clock.monotonic()

    @property
    def reader_losses(self) -> dict[str, int]:
        """Events that the spool could not give any more, by reason."""
        return dict(self._reader.counts.lost)

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop."""
        try:
            while not stop.is_set():
                pause = self.step()
                if pause:
                    stop.wait(pause)
        finally:
            self.close()

    def step(self) -> float:
        """One connection or one batch; returns the seconds to wait before the next."""
        try:
            if not self._is_connected:
                self._connect()
                return 0.0
            state = self._spool.state
            batch = self._next_batch()
            if batch is None:
                return self._rest(state)
            return self._deliver(batch)
        except KhienError as error:
            return self._failed(error)

    def _rest(self, state: bytes) -> float:
        """Nothing is left in this epoch: turn to the next, else wait."""
        if self._next_epoch():
            return 0.0
        # Everything durable has arrived, so what the sources had given by then has arrived too.
        self.acknowledged_state = state
        self.idle_rounds += 1
        self._sweep()
        return IDLE_SECONDS

    def close(self) -> None:
        """Write the cursor and give the files back."""
        self._sweep(is_last=True)
        self._reader.close()

    def _connect(self) -> None:
        """Ask for the mark of the oldest epoch that is still on the disk, and go on from there, whatever the cursor says."""
        epoch = self._next or self._reader.epoch_beyond(None) or self._spool.epoch
        ack = self._transport.mark(epoch)
        if epoch == self._spool.epoch and ack.acked_seq > max(self._spool.recovered_seq, self._highest_sent):
            self._fork(ack)
            return
        self._epoch, self._next = epoch, None
        self._rewind(Mark(epoch, ack.acked_seq))
        self._is_connected = True
        if self.refusal is None or self.refusal.code != _REFUSED_DATASET:
            self._resumed(ack)

    def _resumed(self, ack: Ack) -> None:
        """Say once that the correlator takes events again."""
        if self._failures or self.refusal:
            self._notice("delivery_resumed", {"epoch": ack.epoch, "acknowledged": ack.acked_seq})
        self._failures, self.refusal = 0, None

    def _fork(self, ack: Ack) -> None:
        """The correlator has events of this epoch that this spool never sent: take an epoch that nobody has used."""
        epoch = self._spool.epoch + 1
        while self._transport.mark(epoch).acked_seq:
            epoch += 1
        fields: dict[str, str | int] = {"epoch": ack.epoch, "acknowledged": ack.acked_seq, "new_epoch": epoch}
        self._notice("delivery_epoch_taken", fields)
        self._spool.begin_epoch(epoch)
        self._highest_sent = 0
        # Everything older is the correlator's already: its mark was beyond all that we had.
        self.mark = Mark(epoch, 0)

    def _next_epoch(self) -> bool:
        """When this epoch is delivered and a later one has begun, turn to that."""
        if self._epoch >= self._spool.epoch:
            return False
        following = self._reader.epoch_beyond(Mark(self._epoch, 2**63 - 1))
        if following is None:
            return False
        self._next, self._is_connected = following, False
        return True

    def _rewind(self, mark: Mark) -> None:
        self.mark = mark
        self._waiting.clear()
        self._reader.seek(mark)

    def _next_batch(self) -> Batch | None:
        """The next batch; small neighbours of one kind are joined up to the limits of a batch."""
        if not self._waiting:
            item = self._reader.read()
            if item is None:
                return None
            self._waiting.extend(_within_limits(item))
        first = self._waiting.popleft()
        items = [first]
        if first.kind is BatchKind.EVENTS and not self._waiting:
            items = self._joined(first)
        self._sending = items[-1]
        return Batch(
            sensor=self._spool.sensor,
            epoch=first.epoch,
            first_seq=first.first_seq,
            count=sum(item.count for item in items),
            kind=first.kind,
            dataset=first.dataset,
            body=b"".join(item.body for item in items),
        )

    _sending: Item

    def _joined(self, first: Item) -> list[Item]:
        items, count, size = [first], first.count, len(first.body)
        while (item := self._reader.read()) is not None:
            fits = count + item.count <= BATCH_EVENTS and size + len(item.body) <= BATCH_BYTES
            if item.kind is not BatchKind.EVENTS or item.dataset != first.dataset or not fits:
                self._waiting.extend(_within_limits(item))
                break
            items.append(item)
            count, size = count + item.count, size + len(item.body)
        return items

    def _deliver(self, batch: Batch) -> float:
        try:
            if batch.epoch == self._spool.epoch:
                self._highest_sent = max(self._highest_sent, batch.first_seq + batch.count - 1)
            ack = self._transport.send(batch)
        except KhienError as error:
            match error.entry.http_status:
                case 409:
                    return self._out_of_order(error, batch)
                case 400 | 413:
                    return self._parted(batch, error)
                case 403 if error.code == _REFUSED_DATASET and batch.dataset != self._spool.dataset:
                    # What an earlier run spooled must not keep this one silent; our own waits until somebody allows it.
                    return self._set_aside(batch, error)
                case _:
                    raise
        self._acknowledged(batch, ack)
        return 0.0

    def _acknowledged(self, batch: Batch, ack: Ack) -> None:
        last_seq = batch.first_seq + batch.count - 1
        if ack.epoch != batch.epoch or ack.acked_seq < last_seq:
            raise KhienError("delivery.unexpected_answer", server="", reason="a batch was answered and not acknowledged")
        self.counts.batches += 1
        match batch.kind:
            case BatchKind.EVENTS:
                self.counts.events += batch.count
            case BatchKind.GAP:
                self.counts.gaps += batch.count
            case BatchKind.PROMISE:
                pass
        self._rewinds = 0
        if self.refusal is not None:
            self._resumed(ack)
        self.mark = Mark(batch.epoch, last_seq)
        if self._sending.state is not None:
            self.acknowledged_state = self._sending.state
        if ack.acked_seq > last_seq:
            # It has more already (our acknowledgement was lost): skip what it need not hear again.
            self._rewind(Mark(ack.epoch, ack.acked_seq))
        self._sweep()

    def _out_of_order(self, error: KhienError, batch: Batch) -> float:
        expected = int(error.params["expected"])
        self._rewinds += 1
        self.counts.rewinds += 1
        if self._rewinds > _REWINDS_WITHOUT_PROGRESS:
            raise error
        self._notice("delivery_rewind", {"epoch": batch.epoch, "sent": batch.first_seq, "expected": expected})
        self._rewind(Mark(batch.epoch, max(expected - 1, 0)))
        return 0.0

    def _parted(self, batch: Batch, error: KhienError) -> float:
        """Halve a batch that was refused, until the bad event stands alone; that one is kept aside and counted."""
        if batch.kind is not BatchKind.EVENTS:
            raise error
        item = replace(self._sending, first_seq=batch.first_seq, count=batch.count, body=batch.body)
        if batch.count > 1:
            half = batch.count // 2
            lines = split_lines(batch.body)
            second = replace(item, first_seq=batch.first_seq + half, count=batch.count - half, body=b"".join(lines[half:]))
            first = replace(item, count=half, body=b"".join(lines[:half]), state=None)
            self._waiting.extendleft((second, first))
            return 0.0
        self._waiting.appendleft(replace(item, kind=BatchKind.GAP, body=self._undeliverable.refused(item, error)))
        return 0.0

    def _set_aside(self, batch: Batch, error: KhienError) -> float:
        """Keep what an earlier run spooled for a dataset that this sensor may not use, and tell it as a gap in `live`."""
        item = replace(self._sending, first_seq=batch.first_seq, count=batch.count, body=batch.body)
        match batch.kind:
            case BatchKind.EVENTS:
                dataset, body = self._undeliverable.of_dataset(item, error)
                self._waiting.appendleft(replace(item, kind=BatchKind.GAP, dataset=dataset, body=body))
            case BatchKind.GAP:
                self._waiting.appendleft(replace(item, dataset=LIVE))
            case BatchKind.PROMISE:
                # It counts no event, and nobody waits for it: its dataset has nothing.
                pass
        return 0.0

    def _failed(self, error: KhienError) -> float:
        """Wait as the error asks; the connection is made anew and the mark asked again."""
        self._is_connected = False
        self._waiting.clear()
        self.counts.retries += 1
        text = str(error)
        is_refused = error.entry.exit_status == 6  # noqa: PLR2004 - the family of identity (registry)
        if is_refused and self.refusal is None:
            self._notice("delivery_refused", {"error": text, "hint": error.hint()})
        elif not is_refused and text != self.counts.last_error:
            self._notice("delivery_interrupted", {"error": text, "hint": error.hint()})
        self.counts.last_error = text
        self._failures += 1
        if is_refused:
            self.refusal = error
            return REFUSED_SECONDS
        if "retry_after_seconds" in error.params:
            return float(error.params["retry_after_seconds"]) * self._chance.uniform(1.0, 1.2)
        ceiling = min(2.0 ** min(self._failures - 1, 10), LONGEST_BACKOFF_SECONDS)
        return self._chance.uniform(0.0, ceiling)

    def _sweep(self, *, is_last: bool = False) -> None:
        """Write the cursor, then unlink what is behind it."""
        now = self._clock.monotonic()
        if self.mark is None or (now - self._swept_at < _CURSOR_SECONDS and not is_last):
            return
        self._swept_at = now
        try:
            if self.mark != self._durable_mark:
                self._spool.acknowledge(self.mark)
                self._durable_mark = self.mark
            self._retention.sweep(
                self.mark, reading=self._reader.segment_number, now=now, is_short_of_space=self._spool.used_share > 1 / 2
            )
        except OSError as error:
            self._notice("spool_sweep_failed", {"reason": error.strerror or str(error)})


def _within_limits(item: Item) -> list[Item]:
    """The item, or its parts when one record is larger than a batch may be."""
    if item.kind is not BatchKind.EVENTS or (item.count <= BATCH_EVENTS and len(item.body) <= BATCH_BYTES):
        return [item]
    parts: list[Item] = []
    lines: list[bytes] = []
    size, first_seq = 0, item.first_seq
    for line in split_lines(item.body):
        if lines and (len(lines) == BATCH_EVENTS or size + len(line) > BATCH_BYTES):
            parts.append(replace(item, first_seq=first_seq, count=len(lines), body=b"".join(lines), state=None))
            first_seq, lines, size = first_seq + len(lines), [], 0
        lines.append(line)
        size += len(line)
    parts.append(replace(item, first_seq=first_seq, count=len(lines), body=b"".join(lines)))
    return parts
