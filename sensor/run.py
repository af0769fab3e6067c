"""A running sensor: sources → spool → delivery, each in its own thread, ended in order.

`run_sensor(settings)` is what the command line calls; `Sensor` is the same with its parts given, for tests and for scripts.
SIGTERM and SIGINT end it within 10 s: sources stop, everything taken becomes durable, delivery gets the rest of the time,
and what is not delivered stays in the spool.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType

from khien.certificates import Identity
from khien.clock import Clock, SystemClock
from khien.delivery import END, Transport
from khien.errors import KhienError
from sensor.delivery import Delivery
from sensor.feeder import Feeder
from sensor.health import HealthLog
from sensor.https import HttpsTransport
from sensor.inputs import make_sources
from sensor.ledger import Ledger
from sensor.privileges import drop_privileges, own_identity, prepare_folder
from sensor.recovery import Notice
from sensor.rejects import RejectFile
from sensor.retention import Retention
from sensor.settings import SensorSettings
from sensor.sources.follow import FollowedLog
from sensor.sources.recorded import Recorded, in_order
from sensor.sources.source import Source, SourceBatch
from sensor.spool import Spool, SpoolFullError
from sensor.status import SensorStatus, take_status

#: Reliability design, fault 14: drained in at most 10 s. Half for the sources, half for delivery.
_STOP_SECONDS = 4.0
_WATCH_SECONDS = 0.05
_HEALTH_SECONDS = 10.0


def run_sensor(settings: SensorSettings, *, clock: Clock | None = None) -> int:
    """Run until told to stop (or, with `is_once`, until everything is acknowledged); returns the exit status.

    Raises `KhienError` for whatever keeps it from starting.
    """
    clock = clock or SystemClock()
    notice = HealthLog(sensor=settings.name, clock=clock)
    identity = Identity.load(settings.certificate)
    identity.check_valid(clock)
    identity = own_identity(identity, folder=settings.folder, user=settings.user)
    sources = make_sources(settings, clock=clock, notice=notice)
    transport = HttpsTransport(settings.server, identity=identity, dataset=settings.dataset, clock=clock)
    sensor = Sensor(settings, sources=sources, transport=transport, clock=clock, notice=notice)
    with StopSignals(sensor):
        return sensor.run()


class Sensor:
    """One sensor process."""

    def __init__(
        self, settings: SensorSettings, *, sources: Sequence[Source], transport: Transport, clock: Clock, notice: Notice
    ) -> None:
        self._settings = settings
        self._sources = list(sources)
        self._transport = transport
        self._clock = clock
        self._notice = notice
        self._stop = threading.Event()
        self._stop_delivery = threading.Event()
        self._failure: KhienError | None = None
        self._feeder: Feeder | None = None
        self._defect: Exception | None = None
        self._delivery: Delivery | None = None

    def stop(self) -> None:
        """End in order; may be called from a signal handler."""
        self._stop.set()

    def run(self) -> int:
        """Open, drop rights, run, drain, close. Returns the exit status of the first failure, or 0."""
        settings = self._settings
        try:
            prepare_folder(settings.folder, user=settings.user)
            # Interfaces stand last in the list: opening one gives up root.
            for source in self._sources:
                source.open()
            drop_privileges(settings.user, notice=self._notice)
            self._run_with_spool()
        finally:
            for source in self._sources:
                source.close()
        if self._defect is not None:
            raise self._defect
        return self._failure.entry.exit_status if self._failure else 0

    def status(self) -> SensorStatus:
        """How it stands now; only while it runs."""
        if self._feeder is None or self._delivery is None:
            message = "the sensor is not running"
            raise RuntimeError(message)
        return take_status(
            spool=self._feeder.spool,
            ledger=self._feeder.ledger,
            delivery=self._delivery,
            time_us=self._clock.now_us(),
            clock_offset_us=getattr(self._transport, "clock_offset_us", None),
        )

    def _run_with_spool(self) -> None:
        settings, folder = self._settings, self._settings.folder
        with _opening(folder):
            spool = Spool(
                folder / "spool",
                sensor=settings.name,
                dataset=settings.dataset,
                notice=self._notice,
                quota_bytes=settings.quota_bytes,
            )
            ledger = _ledger_of(spool)
            rejects = RejectFile(folder / "rejected.jsonl", size=ledger.rejects_bytes)
            undeliverable = RejectFile(folder / "undeliverable.jsonl")
        self._feeder = Feeder(
            spool=spool, rejects=rejects, ledger=ledger, sources=self._sources, clock=self._clock, notice=self._notice
        )
        self._delivery = Delivery(
            spool=spool,
            transport=self._transport,
            rejects=undeliverable,
            clock=self._clock,
            notice=self._notice,
            retention=Retention(spool.catalogue, keep_seconds=settings.keep_seconds, keep_bytes=settings.keep_bytes),
        )
        try:
            self._run_threads(self._feeder, self._delivery)
        finally:
            self._close(spool)
            rejects.close()
            undeliverable.close()

    def _close(self, spool: Spool) -> None:
        """A disk that is full to the end is an end in order: what is durable is whole, and what is not is said."""
        try:
            spool.close()
        except SpoolFullError:
            self._fail(KhienError("spool.full", path=str(spool.folder), count=spool.pending_events))
        except KhienError as error:
            self._fail(error)

    def _run_threads(self, feeder: Feeder, delivery: Delivery) -> None:
        feeder.announce()
        shipping = threading.Thread(target=self._guard, args=(lambda: self._deliver(delivery),), name="delivery")
        feeding = threading.Thread(target=self._guard, args=(feeder.run,), name="spool")
        reading = self._reading_threads(feeder)
        for thread in (shipping, feeding, *reading):
            thread.start()
        self._watch(reading, feeder)
        for thread in reading:
            thread.join()
        feeder.end()
        feeding.join()
        self._drain(delivery, shipping)
        self._tell("sensor_stopped")

    def _watch(self, reading: list[threading.Thread], feeder: Feeder) -> None:
        """Until the sources have ended or the sensor is told to stop; says how it is going."""
        told_at = self._clock.monotonic()
        while any(thread.is_alive() for thread in reading) and not self._stop.wait(_WATCH_SECONDS):
            if self._clock.monotonic() - told_at >= _HEALTH_SECONDS:
                told_at = self._clock.monotonic()
                self._tell("health")
        if self._stop.is_set():
            until = self._clock.monotonic() + _STOP_SECONDS
            for thread in reading:
                thread.join(max(until - self._clock.monotonic(), 0.0))
            feeder.abandon()

    def _drain(self, delivery: Delivery, shipping: threading.Thread) -> None:
        """Deliver the rest: all of it when everything was read, else what a stopping sensor has time for."""
        seen = delivery.idle_rounds
        until = self._clock.monotonic() + _STOP_SECONDS
        # The first idle round may have begun before the last commit; the second has not.
        while shipping.is_alive() and delivery.idle_rounds < seen + 2:
            if self._stop.is_set() and self._clock.monotonic() >= until:
                break
            if delivery.refusal is not None:
                self._fail(delivery.refusal)
                break
            if not self._stop.wait(_WATCH_SECONDS):
                until = self._clock.monotonic() + _STOP_SECONDS
            else:
                threading.Event().wait(_WATCH_SECONDS)
        self._stop_delivery.set()
        shipping.join()

    def _reading_threads(self, feeder: Feeder) -> list[threading.Thread]:
        """One thread a live source, and one for all recorded files, so that their order is always the same."""
        recorded = in_order(source for source in self._sources if isinstance(source, Recorded))
        rows: list[list[Source]] = [[source] for source in self._sources if not isinstance(source, Recorded)]
        if recorded:
            rows.append([*recorded])
        return [threading.Thread(target=self._read, args=(row, feeder), name=f"source {row[0].name}") for row in rows]

    def _read(self, sources: list[Source], feeder: Feeder) -> None:
        for source in sources:
            self._guard(
                partial(source.run, position=feeder.ledger.account(source.name).position, hand=feeder.hand, stop=self._stop)
            )
            if self._stop.is_set():
                return
            # Also after a failure: a source that will say nothing more must not hold correlation back for ever.
            feeder.hand(SourceBatch(source.name, promise_us=END if not isinstance(source, FollowedLog) else None))

    def _deliver(self, delivery: Delivery) -> None:
        try:
            delivery.run(self._stop_delivery)
        finally:
            close = getattr(self._transport, "close", None)
            if close is not None:
                close()

    def _guard(self, work: Callable[[], None]) -> None:
        """The boundary of a thread: an error that a person can act on ends its work, a defect ends the sensor."""
        try:
            work()
        except KhienError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - thread main; `run` raises it again
            self._defect = self._defect or error
            self._notice("sensor_defect", {"thread": threading.current_thread().name, "error": repr(error)})
            self._stop.set()

    def _fail(self, error: KhienError) -> None:
        self._failure = self._failure or error
        self._notice("sensor_failure", {"code": error.code, "error": str(error), "hint": error.hint()})

    def _tell(self, event: str) -> None:
        status = self.status()
        self._notice(event, status.health())
        try:
            status.write(self._settings.folder / "status.json")
        except OSError as error:
            self._notice("status_not_written", {"reason": error.strerror or str(error)})


@contextmanager
def _opening(folder: Path) -> Iterator[None]:
    """What the disk refuses while the sensor's files are opened is one clear error."""
    try:
        yield
    except OSError as error:
        raise KhienError("spool.unusable", path=str(folder), reason=error.strerror or str(error)) from error


def _ledger_of(spool: Spool) -> Ledger:
    """The accounts as of the last durable record."""
    try:
        return Ledger.decode(spool.state)
    except (ValueError, TypeError) as error:
        spool.close()
        raise KhienError("spool.unusable", path=str(spool.folder), reason=f"its accounts cannot be read: {error}") from error


class StopSignals:
    """SIGTERM and SIGINT end the sensor in order; outside the main thread nobody's handlers are touched."""

    def __init__(self, sensor: Sensor) -> None:
        self._sensor = sensor
        self._before: dict[int, signal.Handlers | Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, lambda _number, _frame: self._sensor.stop())

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
