"""The sensor's half of the run: a real spool that is written at a rate, and the real delivery of it over HTTPS."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from khien.certificates import Identity
from khien.clock import SystemClock
from sensor.delivery import Delivery
from sensor.feeder import GROUP_SECONDS
from sensor.https import HttpsTransport
from sensor.record import Priority
from sensor.rejects import RejectFile
from sensor.spool import Spool
from tests.bench.end_to_end.stream import SINGLE, SOURCE, THREE, Stream, marker

_TICK_SECONDS = 0.02
_PROMISE_SECONDS = 0.25
_SINGLE_SECONDS = 0.5
_THREE_SECONDS = 5.0


@dataclass(slots=True)
class Written:
    """What was handed to the spool. `behind`: the longest that a tick came too late, seconds."""

    events: int = 0
    singles: int = 0
    threes: int = 0
    behind: float = 0.0


class PacedSensor:
    """Two threads, as in a sensor: one writes, one delivers. `lateness`: how far its promises stay behind, in seconds."""

    def __init__(self, folder: Path, *, url: str, identity: Identity, stream: Stream, rate: int, lateness: float) -> None:
        clock = SystemClock()
        self.written = Written()
        self.spool = Spool(folder / "spool", sensor="bench", dataset="live", notice=lambda _event, _fields: None)
        self._transport = HttpsTransport(url, identity=identity, dataset="live", clock=clock)
        self._rejects = RejectFile(folder / "rejected.jsonl")
        self.delivery = Delivery(
            spool=self.spool, transport=self._transport, rejects=self._rejects, clock=clock, notice=lambda _event, _fields: None
        )
        self._stream = stream
        self._rate = rate
        self._lateness_us = round(lateness * 1e6)
        self._stop = threading.Event()
        self._deliver_stop = threading.Event()
        self._writer = threading.Thread(target=self._write, name="writer")
        self._deliverer = threading.Thread(target=self._deliver, name="delivery")

    def __enter__(self) -> Self:
        """Begin."""
        self._promise(0)
        self._deliverer.start()
        self._writer.start()
        return self

    def stop_writing(self) -> None:
        """No more events; what is in the spool is still delivered."""
        self._stop.set()
        self._writer.join()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End, also before its time."""
        self.stop_writing()
        self._deliver_stop.set()
        self._deliverer.join()
        self._rejects.close()
        self.spool.close()

    @property
    def waiting(self) -> int:
        """Events that the correlator has not yet acknowledged."""
        mark = self.delivery.mark
        return self.spool.next_seq - 1 - (mark.seq if mark is not None else 0)

    def _deliver(self) -> None:
        self.delivery.run(self._deliver_stop)
        self.delivery.close()
        self._transport.close()

    def _write(self) -> None:
        began = time.monotonic()
        due = {"sync": began, "promise": began, SINGLE: began, THREE: began}
        while not self._stop.is_set():
            now = time.monotonic()
            owed = round((now - began) * self._rate) - self.written.events
            self.written.behind = max(self.written.behind, owed / self._rate - _TICK_SECONDS)
            self._events(owed)
            if now >= due[SINGLE]:
                due[SINGLE] += _SINGLE_SECONDS
                self._marker(SINGLE)
            if now >= due[THREE]:
                due[THREE] += _THREE_SECONDS
                self._marker(THREE)
            if now >= due["promise"]:
                due["promise"] = now + _PROMISE_SECONDS
                self._promise(_now_us() - self._lateness_us)
            if now >= due["sync"]:
                due["sync"] = now + GROUP_SECONDS
                self.spool.sync()
            self._stop.wait(max(now + _TICK_SECONDS - time.monotonic(), 0))
        self._promise(_now_us())
        self.spool.sync()

    def _events(self, count: int) -> None:
        # In the spool's own batches, so that no record parts them.
        for start in range(0, count, 500):
            part = list(self._stream.take(min(500, count - start), now_us=_now_us()))
            self.spool.append(b"".join(part), count=len(part), priority=Priority.FLOW, state=b"{}")
        self.written.events += max(count, 0)

    def _marker(self, kind: str) -> None:
        lines = marker(kind, now_us=_now_us())
        self.spool.append(lines, count=lines.count(b"\n"), priority=Priority.FLOW, state=b"{}")
        if kind == SINGLE:
            self.written.singles += 1
        else:
            self.written.threes += 1

    def _promise(self, time_us: int) -> None:
        self.spool.promise({SOURCE: time_us}, state=b"{}")


def _now_us() -> int:
    return time.time_ns() // 1_000
