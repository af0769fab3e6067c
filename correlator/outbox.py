"""Carrying alerts from the checkpoint's outbox to every sink, oldest first, until each has the latest state of each."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence

from correlator.checkpoint import Checkpoint
from correlator.sinks import MOST_ALERTS, AlertSink
from khien.clock import Clock
from khien.errors import KhienError

#: Backoff of a sink that does not take alerts: 1 → 60 s, full jitter (reliability design, section 4).
_FIRST_PAUSE_SECONDS = 1.0
_LONGEST_PAUSE_SECONDS = 60.0


class Outbox:
    """Delivery to the sinks; each has its own pace, and a silent one holds only itself. One thread calls it."""

    def __init__(self, checkpoint: Checkpoint, sinks: Sequence[AlertSink], *, clock: Clock, seed: int | None = None) -> None:
        self.failures: dict[str, KhienError] = {}
        self.delivered: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._checkpoint = checkpoint
        self._sinks = sinks
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - jitter, no secret
        self._attempts: Counter[str] = Counter()
        self._not_before: dict[str, float] = {}

    def deliver(self, *, patient: bool = True) -> int:
        """Give every sink what it lacks; how many alerts were given.

        A patient call leaves a failing sink for later; the other kind raises what the sink raised.
        """
        return sum(self._deliver_to(sink, patient=patient) for sink in self._sinks)

    def _deliver_to(self, sink: AlertSink, *, patient: bool) -> int:
        if patient and self._clock.monotonic() < self._not_before.get(sink.name, 0.0):
            return 0
        given = 0
        while entries := self._checkpoint.outbox(sink.name, limit=MOST_ALERTS):
            try:
                refused = sink.deliver([entry.alert for entry in entries])
            except KhienError as error:
                if not patient:
                    raise
                self._hold(sink, error)
                return given
            self._checkpoint.confirm(sink.name, entries, sinks=len(self._sinks), refused=frozenset(refused))
            self._attempts[sink.name] = 0
            self.failures.pop(sink.name, None)
            self.delivered[sink.name] += len(entries) - len(refused)
            self.refused[sink.name] += len(refused)
            given += len(entries)
        return given

    def _hold(self, sink: AlertSink, error: KhienError) -> None:
        self.failures[sink.name] = error
        self._attempts[sink.name] += 1
        ceiling = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** (self._attempts[sink.name] - 1))
        self._not_before[sink.name] = self._clock.monotonic() + self._random.uniform(_FIRST_PAUSE_SECONDS / 2, ceiling)

    def close(self) -> None:
        """Close the sinks."""
        for sink in self._sinks:
            sink.close()
