"""The transport inside one process: replay and tests use the very door that HTTPS uses."""

from __future__ import annotations

from correlator.ingest.accept import Ingest
from khien.delivery import Ack, Batch
from khien.errors import KhienError

#: How long a sender should leave a correlator alone that cannot write; the same that the HTTPS answer says.
RETRY_AFTER_SECONDS = 5


class DirectTransport:
    """A `khien.delivery.Transport` for one sensor name (in a replay: the import's id)."""

    def __init__(self, ingest: Ingest, *, sensor: str) -> None:
        self._ingest = ingest
        self._sensor = sensor

    def mark(self, epoch: int) -> Ack:
        """Where the correlator stands in this epoch."""
        return self._ingest.mark(self._sensor, epoch)

    def send(self, batch: Batch) -> Ack:
        """Durable on return. Raises `delivery.*`, as the HTTPS transport does.

        The batch's own `sensor` must be this transport's: over HTTPS the certificate decides.
        """
        if batch.sensor != self._sensor:
            raise KhienError("delivery.forbidden", reason=f"a batch of `{batch.sensor}`", dataset=batch.dataset)
        try:
            return self._ingest.accept(batch)
        except KhienError as error:
            raise _as_delivery(error, batch) from error


def _as_delivery(error: KhienError, batch: Batch) -> KhienError:
    """The correlator's word as the sender hears it."""
    match error.code:
        case "ingest.out_of_order":
            return KhienError("delivery.out_of_order", expected=error.params["expected"])
        case "ingest.too_large":
            return KhienError("delivery.too_large", count=batch.count)
        case "ingest.malformed":
            return KhienError("delivery.batch_refused", reason=error.sentence())
        case _:
            return KhienError("delivery.busy", retry_after_seconds=RETRY_AFTER_SECONDS)
