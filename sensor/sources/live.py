"""Live packets from an interface (AF_PACKET in the engine): opened with rights, then read without them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from khien.clock import Clock
from sensor.record import Priority
from sensor.sources.recorded import EventBatch, parted
from sensor.sources.source import LIVE_LATENESS_US, Hand, Position, SourceBatch


class LivePackets(Protocol):
    """`khien_engine.packet.LiveReader`: gives a batch, perhaps an empty one, several times a second."""

    def __iter__(self) -> Iterator[EventBatch]:
        """Batches for as long as the interface lives."""

    def stats(self) -> Mapping[str, int]:
        """Totals: packets and drops of the kernel, decoded, errors by reason."""

    def close(self) -> None:
        """Close the socket."""


#: Opens the socket; needs CAP_NET_RAW.
OpenInterface = Callable[[str], LivePackets]


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

    def open(self) -> None:
        """Open the socket."""
        self._opened()

    def run(self, *, position: Position | None, hand: Hand, stop: threading.Event) -> None:
        """Give events until told to stop; what happened while the sensor was down cannot be read again."""
        del position
        promised_us = 0
        for batch in self._opened():
            now_us = self._clock.now_us()
            for step in parted(batch.lines, batch.count):
                if not hand(SourceBatch(self.name, step.lines, step.count, step.read)):
                    return
            if now_us - promised_us >= LIVE_LATENESS_US:
                promised_us = now_us
                promise_us = now_us - LIVE_LATENESS_US
                hand(SourceBatch(self.name, promise_us=promise_us, counters=self.counters()))
            if stop.is_set():
                return

    def _opened(self) -> LivePackets:
        if self._packets is None:
            self._packets = self._open_interface(self._interface)
        return self._packets

    def counters(self) -> Mapping[str, int]:
        """What the kernel and the decoder counted."""
        return dict(self._packets.stats()) if self._packets is not None else {}

    def close(self) -> None:
        """Close the socket."""
        if self._packets is not None:
            self._packets.close()
        self._packets = None
