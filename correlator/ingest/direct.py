"""The transport inside one process: replay and tests use the very door that HTTPS uses."""

from __future__ import annotations

from correlator.ingest.accept import Ingest
from khien.delivery import Ack, Batch


class DirectTransport:
    """A `khien.delivery.Transport` for one sensor name (in a replay: the import's id)."""

    def __init__(self, ingest: Ingest, *, sensor: str) -> None:
        self._ingest = ingest
        self._sensor = sensor

    def mark(self, epoch: int) -> Ack:
        """Where the correlator stands in this epoch."""
        return self._ingest.mark(self._sensor, epoch)

    def send(self, batch: Batch) -> Ack:
        """Durable on return. The batch's own `sensor` must be this transport's: over HTTPS the certificate decides."""
        if batch.sensor != self._sensor:
            message = f"a batch of `{batch.sensor}` on the transport of `{self._sensor}`"
            raise ValueError(message)
        return self._ingest.accept(batch)
