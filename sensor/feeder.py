"""The spool's thread: takes batches from all sources, keeps the accounts and makes everything durable in groups."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable

from khien.clock import Clock
from khien.delivery import BATCH_EVENTS, END
from sensor.ledger import Ledger
from sensor.recovery import Notice
from sensor.rejects import RejectFile
from sensor.sources.source import Source, SourceBatch
from sensor.spool import Spool, SpoolFullError

#: Group commit (reliability design, section 3): at most so much is lost of what cannot be read again.
GROUP_SECONDS = 0.05
#: Batches between the sources and the spool: with 1,000 events each about 40 MB at the very most.
_QUEUE_BATCHES = 64
#: Promises tell little that a later one does not; one every so often is enough for a two-second alert.
_PROMISE_SECONDS = 0.25
_FULL_PAUSE_SECONDS = 1.0
_ROOM_PAUSE_SECONDS = 0.2
#: A source that has not promised anything yet holds correlation back from here on.
NOTHING_YET = 0


class Feeder:
    """Between the sources (many threads call `hand`) and the spool (one thread calls `run`)."""

    def __init__(
        self, *, spool: Spool, rejects: RejectFile, ledger: Ledger, sources: Iterable[Source], clock: Clock, notice: Notice
    ) -> None:
        self.ledger = ledger
        self.spool = spool
        self._rejects = rejects
        self._clock = clock
        self._notice = notice
        self._sources = {source.name: source for source in sources}
        self._queue: queue.Queue[SourceBatch | None] = queue.Queue(maxsize=_QUEUE_BATCHES)
        self._abandoned = threading.Event()
        self._is_full = False
        self._is_state_new = False
        self._is_promise_new = False
        self._promised_at = 0.0
        self._committed_at = clock.monotonic()
        self._is_almost_full_told = False

    def announce(self) -> None:
        """Before anything is read: name every source, so that correlation waits for all; end those that are no more."""
        for name in self._sources:
            account = self.ledger.account(name)
            account.promise_us = account.promise_us or NOTHING_YET
        for name, account in self.ledger.accounts.items():
            if name not in self._sources:
                account.promise_us = END
        self._is_promise_new = True
        self.commit(is_last=True)

    def hand(self, batch: SourceBatch) -> bool:
        """Called by sources. A file waits here while the spool has no room; packets and syslog go on and are counted."""
        source = self._sources[batch.source]
        while source.is_rereadable and batch.count and not self._has_room(source):
            if self._abandoned.wait(_ROOM_PAUSE_SECONDS):
                return False
        while not self._abandoned.is_set():
            try:
                self._queue.put(batch, timeout=_ROOM_PAUSE_SECONDS)
            except queue.Full:
                continue
            return True
        return False

    def end(self) -> None:
        """Called once, when no source will call any more."""
        self._queue.put(None)

    def abandon(self) -> None:
        """Let waiting sources go: the sensor must stop now, and files are read again from where they stand."""
        self._abandoned.set()

    def run(self) -> None:
        """Take batches until `end`; everything is durable on return, unless the disk is full."""
        while True:
            is_over = not self._take_waiting()
            due = self._clock.monotonic() - self._committed_at >= GROUP_SECONDS
            if is_over or due or self.spool.pending_events >= BATCH_EVENTS:
                self.commit(is_last=is_over)
            if is_over:
                return

    def commit(self, *, is_last: bool = False) -> None:
        """Make durable what was taken; on a full disk it waits in memory and live events are dropped, counted."""
        now = self._clock.monotonic()
        self._committed_at = now
        is_due = self._is_promise_new and (is_last or now - self._promised_at >= _PROMISE_SECONDS)
        if is_due or self._is_state_new:
            promises = {
                name: account.promise_us for name, account in self.ledger.accounts.items() if account.promise_us is not None
            }
            self.spool.promise(promises, state=self.ledger.encode())
            self._is_promise_new, self._is_state_new, self._promised_at = False, False, now
        try:
            self._rejects.sync()
            self.spool.sync()
        except SpoolFullError:
            self._full()
        else:
            self._is_full = False
        self._warn_of_quota()

    def _take_waiting(self) -> bool:
        """Book what arrives until the group is due; False when the sources have ended."""
        while self.spool.pending_events < BATCH_EVENTS:
            left = GROUP_SECONDS - (self._clock.monotonic() - self._committed_at)
            try:
                batch = self._queue.get(timeout=max(left, 0.0)) if left > 0 else self._queue.get_nowait()
            except queue.Empty:
                return True
            if batch is None:
                return False
            self._book(batch)
            if left <= 0:
                return True
        return True

    def _book(self, batch: SourceBatch) -> None:
        source = self._sources[batch.source]
        for reject in batch.rejects:
            self._rejects.add(reject)
        self.ledger.rejects_bytes = self._rejects.size
        self._promise(batch)
        is_dropped = batch.count > 0 and not source.is_rereadable and not self._has_room(source)
        reason = ("disk_full" if self._is_full else f"quota_{source.priority.name.lower()}") if is_dropped else None
        self.ledger.take(batch, dropped=reason)
        if not batch.count:
            self._is_state_new = self._is_state_new or bool(batch.read or batch.position)
            return
        state = self.ledger.encode()
        if reason is not None:
            self.spool.drop(batch.count, priority=source.priority, reason=reason, state=state)
        else:
            self.spool.append(batch.lines, count=batch.count, priority=source.priority, state=state)
        self._is_state_new = False

    def _promise(self, batch: SourceBatch) -> None:
        account = self.ledger.account(batch.source)
        if batch.promise_us is not None and batch.promise_us > (account.promise_us or NOTHING_YET):
            account.promise_us = batch.promise_us
            self._is_promise_new = True

    def _has_room(self, source: Source) -> bool:
        return not self._is_full and self.spool.has_room(source.priority)

    def _full(self) -> None:
        if not self._is_full:
            self._notice("spool_disk_full", {"folder": str(self.spool.folder)})
        self._is_full = True
        self._abandoned.wait(_FULL_PAUSE_SECONDS)

    def _warn_of_quota(self) -> None:
        share = self.spool.used_share
        is_almost_full = share >= 0.8  # noqa: PLR2004 - reliability design, section 3
        if is_almost_full and not self._is_almost_full_told:
            self._notice("spool_quota", {"used_percent": round(share * 100)})
        self._is_almost_full_told = is_almost_full
