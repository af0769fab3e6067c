"""Live packets from an interface (AF_PACKET in the engine): opened with rights, then read without them."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Protocol

from khien.clock import Clock
from khien.errors import KhienError
from sensor.record import Priority
from sensor.sources.recorded import EventBatch, parted
from sensor.sources.source import LIVE_LATENESS_US, Hand, Position, SourceBatch


class LivePackets(Protocol):
    """`khien_engine.packet.LiveReader`: gives a batch some 100 ms after its first event, and nothing on a silent wire."""

    def __iter__(self) -> Iterator[EventBatch]:
        """Batches until `stop`, those of the flows still alive included."""

    def stats(self) -> Mapping[str, int]:
        """Totals: packets and drops of the kernel, decoded, errors by reason."""

    def stop(self) -> None:
        """End the capture; what is known still comes out."""

    def close(self) -> None:
        """Close the socket."""


#: Opens the socket; needs CAP_NET_RAW.
OpenInterface = Callable[[str], LivePackets]
_POLL_SECONDS = 0.1
_PROMISE_US = 1_000_000
#: Batches between the engine's thread and ours; behind it the engine's own channel and then the kernel's ring fill up.
_QUEUE_BATCHES = 4


class LiveInterface:
    """One interface."""

    def __init__(self, interface: str, *, name: str, open_interface: OpenInterface, clock: Clock) -> None:
        self.name = name
        self.priority = Priority.FLOW
        self.is_rereadable = False
        self._interface = interface
        self._open_interface = open_interface
        self._clock = clock
        self._packets: LivePackets | None = None
        self._failure: KhienError | None = None

    def open(self) -> None:
        """Open the socket."""
        self._opened()

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Give events until told to stop; what happened while the sensor was down cannot be read again."""
        del position
        packets = self._opened()
        batches: queue.Queue[EventBatch | None] = queue.Queue(_QUEUE_BATCHES)
        reading = threading.Thread(target=self._read, args=(packets, batches), name=f"packets {self.name}")
        reading.start()
        try:
            self._give(packets, batches, hand, stop)
        finally:
            packets.stop()
            while reading.is_alive():
                with suppress(queue.Empty):
                    batches.get(timeout=_POLL_SECONDS)
            reading.join()
        if self._failure is not None:
            raise self._failure

    def counters(self) -> Mapping[str, int]:
        """What the kernel and the decoder counted."""
        return dict(self._packets.stats()) if self._packets is not None else {}

    def close(self) -> None:
        """Close the socket."""
        if self._packets is not None:
            self._packets.close()
        self._packets = None

    def _opened(self) -> LivePackets:
        if self._packets is None:
            self._packets = self._open_interface(self._interface)
        return self._packets

    def _read(self, packets: LivePackets, batches: queue.Queue[EventBatch | None]) -> None:
        """The engine waits for packets without an end, so it has a thread of its own."""
        try:
            for batch in packets:
                batches.put(batch)
        except KhienError as error:
            self._failure = error
        finally:
            batches.put(None)

    def _give(self, packets: LivePackets, batches: queue.Queue[EventBatch | None], hand: Hand, stop: threading.Event) -> None:
        promised_us, is_stopping = 0, False
        while True:
            if stop.is_set() and not is_stopping:
                packets.stop()
                is_stopping = True
            asked_us = self._clock.now_us()
            try:
                batch = batches.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                # Everything up to the question has been given; behind a backlog nothing is promised.
                if asked_us - promised_us >= _PROMISE_US:
                    promised_us = asked_us
                    hand(SourceBatch(self.name, promise_us=asked_us - LIVE_LATENESS_US, counters=self.counters()))
                continue
            if batch is None:
                hand(SourceBatch(self.name, counters=self.counters()))
                return
            for step in parted(batch.lines, batch.count):
                if not hand(SourceBatch(self.name, step.lines, step.count, step.read)):
                    return
