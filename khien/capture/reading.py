"""A capture as batches of events, for scripts and for `khien read`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from khien_engine import EngineError
from khien_engine.packet import CaptureReader, PacketSettings, datasets

from khien.engine_error import from_engine
from khien.errors import KhienError
from khien.input_path import refuse_special

if TYPE_CHECKING:
    import pyarrow as pa
    from khien_engine.packet import PacketStats

Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventBatch:
    """Events in the order of the capture: `lines` is one JSON object a line, `time_us` the packet clock when the batch closed."""

    lines: bytes
    count: int
    time_us: int

    def events(self, dataset: str | None = None) -> Iterator[Event]:
        """The events as dictionaries, of one dataset (`network.dns`) or of all. Raises `usage.unknown_dataset`."""
        _check_dataset(dataset)
        needle = b'"dataset":"' + dataset.encode() + b'"' if dataset else b""
        for line in self.lines.splitlines():
            # The frame of a line is ours (docs/concepts/contracts.md): a look at its head saves parsing the rest.
            if needle in line:
                event: Event = orjson.loads(line)
                if dataset is None or event["event"]["dataset"] == dataset:
                    yield event


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What became of every packet: `read == decoded + sum(undecoded.values())`. Times are microseconds since 1970 UTC."""

    read: int
    decoded: int
    undecoded: Mapping[str, int]
    wire_bytes: int
    first_us: int | None
    last_us: int | None
    flows: int
    events: Mapping[str, int]
    anomalies: Mapping[str, int]
    limits: Mapping[str, int]
    missed_bytes: int
    checksums_on: bool
    checksum_hosts_left: int
    checksums_bad: int
    damage: str | None
    damage_offset: int | None

    @classmethod
    def of(cls, stats: PacketStats) -> Account:
        """From the engine's counters."""
        return cls(
            read=stats["read"],
            decoded=stats["decoded"],
            undecoded=stats["undecoded"],
            wire_bytes=stats["bytes"],
            first_us=stats["first_time_us"],
            last_us=stats["last_time_us"],
            flows=stats["flows"],
            events={name: count for name, count in stats["events"].items() if count},
            anomalies=stats["anomalies"],
            limits=stats["limits"],
            missed_bytes=stats["missed_bytes"],
            checksums_on=stats["checksums_on"],
            checksum_hosts_left=stats["checksum_hosts_left"],
            checksums_bad=stats["checksums_bad"],
            damage=stats["damage_reason"],
            damage_offset=stats["damage_offset"],
        )


class Capture:
    """A capture file. Each iteration reads it from the beginning, in constant memory; `account` is that of the last one."""

    def __init__(self, path: str | Path, *, settings: PacketSettings | None = None) -> None:
        #: As given: an empty name is not the folder that `Path` makes of it.
        self._name = str(path)
        self.path = Path(path)
        self._settings = settings or PacketSettings()
        self._account: Account | None = None

    @property
    def account(self) -> Account:
        """What became of every packet. Raises `LookupError` before the capture was read."""
        if self._account is None:
            message = f"{self.path} has not been read yet: iterate over it first"
            raise LookupError(message)
        return self._account

    def __iter__(self) -> Iterator[EventBatch]:
        """Batches until the end. Raises `KhienError` (`capture.*`) for what is no capture; damage is counted, not raised."""
        if self._name == "-":
            if sys.stdin is None:
                raise KhienError("input.closed")
        else:
            refuse_special(self._name)
        try:
            reader = CaptureReader(self._name, self._settings)
            try:
                for batch in reader:
                    self._account = Account.of(reader.stats())
                    yield EventBatch(lines=batch.lines, count=batch.count, time_us=batch.last_time_us)
                self._account = Account.of(reader.stats())
            finally:
                reader.close()
        except EngineError as error:
            raise from_engine(error, path=self._name) from error

    def events(self, dataset: str | None = None) -> Iterator[Event]:
        """Every event of one dataset, or of all. Raises `usage.unknown_dataset`."""
        _check_dataset(dataset)
        for batch in self:
            yield from batch.events(dataset)

    def to_arrow(self, dataset: str) -> pa.Table:
        """The events of a dataset as an Arrow table, one column a field by its dotted name, typed by the schema.

        The whole table is in memory. Needs the extra `khien[arrow]`; raises `KhienError` (`package.missing`) without it.
        """
        from khien.capture.arrow import table  # noqa: PLC0415 - an optional extra

        return table(self.events(dataset))


def _check_dataset(dataset: str | None) -> None:
    known = datasets()
    if dataset is not None and dataset not in known:
        raise KhienError("usage.unknown_dataset", dataset=dataset, known=", ".join(known))


def read(path: str | Path, *, settings: PacketSettings | None = None) -> Capture:
    """A capture file: pcap or pcapng, plain or packed with gzip or zstd; `-` is standard input.

    Opening is lazy: what is wrong with the file is raised when it is iterated over.
    """
    return Capture(path, settings=settings)
