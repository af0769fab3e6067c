"""A hand that keeps what a source gives, and runs a source in a thread until a condition holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sensor.sources.source import Position, Source, SourceBatch
from tests.sensor.plain_lines import messages


@dataclass(slots=True)
class Collected:
    """What a source gave so far."""

    batches: list[SourceBatch] = field(default_factory=list)
    arrived: threading.Condition = field(default_factory=threading.Condition)

    def hand(self, batch: SourceBatch) -> bool:
        with self.arrived:
            self.batches.append(batch)
            self.arrived.notify_all()
        return True

    @property
    def texts(self) -> list[str]:
        lines = b"".join(batch.lines for batch in self.batches)
        return messages([line + b"\n" for line in lines.split(b"\n")[:-1]])

    @property
    def position(self) -> Position | None:
        return next((batch.position for batch in reversed(self.batches) if batch.position is not None), None)

    @property
    def rejects(self) -> list[tuple[str, bytes]]:
        return [(reject.reason, reject.raw) for batch in self.batches for reject in batch.rejects]

    @property
    def read(self) -> int:
        return sum(batch.read for batch in self.batches)

    def counter(self, name: str) -> int:
        return max((batch.counters.get(name, 0) for batch in self.batches), default=0)

    def wait(self, condition: Callable[[], bool], *, seconds: float = 10) -> None:
        with self.arrived:
            assert self.arrived.wait_for(condition, timeout=seconds), f"got only {self.batches[-3:]}"


def collect(source: Source, *, position: Position | None = None) -> Collected:
    """Run a source that ends by itself."""
    found = Collected()
    source.open()
    source.run(position=position, hand=found.hand, stop=threading.Event())
    source.close()
    return found


@contextmanager
def running(source: Source, *, position: Position | None = None) -> Iterator[Collected]:
    """Run a source in a thread; it is told to stop at the end, and must."""
    found, stop = Collected(), threading.Event()
    source.open()
    errors: list[BaseException] = []

    def run() -> None:
        try:
            source.run(position=position, hand=found.hand, stop=stop)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield found
    finally:
        stop.set()
        thread.join(10)
        source.close()
    assert not thread.is_alive()
    if errors:
        raise errors[0]
