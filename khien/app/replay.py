"""Replay: files through the very path that live traffic takes, without a server.

`replay([...])` reads captures and logs as one import (sensor's sources), delivers them to a correlator in this process, and answers
with the alerts. Nothing leaves the machine; without a `home` the store is scratch.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from correlator.compiler.ruleset import RuleSet
from correlator.ledger import Ledger
from correlator.runtime import Correlator
from khien.alert import Alert
from khien.app.resources import folder
from khien.clock import Clock, SystemClock
from khien.delivery import Batch, BatchKind, Transport
from khien.errors import KhienError
from khien.home import Home
from khien.ids import Dataset, SensorName, import_id
from khien.store import Cursor, EventQuery, EventStore
from khien.store.opening import open_store
from sensor.inputs import make_sources
from sensor.settings import FileInput, SensorSettings
from sensor.sources.recorded import Recorded, content_hash
from sensor.sources.source import SourceBatch

#: Event time of any capture lies between these (1970 … 2262, what 64-bit nanoseconds can say).
_ALL_TIME = (-(2**62), 2**62)
_NOTHING_YET = 0
_PAGE = 1_000
_VIETNAM_MINUTES = 420

Progress = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class FileAccount:
    """What one file gave: things read (events of a capture, lines of a log), events delivered, rejects by reason, counters."""

    path: Path
    source: str
    read: int
    events: int
    rejected: Mapping[str, int]
    counters: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay found. `events` opens the stored lines again; only inside the `with` of `replaying`, or with a kept home."""

    alerts: tuple[Alert, ...]
    dataset: str
    files: tuple[FileAccount, ...]
    ledger: Ledger
    event_count: int
    is_known: bool
    rules_off: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """How to replay. `home` None: a scratch store. `dataset` None: `import:<id of the files>`."""

    #: Folders and files, or what was compiled before.
    rules: Sequence[Path] | RuleSet | None = None
    home: Home | None = None
    dataset: str | None = None
    again: bool = False
    log_format: str | None = None
    year: int | None = None
    utc_offset_minutes: int = _VIETNAM_MINUTES
    inventory: bytes | None = None


def replay(paths: Sequence[str | Path], *, options: ReplayOptions | None = None, progress: Progress | None = None) -> Replay:
    """Run files through the rules and return the alerts, oldest first.

    Raises `KhienError`: `input.*` for a file that is missing, empty or of no known format, `rule.*` for a folder without rules. A
    damaged file is no error: what is whole is read, and its counters say where it ends.
    """
    with replaying(paths, options=options, progress=progress) as (result, _):
        return result


@contextmanager
def replaying(
    paths: Sequence[str | Path], *, options: ReplayOptions | None = None, progress: Progress | None = None
) -> Iterator[tuple[Replay, Callable[[], Iterator[bytes]]]]:
    """The same, with the events still at hand: yields the result and a function that gives the stored lines in event-time order."""
    options = options or ReplayOptions()
    clock = SystemClock()
    with _home(options.home) as home:
        sources = _open_sources(paths, options)
        with _correlator(home, options, clock) as (correlator, store):
            result = _run(sources, correlator, options=options, progress=progress or (lambda _stage, _count: None))
            yield result, lambda: _lines(store, result.dataset)


def _run(sources: list[Recorded], correlator: Correlator, *, options: ReplayOptions, progress: Progress) -> Replay:
    identity = import_id(source.content_hash for source in sources)
    dataset, is_known = _dataset(correlator, identity, options)
    stream = dataset.removeprefix("import:") if dataset.startswith("import:") else identity
    accounts = [FileAccount(source.path, source.name, 0, 0, {}, {}) for source in sources]
    if not is_known:
        delivery = _Delivery(correlator.transport(stream), stream=stream, dataset=dataset, correlator=correlator, progress=progress)
        delivery.announce(sources)
        accounts = [delivery.deliver(source, epoch=number) for number, source in enumerate(sources, start=1)]
    progress("replay.stage_correlate", 0)
    correlator.run_until_idle()
    alerts = sorted(correlator.alerts(dataset), key=lambda alert: (alert.first_us, alert.id))
    ledger = _with_readers(correlator.ledger(dataset), accounts)
    return Replay(
        alerts=tuple(alerts),
        dataset=dataset,
        files=tuple(accounts),
        ledger=ledger,
        event_count=ledger.total("stored"),
        is_known=is_known,
        rules_off=tuple(str(rejection) for rejection in correlator.rules.rejections),
    )


def _with_readers(ledger: Ledger, accounts: Sequence[FileAccount]) -> Ledger:
    """The ledger from the files on: what the readers refused never reached the correlator. A file's stream has its number."""
    streams = []
    for stream in ledger.streams:
        refused = accounts[stream.epoch - 1].rejected if 0 < stream.epoch <= len(accounts) else {}
        rejected = Counter(stream.rejected) + Counter(refused)
        streams.append(replace(stream, read=stream.read + sum(refused.values()), rejected=dict(sorted(rejected.items()))))
    return replace(ledger, streams=tuple(streams))


class _Delivery:
    """Sources of one import into a correlator of this process: one stream a file, named by the import."""

    def __init__(self, transport: Transport, *, stream: str, dataset: str, correlator: Correlator, progress: Progress) -> None:
        self._transport = transport
        self._stream = stream
        self._dataset = dataset
        self._correlator = correlator
        self._progress = progress

    def announce(self, sources: Sequence[Recorded]) -> None:
        """Name every source before the first event, so that correlation waits for all of them."""
        for epoch, source in enumerate(sources, start=1):
            self._send(epoch, 1, 0, BatchKind.PROMISE, orjson.dumps({source.name: _NOTHING_YET}))

    def deliver(self, source: Recorded, *, epoch: int) -> FileAccount:
        """Read one file to its end."""
        seq, read = 1, 0
        rejected: dict[str, int] = {}
        counters: dict[str, int] = {}

        def hand(batch: SourceBatch) -> bool:
            nonlocal seq, read
            read += batch.read
            counters.update(batch.counters)
            for reject in batch.rejects:
                rejected[reject.reason] = rejected.get(reject.reason, 0) + 1
            if batch.count:
                self._send(epoch, seq, batch.count, BatchKind.EVENTS, batch.lines)
                seq += batch.count
                self._progress(str(source.path), seq - 1)
                self._correlator.step()
            if batch.promise_us is not None:
                self._send(epoch, seq, 0, BatchKind.PROMISE, orjson.dumps({source.name: batch.promise_us}))
            return True

        source.run(position=None, hand=hand, stop=threading.Event())
        return FileAccount(source.path, source.name, read, seq - 1, rejected, counters)

    def _send(self, epoch: int, first_seq: int, count: int, kind: BatchKind, body: bytes) -> None:
        self._transport.send(
            Batch(sensor=self._stream, epoch=epoch, first_seq=first_seq, count=count, kind=kind, dataset=self._dataset, body=body)
        )


def _open_sources(paths: Sequence[str | Path], options: ReplayOptions) -> list[Recorded]:
    inputs = tuple(FileInput.parse(str(path), option="FILE") for path in paths)
    if options.log_format is not None:
        inputs = tuple(FileInput(given.path, given.log_format or options.log_format, given.host) for given in inputs)
    for given in inputs:
        if given.path.exists() and not given.path.is_dir() and not given.path.is_file():
            raise KhienError("input.not_regular", path=str(given.path))
        content_hash(given.path)  # a missing or empty file is named before anything looks into it
    nowhere = Path()
    settings = SensorSettings(
        name=SensorName.parse("replay"),
        folder=nowhere,
        server="",
        certificate=nowhere,
        dataset=Dataset.parse("live"),
        recorded=inputs,
        year=options.year,
        utc_offset_minutes=options.utc_offset_minutes,
    )
    sources = make_sources(settings, clock=SystemClock(), notice=lambda _event, _fields: None)
    opened = [source for source in sources if isinstance(source, Recorded)]
    for source in opened:
        source.open()
    by_content = {source.content_hash: source for source in reversed(opened)}
    return [by_content[key] for key in sorted(by_content)]


def _dataset(correlator: Correlator, identity: str, options: ReplayOptions) -> tuple[str, bool]:
    """The dataset of this import, and whether it is known; `again` opens the next one (`import:<id>.2`, `.3`, …)."""
    name = options.dataset or f"import:{identity}"
    if not _is_known(correlator, name):
        return name, False
    if not options.again:
        return name, True
    number = 2
    while _is_known(correlator, f"{name}.{number}"):
        number += 1
    return f"{name}.{number}", False


def _is_known(correlator: Correlator, dataset: str) -> bool:
    return bool(correlator.ledger(dataset).streams)


@contextmanager
def _home(given: Home | None) -> Iterator[Home]:
    if given is not None:
        given.root.mkdir(parents=True, exist_ok=True)
        yield given
        return
    with TemporaryDirectory(prefix="khien-replay-") as scratch:
        yield Home(Path(scratch))


@contextmanager
def _correlator(home: Home, options: ReplayOptions, clock: Clock) -> Iterator[tuple[Correlator, EventStore]]:
    store = open_store("sqlite:", home=home, clock=clock)
    try:
        rules = options.rules if options.rules is not None else [folder("rules")]
        correlator = Correlator(home, rules=rules, store=store, clock=clock, inventory=options.inventory)
        try:
            yield correlator, store
        finally:
            correlator.close()
    finally:
        store.close()


def _lines(store: EventStore, dataset: str) -> Iterator[bytes]:
    after: Cursor | None = None
    while True:
        page = store.search_events(
            EventQuery(datasets=(dataset,), start_us=_ALL_TIME[0], end_us=_ALL_TIME[1], limit=_PAGE, after=after, oldest_first=True)
        )
        yield from page.lines
        if page.after is None:
            return
        after = page.after


def refuse_empty(result: Replay) -> None:
    """Raise `input.nothing_readable` where success with 0 events would hide damage."""
    if result.event_count == 0 and not result.is_known and any(sum(account.rejected.values()) for account in result.files):
        account = next(account for account in result.files if account.rejected)
        reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(account.rejected.items()))
        raise KhienError("input.nothing_readable", path=str(account.path), reasons=reasons)
